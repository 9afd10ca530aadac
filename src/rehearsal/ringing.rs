//! Waits for parties other than the caller: a buyer, a fixed destination, a web server.

use std::time::Duration;

use crate::base::AttemptId;
use crate::base::OfferId;
use crate::base::Outcome;
use crate::flow::DialTo;
use crate::flow::Input;
use crate::flow::NotDialled;
use crate::flow::NotRouted;
use crate::routing::Pick;
use crate::sale;
use crate::sale::Event;
use crate::sale::EveryPhone;
use crate::sale::GivenUp;
use crate::sale::Loss;
use crate::sale::Machine;
use crate::sale::Output;
use crate::sale::Terms;
use crate::sale::Wave;

use super::Finale;
use super::Play;
use super::Rings;
use super::Scene;
use super::awaited::Ringing;

impl Play<'_> {
    /// Sells the call. Picks are played one by one, even if the offer rings several at once.
    pub(super) fn route(&mut self, offer: Option<OfferId>) {
        self.out.push_back(Scene::Routes(offer.clone()));
        self.unsold = None;
        match self.inquiry(offer) {
            Some(inquiry) => {
                let terms = Terms { width: Some(1), ..Terms::new(inquiry) };
                self.sell(sale::Input::Sell(Box::new(terms)));
            }
            None => self.ringing = Some(Ringing::Unknown),
        }
    }

    /// Passes an event to the sale, and carries out its outputs.
    fn sell(&mut self, input: sale::Input) {
        let mut next = Some(input);
        while let Some(input) = next.take() {
            self.sale.handle(input, self.now, &mut self.ids);
            while let Some(output) = self.sale.poll() {
                next = self.trade(output).or(next);
            }
        }
    }

    /// Carries out an output of the sale. Returns the answer if it is known at once.
    fn trade(&mut self, output: Output) -> Option<sale::Input> {
        let market = self.market.as_mut()?;
        match output {
            Output::Decide(inquiry, bids) => {
                let made = market.simulation.auction(&inquiry, &bids, self.now, &mut self.rng);
                return Some(sale::Input::Decided(Box::new(made)));
            }
            Output::Hold { hold, pick } => {
                let held = market.simulation.hold(&pick, hold, self.now);
                return Some(sale::Input::Held(held.map_err(|refused| refused.skip())));
            }
            // Nothing is used up in a rehearsal.
            Output::Settle { .. } => {}
            Output::Try(wave) => self.ring(&wave),
            Output::Won(attempt) => return Some(sale::Input::Delivered(attempt)),
            Output::Unsold(why) => self.not_routed(why),
            Output::Event(Event::Decided(decision)) => self.out.push_back(Scene::Decided(decision)),
            Output::Event(Event::HandedOn { to, .. }) => {
                self.out.push_back(Scene::HandedOn(to.to_string()));
            }
            // The buyer who answered has the call. There are no bids here, and no parallel ringing.
            Output::Sold
            | Output::Survey(_)
            | Output::Ask(_)
            | Output::Confirm(_)
            | Output::Cancel { .. } => {}
            Output::Event(
                Event::CapFull { .. }
                | Event::Tried { .. }
                | Event::Rings { .. }
                | Event::Ended { .. },
            ) => {}
        }
        None
    }

    /// Rings the wave's buyer: every wave has one.
    fn ring(&mut self, wave: &Wave) {
        let tried = wave.attempts.iter().filter_map(|id| self.sale.attempt(*id)).next();
        let Some(tried) = tried else { return };
        let (attempt, pick) = (tried.id, Box::new(tried.pick.clone()));
        self.sale.begun(attempt, self.now);
        self.ringing = Some(Ringing::Buyer { attempt, pick, patience: wave.ring_timeout });
    }

    pub(super) fn dial(&mut self, to: DialTo, patience: Duration) {
        let to = to.to_string();
        self.out.push_back(Scene::Dials(to.clone()));
        self.ringing = Some(Ringing::Fixed { to, patience });
    }

    /// Processes the result of the current ringing.
    pub(super) fn rung(&mut self, rings: Rings) {
        match self.ringing.take() {
            Some(Ringing::Fixed { to, patience }) => self.dialled(to, patience, rings),
            Some(Ringing::Buyer { attempt, pick, patience }) => {
                self.tried(attempt, pick, patience, rings);
            }
            Some(Ringing::Server { .. } | Ringing::Unknown) | None => {}
        }
    }

    /// Processes the result of a fixed destination.
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

    /// Processes the result of a buyer.
    fn tried(&mut self, attempt: AttemptId, pick: Box<Pick>, patience: Duration, rings: Rings) {
        let outcome = match rings {
            Rings::Answer => {
                self.sell(sale::Input::Accepted(attempt));
                return self.end(Finale::Taken(Some(pick)));
            }
            Rings::Busy => Outcome::Busy,
            Rings::NoAnswer => {
                self.now = self.now.later(patience);
                Outcome::NoAnswer
            }
        };
        self.out.push_back(Scene::Missed { pick, rings });
        self.sell(sale::Input::Lost(attempt, Loss::new(outcome)));
    }

    /// Ends the sale: no buyer takes the call.
    pub(super) fn not_taken(&mut self, why: NotRouted) {
        if self.market.is_some() {
            self.unsold = Some(self.sale.given_up());
            self.sale = Machine::new(EveryPhone, None);
        }
        self.not_routed(why);
    }

    /// Informs the flow that no buyer takes the call.
    fn not_routed(&mut self, why: NotRouted) {
        self.ringing = None;
        self.out.push_back(Scene::NotRouted(why));
        self.next = Some(Input::NotRouted(why));
    }

    /// Ends the call by the offer's own rule: the flow has no branch for the reason.
    pub(super) fn unrouted(&mut self, why: NotRouted) {
        let given_up = self.unsold.take().unwrap_or_else(|| self.sale.given_up());
        let rule = match (&self.market, given_up) {
            (None, _) => "the offer’s own rule decides".to_owned(),
            (Some(_), GivenUp::Recording(name)) => format!("hears the recording {name}"),
            (Some(_), GivenUp::TurnedAway) => "is turned away".to_owned(),
        };
        self.end(Finale::Unrouted(why, rule));
    }
}
