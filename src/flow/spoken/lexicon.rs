//! The words of one language.

use jiff::civil::Date;

/// The words that a language speaks values with.
pub(super) struct Lexicon {
    pub(super) digit: [&'static str; 10],
    /// A whole number below a thousand million.
    pub(super) number: fn(u32) -> Vec<&'static str>,
    /// A day.
    pub(super) date: fn(Date) -> Vec<&'static str>,
    /// Whole dollars and cents.
    pub(super) money: fn(u32, u8) -> Vec<&'static str>,
    /// Every word that `number` may use.
    pub(super) numbers: fn() -> Vec<&'static str>,
    /// Every further word that `date` may use.
    pub(super) dates: fn() -> Vec<&'static str>,
    /// Every further word that `money` may use.
    pub(super) moneys: fn() -> Vec<&'static str>,
}

/// A word of a list; nothing behind its end.
pub(super) fn word(list: &[&'static str], index: usize) -> &'static str {
    list.get(index).copied().unwrap_or_default()
}
