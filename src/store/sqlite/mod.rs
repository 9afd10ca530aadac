//! The SQLite [`Store`](super::Store): one writer thread, several readers, and one file per noun.

mod activity;
mod attempt;
mod balance;
mod book;
mod call;
mod call_list;
mod cap_use;
mod carrier_call;
mod change;
mod column;
mod decision;
mod fact;
mod file;
mod mark;
mod migrate;
mod payout_use;
mod posting;
mod privacy;
mod readers;
mod report;
mod report_rows;
mod request_key;
mod recording;
mod retention;
mod rollup;
mod rollup_build;
mod sale;
mod store;
mod token;
mod writer;

pub use store::Sqlite;
