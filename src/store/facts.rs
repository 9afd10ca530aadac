//! What happens to an inquiry and is stored, and who delivers it.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::base::CallId;
use crate::base::JournalId;
use crate::base::NodeName;
use crate::base::Wall;
use crate::billing::Posting;
use crate::billing::Sold;
use crate::billing::bill;
use crate::billing::settle;
use crate::call::AttemptRecord;
use crate::call::CallRecord;
use crate::call::CallState;
use crate::call::DecisionRecord;

use super::Sale;
use super::Won;

/// What [`Fact::write`] writes; a newer program reads every older one.
pub const FACT_FORMAT: u32 = 1;

/// One thing that happened. Applying it again changes nothing, and nothing is changed of a call
/// that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// A call came to a node. A call that is known already stays as it is.
    Opened {
        /// Its record; live.
        record: Box<CallRecord>,
        /// The node that takes it.
        node: NodeName,
    },
    /// Buyers were chosen. Of a call that is not known, nothing is stored.
    Decided {
        /// The call.
        call: CallId,
        /// The decisions, in the order in which they were made.
        decisions: Vec<DecisionRecord>,
    },
    /// Buyers are being rung: from the first of these on, a call's decisions are durable. Of a
    /// call that is not known, nothing is stored.
    Attempted {
        /// The call.
        call: CallId,
        /// Its attempts so far.
        attempts: Vec<AttemptRecord>,
        /// Its decisions so far; those stored before may be among them.
        decisions: Vec<DecisionRecord>,
    },
    /// A buyer and the caller hear each other. The record is live.
    Bridged(Box<CallChange>),
    /// Calls are alive. Calls that are unknown or ended are passed over.
    Beat {
        /// When.
        at: Wall,
        /// Which.
        calls: Vec<CallId>,
    },
    /// A call has ended. It is complete: what was lost of the facts before is in it. The record
    /// has ended.
    Ended(Box<CallChange>),
}

/// What changed in a call: stored together or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallChange {
    /// The whole record as it is now.
    pub record: CallRecord,
    /// Decisions made for the call; those stored before may be among them.
    #[serde(default)]
    pub decisions: Vec<DecisionRecord>,
    /// Its sales so far. What the hold of each has taken is counted with the first change that has
    /// the sale; later ones count nothing.
    #[serde(default)]
    pub sales: Vec<Won>,
    /// What is owed by it; of each sale, kind and cause the first counts.
    #[serde(default)]
    pub postings: Vec<Posting>,
}

impl From<CallRecord> for CallChange {
    fn from(record: CallRecord) -> Self {
        Self { record, decisions: Vec::new(), sales: Vec::new(), postings: Vec::new() }
    }
}

impl CallChange {
    /// A call with its sales: once it has ended, with what is owed by it.
    pub fn of(record: CallRecord, decisions: Vec<DecisionRecord>, sales: Vec<Won>) -> Self {
        let postings = match record.state {
            CallState::Live => Vec::new(),
            CallState::Ended => owed(&record, &sales),
        };
        Self { record, decisions, sales, postings }
    }
}

/// What is owed by the call's sale.
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
        tracing::error!(call.id = %record.id, %error, "nothing was posted for a call");
        Vec::new()
    })
}

/// Who delivers facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Whoever is answered when they are applied.
    Transaction,
    /// A node's journal. The facts have the numbers `first`, `first + 1` and so on; those that
    /// were applied before are passed over. Numbers begin with 1 and only grow.
    Journal {
        /// The journal.
        id: JournalId,
        /// The number of the first fact.
        first: u64,
    },
}

/// A text that is not a fact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableFact {
    /// A newer program wrote it.
    #[error("a fact has format {found}, this program knows {FACT_FORMAT}: run the newer program")]
    Newer {
        /// Its format.
        found: u32,
    },
    /// It is damaged.
    #[error("a fact is unreadable: {0}")]
    Damaged(String),
}

impl Fact {
    /// A bridged call, and what its winner's hold has taken.
    pub fn bridged(record: CallRecord, taken: Option<Sale>) -> Self {
        let sales = Won::by(&record, taken);
        Self::Bridged(Box::new(CallChange::of(record, Vec::new(), sales)))
    }

    /// An ended call with all its decisions, what its winner's hold has taken, and what is owed by
    /// it.
    pub fn ended(record: CallRecord, decisions: Vec<DecisionRecord>, taken: Option<Sale>) -> Self {
        let sales = Won::by(&record, taken);
        Self::Ended(Box::new(CallChange::of(record, decisions, sales)))
    }

    /// The fact as one line of text: the format's number, a space, and JSON.
    ///
    /// # Errors
    /// When it cannot be written as JSON, which every fact can.
    pub fn write(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self).map(|json| format!("{FACT_FORMAT} {json}"))
    }

    /// A fact that was written by this program or an older one.
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
            Ok(_) | Err(_) => Err(damaged("its format is not a number from 1 on")),
        }
    }

    /// Whether the record's state is the one that the fact is about.
    pub(super) fn has_right_state(&self) -> bool {
        match self {
            Fact::Opened { record, .. } => record.state == CallState::Live,
            Fact::Bridged(change) => change.record.state == CallState::Live,
            Fact::Ended(change) => change.record.state == CallState::Ended,
            Fact::Decided { .. } | Fact::Attempted { .. } | Fact::Beat { .. } => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample::bridged;
    use crate::store::sample::decision;
    use crate::store::sample::finished;
    use crate::store::sample::ringing;
    use crate::store::sample::second;

    #[test]
    fn a_fact_is_read_as_it_was_written() {
        let (call, calls) = (ringing(1).id, vec![ringing(1).id, ringing(2).id]);
        let (attempts, decisions) = (bridged(1).attempts, vec![decision(1), decision(2)]);
        let node = "strowger-1".parse().unwrap();
        for fact in [
            Fact::Opened { record: Box::new(ringing(1)), node },
            Fact::Decided { call, decisions: decisions.clone() },
            Fact::Attempted { call, attempts, decisions: decisions.clone() },
            Fact::bridged(bridged(1), None),
            Fact::Beat { at: second(9), calls },
            Fact::ended(finished(1), decisions, None),
        ] {
            let text = fact.write().unwrap();
            assert!(text.starts_with("1 {") && !text.contains('\n'), "{text}");
            assert_eq!(Fact::read(&text), Ok(fact));
        }
    }

    #[test]
    fn what_is_no_fact_is_refused() {
        for text in ["", "1", "1 ", "1 {}", "0 {}", "x {}", "1 {\"beat\":{\"at\":1}}"] {
            let read = Fact::read(text);
            assert!(matches!(read, Err(UnreadableFact::Damaged(_))), "{text}: {read:?}");
        }
        assert_eq!(Fact::read("900 {}"), Err(UnreadableFact::Newer { found: 900 }));
    }
}
