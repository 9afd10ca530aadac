//! Facts that are durable in the journal but not yet applied to the store, in order and by call.

use std::collections::HashMap;
use std::collections::VecDeque;

use crate::base::CallId;
use crate::base::Mono;

/// Facts that wait to be applied. Bounded by the journal's file, which holds all of them.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    order: VecDeque<Place>,
    calls: HashMap<CallId, Unapplied>,
    ended: usize,
}

/// One waiting fact.
#[derive(Debug)]
struct Place {
    sequence: u64,
    about: About,
    since: Mono,
}

/// Which call a fact is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// No single call: a heartbeat of the node.
    Node,
    /// A live call.
    Live(CallId),
    /// The end of a call.
    End(CallId),
}

/// A call's waiting facts.
#[derive(Debug, Default)]
struct Unapplied {
    sequences: Vec<u64>,
    ended: bool,
}

impl Waiting {
    /// Adds a durable fact.
    pub(super) fn add(&mut self, sequence: u64, about: About, since: Mono) {
        self.order.push_back(Place { sequence, about, since });
        let (call, ends) = match about {
            About::Node => return,
            About::Live(call) => (call, false),
            About::End(call) => (call, true),
        };
        let unapplied = self.calls.entry(call).or_default();
        unapplied.sequences.push(sequence);
        if ends && !unapplied.ended {
            unapplied.ended = true;
            self.ended += 1;
        }
    }

    /// Removes every fact up to a sequence: they are applied.
    pub(super) fn remove_through(&mut self, sequence: u64) {
        while let Some(place) = self.order.pop_front_if(|place| place.sequence <= sequence) {
            let (About::Live(call) | About::End(call)) = place.about else { continue };
            let Some(unapplied) = self.calls.get_mut(&call) else { continue };
            unapplied.sequences.retain(|waiting| *waiting > sequence);
            if unapplied.sequences.is_empty() {
                self.ended -= usize::from(unapplied.ended);
                self.calls.remove(&call);
            }
        }
    }

    /// Returns the sequences of a call's facts, in order.
    pub(super) fn of(&self, call: CallId) -> Vec<u64> {
        self.calls.get(&call).map(|unapplied| unapplied.sequences.clone()).unwrap_or_default()
    }

    /// Returns the number of waiting facts.
    pub(super) fn facts(&self) -> usize {
        self.order.len()
    }

    /// Returns the number of ended calls with waiting facts.
    pub(super) fn ended_calls(&self) -> usize {
        self.ended
    }

    /// Returns since when the oldest fact waits.
    pub(super) fn oldest(&self) -> Option<Mono> {
        self.order.front().map(|place| place.since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Now;
    use crate::base::Rng;
    use crate::base::Wall;

    #[test]
    fn a_call_waits_until_its_last_fact_is_applied() {
        let mut rng = Rng::seeded(1);
        let now = Now::at(Wall::from_micros(1_763_632_800_000_000));
        let (one, two) = (CallId::new(now, &mut rng), CallId::new(now, &mut rng));
        let at = |nanos| Mono::from_nanos(nanos);
        let mut waiting = Waiting::default();
        assert_eq!((waiting.facts(), waiting.ended_calls(), waiting.oldest()), (0, 0, None));
        for (sequence, about) in [
            (5, About::Live(one)),
            (6, About::Live(two)),
            (7, About::Node),
            (8, About::Live(one)),
            (9, About::End(one)),
        ] {
            waiting.add(sequence, about, at(sequence));
        }
        assert_eq!(waiting.of(one), [5, 8, 9]);
        assert_eq!((waiting.facts(), waiting.ended_calls()), (5, 1));
        assert_eq!(waiting.oldest(), Some(at(5)));
        waiting.remove_through(7);
        assert_eq!((waiting.of(one), waiting.of(two)), (vec![8, 9], vec![]));
        assert_eq!((waiting.facts(), waiting.ended_calls()), (2, 1));
        assert_eq!(waiting.oldest(), Some(at(8)));
        waiting.remove_through(8);
        assert_eq!(waiting.ended_calls(), 1, "its end is not applied yet");
        waiting.remove_through(9);
        assert_eq!((waiting.facts(), waiting.ended_calls()), (0, 0));
        assert!(waiting.calls.is_empty());
    }
}
