//! The spoken words of one language.

use jiff::civil::Date;

/// The words in which a language speaks values.
pub(super) struct Lexicon {
    pub(super) digit: [&'static str; 10],
    /// Converts a whole number below a thousand million.
    pub(super) number: fn(u32) -> Vec<&'static str>,
    /// Converts a date.
    pub(super) date: fn(Date) -> Vec<&'static str>,
    /// Converts whole dollars and cents.
    pub(super) money: fn(u32, u8) -> Vec<&'static str>,
    /// Returns every word that `number` may use.
    pub(super) numbers: fn() -> Vec<&'static str>,
    /// Returns every further word that `date` may use.
    pub(super) dates: fn() -> Vec<&'static str>,
    /// Returns every further word that `money` may use.
    pub(super) moneys: fn() -> Vec<&'static str>,
}

/// Returns a word of a list; empty beyond its end.
pub(super) fn word(list: &[&'static str], index: usize) -> &'static str {
    list.get(index).copied().unwrap_or_default()
}
