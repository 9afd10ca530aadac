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
mod cost;
mod decision;
mod fact;
mod file;
mod mark;
mod migrate;
mod payout_use;
mod posting;
mod readers;
mod request_key;
mod recording;
mod retention;
mod sale;
mod statement;
mod store;
mod token;
mod writer;

pub use store::Sqlite;
