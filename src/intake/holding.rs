//! The holds of one lead.

use std::collections::HashMap;

use crate::base::HoldId;
use crate::base::Now;
use crate::base::Skip;
use crate::caps::Settle;
use crate::dispatch::Dispatch;
use crate::routing::Hold;
use crate::routing::Pick;

/// The open holds of one lead.
#[derive(Default)]
pub(super) struct Holding(HashMap<HoldId, Hold>);

impl Holding {
    /// Reserves a unit of every cap of a pick.
    pub(super) async fn reserve(
        &mut self,
        dispatch: &Dispatch,
        id: HoldId,
        pick: &Pick,
        now: Now,
    ) -> Result<(), Skip> {
        let held = dispatch.hold(pick, id, now).await.map_err(|refused| refused.skip())?;
        self.0.insert(id, held);
        Ok(())
    }

    /// Takes over a hold of an earlier run: the quota reserves it again when it is renewed.
    pub(super) fn adopt(&mut self, hold: Hold) {
        self.0.insert(hold.id, hold);
    }

    /// Settles a hold.
    pub(super) async fn settle(&mut self, dispatch: &Dispatch, id: HoldId, how: Settle, now: Now) {
        let Some(mut hold) = self.0.remove(&id) else {
            return tracing::error!(hold = %id, ?how, "unknown hold settled");
        };
        // The dispatch repairs and reports faults.
        let _known = dispatch.settle(&mut hold, how, now).await;
        if !hold.is_over() {
            self.0.insert(id, hold);
        }
    }

    /// Renews every hold.
    pub(super) async fn renew(&self, dispatch: &Dispatch, now: Now) {
        for hold in self.0.values() {
            // The dispatch reserves a lost hold again, and reports that.
            let _known = dispatch.renew(hold, now).await;
        }
    }

    /// Returns whether no hold is open.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
