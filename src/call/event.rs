//! Events of a call.

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
        /// Tracking number.
        number: Phone,
        /// Caller's number, if the carrier sends it.
        caller: Option<Phone>,
        /// Origin of the call.
        #[serde(flatten)]
        ingress: Ingress,
        /// Offer of the tracking number.
        offer: OfferId,
    },
    /// The flow entered a step.
    Step(String),
    /// The caller pressed keys.
    Digits(String),
    /// A field became known, which may reduce the pool.
    Learned {
        /// Name of the field.
        field: FieldName,
        /// Value of the field.
        value: String,
        /// Contracts in the pool before.
        pool_before: usize,
        /// Contracts in the pool after.
        pool_after: usize,
    },
    /// The routing core decided. The JSON has only the picks; the record keeps the whole decision.
    Decided(#[serde(serialize_with = "outline")] Box<Decision>),
    /// A pick was skipped because a cap had no unit left when the switch reserved it.
    CapFull {
        /// Contract that was skipped.
        contract: ContractId,
        /// Cap that was full.
        cap: Skip,
    },
    /// The switch dials a buyer.
    Dialled {
        /// Contract that is dialled.
        contract: ContractId,
        /// Number of the wave, from 1: attempts of one wave ring together.
        wave: u32,
    },
    /// A buyer's phone rings.
    Ringing {
        /// Contract that rings.
        contract: ContractId,
        /// Time from dialling to the first ringing response, in milliseconds.
        post_dial_delay_ms: u64,
    },
    /// The flow dials a fixed destination.
    Transfer {
        /// Number or address of the destination.
        to: String,
    },
    /// The attempt of a fixed destination ended.
    Transferred {
        /// Outcome of the attempt.
        outcome: Outcome,
        /// Final SIP status, if there was one.
        status: Option<u16>,
    },
    /// A web lookup of the flow ended.
    LookedUp {
        /// Number of fields that the response filled; `None` if the lookup failed.
        fields: Option<usize>,
    },
    /// A recording of the caller ended.
    Recorded {
        /// File name of the recording; `None` if the caller said nothing.
        place: Option<String>,
    },
    /// The flow set a tag in the record.
    Tagged {
        /// Name of the tag.
        name: FieldName,
        /// Value of the tag.
        value: String,
    },
    /// An attempt ended.
    Attempt {
        /// Contract of the attempt.
        contract: ContractId,
        /// Outcome of the attempt.
        outcome: Outcome,
        /// Final SIP status of the buyer, if there was one.
        status: Option<u16>,
    },
    /// No contract could take the call; the offer's rule applies.
    Disqualified {
        /// The offer.
        offer: OfferId,
        /// Description of the action taken.
        what: String,
    },
    /// Caller and buyer are bridged.
    Bridged {
        /// The contract that won.
        contract: ContractId,
        /// Buyer of the contract.
        buyer: BuyerId,
    },
    /// The buyer pressed the keys that convert the sale.
    Converted {
        /// The contract.
        contract: ContractId,
    },
    /// The call ended.
    Ended {
        /// Reason for the end.
        reason: End,
        /// Connected time, in milliseconds.
        talk_ms: u64,
        /// Whether the buyer pays for it.
        billable: bool,
        /// Amount that the buyer owes.
        revenue: Option<Money>,
        /// Reason header of the party that ended it.
        hangup_reason: Option<String>,
    },
}

impl CallEvent {
    /// Returns the event of a call's end, from its record.
    pub(crate) fn ended(record: &CallRecord, reason: End) -> Self {
        let CallRecord { talk, billable, revenue, .. } = *record;
        let hangup_reason = record.hangup_reason.clone();
        CallEvent::Ended { reason, talk_ms: millis(talk), billable, revenue, hangup_reason }
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
