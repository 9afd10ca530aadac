//! Restores usage, spending, balances and sales from the records, before calls are taken.

use std::time::Duration;

use super::Dispatch;
use super::take_up_scores;
use crate::base::HoldId;
use crate::base::Wall;
use crate::quota::Applied;
use crate::quota::Restored;
use crate::store::CORRECTIONS_MAX;
use crate::store::ENTRIES_MAX;
use crate::store::Store;
use crate::store::StoreError;

/// Longest window of the counters: a month, plus a day for time zones.
const CAPS_SINCE: Duration = Duration::from_secs(33 * 86_400);
/// Age up to which calls count for a contract's earnings. Older ones have no weight.
const EARNED_SINCE: Duration = Duration::from_secs(30 * 86_400);

/// Raises caps and budgets to the recorded usage, and restores balances, persons sold, pauses, the
/// earnings of offers by performance, and what scores inquiries. Counters that nodes share are left
/// alone: other nodes use them, and [`Records`](crate::quota::Records) restores them when they were
/// lost.
pub async fn restore(store: &dyn Store, dispatch: &Dispatch, now: Wall) -> Result<(), StoreError> {
    if dispatch.quota.shared.is_none() {
        let restored = restore_counters(store, dispatch, now, Vec::new()).await?;
        dispatch.applied(restored.applied).await;
    }
    dispatch.continue_pauses(&store.pauses_open(now).await?).await;
    dispatch.restore_days(store, now).await?;
    dispatch.restore_pings(store, now).await?;
    let learning = dispatch.snapshot().learning();
    for earned in store.earned_since(learning, now - EARNED_SINCE).await? {
        dispatch.remember_earned(&earned.contract, earned.micros);
    }
    take_up_scores(store, dispatch, now).await
}

/// Raises counters that are empty to the recorded usage, and restores balances, persons sold, and
/// pauses. Returns what the counters include of the ledger, and of these holds.
pub(super) async fn restore_counters(
    store: &dyn Store,
    dispatch: &Dispatch,
    now: Wall,
    holds: Vec<HoldId>,
) -> Result<Restored, StoreError> {
    let recorded = store.recorded(now - CAPS_SINCE, holds).await?;
    dispatch.raise(&recorded.counts).await;
    let balances = recorded.balances;
    // Amounts in other currencies, of earlier books, are no part of a balance.
    let currency = dispatch.snapshot().book().currency();
    let own = balances.items.iter().filter(|own| own.balance.currency() == currency);
    for balance in own {
        dispatch.credit(&balance.buyer, balance.balance).await;
    }
    dispatch.remember_sold(&store.marks_at(now).await?).await;
    dispatch.continue_pauses(&store.pauses_open(now).await?).await;
    let applied = Applied { entries: balances.sequence, postings: recorded.corrections };
    Ok(Restored { applied, sold: recorded.sold })
}

/// Applies payments, returns, and other corrections since the last call, from this node or from a
/// command line. Charges at the end of a call are this node's own, and its holds have already taken
/// them.
pub async fn take_up_credits(store: &dyn Store, dispatch: &Dispatch) -> Result<(), StoreError> {
    take_up_corrections(store, dispatch).await?;
    loop {
        let entries = store.balance_entries_after(dispatch.entries_seen().await).await?;
        let count = entries.len();
        dispatch.enter(&entries).await;
        if count < ENTRIES_MAX {
            return Ok(());
        }
    }
}

/// Applies corrections of counters since the last call.
async fn take_up_corrections(store: &dyn Store, dispatch: &Dispatch) -> Result<(), StoreError> {
    loop {
        let corrections = store.cap_corrections_after(dispatch.corrections_seen().await).await?;
        let count = corrections.len();
        dispatch.correct(&corrections).await;
        if count < CORRECTIONS_MAX {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests;
