//! Transfers a bridged call at its buyer's request (REFER, RFC 3515; blind, RFC 5589 §6), to a destination
//! of the book. The sale stays with the buyer that was sold, and the connected time goes on.

use std::sync::Arc;
use std::time::Duration;

use crate::base::AttemptId;
use crate::base::End;
use crate::base::LegId;
use crate::base::Now;
use crate::base::Outcome;
use crate::book::Accept;
use crate::book::Destination;
use crate::sale::Loss;
use crate::sip::Command;
use crate::sip::NoTransfer;
use crate::sip::Uri;

use super::CallEvent;
use super::Machine;
use super::MediaOrder;
use super::Output;
use super::caller::status;
use super::leg::Leg;
use super::leg::LegState;
use super::leg::Purpose;
use super::machine::Stage;
use super::named::named;
use super::record::EndedBy;
use super::transfers::OpenTransfer;
use super::transfers::TRANSFERS_MAX;

/// Time for the BYE of a buyer that was replaced: it is to hang up itself (RFC 5589 §6.1), which some
/// phones never do.
pub(super) const BYE_WAIT: Duration = Duration::from_secs(2);

impl Machine {
    /// Handles the request of a party to be replaced by another one.
    pub(super) fn on_referred(&mut self, leg: LegId, to: &Uri, now: Now) {
        let found = self.transferee(leg, to);
        let answer = found.as_ref().map(|_| ()).map_err(|why| *why);
        self.command(Command::AnswerRefer { session: leg, answer });
        if let Ok(destination) = found {
            self.transfer(leg, destination, now);
        }
    }

    /// Returns where a party may transfer the call.
    fn transferee(&self, leg: LegId, to: &Uri) -> Result<Destination, NoTransfer> {
        match self.stage {
            Stage::Bridged { buyer, .. } if buyer == leg => {}
            Stage::Bridged { .. }
            | Stage::Asking
            | Stage::Ringing
            | Stage::Won { .. }
            | Stage::Connected { .. }
            | Stage::Announcement
            | Stage::Over
            | Stage::Done => return Err(NoTransfer::NotConnected),
        }
        match self.legs.get(&leg).map(|own| &own.callee.purpose) {
            Some(Purpose::Sale | Purpose::Transfer { .. }) => {}
            Some(Purpose::Fixed { .. }) | None => return Err(NoTransfer::NotABuyer),
        }
        if self.transfers.is_open() {
            return Err(NoTransfer::InProgress);
        }
        if self.transfers.count >= TRANSFERS_MAX {
            return Err(NoTransfer::TooOften);
        }
        let named = named(&self.book, to).ok_or(NoTransfer::UnknownDestination)?;
        Ok(Destination { whisper: None, accept: Accept::None, ..named.clone() })
    }

    /// Dials the destination of a transfer. The caller hears ringback, and is connected with no party.
    fn transfer(&mut self, leg: LegId, destination: Destination, now: Now) {
        let caller = self.caller.session;
        self.transfers.count += 1;
        self.transfers.open = Some(OpenTransfer::default());
        for (holds, waits) in [(caller, leg), (leg, caller)] {
            if self.holding.by.contains(&holds) {
                self.order(MediaOrder::Resume { leg: waits });
            }
        }
        self.order(MediaOrder::Unbridge { caller });
        self.ring_back(None);
        let offer = self.book.offer(self.record.offer_of(&self.sale));
        let ring_timeout = offer.map(|offer| offer.ring_timeout).unwrap_or_default();
        let id = AttemptId::new(now, &mut self.rng);
        let purpose = Purpose::Transfer { to: destination.to.dialled().to_owned() };
        self.prepare(Leg::new((id, purpose), Arc::new(destination), ring_timeout));
    }

