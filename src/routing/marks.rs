//! What sales are remembered by.

use super::Inquiry;
use super::Known;
use super::Snapshot;
use crate::base::ContractId;
use crate::caps::Mark;

/// The marks that a sale of an inquiry to a contract leaves, by the rules of a snapshot: to
/// remember sales of the records after a restart.
pub fn marks(snapshot: &Snapshot, inquiry: &Inquiry, contract: &ContractId) -> Vec<Mark> {
    let Some(roster) = snapshot.roster(&inquiry.offer) else { return Vec::new() };
    let known = Known::of(inquiry);
    let terms = roster.contracts.iter().find(|terms| terms.contract == *contract);
    terms.into_iter().flat_map(|terms| terms.marks(&known)).collect()
}
