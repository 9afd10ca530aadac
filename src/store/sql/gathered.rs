//! Rows of a table that are gathered and written together.

use std::collections::HashMap;

use crate::store::StoreError;

use super::engine::Db;
use super::engine::Error;
use super::engine::Row;
use super::engine::Value;

/// Rows for one statement, in order; no two have the same key.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    rows: Vec<Vec<Value>>,
    places: HashMap<String, usize>,
}

impl Gathered {
    /// Adds a row, unless there is one of its key.
    pub(super) fn add(&mut self, key: String, row: Vec<Value>) {
        self.places.entry(key).or_insert_with(|| {
            self.rows.push(row);
            self.rows.len() - 1
        });
    }

    /// Adds a row, or replaces the one of its key.
    pub(super) fn put(&mut self, key: String, row: Vec<Value>) {
        match self.places.get(&key).and_then(|place| self.rows.get_mut(*place)) {
            Some(before) => *before = row,
            None => self.add(key, row),
        }
    }

    /// Runs `INSERT … VALUES (…)`, or another statement with one list of `VALUES`, for all rows.
    pub(super) fn write(self, db: &Db, sql: &str) -> Result<(), StoreError> {
        Ok(db.execute_all(sql, self.rows)?)
    }

    /// Runs `INSERT … VALUES (…) RETURNING …` for all rows, and reads what it returns.
    pub(super) fn insert<T>(
        self,
        db: &Db,
        sql: &str,
        read: impl FnMut(Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, StoreError> {
        Ok(db.insert_all(sql, self.rows, read)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_row() {
        let mut rows = Gathered::default();
        let row = |number: i64| vec![Value::from(number)];
        rows.add("a".to_owned(), row(1));
        rows.add("a".to_owned(), row(2));
        rows.put("b".to_owned(), row(3));
        rows.put("b".to_owned(), row(4));
        rows.put("c".to_owned(), row(5));
        assert_eq!(rows.rows, [row(1), row(4), row(5)]);
    }
}
