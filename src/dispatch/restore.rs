//! Restores usage, spending, balances and sales from the records, before calls are taken.

use std::time::Duration;

use super::Dispatch;
use crate::base::Wall;
use crate::store::ENTRIES_MAX;
use crate::store::Store;
use crate::store::StoreError;

/// Longest window of the counters: a month, plus a day for time zones.
const CAPS_SINCE: Duration = Duration::from_secs(33 * 86_400);
/// Age up to which calls count for a contract's earnings. Older ones have no weight.
const EARNED_SINCE: Duration = Duration::from_secs(30 * 86_400);

/// Raises caps and budgets to the recorded usage, and restores balances, persons sold, and the
/// earnings of offers by performance.
pub async fn restore(store: &dyn Store, dispatch: &Dispatch, now: Wall) -> Result<(), StoreError> {
    let counts = store.cap_usage_since(now - CAPS_SINCE).await?;
    dispatch.raise(&counts).await;
    let balances = store.balances().await?;
    // Amounts in other currencies, of earlier books, are no part of a balance.
    let currency = dispatch.snapshot().book().currency();
    let own = balances.items.iter().filter(|own| own.balance.currency() == currency);
    for balance in own {
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

/// Applies payments and returns since the last call, from this node or from a command line. The
/// charges among the entries are this node's own, and its holds have already taken them.
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
