//! SQLite: the database file, and the checkpoints of its write-ahead log.

mod checkpoints;
mod empty_log;
mod file;

pub(in crate::store) use checkpoints::Checkpoints;
pub(in crate::store) use empty_log::empty_log;
pub(in crate::store) use file::Claim;
pub(in crate::store) use file::claim;
pub(in crate::store) use file::create;
pub(in crate::store) use file::open_for_reading;
pub(in crate::store) use file::open_for_writing;
