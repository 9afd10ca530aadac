//! The contracts that left the pool, and the reasons.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::base::ContractId;
use crate::base::Now;
use crate::routing::Decision;
use crate::routing::Inquiry;

use super::Market;

/// A contract that can no longer take the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaver {
    /// Id of the contract.
    pub contract: ContractId,
    /// Reason. Empty if the known fields show it.
    pub why: String,
}

/// Returns the contracts that were in the pool before an answer, and are not after it.
pub(super) fn leavers(market: &Market, before: &Inquiry, after: &Inquiry, now: Now) -> Vec<Leaver> {
    let stay: BTreeSet<_> = market.pool_members(after, now).into_iter().collect();
    let mut left = market.pool_members(before, now);
    left.retain(|contract| !stay.contains(contract));
    if left.is_empty() {
        return Vec::new();
    }
    // A decision gives the first reason, which may be an older one: an unknown field. Only a new
    // reason comes from this answer.
    let was = reasons(&market.preview(before, now));
    let mut is = reasons(&market.preview(after, now));
    let leaver = |contract: ContractId| {
        let why = is.remove(&contract).filter(|why| was.get(&contract) != Some(why));
        Leaver { why: why.unwrap_or_default(), contract }
    };
    left.into_iter().map(leaver).collect()
}

fn reasons(decision: &Decision) -> BTreeMap<ContractId, String> {
    let passed = decision.passed_over();
    passed.map(|passed| (passed.contract, passed.detail.to_string())).collect()
}
