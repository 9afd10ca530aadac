//! Admits new calls: checks the caller, finds the dialled number, and starts the call's task.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use super::beats::Beats;
use super::conduct::Conductor;
use super::gate::Gate;
use super::gate::Shares;
use super::refused;
use super::shared::Shared;
use crate::base::CallId;
use crate::base::Mono;
use crate::base::Rng;
use crate::base::Sparse;
use crate::base::TrunkId;
use crate::call::CALL_HEADER;
use crate::call::Ingress;
use crate::call::Setup;
use crate::journal::Room;
use crate::net::sip::CallHandler;
use crate::net::sip::MAILBOX;
use crate::net::sip::Rejection;
use crate::placing;
use crate::placing::Arrival;
use crate::placing::Opened;
use crate::placing::Placed;
use crate::placing::Refusal;
use crate::sip;
use crate::sip::Incoming;
use crate::sip::Sender;
use crate::sip::wire::HeaderName;

/// Status for a number that is not in the book.
const NOT_FOUND: u16 = 404;
/// Status for a call of this switch that came back (RFC 3261 §16.3).
const LOOP: u16 = 482;
/// Status when the switch cannot take the call now.
const UNAVAILABLE: u16 = 503;

/// The switch: takes new calls from the SIP task.
pub struct Switch {
    shared: Arc<Shared>,
    calls: TaskTracker,
    beats: Beats,
    gate: Gate,
    trunks: Shares<TrunkId>,
    addresses: Shares<IpAddr>,
    /// Limits log lines about calls that are not admitted.
    unadmitted: Sparse,
    rng: Rng,
}

impl Switch {
    /// Creates a switch without calls. `calls` tracks their tasks: wait for it to drain.
    pub fn new(shared: Arc<Shared>, calls: TaskTracker, rng: Rng) -> Self {
        let gate = Gate::new(shared.clock.now().mono);
        let beats = Beats::start(shared.clock.clone(), shared.records.journal.clone(), &calls);
        let (trunks, addresses) = (Shares::new(), Shares::new());
        let unadmitted = Sparse::default();
        Self { shared, calls, beats, gate, trunks, addresses, unadmitted, rng }
    }

    /// Returns the live call of this node that an INVITE is about: we sent it to an exchange, which
    /// forwards it back to us.
    fn returned(&self, incoming: &Incoming) -> Option<CallId> {
        let named = incoming.request.header(HeaderName::Other(CALL_HEADER))?;
        named.trim().parse().ok().filter(|call| self.shared.calls.contains(*call))
    }

    /// Returns whether a new call is taken. What is refused here leaves nothing behind, and the log
    /// counts it.
    fn admit(&mut self, incoming: &Incoming, now: Mono) -> Result<(), Rejection> {
        let Err((limit, seconds)) = self.room(incoming, now) else { return Ok(()) };
        if let Some(unlogged) = self.unadmitted.take(now) {
            let trunk = &incoming.trunk;
            tracing::warn!(limit, %trunk, unlogged, "call rejected: no room");
        }
        Err(Rejection { status: UNAVAILABLE, retry_after: Some(seconds) })
    }

    /// Returns which limit a new call meets, and in how many seconds it may be tried again.
    fn room(&mut self, incoming: &Incoming, now: Mono) -> Result<(), (&'static str, u32)> {
        let admission = &self.shared.admission;
        if admission.drain.is_cancelled() {
            return Err(("the switch is stopping", 30));
        }
        if admission.live.load(Ordering::Relaxed) >= admission.max_calls {
            return Err(("max_calls", 5));
        }
        if admission.is_starved(now) {
            return Err(("file descriptors", 5));
        }
        match self.shared.records.journal.room() {
            Room::Free => {}
            Room::Kept => return Err(("the journal is full", 30)),
            Room::Failing => return Err(("the journal fails", 5)),
        }
        let rate = admission.calls_per_second;
        if !self.addresses.pass(incoming.peer.remote.ip(), rate, now) {
            return Err(("calls_per_second of the address", 1));
        }
        if !self.trunks.pass(incoming.trunk.clone(), rate, now) {
            return Err(("calls_per_second of the trunk", 1));
        }
        if !self.gate.pass(rate, now) {
            return Err(("calls_per_second", 1));
        }
        Ok(())
    }
}

impl CallHandler for Switch {
    fn sender(&self, address: IpAddr) -> Sender {
        placing::sender(self.shared.dispatch.snapshot().book(), address)
    }

    fn incoming(&mut self, incoming: Box<Incoming>) -> Result<mpsc::Sender<sip::Event>, Rejection> {
        let now = self.shared.clock.now();
        self.admit(&incoming, now.mono)?;
        let (snapshot, library) =
            (self.shared.dispatch.snapshot(), self.shared.sounds.library.load_full());
        let mut rng = self.rng.fork();
        let arrival = Arrival::of_invite(&incoming);
        let placed = match self.returned(&incoming) {
            Some(call) => Err(Refusal::Loop(call)),
            None => placing::place(&snapshot, &library, arrival, now, &mut rng),
        };
        let Placed { opened, flow, .. } = placed.map_err(|refusal| {
            refused::log(&refusal, &Ingress::Trunk(incoming.trunk.clone()));
            Rejection { status: status(&refusal), retry_after: None }
        })?;
        let Opened { record, fields, payout } = opened;
        let id = record.id;
        let local = incoming.peer.local;
        let host = String::new();
        let setup = Setup { incoming, record, flow, payout, fields, local, host };
        let (mailbox, events) = mpsc::channel(MAILBOX);
        let conductor = Conductor {
            shared: self.shared.clone(),
            snapshot,
            library,
            mailbox: mailbox.clone(),
            beats: self.beats.clone(),
            rng,
        };
        let span = tracing::info_span!("call", call.id = %id);
        self.shared.admission.live.fetch_add(1, Ordering::Relaxed);
        self.calls.spawn(conductor.supervise(id, setup, events).instrument(span));
        Ok(mailbox)
    }
}

/// Returns the SIP status for a refused call.
fn status(refusal: &Refusal) -> u16 {
    match refusal {
        Refusal::NotANumber | Refusal::UnknownNumber(_) => NOT_FOUND,
        Refusal::Loop(_) => LOOP,
        Refusal::NoFlow { .. } => UNAVAILABLE,
    }
}
