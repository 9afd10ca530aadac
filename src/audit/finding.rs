//! One finding.

use std::fmt;

use serde::Serialize;

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// Something in the book cannot work: `strowger audit` exits with 1.
    Error,
    /// It loses money or inquiries, or will.
    Warning,
    /// It may be intended.
    Hint,
}

impl Grade {
    /// The word.
    pub const fn name(self) -> &'static str {
        match self {
            Grade::Error => "error",
            Grade::Warning => "warning",
            Grade::Hint => "hint",
        }
    }
}

/// What kind of finding it is: a stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// No inquiry can pass a contract's filters, or a part of them does nothing.
    ImpossibleFilters,
    /// A contract that can get no inquiry.
    NeverWins,
    /// An offer with nothing behind its last contract.
    NoFallback,
    /// A contract without any filter by place.
    OpenEverywhere,
    /// A list of zips that has not been changed for long.
    StaleZips,
    /// A contract that nothing bounds.
    Uncapped,
    /// A cap that is used up nearly every time.
    AlwaysFull,
    /// A cap of the day or week, and none of the month.
    MonthUncapped,
    /// Every buyer in one time zone.
    OneZone,
    /// Hours that no holiday closes.
    NoHolidays,
    /// A later tier that pays better than an earlier one.
    TierPrices,
    /// A tier without the one before it.
    TierGaps,
    /// An entry of the book that nothing uses.
    Unused,
    /// An offer that sells the same person again and again.
    DuplicateUnset,
    /// A prepaid buyer with a low balance.
    BalanceLow,
}

impl Kind {
    /// The code.
    pub const fn code(self) -> &'static str {
        match self {
            Kind::ImpossibleFilters => "impossible_filters",
            Kind::NeverWins => "never_wins",
            Kind::NoFallback => "no_fallback",
            Kind::OpenEverywhere => "open_everywhere",
            Kind::StaleZips => "stale_zips",
            Kind::Uncapped => "uncapped",
            Kind::AlwaysFull => "always_full",
            Kind::MonthUncapped => "month_uncapped",
            Kind::OneZone => "one_zone",
            Kind::NoHolidays => "no_holidays",
            Kind::TierPrices => "tier_prices",
            Kind::TierGaps => "tier_gaps",
            Kind::Unused => "unused",
            Kind::DuplicateUnset => "duplicate_unset",
            Kind::BalanceLow => "balance_low",
        }
    }
}

/// Something that the book's owner should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How grave it is.
    #[serde(rename = "severity")]
    pub grade: Grade,
    /// What kind it is.
    pub kind: Kind,
    /// Whom it is about: `contract acme-auto-ca`, `offer solar`, `book`.
    pub subject: String,
    /// What is the matter.
    pub sentence: String,
    /// What to do.
    pub remedy: String,
}

impl Finding {
    /// A finding.
    pub(super) fn new(
        grade: Grade,
        kind: Kind,
        subject: impl fmt::Display,
        sentence: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let subject = subject.to_string();
        Self { grade, kind, subject, sentence: sentence.into(), remedy: remedy.into() }
    }
}

/// `warning: contract x: is open everywhere (list its states) [open_everywhere]`
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding { grade, kind, subject, sentence, remedy } = self;
        write!(f, "{}: {subject}: {sentence} ({remedy}) [{}]", grade.name(), kind.code())
    }
}
