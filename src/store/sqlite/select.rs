//! A `SELECT` statement under construction.

use rusqlite::types::Value;

/// A statement under construction.
pub(super) struct Select {
    pub(super) sql: String,
    pub(super) values: Vec<Value>,
}

impl Select {
    /// Begins with a statement that ends in a condition.
    pub(super) fn from(sql: &str) -> Self {
        Self { sql: sql.to_owned(), values: Vec::new() }
    }

    /// Adds a condition and the value of its `?`.
    pub(super) fn only(&mut self, condition: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        let place = format!("?{}", self.values.len());
        self.sql.push_str(" AND ");
        self.sql.push_str(&condition.replace('?', &place));
    }

    /// Adds a condition if `value` is set.
    pub(super) fn when(&mut self, condition: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.only(condition, value);
        }
    }

    /// Ends the statement: the latest rows by an id, and at most `limit`.
    pub(super) fn limit(&mut self, id: &str, limit: usize) {
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        self.values.push(most.into());
        let place = self.values.len();
        self.sql.push_str(&format!(" ORDER BY {id} DESC LIMIT ?{place}"));
    }
}

/// Returns a value as text.
pub(super) fn text(value: impl ToString) -> String {
    value.to_string()
}
