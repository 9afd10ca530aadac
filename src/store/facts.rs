//! Facts: the stored events of inquiries.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::base::CallId;
use crate::base::JournalId;
use crate::base::Money;
use crate::base::NodeName;
use crate::base::Wall;
use crate::billing::PAYOUT_WINDOWS;
use crate::billing::Posting;
use crate::billing::Sold;
use crate::billing::bill;
use crate::billing::full_of_payouts;
use crate::billing::payout_periods;
use crate::billing::settle;
use crate::billing::without_payout;
use crate::book::PayoutCaps;
use crate::call::CallRecord;
use crate::call::CallState;
use crate::caps::Period;
use crate::sale::AttemptRecord;
use crate::sale::DecisionRecord;

use super::CarriedLeg;
use super::Sale;
use super::Won;

/// The format that [`Fact::write`] writes. A program reads all older formats.
pub const FACT_FORMAT: u32 = 1;

/// One event of an inquiry. Applying a fact twice changes nothing, and no fact changes an ended
/// call, unless it is presumed to have ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// A call arrived at a node. If the call is known, nothing changes.
    Opened {
        /// Record of the call; live.
        record: Box<CallRecord>,
        /// Node that serves the call.
        node: NodeName,
    },
    /// Routing decisions picked buyers. For an unknown call, nothing is stored.
    Decided {
        /// The call.
        call: CallId,
        /// Decisions, in the order in which they were made.
        decisions: Vec<DecisionRecord>,
    },
    /// Buyers ring. The first of these facts makes the call's decisions durable. For an unknown
    /// call, nothing is stored.
    Attempted {
        /// The call.
        call: CallId,
        /// Attempts of the call so far.
        attempts: Vec<AttemptRecord>,
        /// Decisions of the call so far; may include stored ones.
        decisions: Vec<DecisionRecord>,
    },
    /// A buyer and the caller are bridged. The record is still live.
    Bridged(Box<CallChange>),
    /// Legs are dialed through trunks with limits, or have ended. A leg that is known only gets its
    /// end.
    Carried {
        /// The call.
        call: CallId,
        /// The legs.
        legs: Vec<CarriedLeg>,
    },
    /// A heartbeat of live calls. Unknown and ended calls are ignored.
    Beat {
        /// Time of the heartbeat.
        at: Wall,
        /// Ids of the calls.
        calls: Vec<CallId>,
    },
    /// A call has ended. The fact is complete: it repeats what earlier facts contained, in case
    /// they were lost. The record has ended.
    Ended(Box<CallChange>),
    /// A live call is presumed to have ended, because its node is gone. A later fact of the node
    /// replaces the presumption by what it knows better, and its [`Fact::Ended`] by the end.
    Presumed(Box<CallChange>),
}

/// A change of a call, stored in one transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallChange {
    /// The call's complete record after the change.
    pub record: CallRecord,
    /// Decisions of the call; may include stored ones.
    #[serde(default)]
    pub decisions: Vec<DecisionRecord>,
    /// Sales of the call so far. The first change that contains a sale counts the usage of its
    /// hold; later ones do not.
    #[serde(default)]
    pub sales: Vec<Won>,
    /// Postings of the call. For each sale, kind and cause, only the first one counts.
    #[serde(default)]
    pub postings: Vec<Posting>,
}

impl From<CallRecord> for CallChange {
    fn from(record: CallRecord) -> Self {
        Self { record, decisions: Vec::new(), sales: Vec::new(), postings: Vec::new() }
    }
}

impl CallChange {
    /// Creates the change of a call, with its sales and, if the call has ended, its postings.
    pub fn of(record: CallRecord, decisions: Vec<DecisionRecord>, sales: Vec<Won>) -> Self {
        let postings = match record.state {
            CallState::Live => Vec::new(),
            CallState::Ended => owed(&record, &sales),
        };
        Self { record, decisions, sales, postings }
    }
}

impl CallChange {
    /// Returns the periods in which the payout of the call counts; `None` if its source is paid
    /// nothing.
    pub(super) fn payout_periods(&self) -> Option<[Period; PAYOUT_WINDOWS]> {
        let paid = self.postings.iter().find(|posting| posting.pays())?;
        Some(payout_periods(self.payout_caps(), paid.at))
    }

    /// Returns whether the source's payouts are limited.
    pub(super) fn has_payout_caps(&self) -> bool {
        !self.payout_caps().is_none()
    }

    /// Returns the change with a payout of zero if the source's payouts in a window are used up;
    /// `used` is the number of payouts in a period.
    pub(super) fn capped(&self, used: impl Fn(Period) -> u64) -> Option<Self> {
        let full = full_of_payouts(self.payout_caps(), self.payout_periods()?, used)?;
        let mut change = self.clone();
        change.record.payout = change.record.payout.map(|payout| Money::zero(payout.currency()));
        change.postings = without_payout(change.postings, full);
        Some(change)
    }

    fn payout_caps(&self) -> &PayoutCaps {
        const NONE: &PayoutCaps = &PayoutCaps::NONE;
        self.record.winner.as_ref().map_or(NONE, |winner| &winner.payout_caps)
    }
}

