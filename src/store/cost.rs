//! Costs of traffic beside payouts: what a source cost on a day. Entries are never changed or
//! removed.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::Serialize;

use crate::base::Currency;
use crate::base::Money;
use crate::base::OfferId;
use crate::base::SourceId;
use crate::base::Wall;
use crate::store::Mutation;

/// Most costs per page. The store reduces a larger limit to this.
pub const COSTS_PAGE_MAX: usize = 200;

/// Longest note of an entry that a person makes, in bytes.
pub const NOTE_BYTES_MAX: usize = 500;

/// Longest id of a cost, in bytes.
const COST_ID_BYTES_MAX: usize = 200;

/// Unique id of a cost: entering the same cost again adds nothing. 1 to 200 visible ASCII
/// characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostId(String);

impl CostId {
    /// Creates an id from 32 random bytes.
    pub fn random(entropy: [u8; 32]) -> Self {
        Self(entropy.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CostId {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let fits = (1..=COST_ID_BYTES_MAX).contains(&text.len());
        if fits && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(Self(text.to_owned()));
        }
        Err(format!("invalid cost id: expected 1 to {COST_ID_BYTES_MAX} visible ASCII characters"))
    }
}

impl fmt::Display for CostId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A cost to enter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCost {
    /// Id of the cost.
    pub id: CostId,
    /// The source whose traffic cost the amount.
    pub source: SourceId,
    /// The offer that the traffic was for.
    pub offer: OfferId,
    /// The calendar day that it belongs to, in the zone of every report.
    pub day: Date,
    /// The amount; negative for a correction.
    pub amount: Money,
    /// Free-text note.
    pub note: String,
    /// Who enters the cost, and when.
    pub by: Mutation,
}

/// A cost that was entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// Number among all costs; later entries have higher numbers.
    pub number: u64,
    /// Its id.
    pub id: String,
    /// The source whose traffic cost the amount.
    pub source: SourceId,
    /// The offer that the traffic was for.
    pub offer: OfferId,
    /// The calendar day that it belongs to.
    pub day: Date,
    /// The amount; negative for a correction.
    pub amount: Money,
    /// Free-text note; may be empty.
    pub note: String,
    /// Who entered it.
    #[serde(rename = "made_by")]
    pub who: String,
    /// Time of the entry.
    #[serde(rename = "made_at")]
    pub at: Wall,
}

/// The result of entering a cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnteredCost {
    /// The cost was entered.
    Now(Cost),
    /// The same cost was entered before; nothing changed.
    Before(Cost),
    /// Another cost has this id; nothing changed.
    Other(Cost),
}

/// Which costs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CostQuery {
    /// First day; `None` for no bound.
    pub since: Option<Date>,
    /// The day after the last; `None` for no bound.
    pub until: Option<Date>,
    /// Only costs of this source.
    pub source: Option<SourceId>,
}

impl CostQuery {
    /// Returns whether a day can be stored: years from 1970 to 9999, whose texts sort by time.
    pub fn has_day(day: Date) -> bool {
        (1970..=9999).contains(&day.year())
    }
}

/// What the traffic of a source cost for an offer on a day, in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostSum {
    /// The day.
    pub day: Date,
    /// The source.
    pub source: SourceId,
    /// The offer.
    pub offer: OfferId,
    /// Currency of the sum.
    pub currency: Currency,
    /// The sum in micros.
    pub micros: i64,
}
