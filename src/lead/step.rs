//! The time line of a lead.

use serde::Deserialize;
use serde::Serialize;

use crate::base::AttemptId;
use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::DecisionId;
use crate::base::End;
use crate::base::FieldName;
use crate::base::LeadId;
use crate::base::ListName;
use crate::base::Money;
use crate::base::OfferId;
use crate::base::Outcome;
use crate::base::PingId;
use crate::base::Skip;
use crate::base::Wall;
use crate::score::Scored;

use super::check::FieldFault;

/// Most steps of a lead. Further ones are left out, except the end.
pub const STEPS_MAX: usize = 256;

/// One step of a lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// When it happened.
    pub at: Wall,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What happened to a lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum What {
    /// It came in.
    Received,
    /// It was posted to a ping, whose bids it has.
    Pinged {
        /// The ping.
        ping: PingId,
    },
    /// It came with names that the offer does not have.
    UnknownNames {
        /// Those whose values are kept.
        kept: Vec<String>,
        /// Those whose values are not kept, because they cannot be names of fields.
        ignored: Vec<String>,
    },
    /// Fields are missing or wrong.
    Invalid {
        /// All faults.
        faults: Vec<FieldFault>,
    },
    /// A contact of the lead is on a suppression list.
    Suppressed {
        /// The list.
        list: ListName,
    },
    /// An earlier lead, of another person or another source, has the same consent certificate.
    CertificateReused {
        /// Field with the certificate.
        field: FieldName,
        /// The earlier lead.
        lead: LeadId,
    },
    /// It was a test: it was routed, and sold to nobody.
    Rehearsed {
        /// Number of contracts that might have taken it.
        picks: usize,
        /// The first of them.
        contract: Option<ContractId>,
        /// What its source would have been owed if that one had bought it.
        payout: Option<Money>,
    },
    /// It was scored.
    Scored {
        /// The score.
        #[serde(flatten)]
        scored: Scored,
        /// Inquiries of the same phone number before it; `None` without a number.
        earlier: Option<u64>,
    },
    /// The router decided.
    Routed {
        /// The decision.
        decision: DecisionId,
        /// The offer that was decided for.
        offer: OfferId,
        /// Number of contracts that may take the lead.
        picks: usize,
    },
    /// Buyers were asked for bids.
    Asked {
        /// The offer that is auctioned.
        offer: OfferId,
        /// Number of contracts that were asked.
        bidders: usize,
        /// Number of contracts whose earlier bid still counts.
        cached: usize,
    },
    /// The auction closed.
    Bids {
        /// The offer.
        offer: OfferId,
        /// Number of bids that count.
        bids: usize,
        /// The highest of them.
        highest: Option<Money>,
    },
    /// A contract was skipped because a cap was full when its unit was to be taken.
    CapFull {
        /// The contract.
        contract: ContractId,
        /// The full cap.
        cap: Skip,
    },
    /// No buyer took the lead for this offer; it is sold elsewhere.
    HandedOn {
        /// Where: an offer or a catch-all buyer, in words.
        to: String,
    },
    /// It was posted to a buyer.
    Posted {
        /// The attempt.
        attempt: AttemptId,
        /// The contract.
        contract: ContractId,
        /// Its buyer.
        buyer: BuyerId,
    },
    /// The buyer accepted.
    Accepted {
        /// The attempt.
        attempt: AttemptId,
        /// The contract.
        contract: ContractId,
        /// The buyer's own id of the lead, if it named one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
    },
    /// The buyer did not take it.
    Lost {
        /// The attempt.
        attempt: AttemptId,
        /// The contract.
        contract: ContractId,
        /// How the attempt ended.
        outcome: Outcome,
        /// What the buyer said, or what failed.
        #[serde(rename = "said", default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Nobody knows whether the buyer accepted.
    Unknown {
        /// The attempt.
        attempt: AttemptId,
        /// The contract.
        contract: ContractId,
        /// What failed.
        #[serde(rename = "said")]
        reason: String,
    },
    /// Somebody said what became of a post whose result was unknown.
    Settled {
        /// The attempt.
        attempt: AttemptId,
        /// The contract.
        contract: ContractId,
        /// Who: a token or a user.
        by: String,
    },
    /// It waits for the opening of a contract.
    Parked {
        /// The opening; `None` if none is known.
        until: Option<Wall>,
    },
    /// The program continued it after a restart.
    Resumed,
    /// It ended.
    Ended {
        /// Why.
        reason: End,
    },
}
