//! Sales of leads whose buyers are asked what became of them.

use std::time::Duration;

use crate::base::AttemptId;
use crate::base::ContractId;
use crate::base::LeadId;
use crate::base::Wall;

/// Most sales of a look at what is due.
pub const STATUS_DUE_MAX: usize = 200;

/// A sale whose buyer is to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusDue {
    /// The sale.
    pub sale: AttemptId,
    /// The lead.
    pub lead: LeadId,
    /// Contract of the sale.
    pub contract: ContractId,
    /// When the buyer is asked next.
    pub due_at: Wall,
    /// When it is asked no more.
    pub until: Wall,
}

/// A contract whose buyer is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusTerms {
    /// The contract.
    pub contract: ContractId,
    /// Time between two requests.
    pub interval: Duration,
    /// How long after its sale a lead is asked for.
    pub within: Duration,
}
