//! One live call: its machine and its answers so far.

use std::collections::HashMap;
use std::sync::Arc;

use crate::base::CallId;
use crate::base::HoldId;
use crate::base::Now;
use crate::base::Wall;
use crate::call::LiveCall;
use crate::call::Phase;
use crate::call::Standing;
use crate::caps::Refused;
use crate::caps::Settle;
use crate::carrier::Call;
use crate::carrier::Callback;
use crate::carrier::Request;
use crate::dispatch::Dispatch;
use crate::library::Library;
use crate::routing::Pick;
use crate::routing::Snapshot;
use crate::store::Sale;
use crate::switch::call_clock::CallClock;

use super::open_holds::OpenHolds;

/// A call at a webhook carrier, rebuilt from its journal.
pub(super) struct Live {
    pub(super) call: Call,
    /// Id of the call in our URLs.
    pub(super) token: String,
    /// Id of the call at the carrier.
    pub(super) carrier_id: String,
    pub(super) account: Option<String>,
    /// The book that was live when the call came; the call keeps it.
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) library: Arc<Library>,
    /// Number of lines in the journal.
    pub(super) lines: u32,
    /// Answers that were sent, by callback.
    pub(super) answers: HashMap<String, String>,
    /// The open holds.
    pub(super) holds: Arc<OpenHolds>,
    /// What each open hold has taken.
    pub(super) held: HashMap<HoldId, Sale>,
    /// What the call is doing.
    pub(super) standing: Standing,
    /// When the carrier reported about it last, or was asked about it, by the call's clock.
    pub(super) heard_at: Wall,
    /// The call's clock.
    pub(super) clock: CallClock,
}

impl Live {
    pub(super) fn id(&self) -> CallId {
        self.call.id()
    }

    /// Returns the call as an operator sees it. A carrier reports the winner when the dial has
    /// ended; until then a leg that it reported as answered counts as connected.
    pub(super) fn shown(&self) -> LiveCall {
        let mut live = self.standing.clone();
        if live.phase == Phase::Ringing && self.call.has_answer() {
            live.phase = Phase::Bridged;
        }
        LiveCall { record: self.call.whole_record(), live }
    }

    /// Reserves a hold on a pick.
    pub(super) async fn hold(
        &mut self,
        dispatch: &Dispatch,
        id: HoldId,
        pick: &Pick,
        now: Now,
    ) -> Result<(), Refused> {
        self.holds.hold(dispatch, self.call.id(), (id, pick), now).await?;
        self.held.insert(id, Sale::of(pick, id, now.wall));
        Ok(())
    }

    /// Settles a hold. A settled hold is unchanged.
    pub(super) async fn settle(&self, dispatch: &Dispatch, id: HoldId, how: Settle, now: Now) {
        self.holds.settle(dispatch, self.id(), (id, how), now).await;
    }
}

/// Returns the key of a request's answer. Each state has its own key; every other callback has its
/// own URL.
pub(super) fn key(callback: &Callback, request: &Request) -> String {
    match callback {
        Callback::Leg(_) | Callback::Status => {
            let Request { call, state, sequence, dial, .. } = request;
            let state = state.map(|state| format!(" {state:?}")).unwrap_or_default();
            let sequence = sequence.map(|n| format!(" {n}")).unwrap_or_default();
            // Plivo reports all legs of a dial at one URL, and reports a bridged leg with the state
            // of an answered one.
            let joined = dial.as_ref().map(|dial| format!(" {:?}", dial.bridged));
            format!("{callback} {call}{state}{sequence}{}", joined.unwrap_or_default())
        }
        Callback::Enter | Callback::Leave(_) | Callback::Whisper(..) | Callback::Accept(..) => {
            callback.to_string()
        }
    }
}
