//! A value, read as the type that its key expects.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use toml::Spanned;
use toml::de::DeString;
use toml::de::DeValue;

use crate::base::parse_duration;
use crate::base::print_duration;

use super::Report;
use super::clip;

/// A value of a table or list, with its key.
#[derive(Debug, Clone, Copy)]
pub struct Value<'d> {
    pub(super) key: &'d str,
    pub(super) key_at: usize,
    pub(super) at: usize,
    pub(super) held: &'d DeValue<'d>,
}

impl<'d> Value<'d> {
    pub(super) fn new(
        key: &'d Spanned<DeString<'d>>,
        value: &'d Spanned<DeValue<'d>>,
    ) -> Value<'d> {
        let (key_at, at) = (key.span().start, value.span().start);
        Value { key: key.get_ref(), key_at, at, held: value.get_ref() }
    }

    /// Returns the key; for an item of a list, the list's key.
    pub fn key(&self) -> &'d str {
        self.key
    }

    /// Returns the byte offset at which the key starts.
    pub fn key_at(&self) -> usize {
        self.key_at
    }

    /// Returns the byte offset at which the value starts.
    pub fn at(&self) -> usize {
        self.at
    }

    pub(super) fn refuse(&self, expected: &str, hint: &str, report: &mut Report<'_>) {
        let found = match self.held {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        let message = format!("`{}` must be {expected}, not {found}", self.key);
        report.error(self.at, message, hint);
    }

    /// Returns the text of a string; `None`, without a fault, for other types.
    pub fn as_text(&self) -> Option<&'d str> {
        self.held.as_str()
    }

    /// Returns whether the value is a table.
    pub fn is_table(&self) -> bool {
        matches!(self.held, DeValue::Table(_))
    }

    /// Returns whether the value is a list.
    pub fn is_list(&self) -> bool {
        matches!(self.held, DeValue::Array(_))
    }

    /// Returns whether the value is a whole number.
    pub fn is_number(&self) -> bool {
        matches!(self.held, DeValue::Integer(_))
    }

    /// Returns a string, or reports a fault.
    pub fn text(&self, report: &mut Report<'_>) -> Option<&'d str> {
        let text = self.held.as_str();
        if text.is_none() {
            let hint = match self.held {
                DeValue::Integer(number) => format!("put it in quotes: \"{number}\""),
                DeValue::Float(number) => format!("put it in quotes: \"{number}\""),
                DeValue::Datetime(date) => format!("put it in quotes: \"{date}\""),
                _ => String::new(),
            };
            self.refuse("a string", &hint, report);
        }
        text
    }

    /// Returns a string of at most `bytes_max` bytes that is not blank.
    pub fn words(&self, bytes_max: usize, report: &mut Report<'_>) -> Option<&'d str> {
        let text = self.text(report)?;
        if text.trim().is_empty() {
            report.error(self.at, format!("`{}` is empty", self.key), "fill it, or remove it");
            return None;
        }
        if text.len() > bytes_max {
            report.error(self.at, format!("`{}` is over {bytes_max} bytes", self.key), "");
            return None;
        }
        Some(text)
    }

    /// Returns a string parsed as a `T`, or reports the error of `T` as the fault.
    pub fn parse<T>(&self, report: &mut Report<'_>) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        self.parse_by(T::from_str, report)
    }

    /// Returns a string parsed by a function, or reports its error as the fault.
    pub fn parse_by<T, E: Display>(
        &self,
        read: impl FnOnce(&str) -> Result<T, E>,
        report: &mut Report<'_>,
    ) -> Option<T> {
        match read(self.text(report)?) {
            Ok(read) => Some(read),
            Err(error) => {
                report.error(self.at, error.to_string(), "");
                None
            }
        }
    }

    /// Returns the choice with this name; `later` are planned names.
    pub fn choice<T: Copy>(
        &self,
        choices: &[(&str, T)],
        later: &[&str],
        report: &mut Report<'_>,
    ) -> Option<T> {
        let text = self.text(report)?;
        if let Some((_, chosen)) = choices.iter().find(|(name, _)| *name == text) {
            return Some(*chosen);
        }
        let (key, shown) = (self.key, clip(text));
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let all = format!("use {}", names.join(", "));
        if later.contains(&text) {
            report.error(self.at, format!("`{key} = \"{shown}\"` is not supported yet"), all);
            return None;
        }
        let hint = report.meant(text, names.iter().copied()).unwrap_or(all);
        report.error(self.at, format!("`{key}` cannot be `{shown}`"), hint);
        None
    }

    /// Returns a whole number within a range.
    pub fn whole(&self, range: RangeInclusive<u64>, report: &mut Report<'_>) -> Option<u64> {
        let (least, most) = (range.start(), range.end());
        let DeValue::Integer(number) = self.held else {
            self.refuse(&format!("a whole number from {least} to {most}"), "", report);
            return None;
        };
        let read = u64::from_str_radix(number.as_str(), number.radix()).ok();
        let within = read.filter(|read| range.contains(read));
        if within.is_none() {
            let message = format!("`{}` must be from {least} to {most}, not {number}", self.key);
            report.error(self.at, message, "");
        }
        within
    }

    /// Returns the digits of a number as written, without separators.
    pub fn digits(&self, report: &mut Report<'_>) -> Option<&'d str> {
        match self.held {
            DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str()),
            DeValue::Float(number) => Some(number.as_str()),
            _ => {
                self.refuse("a decimal number", "", report);
                None
            }
        }
    }

    /// Returns a boolean.
    pub fn boolean(&self, report: &mut Report<'_>) -> Option<bool> {
        let read = self.held.as_bool();
        if read.is_none() {
            self.refuse("true or false", "", report);
        }
        read
    }

    /// Returns a duration like `"90s"` within a range.
    pub fn duration(
        &self,
        range: RangeInclusive<Duration>,
        report: &mut Report<'_>,
    ) -> Option<Duration> {
        if let DeValue::Integer(number) = self.held {
            self.refuse("a duration", &format!("with a unit, in quotes: \"{number}s\""), report);
            return None;
        }
        let read = self.parse_by(parse_duration, report)?;
        if range.contains(&read) {
            return Some(read);
        }
        let (least, most) = (print_duration(*range.start()), print_duration(*range.end()));
        let shown = print_duration(read);
        let message = format!("`{}` must be from {least} to {most}, not {shown}", self.key);
        report.error(self.at, message, "");
        None
    }

    /// Returns a calendar date, in quotes or bare: `"2026-12-24"`, `2026-12-24`.
    pub fn date(&self, report: &mut Report<'_>) -> Option<jiff::civil::Date> {
        let written = match self.held {
            DeValue::Datetime(datetime) => datetime.to_string(),
            DeValue::String(text) => text.to_string(),
            _ => {
                self.refuse("a date", "write it like \"2026-12-24\"", report);
                return None;
            }
        };
        // The calendar library also parses dates with times; a date has ten characters.
        let read = written.parse().ok().filter(|_| written.len() == "2026-12-24".len());
        if read.is_none() {
            let message = format!("`{}` is not a date", clip(&written));
            report.error(self.at, message, "write it like \"2026-12-24\"");
        }
        read
    }

    /// Returns the items of a list.
    pub fn list(&self, report: &mut Report<'_>) -> Option<Vec<Value<'d>>> {
        if let DeValue::Array(items) = self.held {
            let item = |item: &'d Spanned<DeValue<'d>>| Value {
                at: item.span().start,
                held: item.get_ref(),
                ..*self
            };
            return Some(items.iter().map(item).collect());
        }
        let hint = self.as_text().map(|text| format!("put it in brackets: [\"{}\"]", clip(text)));
        self.refuse("a list", &hint.unwrap_or_default(), report);
        None
    }

    /// Returns the items of a list, or a single string as a list of one.
    pub fn list_or_one(&self, report: &mut Report<'_>) -> Option<Vec<Value<'d>>> {
        if self.as_text().is_some() { Some(vec![*self]) } else { self.list(report) }
    }

    /// Returns every item of a list, each read by a function; `None` if any item failed.
    pub fn each<'t, T>(
        &self,
        report: &mut Report<'t>,
        mut read: impl FnMut(Value<'d>, &mut Report<'t>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let items = self.list(report)?;
        // All items are read before the list is rejected, so that the fault of each is reported.
        let read: Vec<Option<T>> = items.into_iter().map(|item| read(item, report)).collect();
        read.into_iter().collect()
    }
}
