//! The open holds of one call. They have a lock of their own, so that the heartbeat renews them
//! while a step of the call is in progress, and they outlast a step that could not be stored.

use std::collections::HashMap;

use tokio::sync::Mutex as Turn;
use tracing::Instrument as _;

use crate::base::CallId;
use crate::base::HoldId;
use crate::base::Now;
use crate::caps::Refused;
use crate::caps::Settle;
use crate::dispatch::Dispatch;
use crate::net::Clock;
use crate::routing::Hold;
use crate::routing::Pick;

/// What a call holds.
#[derive(Debug, Default)]
struct Held {
    open: HashMap<HoldId, Hold>,
    /// How holds end by a step of which it is not known whether it was stored.
    unsure: Vec<(HoldId, Settle)>,
}

/// The open holds of one call. Of one hold, nothing overtakes anything: neither a renewal its
/// settlement, nor an end its commitment.
#[derive(Debug, Default)]
pub(super) struct OpenHolds(Turn<Held>);

fn span(call: CallId) -> tracing::Span {
    tracing::info_span!("call", call.id = %call)
}

impl OpenHolds {
    /// Reserves a pick.
    ///
    /// # Errors
    /// A cap is full, or the person was sold before: nothing is held.
    pub(super) async fn hold(
        &self,
        dispatch: &Dispatch,
        call: CallId,
        (id, pick): (HoldId, &Pick),
        now: Now,
    ) -> Result<(), Refused> {
        let mut held = self.0.lock().await;
        let hold = dispatch.hold(pick, id, now).instrument(span(call)).await?;
        held.open.insert(id, hold);
        Ok(())
    }

    /// Ends a hold, or its call. One that is settled already stays so.
    pub(super) async fn settle(
        &self,
        dispatch: &Dispatch,
        call: CallId,
        (id, how): (HoldId, Settle),
        now: Now,
    ) {
        self.0.lock().await.settle(dispatch, call, (id, how), now).await;
    }

    /// Renews what is held. What the quota has lost is reserved again.
    pub(super) async fn renew(&self, dispatch: &Dispatch, clock: &Clock) {
        let held = self.0.lock().await;
        for hold in held.open.values() {
            // What was lost is reserved again, which is reported there.
            let _known = dispatch.renew(hold, clock.now()).await;
        }
    }

    /// Notes how holds end by a step whose write failed: the journal says whether it was stored.
    pub(super) async fn doubt(&self, settlements: Vec<(HoldId, Settle)>) {
        self.0.lock().await.unsure.extend(settlements);
    }

    /// Takes over what the journal of a call says is open, and renews it. What is held beyond that
    /// ended by a step that was stored after all.
    pub(super) async fn take_over(
        &self,
        dispatch: &Dispatch,
        call: CallId,
        journal: Vec<Hold>,
        now: Now,
    ) {
        let mut held = self.0.lock().await;
        let unsure = std::mem::take(&mut held.unsure);
        let is_open = |id: HoldId| journal.iter().any(|hold| hold.id == id);
        for (id, how) in unsure.into_iter().filter(|(id, _)| !is_open(*id)) {
            held.settle(dispatch, call, (id, how), now).await;
        }
        let rest: Vec<HoldId> = held.open.keys().copied().filter(|id| !is_open(*id)).collect();
        for id in rest {
            held.settle(dispatch, call, (id, Settle::Release), now).await;
        }
        for hold in journal {
            // One that is here knows how far its sale is.
            held.open.entry(hold.id).or_insert(hold);
        }
        for hold in held.open.values() {
            // They are open, unless the switch was restarted.
            let _known = dispatch.renew(hold, now).instrument(span(call)).await;
        }
    }
}

impl Held {
    async fn settle(
        &mut self,
        dispatch: &Dispatch,
        call: CallId,
        (id, how): (HoldId, Settle),
        now: Now,
    ) {
        let Some(hold) = self.open.get_mut(&id) else { return };
        // What is amiss was repaired and reported there.
        let _known = dispatch.settle(hold, how, now).instrument(span(call)).await;
        if hold.is_over() {
            self.open.remove(&id);
        }
    }
}
