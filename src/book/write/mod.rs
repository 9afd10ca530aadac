//! The book written out: as TOML that reads back as the same book, as JSON of the same shape, and
//! as the list of what differs between two books; and edits of one entry, given as JSON.
//!
//! All of them come from one tree of a book's nouns, so that a key that is printed is also compared.

mod changes;
mod edit;
mod entries;
mod entry_name;
mod from_json;
mod json;
mod merge;
mod node;
mod references;
mod render;

pub use changes::Change;
pub use changes::What;
pub use changes::changes;
pub use edit::Edit;
pub use edit::Edited;
pub use edit::EntryFault;
pub use edit::Refusal;
pub use edit::edit;
pub use entries::entry_ids;
pub use entries::entry_json;
pub use entry_name::EntryName;
pub use from_json::JsonFault;
pub use from_json::parse_json;
pub use json::to_json;
pub use merge::merge;
pub use references::Reference;
pub use references::references;
pub use render::to_toml;
