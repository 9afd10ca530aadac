//! What the records say was used, spent, paid in and sold: into memory, before calls are taken.

use std::time::Duration;

use super::Dispatch;
use crate::base::Wall;
use crate::store::ENTRIES_MAX;
use crate::store::Store;
use crate::store::StoreError;

/// Longest window whose counters are kept: a month, and a day for the zones.
const CAPS_SINCE: Duration = Duration::from_secs(33 * 86_400);
/// How far back calls count for what a contract earns. Older ones have no weight left.
const EARNED_SINCE: Duration = Duration::from_secs(30 * 86_400);

/// Raises caps and budgets to what was used, and takes up balances, persons who were sold, and
/// what the calls of offers by performance earned.
pub async fn restore(store: &dyn Store, dispatch: &Dispatch, now: Wall) -> Result<(), StoreError> {
    let counts = store.cap_usage_since(now - CAPS_SINCE).await?;
    dispatch.raise(&counts).await;
    let balances = store.balances().await?;
    for balance in &balances.items {
        dispatch.credit(&balance.buyer, balance.balance).await;
    }
    dispatch.entered(balances.sequence).await;
    for sold in store.marks_at(now).await? {
        dispatch.remember_sold(sold.mark, sold.at).await;
    }
    let learning = dispatch.snapshot().learning();
    for earned in store.earned_since(learning, now - EARNED_SINCE).await? {
        dispatch.remember_earned(&earned.contract, earned.micros).await;
    }
    Ok(())
}

/// Takes up what was paid in, or given back, since the last look: by whomever, this node or a
/// command line. The charges among the entries are this node's own, which its holds have taken.
pub async fn take_up_credits(store: &dyn Store, dispatch: &Dispatch) -> Result<(), StoreError> {
    loop {
        let entries = store.balance_entries_after(dispatch.entries_seen().await).await?;
        let count = entries.len();
        dispatch.enter(&entries).await;
        if count < ENTRIES_MAX {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests;
