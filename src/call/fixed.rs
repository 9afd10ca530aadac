//! `<Dial>`: a fixed destination is rung, past all contracts. It runs through the same race as
//! buyers do, alone in it, without a hold; nobody is billed.

use std::sync::Arc;
use std::time::Duration;

use crate::base::AttemptId;
use crate::base::Now;
use crate::base::Outcome;
use crate::base::Phone;
use crate::book::Accept;
use crate::book::Destination;
use crate::book::Target;
use crate::flow;
use crate::flow::DialTo;
use crate::flow::NotDialled;
use crate::sip::SessionId;

use super::Machine;
use super::MediaOrder;
use super::Output;
use super::attempt::Attempt;
use super::attempt::Errand;
use super::attempt::State;
use super::attempt::Way;
use super::machine::Stage;
use super::ringing::ATTEMPTS_MAX;
use super::ringing::Race;
use super::ringing::Running;

impl Machine {
    /// Rings a fixed destination; the caller hears ringing meanwhile.
    pub(super) fn dial_fixed(
        &mut self,
        to: DialTo,
        timeout: Duration,
        caller_id: Option<Phone>,
        now: Now,
    ) {
        if self.tried >= ATTEMPTS_MAX {
            return self.go_on(flow::Input::NotDialled(NotDialled::Failed), now);
        }
        self.tried += 1;
        if self.caller.is_talking() {
            self.hush();
            let leg = self.caller.session;
            self.order(MediaOrder::Ringback { leg, sound: None });
        }
        let (to, shown) = match to {
            DialTo::Sip(uri) => (Target::Sip { uri: uri.clone() }, uri.as_str().to_owned()),
            DialTo::Phone { number, trunk } => {
                let Some(trunk) = trunk.or_else(|| self.record.ingress.trunk().cloned()) else {
                    return self.go_on(flow::Input::NotDialled(NotDialled::Failed), now);
                };
                let shown = number.e164().to_owned();
                (Target::Phone { number, trunk }, shown)
            }
        };
        let destination = Arc::new(Destination { to, whisper: None, accept: Accept::None });
        let leg = SessionId::random(&mut self.rng);
        let attempt = Attempt {
            id: AttemptId::new(now, &mut self.rng),
            errand: Errand::Fixed { to: shown, caller_id },
            destination: destination.clone(),
            hold: None,
            wave: 1,
            state: State::AwaitRoute { way: Way::First },
        };
        self.attempts.insert(leg, attempt);
        self.stage = Stage::Ringing(Race::Running(Running::alone(timeout)));
        self.push(Output::Prepare { leg, destination, way: 0 });
    }

    /// The fixed destination did not take the call: the flow goes on.
    pub(super) fn on_not_dialled(&mut self, now: Now) {
        let why = match self.record.dials.last().and_then(|dial| dial.outcome) {
            Some(Outcome::Busy) => NotDialled::Busy,
            Some(Outcome::NoAnswer) => NotDialled::NoAnswer,
            Some(
                Outcome::Won
                | Outcome::LostRace
                | Outcome::Declined
                | Outcome::Failed
                | Outcome::NotAccepted
                | Outcome::Machine
                | Outcome::Canceled,
            )
            | None => NotDialled::Failed,
        };
        self.hush();
        self.stage = Stage::Asking;
        self.go_on(flow::Input::NotDialled(why), now);
    }
}
