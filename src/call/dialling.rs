//! Outbound legs: dialled, retried on another gateway, refused, stopped, removed.

use bytes::Bytes;

use crate::base::LegId;
use crate::base::Now;
use crate::base::Outcome;
use crate::sale;
use crate::sale::Loss;
use crate::sale::Rung;
use crate::sdp;
use crate::sip;
use crate::sip::CancelWhy;
use crate::sip::Command;
use crate::sip::Refusal;

use super::Machine;
use super::MediaOrder;
use super::Output;
use super::input::Route;
use super::keys::KeyPath;
use super::leg::Callee;
use super::leg::Dialled;
use super::leg::Leg;
use super::leg::LegState;
use super::leg::Purpose;
use super::leg::is_gateway_fault;
use super::leg::loss_of;
use super::machine::Opening;
use super::secrecy::secrecy;
use super::secrecy::srtp_of;

/// Most gateways that are dialled for one attempt after the first one failed.
const FAILOVERS_MAX: usize = 15;

impl Machine {
    /// Prepares a leg to be dialled, as soon as the record is on disk: no leg is rung before.
    pub(super) fn prepare(&mut self, own: Leg) {
        let leg = LegId::random(&mut self.rng);
        let destination = own.destination.clone();
        let failed = own.failed.clone();
        self.legs.insert(leg, own);
        match &mut self.opening {
            Opening::Awaited { legs } => legs.push(leg),
            Opening::Durable => self.push(Output::Prepare { leg, destination, failed }),
        }
    }

    /// Prepares the legs that waited for the record to be on disk.
    pub(super) fn prepare_waiting(&mut self) {
        let Opening::Awaited { legs } = std::mem::replace(&mut self.opening, Opening::Durable)
        else {
            return;
        };
        for leg in legs {
            if let Some(own) = self.legs.get(&leg) {
                let destination = own.destination.clone();
                self.push(Output::Prepare { leg, destination, failed: Vec::new() });
            }
        }
    }

    pub(super) fn on_prepared(&mut self, leg: LegId, route: Route, now: Now) {
        let Some(own) = self.legs.get_mut(&leg) else { return };
        let LegState::AwaitRoute = own.state else { return self.forget(leg) };
        // A further gateway has what is left of the ring time.
        let is_first = own.ring_until.is_none();
        let until = *own.ring_until.get_or_insert(now.mono + own.ring_timeout);
        let secrecy = {
            let srtp = own.srtp.unwrap_or_else(|| srtp_of(&own.destination, &self.book));
            secrecy(srtp, &route.peer, &mut self.rng)
        };
        let local = sdp::Local::new((route.local, route.peer.remote.ip()), leg.0 >> 1, secrecy);
        own.state = LegState::AwaitAnswer { dialled: Dialled { until, local, early: None } };
        own.gateway = Some(route.gateway.clone());
        own.callee.rung = Rung::Since(now.mono);
        let Callee { id, purpose, .. } = own.callee.clone();
        let is_first = is_first && !matches!(purpose, Purpose::Transfer { .. });
        match purpose {
            Purpose::Sale => {
                self.sale.begun(id, now);
                self.carry_out_sale(now);
            }
            Purpose::Fixed { to, .. } | Purpose::Transfer { to } => self.open_dial(id, to, now),
        }
        if is_first {
            self.attempted();
        }
        let dial = self.invitation(leg, route, &local);
        self.command(Command::Dial(Box::new(dial)));
    }

    /// Ends the attempt of a leg that has no socket or no address, or may not be dialled, which is
    /// not the caller's fault. If other addresses were tried before, reports the failure of the
    /// last one instead.
    pub(super) fn on_unprepared(&mut self, leg: LegId, outcome: Outcome, now: Now) {
        let Some(own) = self.remove(leg) else { return };
        let LegState::AwaitRoute = own.state else { return };
        let loss = own.last_failure().map_or(Loss::new(outcome), loss_of);
        self.lose(&own.callee, loss, now);
    }

