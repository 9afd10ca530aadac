//! Follows a redirection (3xx) to another destination of the book, under the same hold.

use std::sync::Arc;

use crate::base::LegId;
use crate::base::Now;
use crate::book::Destination;
use crate::sale::Rung;
use crate::sip::Refusal;
use crate::sip::Uri;

use super::Machine;
use super::leg::Leg;
use super::leg::LegState;
use super::named::named;

/// Most redirections of one leg that are followed.
const REDIRECTIONS_MAX: u8 = 3;

impl Machine {
    /// Dials the first of the addresses that is a destination of the book, in the rest of the ring
    /// time; the leg keeps its whisper and its key. Without one, the leg is refused.
    pub(super) fn redirect(&mut self, leg: LegId, status: u16, to: &[Uri], now: Now) {
        let target = to.iter().find_map(|uri| named(&self.book, uri)).map(|named| named.to.clone());
        let is_followed = self.legs.get(&leg).is_some_and(|own| {
            let is_in_time = own.dialled().is_some_and(|dialled| now.mono < dialled.until);
            own.redirections < REDIRECTIONS_MAX && is_in_time
        });
        let Some(target) = target.filter(|_| is_followed) else {
            return self.on_buyer_refused(leg, (Refusal::Status(status), false), now);
        };
        let Some(mut own) = self.remove(leg) else { return };
        own.callee.rung = Rung::For(own.callee.rung.rang(now));
        self.sale.gateway_failed(own.callee.id, now);
        let destination = Destination { to: target, ..own.destination.as_ref().clone() };
        let redirections = own.redirections + 1;
        let state = LegState::AwaitRoute;
        self.prepare(Leg {
            destination: Arc::new(destination),
            redirections,
            state,
            gateway: None,
            failed: Vec::new(),
            ..own
        });
    }
}
