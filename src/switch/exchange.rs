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
use super::refusals::Refused;
use super::shared::Shared;
use crate::base::Mono;
use crate::base::RefusalReason;
use crate::base::Rng;
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
use crate::sip::RefusedInvite;
use crate::sip::Sender;

/// Status for a number that is not in the book.
const NOT_FOUND: u16 = 404;
/// Status when the switch cannot take the call now.
const UNAVAILABLE: u16 = 503;

/// The switch: receives new calls from the SIP task.
pub struct Switch {
    shared: Arc<Shared>,
    calls: TaskTracker,
    beats: Beats,
    gate: Gate,
    rng: Rng,
}

impl Switch {
    /// Creates a switch without calls. `calls` tracks their tasks; wait for it to drain.
    pub fn new(shared: Arc<Shared>, calls: TaskTracker, rng: Rng) -> Self {
        let gate = Gate::new(shared.admission.calls_per_second, shared.clock.now().mono);
        let beats = Beats::start(shared.clock.clone(), shared.records.journal.clone(), &calls);
        Self { shared, calls, beats, gate, rng }
    }

    /// Returns why a new call cannot be taken now, and after how many seconds the caller may try
    /// again.
    fn admit(&mut self, now: Mono) -> Result<(), (RefusalReason, u32)> {
        if self.shared.admission.drain.is_cancelled() {
            return Err((RefusalReason::Stopping, 30));
        }
        if self.shared.admission.live.load(Ordering::Relaxed) >= self.shared.admission.max_calls {
            return Err((RefusalReason::MaxCalls, 5));
        }
        match self.shared.records.journal.room() {
            Room::Free => {}
            Room::Kept => return Err((RefusalReason::JournalFull, 30)),
            Room::Failing => return Err((RefusalReason::JournalFailing, 5)),
        }
        if self.gate.pass(now) { Ok(()) } else { Err((RefusalReason::CallsPerSecond, 1)) }
    }
}

impl CallHandler for Switch {
    fn sender(&self, address: IpAddr) -> Sender {
        placing::sender(self.shared.dispatch.snapshot().book(), address)
    }

    fn incoming(&mut self, incoming: Box<Incoming>) -> Result<mpsc::Sender<sip::Event>, Rejection> {
        let now = self.shared.clock.now();
        let arrival = Arrival::of_invite(&incoming);
        if let Err((reason, seconds)) = self.admit(now.mono) {
            self.shared.refusals.note(Refused::unavailable(reason, &arrival), now);
            return Err(Rejection { status: UNAVAILABLE, retry_after: Some(seconds) });
        }
        let (snapshot, library) =
            (self.shared.dispatch.snapshot(), self.shared.sounds.library.load_full());
        let mut rng = self.rng.fork();
        let placed = placing::place(&snapshot, &library, arrival.clone(), now, &mut rng);
        let Placed { opened, flow, .. } = placed.map_err(|refusal| {
            self.shared.refusals.note(Refused::unplaced(&refusal, &arrival), now);
            Rejection { status: status(&refusal), retry_after: None }
        })?;
        let Opened { record, fields, payout } = opened;
        let id = record.id;
        let local = incoming.peer.local;
        let host = String::new();
        let offers = snapshot.book().offers.iter().filter(|offer| !offer.bill_silent);
        let unbilled_silence = offers.map(|offer| offer.id.clone()).collect();
        let setup = Setup { incoming, record, flow, payout, fields, local, host, unbilled_silence };
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

    fn refused(&mut self, invite: &RefusedInvite) {
        self.shared.refusals.note(Refused::invite(invite), self.shared.clock.now());
    }
}

/// Returns the SIP status for a refused call.
fn status(refusal: &Refusal) -> u16 {
    match refusal {
        Refusal::NotANumber | Refusal::UnknownNumber(_) => NOT_FOUND,
        Refusal::NoFlow { .. } => UNAVAILABLE,
    }
}
