//! Follows a redirection (3xx) to another destination of the book, under the same hold.

use std::sync::Arc;

use crate::base::LegId;
use crate::base::Now;
use crate::book::Destination;
use crate::sip::Refusal;
use crate::sip::Uri;

use super::Machine;
use super::leg::Leg;
use super::named::named;

/// Most redirections of one leg that are followed.
const REDIRECTIONS_MAX: u8 = 3;

impl Machine {
    /// Dials the first of the addresses that is a destination of the book, in the rest of the ring
    /// time; the leg keeps its whisper and its key, and its audio is as that destination says. Without
    /// one, the leg is refused.
    pub(super) fn redirect(&mut self, leg: LegId, status: u16, to: &[Uri], now: Now) {
        let named = to.iter().find_map(|uri| named(&self.book, uri));
        let is_followed = self.legs.get(&leg).is_some_and(|own| {
            let is_in_time = own.dialled().is_some_and(|dialled| now.mono < dialled.until);
            own.redirections < REDIRECTIONS_MAX && is_in_time
        });
        let Some(named) = named.filter(|_| is_followed).cloned() else {
            return self.on_buyer_refused(leg, (Refusal::Status(status), false), now);
        };
        let Some(own) = self.remove(leg) else { return };
        let Destination { whisper, accept, .. } = own.destination.as_ref().clone();
        let destination = Arc::new(Destination { whisper, accept, ..named });
        let redirections = own.redirections + 1;
        self.dial_again(
            Leg { destination, redirections, failed: Vec::new(), srtp: None, ..own },
            now,
        );
    }
}
