//! One live call: its machine, and what was answered so far.

use std::collections::HashMap;
use std::sync::Arc;

use crate::base::CallId;
use crate::base::HoldId;
use crate::base::Wall;
use crate::carrier::Call;
use crate::carrier::Errand;
use crate::carrier::Request;
use crate::library::Library;
use crate::routing::Snapshot;
use crate::store::Sale;

/// A call at a webhook carrier, as its journal makes it.
pub(super) struct Live {
    pub(super) call: Call,
    /// What names it in our addresses.
    pub(super) token: String,
    /// The carrier's own name of it, and its account there.
    pub(super) carrier_id: String,
    pub(super) account: Option<String>,
    /// The book as it was when the call came: it stays the call's book.
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) library: Arc<Library>,
    /// Lines of the journal.
    pub(super) lines: u32,
    /// What was answered, by errand.
    pub(super) answers: HashMap<String, String>,
    /// What each open hold has taken.
    pub(super) held: HashMap<HoldId, Sale>,
    /// When the carrier spoke of it last, or was asked about it.
    pub(super) heard_at: Wall,
}

impl Live {
    pub(super) fn id(&self) -> CallId {
        self.call.id()
    }
}

/// The name under which a request's answer is kept. A state is told once, each state by itself;
/// everything else has an address of its own.
pub(super) fn key(errand: &Errand, request: &Request) -> String {
    match errand {
        Errand::Leg(_) | Errand::Status => {
            let Request { call, state, sequence, dial, .. } = request;
            let state = state.map(|state| format!(" {state:?}")).unwrap_or_default();
            let sequence = sequence.map(|n| format!(" {n}")).unwrap_or_default();
            // Plivo tells of all legs of a dial at one address, and of a leg that was joined in the
            // state of one that was answered.
            let joined = dial.as_ref().map(|dial| format!(" {:?}", dial.bridged));
            format!("{errand} {call}{state}{sequence}{}", joined.unwrap_or_default())
        }
        Errand::Enter | Errand::Leave(_) | Errand::Whisper(..) | Errand::Accept(..) => {
            errand.to_string()
        }
    }
}
