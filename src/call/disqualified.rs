//! Nobody took the call. Selling it elsewhere comes first: the offer's DQ destination may be
//! another offer. Then the flow has the word; where it has none, the offer's recording plays.

use std::collections::VecDeque;
use std::time::Duration;

use crate::base::Now;
use crate::base::OfferId;
use crate::flow;
use crate::flow::NotRouted;
use crate::flow::Sound;
use crate::routing::Disqualified;
use crate::routing::Pick;

use super::Machine;
use super::Story;
use super::caller::status;
use super::machine::Stage;
use super::ringing::Holds;
use crate::sale::why_not_routed;

/// Most offers that one call is handed on to; the book's reader has refused loops already.
pub(crate) const HANDOVERS_MAX: u32 = 5;

impl Machine {
    /// Every pick was tried in vain, or there was none.
    pub(super) fn on_nobody(&mut self, now: Now) {
        match self.next_handover() {
            Some(Handover::Offer(next)) => {
                self.disqualify(format!("handed on to offer {next}"));
                self.offer = next;
                self.begin_routing();
            }
            Some(Handover::Buyer(pick, ring_timeout)) => {
                self.disqualify(format!("goes to catch-all buyer {}", pick.buyer));
                let picks = VecDeque::from([*pick]);
                self.ring(picks, 1, ring_timeout, Holds::Granted, now);
            }
            None => {
                let why = self.decisions.last().map_or(NotRouted::NoMatch, why_not_routed);
                self.hush();
                self.stage = Stage::Asking;
                self.offer = self.own_offer.clone();
                self.go_on(flow::Input::NotRouted(why), now);
            }
        }
    }

    /// The last decision's DQ destination, if it is one that sells the call; each is taken once.
    fn next_handover(&mut self) -> Option<Handover> {
        if self.handed_over_after == self.decisions.len() {
            return None;
        }
        let last = self.decisions.last()?;
        let handover = match &last.dq() {
            Disqualified::Offer(next) => Handover::Offer(next.clone()),
            Disqualified::Buyer(pick) => Handover::Buyer(pick.clone(), last.ring_timeout),
            Disqualified::Reject | Disqualified::Recording(_) => return None,
        };
        self.handovers_left = self.handovers_left.checked_sub(1)?;
        self.handed_over_after = self.decisions.len();
        Some(handover)
    }

    fn disqualify(&mut self, what: String) {
        let offer = self.record.offer.clone();
        self.tell(Story::Disqualified { offer, what });
    }

    /// The flow has no answer to a call that nobody took.
    pub(super) fn on_unrouted(&mut self, now: Now) {
        let dq = self.decisions.last().map(|decision| decision.dq());
        match dq {
            Some(Disqualified::Recording(name)) => {
                self.disqualify(format!("hears recording {name}"));
                self.stage = Stage::Farewell;
                self.play(vec![Sound::File(name.to_string())], now);
            }
            Some(Disqualified::Reject | Disqualified::Offer(_) | Disqualified::Buyer(_)) | None => {
                self.disqualify("turned away".to_owned());
                self.hang_up(status::TEMPORARILY_UNAVAILABLE, now);
            }
        }
    }
}

/// Where a call that nobody took is sold next.
enum Handover {
    Offer(OfferId),
    Buyer(Box<Pick>, Duration),
}
