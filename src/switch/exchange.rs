//! Admits new calls: checks the caller, finds the dialled number, and starts the call's task.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use super::accounts::DigestSettings;
use super::accounts::accounts;
use super::accounts::unknown_credentials;
use super::beats::Beats;
use super::certificate;
use super::conduct::Conductor;
use super::gate::Gate;
use super::gate::Shares;
use super::refusals::Refused;
use super::shared::Shared;
use super::trunk_use::TrunkFull;
use super::trunk_use::TrunkSeat;
use crate::base::CallId;
use crate::base::Mono;
use crate::base::Now;
use crate::base::RefusalReason;
use crate::base::Rng;
use crate::base::TrunkId;
use crate::book::Attestation;
use crate::book::Book;
use crate::book::Trunk;
use crate::call::CALL_HEADER;
use crate::call::Setup;
use crate::config::Settings;
use crate::journal::Room;
use crate::lead::Missed;
use crate::net::sip::CallHandler;
use crate::net::sip::MAILBOX;
use crate::net::sip::Mailbox;
use crate::net::sip::Rejection;
use crate::placing;
use crate::placing::Arrival;
use crate::placing::Opened;
use crate::placing::Placed;
use crate::placing::Refusal;
use crate::sip::Incoming;
use crate::sip::RefusedInvite;
use crate::sip::RegistrationId;
use crate::sip::RegistrationOutcome;
use crate::sip::Sender;
use crate::sip::ServerPingId;
use crate::sip::digest::Accounts;
use crate::sip::wire::HeaderName;
use crate::stir::Claim;
use crate::stir::Verdict;

/// Status for a number that is not in the book.
const NOT_FOUND: u16 = 404;
/// Status for a bid of another caller.
const FORBIDDEN: u16 = 403;
/// Status for a bid that has ended or was used.
const GONE: u16 = 410;
/// Status for a caller who withholds the number (RFC 5079).
const ANONYMITY_DISALLOWED: u16 = 433;
/// Status for a caller who calls too often: the carrier does not try another way.
const DECLINED: u16 = 603;
/// Status for a call of this switch that came back (RFC 3261 §16.3).
const LOOP: u16 = 482;
/// Status when the switch cannot take the call now.
const UNAVAILABLE: u16 = 503;

/// The switch: receives new calls from the SIP task.
pub struct Switch {
    shared: Arc<Shared>,
    calls: TaskTracker,
    beats: Beats,
    gate: Gate,
    trunks: Shares<TrunkId>,
    addresses: Shares<IpAddr>,
    digest: DigestSettings,
    /// Version of the book whose accounts the SIP task has.
    admitted: Option<u64>,
    rng: Rng,
}

impl Switch {
    /// Creates a switch without calls. `calls` tracks their tasks; wait for it to drain.
    pub fn new(shared: Arc<Shared>, calls: TaskTracker, settings: &Settings, rng: Rng) -> Self {
        let gate = Gate::new(shared.clock.now().mono);
        let beats = Beats::start(shared.clock.clone(), shared.records.journal.clone(), &calls);
        let digest = DigestSettings::of(settings);
        let (trunks, addresses) = (Shares::new(), Shares::new());
        Self { shared, calls, beats, gate, trunks, addresses, digest, admitted: None, rng }
    }

    /// Returns the live call of this node that an INVITE is about: the switch sent it to an exchange
    /// that forwards it back.
    fn returned(&self, incoming: &Incoming) -> Option<CallId> {
        let named = incoming.request.header(HeaderName::Other(CALL_HEADER))?;
        named.trim().parse().ok().filter(|call| self.shared.calls.contains(*call))
    }

    /// Returns why a new call cannot be taken now, and after how many seconds the caller may try
    /// again.
    fn admit(
        &mut self,
        incoming: &Incoming,
        trunk: Option<&Trunk>,
        now: Mono,
    ) -> Result<Option<TrunkSeat>, (RefusalReason, u32)> {
        let admission = &self.shared.admission;
        if admission.drain.is_cancelled() {
            return Err((RefusalReason::Stopping, 30));
        }
        if admission.live.load(Ordering::Relaxed) >= admission.max_calls {
            return Err((RefusalReason::MaxCalls, 5));
        }
        if admission.is_starved(now) {
            return Err((RefusalReason::NoPorts, 5));
        }
        match self.shared.records.journal.room() {
            Room::Free => {}
            Room::Kept => return Err((RefusalReason::JournalFull, 30)),
            Room::Failing => return Err((RefusalReason::JournalFailing, 5)),
        }
        let rate = admission.calls_per_second;
        let passes = self.addresses.pass(incoming.source.ip(), rate, now)
            && self.trunks.pass(incoming.trunk.clone(), rate, now)
            && self.gate.pass(rate, now);
        if !passes {
            return Err((RefusalReason::CallsPerSecond, 1));
        }
        let seat = trunk.map(|trunk| self.shared.trunks.used.take(trunk, now));
        seat.transpose().map_err(|full| match full {
            TrunkFull::CallsAtOnce => (RefusalReason::TrunkFull, 5),
            TrunkFull::CallsPerSecond => (RefusalReason::TrunkRate, 1),
        })
    }
}

