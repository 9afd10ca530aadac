//! A call's story: what happened, line by line, for people.

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

/// One line.
#[derive(Debug, Clone)]
pub enum Story {
    /// A call came in on a tracking number.
    Arrived {
        /// The tracking number.
        number: Phone,
        /// The caller, if the carrier tells.
        caller: Option<Phone>,
        /// Where it comes from.
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
    /// The routing core decided.
    Decided(Box<Decision>),
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
        /// Time talked, in milliseconds.
        talk_ms: u64,
        /// Whether it is paid for.
        billable: bool,
        /// What the buyer owes.
        revenue: Option<Money>,
    },
}

impl Story {
    /// The end of a call, by its record.
    pub(crate) fn ended(record: &CallRecord, reason: End) -> Self {
        let CallRecord { talk, billable, revenue, .. } = *record;
        Story::Ended { reason, talk_ms: millis(talk), billable, revenue }
    }
}

impl From<sale::Event> for Story {
    fn from(event: sale::Event) -> Self {
        match event {
            sale::Event::Decided(decision) => Story::Decided(decision),
            sale::Event::CapFull { contract, cap } => Story::CapFull { contract, cap },
            sale::Event::Tried { contract, wave } => Story::Dialled { contract, wave },
            sale::Event::Rings { contract, post_dial_delay_ms } => {
                Story::Ringing { contract, post_dial_delay_ms }
            }
            sale::Event::Ended { contract, outcome, status } => {
                Story::Attempt { contract, outcome, status }
            }
            sale::Event::HandedOn { offer, to } => {
                Story::Disqualified { offer, what: to.to_string() }
            }
        }
    }
}
