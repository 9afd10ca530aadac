//! A finding of the audit.

use std::fmt;

use serde::Serialize;

/// Severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// Something in the book cannot work: `strowger audit` exits with 1.
    Error,
    /// The book loses money or inquiries, or will.
    Warning,
    /// The finding may be intended.
    Hint,
}

impl Grade {
    /// Returns the grade in words.
    pub const fn name(self) -> &'static str {
        match self {
            Grade::Error => "error",
            Grade::Warning => "warning",
            Grade::Hint => "hint",
        }
    }
}

/// Kind of a finding, with a stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// No inquiry can pass a contract's filters, or a part of them has no effect.
    ImpossibleFilters,
    /// A contract that can get no inquiry.
    NeverWins,
    /// A contract that filters by what no flow finds out.
    UnaskedFilters,
    /// Zips that do not exist.
    UnknownZips,
    /// An offer with no option after its last contract.
    NoFallback,
    /// A contract without any filter by place.
    OpenEverywhere,
    /// A list of zips without a recent change.
    StaleZips,
    /// A contract without any limit.
    Uncapped,
    /// A source is paid more than a contract pays.
    PayoutAbovePrice,
    /// A cap that is full in nearly every period.
    AlwaysFull,
    /// A cap per day or week, but none per month.
    MonthUncapped,
    /// Every buyer in one time zone.
    OneZone,
    /// Hours that no holiday closes.
    NoHolidays,
    /// A later tier with a higher price than an earlier one.
    TierPrices,
    /// A tier without the one before it.
    TierGaps,
    /// An entry of the book that nothing uses.
    Unused,
    /// An offer that may sell the same person repeatedly.
    DuplicateUnset,
    /// A prepaid buyer with a low balance.
    BalanceLow,
    /// An auction without a bidder.
    NoBidders,
    /// An auction whose bids come too late for the source.
    SlowAuction,
    /// A suppression list that applies to nothing in the book.
    ListWithoutScope,
    /// A threshold on the score that does not fit what buyers accept.
    ScoreThreshold,
}

impl Kind {
    /// Returns the code.
    pub const fn code(self) -> &'static str {
        match self {
            Kind::ImpossibleFilters => "impossible_filters",
            Kind::NeverWins => "never_wins",
            Kind::UnaskedFilters => "unasked_filters",
            Kind::UnknownZips => "unknown_zips",
            Kind::NoFallback => "no_fallback",
            Kind::OpenEverywhere => "open_everywhere",
            Kind::StaleZips => "stale_zips",
            Kind::Uncapped => "uncapped",
            Kind::PayoutAbovePrice => "payout_above_price",
            Kind::AlwaysFull => "always_full",
            Kind::MonthUncapped => "month_uncapped",
            Kind::OneZone => "one_zone",
            Kind::NoHolidays => "no_holidays",
            Kind::TierPrices => "tier_prices",
            Kind::TierGaps => "tier_gaps",
            Kind::Unused => "unused",
            Kind::DuplicateUnset => "duplicate_unset",
            Kind::BalanceLow => "balance_low",
            Kind::NoBidders => "no_bidders",
            Kind::SlowAuction => "slow_auction",
            Kind::ListWithoutScope => "list_without_scope",
            Kind::ScoreThreshold => "score_threshold",
        }
    }
}

/// Something that the operator should check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Severity of the finding.
    #[serde(rename = "severity")]
    pub grade: Grade,
    /// Kind of the finding.
    pub kind: Kind,
    /// Entry that the finding is about: `contract acme-auto-ca`, `offer solar`, `book`.
    pub subject: String,
    /// Description of the fault.
    pub sentence: String,
    /// Remedy for the operator.
    pub remedy: String,
}

impl Finding {
    /// Returns whether the finding means that the book cannot sell what its owner wants to sell: an
    /// error of any kind, a filter or contract that gets no call, or one that sells at a loss.
    pub fn prevents_sales(&self) -> bool {
        match (self.grade, self.kind) {
            (Grade::Error, _) => true,
            (Grade::Hint, _) => false,
            (Grade::Warning, Kind::UnaskedFilters | Kind::UnknownZips) => true,
            (Grade::Warning, Kind::ImpossibleFilters | Kind::NeverWins) => true,
            (Grade::Warning, Kind::PayoutAbovePrice) => true,
            (
                Grade::Warning,
                Kind::NoFallback
                | Kind::OpenEverywhere
                | Kind::StaleZips
                | Kind::Uncapped
                | Kind::AlwaysFull
                | Kind::MonthUncapped
                | Kind::OneZone
                | Kind::NoHolidays
                | Kind::TierPrices
                | Kind::TierGaps
                | Kind::Unused
                | Kind::DuplicateUnset
                | Kind::BalanceLow
                | Kind::NoBidders
                | Kind::SlowAuction
                | Kind::ListWithoutScope
                | Kind::ScoreThreshold,
            ) => false,
        }
    }

    /// Creates a finding.
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

/// Formats as `warning: contract x: is open everywhere (list its states) [open_everywhere]`.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding { grade, kind, subject, sentence, remedy } = self;
        write!(f, "{}: {subject}: {sentence} ({remedy}) [{}]", grade.name(), kind.code())
    }
}
