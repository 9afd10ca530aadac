//! The SQLite [`Store`](super::Store): one writer thread, several readers, and one file per noun.

mod activity;
mod attempt;
mod balance;
mod book;
mod call;
mod call_list;
mod cap_use;
mod carrier_call;
mod case;
mod change;
mod column;
mod correction;
mod decision;
mod fact;
mod file;
mod mark;
mod migrate;
mod posting;
mod readers;
mod report;
mod reporting;
mod request_key;
mod retention;
mod returned;
mod returning;
mod sale;
mod store;
mod token;
mod writer;

pub use store::Sqlite;