    pub(super) fn on_buyer(&mut self, leg: LegId, event: sip::Event, now: Now) {
        match event {
            sip::Event::Ringing { body, .. } => self.on_buyer_rings(leg, body.as_ref(), now),
            sip::Event::Answered { body, .. } => self.on_buyer_answered(leg, body.as_ref(), now),
            sip::Event::Refused { cause, reason, .. } => {
                let is_elsewhere = reason.is_some_and(|reason| reason.is_elsewhere());
                self.on_buyer_refused(leg, (cause, is_elsewhere), now);
            }
            sip::Event::Redirected { status, to, .. } => self.redirect(leg, status, &to, now),
            sip::Event::Ended { how, reason, .. } => self.on_buyer_ended(leg, (how, reason), now),
            sip::Event::Referred { to, .. } => self.on_referred(leg, &to, now),
            sip::Event::Reoffered { session, body } => self.on_reoffered(session, body, now),
            sip::Event::Confirmed { session, body } => self.on_reanswered(session, body, now),
            sip::Event::Alive { session } => self.holding.alive(session, now),
            sip::Event::Digit { session, digit } => {
                self.on_digit((session, KeyPath::Info), digit, now);
            }
            sip::Event::Incoming(_) | sip::Event::Canceled { .. } => {}
        }
    }

    fn on_buyer_rings(&mut self, leg: LegId, body: Option<&Bytes>, now: Now) {
        let Some(own) = self.legs.get_mut(&leg) else { return };
        let LegState::AwaitAnswer { .. } = own.state else { return };
        own.has_rung = true;
        let (id, after) = (own.callee.id, own.callee.rung.rang(now));
        match own.callee.purpose {
            Purpose::Sale => {
                self.sale.rings(id, after);
                self.carry_out_sale(now);
            }
            Purpose::Fixed { .. } | Purpose::Transfer { .. } => self.dial_rings(id, after),
        }
        match body {
            Some(body) => self.hear_early(leg, body, now),
            None => self.ring_caller(),
        }
    }

    /// Handles a refusal. After one that says that the call was answered elsewhere (RFC 3326), no further
    /// gateway is tried.
    pub(super) fn on_buyer_refused(
        &mut self,
        leg: LegId,
        (cause, is_elsewhere): (Refusal, bool),
        now: Now,
    ) {
        let Some(own) = self.legs.get(&leg) else { return };
        match own.state {
            LegState::AwaitAnswer { .. } if self.may_be_plain(leg, cause, now) => {
                self.offer_plain(leg, now);
            }
            LegState::AwaitAnswer { dialled } => {
                let codes = self.trunk_of(leg).and_then(|id| self.book.trunk(id));
                let codes = codes.map(|trunk| &trunk.final_codes[..]);
                let goes_on = !is_elsewhere
                    && is_gateway_fault(cause, codes, own.has_rung)
                    && own.failed.len() < FAILOVERS_MAX
                    && now.mono < dialled.until;
                if goes_on {
                    return self.try_next_gateway(leg, cause, now);
                }
                if let Some(own) = self.remove(leg) {
                    self.lose(&own.callee, loss_of(cause), now);
                }
            }
            LegState::Ending => {
                self.correct(leg, cause);
                self.forget(leg);
            }
            LegState::AwaitRoute
            | LegState::AwaitAccept { .. }
            | LegState::Won { .. }
            | LegState::Replaced { .. }
            | LegState::Canceled => self.forget(leg),
        }
    }

    /// Dials the same buyer through the next gateway, under the same hold.
    fn try_next_gateway(&mut self, leg: LegId, cause: Refusal, now: Now) {
        let Some(mut own) = self.remove(leg) else { return };
        own.failed.extend(own.gateway.take().map(|gateway| (gateway, cause)));
        self.dial_again(Leg { srtp: None, ..own }, now);
    }

    /// Dials once more for the same buyer, under the same hold, in the rest of the ring time: through
    /// another gateway, at another address, or with another offer.
    pub(super) fn dial_again(&mut self, mut own: Leg, now: Now) {
        own.callee.rung = Rung::For(own.callee.rung.rang(now));
        self.sale.gateway_failed(own.callee.id, now);
        self.prepare(Leg { state: LegState::AwaitRoute, gateway: None, ..own });
    }

