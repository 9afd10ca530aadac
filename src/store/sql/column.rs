//! Conversions between values and columns.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;
use serde::de::value::Error as ValueError;
use serde::de::value::StrDeserializer;

use crate::base::Currency;
use crate::base::Money;
use crate::base::Wall;
use crate::book::Channel;
use crate::store::CallOrLead;
use crate::store::StoreError;

use super::aggregate::whole;
use super::engine::FromSql;
use super::engine::Row;

/// Returns the text of a value whose JSON is a string: an id, a phone number, a code.
pub(super) fn word<T: Serialize>(value: &T) -> Result<String, StoreError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => Ok(text),
        Ok(_) => Err(StoreError::Sql("a value for a text column is not text".to_owned())),
        Err(error) => Err(StoreError::Sql(error.to_string())),
    }
}

/// Returns the text of an optional value, like [`word`].
pub(super) fn word_or_null<T: Serialize>(value: Option<&T>) -> Result<Option<String>, StoreError> {
    value.map(word).transpose()
}

/// Returns a value as JSON text.
pub(super) fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Sql(error.to_string()))
}

/// Converts a count to a signed integer column, clamped to its range.
pub(super) fn natural(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Returns a text that sorts just before the ids of all calls that arrived at `since` or later. Ids
/// sort by time, and no id is below the prefix of its millisecond.
pub(super) fn before(since: Wall) -> String {
    let millis = u64::try_from(since.micros() / 1_000).unwrap_or(0);
    format!("{:08x}-{:04x}-", millis >> 16, millis & 0xffff)
}

/// Returns a sum clamped to 64 bits.
pub(super) fn clamped(sum: i128) -> i64 {
    i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX })
}

/// Converts a duration to whole milliseconds for an integer column.
pub(super) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// A row of a table, read column by column.
pub(super) struct Columns<'a> {
    table: &'static str,
    row: Row<'a>,
}

impl<'a> Columns<'a> {
    /// Wraps a row of `table`.
    pub(super) fn of(table: &'static str, row: Row<'a>) -> Self {
        Self { table, row }
    }

    /// Returns a column of a type that SQLite supports.
    pub(super) fn plain<T: FromSql>(&self, name: &str) -> Result<T, StoreError> {
        self.row.get(name).map_err(|error| self.unreadable(name, &error.to_string()))
    }

    /// Returns a column written by [`word`].
    pub(super) fn word<T: for<'de> Deserialize<'de>>(&self, name: &str) -> Result<T, StoreError> {
        let text: String = self.plain(name)?;
        self.parsed(name, &text)
    }

    /// Returns the call or lead of the columns `channel` and `inquiry_id`.
    pub(super) fn call_or_lead(&self) -> Result<CallOrLead, StoreError> {
        Ok(match self.word("channel")? {
            Channel::Call => CallOrLead::Call(self.word("inquiry_id")?),
            Channel::Form => CallOrLead::Lead(self.word("inquiry_id")?),
        })
    }

    /// Returns a column parsed from its text.
    pub(super) fn text<T: FromStr<Err: Display>>(&self, name: &str) -> Result<T, StoreError> {
        let text: String = self.plain(name)?;
        text.parse().map_err(|error: T::Err| self.unreadable(name, &error.to_string()))
    }

    /// Returns an optional column parsed from its text.
    pub(super) fn text_or_null<T: FromStr<Err: Display>>(
        &self,
        name: &str,
    ) -> Result<Option<T>, StoreError> {
        let text: Option<String> = self.plain(name)?;
        let parsed = text.map(|text| text.parse()).transpose();
        parsed.map_err(|error: T::Err| self.unreadable(name, &error.to_string()))
    }

    /// Returns a column written by [`word_or_null`].
    pub(super) fn word_or_null<T: for<'de> Deserialize<'de>>(
        &self,
        name: &str,
    ) -> Result<Option<T>, StoreError> {
        let text: Option<String> = self.plain(name)?;
        text.map(|text| self.parsed(name, &text)).transpose()
    }

    /// Returns a column written by [`json`].
    pub(super) fn json<T: for<'de> Deserialize<'de>>(&self, name: &str) -> Result<T, StoreError> {
        let text: String = self.plain(name)?;
        serde_json::from_str(&text).map_err(|_| self.unreadable(name, "unexpected JSON"))
    }

    /// Returns an optional column written by [`json`].
    pub(super) fn json_or_null<T: for<'de> Deserialize<'de>>(
        &self,
        name: &str,
    ) -> Result<Option<T>, StoreError> {
        let text: Option<String> = self.plain(name)?;
        text.map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(|_| self.unreadable(name, "unexpected JSON"))
    }

    /// Returns a count.
    pub(super) fn natural(&self, name: &str) -> Result<u64, StoreError> {
        let count: i64 = self.plain(name)?;
        u64::try_from(count).map_err(|_| self.unreadable(name, "negative"))
    }

    /// Returns the sum of micros whose 32-bit halves were summed separately, because SQLite fails
    /// when a sum exceeds 64 bits.
    pub(super) fn whole(&self, high: &str, low: &str) -> Result<i128, StoreError> {
        Ok(whole(self.plain(high)?, self.plain(low)?))
    }

    /// Returns such a sum, clamped to 64 bits.
    pub(super) fn sum(&self, high: &str, low: &str) -> Result<i64, StoreError> {
        self.whole(high, low).map(clamped)
    }

    /// Returns an optional count.
    pub(super) fn natural_or_null(&self, name: &str) -> Result<Option<u64>, StoreError> {
        let count: Option<i64> = self.plain(name)?;
        count.map(u64::try_from).transpose().map_err(|_| self.unreadable(name, "negative"))
    }

    /// Returns an instant.
    pub(super) fn wall(&self, name: &str) -> Result<Wall, StoreError> {
        self.plain(name).map(Wall::from_micros)
    }

    /// Returns an optional instant.
    pub(super) fn wall_or_null(&self, name: &str) -> Result<Option<Wall>, StoreError> {
        Ok(self.plain::<Option<i64>>(name)?.map(Wall::from_micros))
    }

    /// Returns a duration in whole milliseconds.
    pub(super) fn millis(&self, name: &str) -> Result<Duration, StoreError> {
        self.natural(name).map(Duration::from_millis)
    }

    /// Returns an optional amount from its two columns: micros and currency.
    pub(super) fn money_or_null(
        &self,
        micros: &str,
        currency: &str,
    ) -> Result<Option<Money>, StoreError> {
        let micros: Option<i64> = self.plain(micros)?;
        let code: Option<String> = self.plain(currency)?;
        let Some((micros, code)) = micros.zip(code) else { return Ok(None) };
        let parsed: Result<Currency, _> = code.parse();
        let parsed = parsed.map_err(|error| self.unreadable(currency, &error.to_string()))?;
        Ok(Some(Money::from_micros(micros, parsed)))
    }

    fn parsed<T: for<'de> Deserialize<'de>>(
        &self,
        name: &str,
        text: &str,
    ) -> Result<T, StoreError> {
        T::deserialize(StrDeserializer::<ValueError>::new(text))
            .map_err(|_| self.unreadable(name, "unexpected value"))
    }

    fn unreadable(&self, column: &str, cause: &str) -> StoreError {
        StoreError::Unreadable { what: self.table, cause: format!("{column}: {cause}") }
    }
}
