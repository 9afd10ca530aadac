//! The engines: what the SQL of this room runs on. A [`Db`] is a connection to SQLite or to
//! PostgreSQL; statements, rows and values look the same on both.
//!
//! Statements keep to the SQL that both engines understand. Parameters are numbered `$1`, `$2`, … in
//! the order of their first occurrence, or `?1`, `?2`, … in any order. Integers have 64 bits, texts
//! compare by their bytes, and a boolean is stored as 0 or 1.

mod db;
mod error;
mod row;
mod source;
mod statement;
mod values;

pub(in crate::store) mod postgres;
pub(in crate::store) mod sqlite;

pub(in crate::store) use db::Db;
pub(in crate::store) use error::Error;
pub(in crate::store) use error::OptionalExtension;
pub(in crate::store) use row::Row;
pub(in crate::store) use row::Rows;
pub(in crate::store) use source::Source;
pub(in crate::store) use statement::Statement;
pub(in crate::store) use values::Params;
pub(in crate::store) use values::params_from_iter;

/// Types of values that both engines store.
pub(in crate::store) use rusqlite::types::FromSql;
pub(in crate::store) use rusqlite::types::Value;

/// Lists the values of a statement's parameters.
pub(in crate::store) use rusqlite::params;