    /// Ends legs whose ring timeout or accept gate has expired.
    pub(super) fn on_leg_deadlines(&mut self, now: Now) {
        let due = |leg: &Leg| leg.deadline().is_some_and(|due| now.mono >= due);
        let late: Vec<LegId> =
            self.legs.iter().filter(|(_, leg)| due(leg)).map(|(leg, _)| *leg).collect();
        for leg in late {
            let Some(own) = self.legs.get(&leg) else { continue };
            let outcome = match own.state {
                LegState::AwaitAccept { .. } => Outcome::NotAccepted,
                LegState::AwaitAnswer { .. } => Outcome::NoAnswer,
                LegState::Replaced { .. } => {
                    self.hang_up_replaced(leg);
                    continue;
                }
                LegState::AwaitRoute
                | LegState::Won { .. }
                | LegState::Canceled
                | LegState::Ending => {
                    continue;
                }
            };
            let callee = own.callee.clone();
            self.stop_leg(leg, CancelWhy::Plain);
            self.lose(&callee, Loss::new(outcome), now);
        }
    }

    /// Ends a leg that has not been bridged, with the SIP message that its state requires. The sale
    /// records the outcome.
    pub(super) fn stop_leg(&mut self, leg: LegId, why: CancelWhy) {
        if let Opening::Awaited { legs } = &self.opening
            && legs.contains(&leg)
        {
            return self.forget(leg);
        }
        let Some(own) = self.legs.get_mut(&leg) else { return };
        let was_heard = own.early_mut().is_some();
        match std::mem::replace(&mut own.state, LegState::Ending) {
            LegState::AwaitRoute => {
                own.state = LegState::Canceled;
                let (id, failed) = (own.callee.id, own.last_failure());
                if let Some(failed) = failed {
                    self.sale.correct(id, loss_of(failed));
                }
            }
            LegState::AwaitAnswer { .. } => self.command(Command::Cancel { session: leg, why }),
            LegState::AwaitAccept { .. } | LegState::Won { .. } | LegState::Replaced { .. } => {
                let cause = self.parting_line();
                self.command(Command::Bye { session: leg, cause });
            }
            before @ (LegState::Canceled | LegState::Ending) => own.state = before,
        }
        if was_heard {
            self.end_early_media();
        }
    }

    /// Ends the attempt of a leg that did not take the call.
    pub(super) fn lose(&mut self, callee: &Callee, loss: Loss, now: Now) {
        match &callee.purpose {
            Purpose::Sale => self.sell(sale::Input::Lost(callee.id, loss), now),
            Purpose::Fixed { to, .. } => {
                self.open_dial(callee.id, to.clone(), now);
                self.end_dial(callee.id, loss, callee.rung.rang(now));
                self.on_not_dialled(now);
            }
            Purpose::Transfer { to } => {
                self.open_dial(callee.id, to.clone(), now);
                self.end_dial(callee.id, loss, callee.rung.rang(now));
                self.on_not_transferred(loss, now);
            }
        }
    }

    /// Removes a leg after its last event.
    pub(super) fn forget(&mut self, leg: LegId) {
        drop(self.remove(leg));
    }

    pub(super) fn remove(&mut self, leg: LegId) -> Option<Leg> {
        let mut own = self.legs.remove(&leg)?;
        self.order(MediaOrder::Close { leg });
        if own.early_mut().is_some() {
            self.end_early_media();
        }
        Some(own)
    }

    /// Writes the attempts and decisions so far before the next leg is dialled.
    fn attempted(&mut self) {
        let attempts = self.sale.rows().to_vec();
        let decisions = self.sale.new_decisions();
        self.push(Output::Attempted { attempts, decisions });
    }

    /// Corrects the outcome of a stopped leg that had answered or refused at that moment.
    pub(super) fn correct(&mut self, leg: LegId, cause: Refusal) {
        if let Some(own) = self.legs.get(&leg) {
            self.sale.correct(own.callee.id, loss_of(cause));
        }
    }
}
