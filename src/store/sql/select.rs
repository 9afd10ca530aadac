//! A `SELECT` statement under construction.

use super::engine::Value;

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
        self.only_all(condition, [value.into()]);
    }

    /// Adds a condition and the values of its `?`s, in order.
    pub(super) fn only_all<const N: usize>(&mut self, condition: &str, values: [Value; N]) {
        let mut parts = condition.split('?');
        self.sql.push_str(" AND ");
        self.sql.push_str(parts.next().unwrap_or_default());
        for (value, part) in values.into_iter().zip(parts) {
            self.values.push(value);
            self.sql.push_str(&format!("?{}{part}", self.values.len()));
        }
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