    /// Connects the caller with the party that the call was transferred to, which has answered.
    pub(super) fn on_transferred(&mut self, leg: LegId, to: String, now: Now) {
        let Stage::Bridged { buyer, since } = self.stage else { return };
        let Some(open) = self.transfers.open.take() else { return };
        if let Some(own) = self.legs.get(&leg) {
            self.end_answered_dial(own.callee.id, Outcome::Won);
        }
        self.stage = Stage::Bridged { buyer: leg, since };
        self.record.transferred_to = Some(to);
        self.parting = None;
        self.media.replace(buyer, leg);
        self.holding.by.remove(&buyer);
        match open.left {
            // Its media were kept for their report.
            Some(_) => self.order(MediaOrder::Close { leg: buyer }),
            None => {
                self.command(Command::ReportRefer { session: buyer, status: 200 });
                if let Some(own) = self.legs.get_mut(&buyer) {
                    own.state = LegState::Replaced { until: now.mono + BYE_WAIT };
                }
            }
        }
        self.connect_again(leg, now);
        self.push(Output::Update(Box::new(self.whole_record())));
    }

    /// Connects the caller with the buyer again when a transfer has failed, or ends the call when the
    /// buyer is gone.
    pub(super) fn on_not_transferred(&mut self, loss: Loss, now: Now) {
        let Stage::Bridged { buyer, .. } = self.stage else { return };
        let Some(open) = &self.transfers.open else { return };
        if open.left.is_some() {
            self.drop_caller(status::TEMPORARILY_UNAVAILABLE);
            return self.end(EndedBy::Buyer, End::Bridged, now);
        }
        self.transfers.open = None;
        self.command(Command::ReportRefer { session: buyer, status: status_of(loss) });
        self.connect_again(buyer, now);
    }

    fn connect_again(&mut self, buyer: LegId, now: Now) {
        let caller = self.caller.session;
        self.stop_playback();
        self.order(MediaOrder::Bridge { caller, buyer });
        self.on_bridged(now);
        if let Some(winner) = self.record.winner.clone() {
            self.report(CallEvent::Bridged { contract: winner.contract, buyer: winner.buyer });
        }
    }

    /// Returns how long the caller has been alone, because the buyer hung up and no other party has
    /// answered: that time is not billed.
    pub(super) fn alone(&self, now: Now) -> Duration {
        let left = self.transfers.open.as_ref().and_then(|open| open.left);
        left.map_or(Duration::ZERO, |left| now.mono.since(left))
    }

    /// Ends an open transfer of a call that ends.
    pub(super) fn withdraw_transfer(&mut self, buyer: LegId) {
        let Some(open) = self.transfers.open.take() else { return };
        match open.left {
            // Its media have been asked for their report.
            Some(_) => self.order(MediaOrder::Close { leg: buyer }),
            None => {
                let status = status::REQUEST_TERMINATED;
                self.command(Command::ReportRefer { session: buyer, status });
            }
        }
    }

    /// Hangs up on the parties that were replaced, when the call ends.
    pub(super) fn end_transfers(&mut self) {
        let is_replaced = |own: &Leg| matches!(own.state, LegState::Replaced { .. });
        let replaced: Vec<LegId> =
            self.legs.iter().filter(|(_, own)| is_replaced(own)).map(|(leg, _)| *leg).collect();
        for leg in replaced {
            self.hang_up_replaced(leg);
        }
    }

    /// Hangs up on a party that was replaced.
    pub(super) fn hang_up_replaced(&mut self, leg: LegId) {
        if let Some(own) = self.legs.get_mut(&leg) {
            own.state = LegState::Ending;
            self.command(Command::Bye { session: leg, cause: None });
        }
    }
}

/// Returns the status in the NOTIFY of a transfer that failed.
fn status_of(loss: Loss) -> u16 {
    match loss.status {
        Some(status @ 300..=699) => status,
        // It answered with a description that cannot be used.
        Some(_) => status::NOT_ACCEPTABLE_HERE,
        None if loss.outcome == Outcome::NoAnswer => status::TEMPORARILY_UNAVAILABLE,
        None => status::SERVICE_UNAVAILABLE,
    }
}