impl Switch {
    /// Returns the level at which a carrier attests the caller's number.
    fn attest(
        &self,
        incoming: &Incoming,
        arrival: &Arrival,
        book: &Book,
        now: Now,
    ) -> Option<Attestation> {
        if !self.shared.callers.attesting.concerns(incoming) {
            return None;
        }
        let number = arrival.number(book).ok()?;
        let caller = arrival.caller(Some(number));
        let claim = Claim { caller: caller.as_ref(), called: &number.number, at: now.wall };
        let (verdict, wanted) = self.shared.callers.attesting.verify(incoming, claim, now);
        for address in wanted {
            self.calls.spawn(certificate::fetch(self.shared.clone(), address));
        }
        if let Verdict::Refused(fault) = &verdict {
            tracing::info!(trunk = %incoming.trunk, %fault, "attestation not accepted");
        }
        verdict.attestation()
    }
}

impl CallHandler for Switch {
    fn sender(&self, address: IpAddr) -> Sender {
        match placing::sender(self.shared.dispatch.snapshot().book(), address) {
            Sender::Stranger => {
                let trunk = self.shared.registrations.trunk_at(address);
                trunk.map_or(Sender::Stranger, Sender::Trusted)
            }
            known => known,
        }
    }

    fn registered(&mut self, id: RegistrationId, outcome: RegistrationOutcome) {
        self.shared.registrations.settle(id, outcome);
    }

    fn pinged(&mut self, id: ServerPingId, status: Option<u16>) {
        self.shared.trunks.pings.settle(id, status);
    }

    fn accounts(&mut self) -> Option<Arc<Accounts>> {
        let snapshot = self.shared.dispatch.snapshot();
        if self.admitted.replace(snapshot.version()) == Some(snapshot.version()) {
            return None;
        }
        let book = snapshot.book();
        for (trunk, name) in unknown_credentials(book, &self.digest.credentials) {
            tracing::error!(trunk = %trunk.id, credentials = %name, "credentials not in the settings");
        }
        Some(Arc::new(accounts(book, &self.digest)))
    }

    fn incoming(&mut self, incoming: Box<Incoming>) -> Result<Mailbox, Rejection> {
        let now = self.shared.clock.now();
        let (snapshot, library) =
            (self.shared.dispatch.snapshot(), self.shared.sounds.library.load_full());
        let mut arrival = Arrival::of_invite(&incoming, snapshot.book());
        let trunk = snapshot.book().trunk(&incoming.trunk);
        let seat = self.admit(&incoming, trunk, now.mono).map_err(|(reason, seconds)| {
            self.shared.refusals.note(Refused::unavailable(reason, &arrival), now);
            Rejection { status: UNAVAILABLE, retry_after: Some(seconds), reason: Some(reason) }
        })?;
        arrival.attestation = self.attest(&incoming, &arrival, snapshot.book(), now);
        let mut rng = self.rng.fork();
        let book = snapshot.book();
        let wanted = match self.returned(&incoming) {
            Some(call) => Err(Refusal::Loop(call)),
            None => self.shared.callers.admit(&arrival, book, now.mono),
        };
        let placed = match wanted {
            Err(refusal) => Err(refusal),
            Ok(()) => self.shared.dispatch.pings(|pings| {
                placing::place(&snapshot, &library, pings, arrival.clone(), now, &mut rng)
            }),
        };
        let Placed { opened, flow, .. } = placed.map_err(|refusal| {
            let refused = Refused::unplaced(&refusal, &arrival);
            let reason = Some(refused.reason);
            self.shared.refusals.note(refused, now);
            Rejection { status: status(&refusal), retry_after: None, reason }
        })?;
        let Opened { record, fields, source, refusal } = opened;
        let id = record.id;
        let local = incoming.peer.local;
        let host = String::new();
        let offers = snapshot.book().offers.iter().filter(|offer| !offer.bill_silent);
        let unbilled_silence = offers.map(|offer| offer.id.clone()).collect();
        let conversions = self.shared.conversions.clone();
        let own_ports = self.shared.media.own_ports.clone();
        let setup = Setup {
            incoming,
            record,
            flow,
            source,
            refusal,
            fields,
            local,
            host,
            own_ports,
            unbilled_silence,
            conversions,
            book: snapshot.book().clone(),
        };
        let (sender, events) = mpsc::channel(MAILBOX);
        let mailbox = Mailbox { events: sender, call: Some(id) };
        let conductor = Conductor {
            shared: self.shared.clone(),
            snapshot,
            library,
            mailbox: mailbox.clone(),
            beats: self.beats.clone(),
            rng,
            seat,
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
        Refusal::Bid { why: Missed::Unknown, .. } => NOT_FOUND,
        Refusal::Bid { why: Missed::Expired | Missed::Used, .. } => GONE,
        Refusal::Bid { why: Missed::OtherCaller, .. } => FORBIDDEN,
        Refusal::Withheld => ANONYMITY_DISALLOWED,
        Refusal::CallerRate => DECLINED,
        Refusal::Loop(_) => LOOP,
        Refusal::NoFlow { .. } => UNAVAILABLE,
    }
}
