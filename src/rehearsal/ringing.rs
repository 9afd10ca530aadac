//! The call is routed: a decision, its picks one after the other, then the offer's `dq`.

use std::collections::VecDeque;
use std::time::Duration;

use crate::base::FieldName;
use crate::base::OfferId;
use crate::flow::DialTo;
use crate::flow::Input;
use crate::flow::NotDialled;
use crate::flow::NotRouted;
use crate::routing::DQ_HOPS_MAX;
use crate::routing::Decision;
use crate::routing::Disqualified;
use crate::routing::Pick;
use crate::sale::why_not_routed;

use super::Finale;
use super::Play;
use super::Rings;
use super::Scene;
use super::Wants;

/// Somebody who is not the caller is waited for.
#[derive(Debug)]
pub(super) enum Ringing {
    /// A fixed destination rings, for so long.
    Fixed { to: String, patience: Duration },
    /// A web server is asked for these fields.
    Server { fields: Vec<FieldName> },
    /// There is no book: somebody has to say what becomes of it.
    Unknown,
    /// These picks are left; the first rings.
    Picks {
        decision: Box<Decision>,
        picks: VecDeque<Pick>,
        /// How often it may still be sold elsewhere.
        hops: usize,
    },
    /// The catch-all buyer rings: the last one there is.
    Resort { decision: Box<Decision>, pick: Box<Pick> },
}

impl Ringing {
    pub(super) fn wants(&self) -> Wants {
        match self {
            Ringing::Fixed { to, .. } => Wants::Dial(to.clone()),
            Ringing::Server { fields } => Wants::Lookup(fields.clone()),
            Ringing::Unknown => Wants::Fate,
            Ringing::Picks { picks, .. } => match picks.front() {
                Some(pick) => Wants::Ring(Box::new(pick.clone())),
                None => Wants::Fate,
            },
            Ringing::Resort { pick, .. } => Wants::Ring(pick.clone()),
        }
    }
}

impl Play<'_> {
    pub(super) fn route(&mut self, offer: Option<OfferId>) {
        self.out.push_back(Scene::Routes(offer.clone()));
        match self.market {
            Some(_) => self.decide(offer, DQ_HOPS_MAX),
            None => self.ringing = Some(Ringing::Unknown),
        }
    }

    fn decide(&mut self, offer: Option<OfferId>, hops: usize) {
        let (Some(inquiry), Some(market)) = (self.inquiry(offer), self.market.as_mut()) else {
            return;
        };
        let decision = Box::new(market.decide(&inquiry, self.now, &mut self.rng));
        self.resort = Some(decision.dq());
        self.out.push_back(Scene::Decided(decision.clone()));
        let picks = decision.picks().filter(|pick| pick.destination.is_some()).collect();
        self.ring(decision, picks, hops);
    }

    /// Rings the next pick; when there is none, the `dq` has the word, then the flow.
    fn ring(&mut self, decision: Box<Decision>, picks: VecDeque<Pick>, hops: usize) {
        if !picks.is_empty() {
            return self.ringing = Some(Ringing::Picks { decision, picks, hops });
        }
        match (decision.dq(), hops.checked_sub(1)) {
            (Disqualified::Offer(next), Some(hops)) => {
                self.out.push_back(Scene::HandedOn(format!("handed on to the offer {next}")));
                self.decide(Some(next), hops);
            }
            (Disqualified::Buyer(pick), Some(_)) => {
                let told = format!("goes to the catch-all buyer {}", pick.buyer);
                self.out.push_back(Scene::HandedOn(told));
                self.ringing = Some(Ringing::Resort { decision, pick });
            }
            (Disqualified::Offer(_) | Disqualified::Buyer(_), None)
            | (Disqualified::Reject | Disqualified::Recording(_), _) => self.nobody(&decision),
        }
    }

    fn nobody(&mut self, decision: &Decision) {
        self.not_routed(why_not_routed(decision));
    }

    pub(super) fn dial(&mut self, to: DialTo, patience: Duration) {
        let to = to.to_string();
        self.out.push_back(Scene::Dials(to.clone()));
        self.ringing = Some(Ringing::Fixed { to, patience });
    }

    /// What became of the fixed destination.
    fn dialled(&mut self, to: String, patience: Duration, rings: Rings) {
        let why = match rings {
            Rings::Answer => return self.end(Finale::Transferred(to)),
            Rings::Busy => NotDialled::Busy,
            Rings::NoAnswer => {
                self.now = self.now.later(patience);
                NotDialled::NoAnswer
            }
        };
        self.out.push_back(Scene::NotDialled(rings));
        self.next = Some(Input::NotDialled(why));
    }

    /// What became of the pick that rang, or of the fixed destination.
    pub(super) fn rung(&mut self, rings: Rings) {
        let (decision, pick, rest) = match self.ringing.take() {
            Some(Ringing::Picks { decision, mut picks, hops }) => match picks.pop_front() {
                Some(pick) => (decision, Box::new(pick), Some((picks, hops))),
                None => return,
            },
            Some(Ringing::Resort { decision, pick }) => (decision, pick, None),
            Some(Ringing::Fixed { to, patience }) => return self.dialled(to, patience, rings),
            Some(Ringing::Server { .. } | Ringing::Unknown) | None => return,
        };
        match rings {
            Rings::Answer => return self.end(Finale::Taken(Some(pick))),
            Rings::NoAnswer => self.now = self.now.later(decision.ring_timeout),
            Rings::Busy => {}
        }
        self.out.push_back(Scene::Missed { pick, rings });
        match rest {
            Some((picks, hops)) => self.ring(decision, picks, hops),
            None => self.nobody(&decision),
        }
    }

    /// The flow is told that nobody takes the call.
    pub(super) fn not_routed(&mut self, why: NotRouted) {
        self.ringing = None;
        self.out.push_back(Scene::NotRouted(why));
        self.next = Some(Input::NotRouted(why));
    }

    /// The flow has no answer to that.
    pub(super) fn unrouted(&mut self, why: NotRouted) {
        let rule = match &self.resort {
            None => "the offer’s own rule decides".to_owned(),
            Some(Disqualified::Recording(name)) => format!("hears the recording {name}"),
            Some(Disqualified::Reject | Disqualified::Offer(_) | Disqualified::Buyer(_)) => {
                "is turned away".to_owned()
            }
        };
        self.end(Finale::Unrouted(why, rule));
    }
}
