//! What a call does beside the caller: recordings, web servers, fixed destinations. None of them is
//! touched in a rehearsal; a caller in the terminal is told what is taken for the outcome, and in
//! a crowd each outcome comes about by lot.

use std::time::Duration;

use crate::flow::DialTo;
use crate::flow::Input;
use crate::flow::NotDialled;
use crate::flow::Output;

use super::Finale;
use super::Play;
use super::Scene;
use super::play::Leaving;

/// How long a recording is taken to be.
const RECORDING: Duration = Duration::from_secs(5);

impl Play<'_> {
    pub(super) fn record(&mut self) {
        let place = self.lot(2).is_none_or(|drawn| drawn > 0).then(|| "rehearsal.wav".to_owned());
        let told = if place.is_some() { "a message is recorded" } else { "nothing is recorded" };
        self.beside(told.to_owned(), Input::Recorded { place, length: RECORDING });
    }

    pub(super) fn look_up(&mut self, lookup: Output) {
        let Output::Lookup { url, sets, .. } = lookup else { return };
        let answered = self.lot(2).is_some_and(|drawn| drawn > 0);
        let found = sets.into_iter().map(|(_, field)| (field, "1".to_owned())).collect();
        let told = if answered { "an answer of 1" } else { "no answer" };
        let told = format!("would ask {url}: taken for {told}");
        self.beside(told, Input::LookedUp(answered.then_some(found)));
    }

    pub(super) fn dial(&mut self, to: &DialTo) {
        let outcomes = u64::try_from(NotDialled::ALL.len()).unwrap_or(0) + 1;
        let drawn = self.lot(outcomes).and_then(|drawn| usize::try_from(drawn).ok());
        match drawn.and_then(|drawn| NotDialled::ALL.get(drawn)) {
            Some(why) => {
                self.beside(format!("dials {to}: {}", why.name()), Input::NotDialled(*why));
            }
            None => self.end(Finale::Transferred(to.to_string())),
        }
    }

    /// A number below `outcomes`, in a crowd.
    fn lot(&mut self, outcomes: u64) -> Option<u64> {
        match self.leaving {
            Leaving::Counted => Some(self.rng.below(outcomes)),
            Leaving::Told => None,
        }
    }

    fn beside(&mut self, what: String, then: Input) {
        self.out.push_back(Scene::Beside(what));
        self.next = Some(then);
    }
}
