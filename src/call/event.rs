//! What happens to a call, event by event.

use serde::Serialize;
use serde::Serializer;
use serde::ser::SerializeMap as _;

use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::End;
use crate::base::FieldName;
use crate::base::Money;
use crate::base::OfferId;
use crate::base::Outcome;
use crate::base::Phone;
use crate::base::Skip;
use crate::base::millis;
use crate::routing::Decision;
use crate::sale;

use super::CallRecord;

use super::Ingress;

/// One event of a call. Its JSON is `{"name": …}`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallEvent {
    /// A call came in on a tracking number.
    Arrived {
        /// The tracking number.
        number: Phone,
        /// The caller, if the carrier sends it.
        caller: Option<Phone>,
        /// Where it comes from.
        #[serde(flatten)]
        ingress: Ingress,
        /// What the number sells.
        offer: OfferId,
    },
    /// The flow entered a step.
    Step(String),
    /// The caller typed.
    Digits(String),
    /// A field became known, and the pool with it.
    Learned {
        /// The field.
        field: FieldName,
        /// Its value.
        value: String,
        /// Contracts in the pool before.
        pool_before: usize,
        /// Contracts in the pool after.
        pool_after: usize,
    },
    /// The routing core decided. The JSON has the picks only: the whole is kept with the call.
    Decided(#[serde(serialize_with = "outline")] Box<Decision>),
    /// A pick was passed over because a cap was full when its unit was asked for.
    CapFull {
        /// The contract.
        contract: ContractId,
        /// Which cap.
        cap: Skip,
    },
    /// A buyer is dialled.
    Dialled {
        /// The contract.
        contract: ContractId,
        /// The wave, from 1: attempts of one wave ring together.
        wave: u32,
    },
    /// A buyer's phone rings.
    Ringing {
        /// The contract.
        contract: ContractId,
        /// Milliseconds from dialling to the first sign of ringing.
        post_dial_delay_ms: u64,
    },
    /// The flow dials a fixed destination.
    Transfer {
        /// Its number or address.
        to: String,
    },
    /// A fixed destination took the call, or did not.
    Transferred {
        /// How it ended.
        outcome: Outcome,
        /// The final SIP status, if there was one.
        status: Option<u16>,
    },
    /// The flow asks a web server.
    LookedUp {
        /// How many fields the answer filled; `None` when there was none.
        fields: Option<usize>,
    },
    /// What the caller said was kept.
    Recorded {
        /// Where; `None` when nothing was heard.
        place: Option<String>,
    },
    /// The flow keeps a word in the record.
    Tagged {
        /// Its name.
        name: FieldName,
        /// Its value.
        value: String,
    },
    /// An attempt is over.
    Attempt {
        /// The contract.
        contract: ContractId,
        /// How it ended.
        outcome: Outcome,
        /// The buyer's final SIP status, if there was one.
        status: Option<u16>,
    },
    /// No contract could take the call; what the offer wants done with it.
    Disqualified {
        /// The offer.
        offer: OfferId,
        /// What is done, in words.
        what: String,
    },
    /// Caller and buyer hear each other.
    Bridged {
        /// The contract that won.
        contract: ContractId,
        /// Its buyer.
        buyer: BuyerId,
    },
    /// The call is over.
    Ended {
        /// Why.
        reason: End,
        /// Connected time, in milliseconds.
        talk_ms: u64,
        /// Whether it is paid for.
        billable: bool,
        /// What the buyer owes.
        revenue: Option<Money>,
    },
}

impl CallEvent {
    /// The end of a call, by its record.
    pub(crate) fn ended(record: &CallRecord, reason: End) -> Self {
        let CallRecord { talk, billable, revenue, .. } = *record;
        CallEvent::Ended { reason, talk_ms: millis(talk), billable, revenue }
    }
}

fn outline<S: Serializer>(decision: &Decision, to: S) -> Result<S::Ok, S::Error> {
    let picks: Vec<ContractId> = decision.picks().map(|pick| pick.contract).collect();
    let mut map = to.serialize_map(Some(4))?;
    map.serialize_entry("decision", &decision.id)?;
    map.serialize_entry("offer", &decision.offer)?;
    map.serialize_entry("book_version", &decision.book_version)?;
    map.serialize_entry("picks", &picks)?;
    map.end()
}

impl From<sale::Event> for CallEvent {
    fn from(event: sale::Event) -> Self {
        match event {
            sale::Event::Decided(decision) => CallEvent::Decided(decision),
            sale::Event::CapFull { contract, cap } => CallEvent::CapFull { contract, cap },
            sale::Event::Tried { contract, wave } => CallEvent::Dialled { contract, wave },
            sale::Event::Rings { contract, post_dial_delay_ms } => {
                CallEvent::Ringing { contract, post_dial_delay_ms }
            }
            sale::Event::Ended { contract, outcome, status } => {
                CallEvent::Attempt { contract, outcome, status }
            }
            sale::Event::HandedOn { offer, to } => {
                CallEvent::Disqualified { offer, what: to.to_string() }
            }
        }
    }
}