/// Returns the postings for the sale of a call.
fn owed(record: &CallRecord, sales: &[Won]) -> Vec<Posting> {
    let attempt = record.won().map(|attempt| attempt.id);
    let Some(won) = sales.iter().find(|won| Some(won.attempt) == attempt) else {
        return Vec::new();
    };
    let sold = Sold {
        sale: won.attempt,
        contract: won.contract.clone(),
        buyer: won.buyer.clone(),
        source: record.source.clone(),
        price: won.taken.price,
        prepaid: won.taken.prepaid,
        cause: record.id.into(),
        at: record.ended_at.unwrap_or(record.started_at),
    };
    let unbridged = || bill(sold.price, Duration::ZERO, None, None);
    let bill = record.billed().unwrap_or_else(unbridged);
    settle(&sold, &bill).unwrap_or_else(|error| {
        tracing::error!(call.id = %record.id, %error, "no postings for a call: internal error");
        Vec::new()
    })
}

/// Where facts come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A caller of the store that waits until the facts are applied.
    Transaction,
    /// The journal of a node. The facts have the numbers `first`, `first + 1` and so on. The store
    /// skips facts that it has applied before. Numbers start at 1 and increase.
    Journal {
        /// Id of the journal.
        id: JournalId,
        /// Number of the first fact.
        first: u64,
    },
}

/// Why a text cannot be read as a fact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableFact {
    /// A newer program wrote the text.
    #[error(
        "unknown fact format {found} (this program knows {FACT_FORMAT}): run the newer program"
    )]
    Newer {
        /// Format of the text.
        found: u32,
    },
    /// The text is damaged.
    #[error("unreadable fact: {0}")]
    Damaged(String),
}

impl Fact {
    /// Creates the fact of a bridged call, with the usage of the winner's hold.
    pub fn bridged(record: CallRecord, taken: Option<Sale>) -> Self {
        let sales = Won::by(&record, taken);
        Self::Bridged(Box::new(CallChange::of(record, Vec::new(), sales)))
    }

    /// Creates the fact of an ended call, with all its decisions, the usage of the winner's hold,
    /// and its postings.
    pub fn ended(record: CallRecord, decisions: Vec<DecisionRecord>, taken: Option<Sale>) -> Self {
        let sales = Won::by(&record, taken);
        Self::Ended(Box::new(CallChange::of(record, decisions, sales)))
    }

    /// Returns the fact as one line of text: the format number, a space, and JSON.
    ///
    /// # Errors
    /// JSON errors, which do not occur for facts.
    pub fn write(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self).map(|json| format!("{FACT_FORMAT} {json}"))
    }

    /// Parses a fact that this program or an older one wrote.
    ///
    /// # Errors
    /// [`UnreadableFact`]: the text is damaged, or a newer program wrote it.
    pub fn read(text: &str) -> Result<Self, UnreadableFact> {
        let damaged = |cause: &str| UnreadableFact::Damaged(cause.to_owned());
        let (format, json) = text.split_once(' ').ok_or_else(|| damaged("it has no format"))?;
        match format.parse() {
            Ok(FACT_FORMAT) => {
                serde_json::from_str(json).map_err(|error| damaged(&error.to_string()))
            }
            Ok(found) if found > FACT_FORMAT => Err(UnreadableFact::Newer { found }),
            Ok(_) | Err(_) => Err(damaged("its format is not a number above 0")),
        }
    }

    /// Returns whether it ends a call.
    pub(super) fn is_end(&self) -> bool {
        matches!(self, Fact::Ended(_))
    }

    /// Returns whether the record's state (live or ended) matches the fact.
    pub(super) fn has_right_state(&self) -> bool {
        match self {
            Fact::Opened { record, .. } => record.state == CallState::Live,
            Fact::Bridged(change) => change.record.state == CallState::Live,
            Fact::Ended(change) | Fact::Presumed(change) => change.record.state == CallState::Ended,
            Fact::Decided { .. }
            | Fact::Attempted { .. }
            | Fact::Carried { .. }
            | Fact::Beat { .. } => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample::bridged;
    use crate::store::sample::carried;
    use crate::store::sample::decision;
    use crate::store::sample::ended_leg;
    use crate::store::sample::finished;
    use crate::store::sample::ringing;
    use crate::store::sample::second;

    #[test]
    fn a_fact_is_parsed_as_it_was_written() {
        let (call, calls) = (ringing(1).id, vec![ringing(1).id, ringing(2).id]);
        let (attempts, decisions) = (bridged(1).attempts, vec![decision(1), decision(2)]);
        let node = "strowger-1".parse().unwrap();
        for fact in [
            Fact::Opened { record: Box::new(ringing(1)), node },
            Fact::Decided { call, decisions: decisions.clone() },
            Fact::Attempted { call, attempts, decisions: decisions.clone() },
            Fact::bridged(bridged(1), None),
            Fact::Carried { call, legs: vec![carried(1), ended_leg(2)] },
            Fact::Beat { at: second(9), calls },
            Fact::ended(finished(1), decisions, None),
        ] {
            let text = fact.write().unwrap();
            assert!(text.starts_with("1 {") && !text.contains('\n'), "{text}");
            assert_eq!(Fact::read(&text), Ok(fact));
        }
    }

    #[test]
    fn invalid_facts_are_rejected() {
        for text in ["", "1", "1 ", "1 {}", "0 {}", "x {}", "1 {\"beat\":{\"at\":1}}"] {
            let read = Fact::read(text);
            assert!(matches!(read, Err(UnreadableFact::Damaged(_))), "{text}: {read:?}");
        }
        assert_eq!(Fact::read("900 {}"), Err(UnreadableFact::Newer { found: 900 }));
    }
}
