//! Who left the pool, and why.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::base::ContractId;
use crate::base::Now;
use crate::routing::Decision;
use crate::routing::Inquiry;

use super::Market;

/// A contract that cannot take the call any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaver {
    /// Which one.
    pub contract: ContractId,
    /// Why. Empty if the known fields show it.
    pub why: String,
}

/// Who was in the pool with what was known before, and is not with what is known now.
pub(super) fn leavers(market: &Market, before: &Inquiry, after: &Inquiry, now: Now) -> Vec<Leaver> {
    let stay: BTreeSet<_> = market.pool_members(after, now).into_iter().collect();
    let mut left = market.pool_members(before, now);
    left.retain(|contract| !stay.contains(contract));
    if left.is_empty() {
        return Vec::new();
    }
    // A decision names the first reason, which may be an older one: that something is not known
    // yet. Only a reason that is new is of this answer.
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
