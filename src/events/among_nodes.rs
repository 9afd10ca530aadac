//! Events on their way to the other nodes of the database. A batch is a text with one node's events, and
//! batches are numbered, so that the others notice that some are missing.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

use super::Event;
use super::Foreign;
use super::Subject;
use crate::base::NodeName;
use crate::base::Wall;

/// Most bytes of a batch: a notice of PostgreSQL has less than 8,000.
pub const BATCH_BYTES_MAX: usize = 7_900;
/// Bytes that a batch has beside its events, at most.
const ENVELOPE: usize = 300;
/// Most nodes whose batches are counted. Beyond that, losses of all go unnoticed once.
const NODES_MAX: usize = 256;

#[derive(Debug, Serialize, Deserialize)]
struct Batch {
    node: NodeName,
    /// The node's run: its start, in milliseconds since 1970.
    run: i64,
    /// From 1 in each run.
    number: u64,
    events: Vec<Foreign>,
}

/// Makes batches of this node's events.
#[derive(Debug)]
pub struct Packer {
    node: NodeName,
    run: i64,
    number: u64,
}

impl Packer {
    /// Begins the batches of a run of this node that starts at `now`.
    pub fn new(node: NodeName, now: Wall) -> Self {
        Self { node, run: now.micros() / 1_000, number: 0 }
    }

    /// Returns batches of those events that others do not see themselves, in order.
    pub fn pack(&mut self, events: &[Arc<Event>]) -> Vec<String> {
        let (mut texts, mut open, mut filled) = (Vec::new(), Vec::new(), ENVELOPE);
        for event in events {
            let foreign = match &event.subject {
                Subject::Call(..)
                | Subject::CapFull(_)
                | Subject::TrunkDown(_)
                | Subject::TrunkUp(_)
                | Subject::GatewayDown(..)
                | Subject::GatewayUp(..) => foreign(event),
                Subject::Book { .. } | Subject::Elsewhere(_) | Subject::Missed(_) => continue,
            };
            let size = bytes(&foreign) + 1;
            if filled + size > BATCH_BYTES_MAX && !open.is_empty() {
                texts.extend(self.batch(std::mem::take(&mut open)));
                filled = ENVELOPE;
            }
            if ENVELOPE + size > BATCH_BYTES_MAX {
                self.lose();
                continue;
            }
            filled += size;
            open.push(foreign);
        }
        if !open.is_empty() {
            texts.extend(self.batch(open));
        }
        texts
    }

    /// Notes that events were lost on the way: the others notice with the next batch.
    pub fn lose(&mut self) {
        self.number += 1;
    }

    fn batch(&mut self, events: Vec<Foreign>) -> Option<String> {
        self.number += 1;
        let (node, run, number) = (self.node.clone(), self.run, self.number);
        serde_json::to_string(&Batch { node, run, number, events }).ok()
    }
}

/// Returns the event as others get it: without its lists, if it is too large with them.
fn foreign(event: &Event) -> Foreign {
    let mut foreign = Foreign { name: event.name(), at: event.at, data: event.data() };
    if ENVELOPE + bytes(&foreign) > BATCH_BYTES_MAX
        && let Value::Object(fields) = &mut foreign.data
    {
        fields.retain(|_, value| !value.is_array() && !value.is_object());
    }
    foreign
}

fn bytes(foreign: &Foreign) -> usize {
    serde_json::to_string(foreign).map_or(usize::MAX / 2, |text| text.len())
}

/// Reads batches of other nodes.
#[derive(Debug)]
pub struct Unpacker {
    own: NodeName,
    /// The run of each node, and the number of its last batch.
    last: BTreeMap<NodeName, Last>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Last {
    run: i64,
    number: u64,
}

impl Unpacker {
    /// Reads the batches of all nodes but this one.
    pub fn new(own: NodeName) -> Self {
        Self { own, last: BTreeMap::new() }
    }

    /// Returns the events of a batch, after [`Subject::Missed`] if some before them are missing. A
    /// text that is not understood is that of a newer program, and has none.
    pub fn unpack(&mut self, text: &str) -> Vec<Subject> {
        let Ok(Batch { node, run, number, events }) = serde_json::from_str(text) else {
            return Vec::new();
        };
        if node == self.own {
            return Vec::new();
        }
        if self.last.len() >= NODES_MAX && !self.last.contains_key(&node) {
            self.last.clear();
        }
        let before = self.last.insert(node.clone(), Last { run, number });
        let expected = before.map(|last| if last.run == run { last.number + 1 } else { 1 });
        let missed = expected.is_some_and(|expected| expected != number);
        let missed = missed.then_some(Subject::Missed(node));
        let events = events.into_iter().map(|event| Subject::Elsewhere(Box::new(event)));
        missed.into_iter().chain(events).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Events;
    use super::super::Followed;
    use super::*;
    use crate::base::CallId;
    use crate::base::Now;
    use crate::base::Rng;
    use crate::call::CallEvent;

    fn name(text: &str) -> NodeName {
        text.parse().unwrap()
    }

    /// Returns events as a stream has them.
    fn published(subjects: Vec<Subject>) -> Vec<Arc<Event>> {
        let events = Events::new(Wall::from_micros(5_000));
        let mut follower = events.follow();
        subjects.into_iter().for_each(|subject| events.publish(Wall::from_micros(7), subject));
        std::iter::from_fn(|| follower.try_next())
            .map(|followed| match followed {
                Followed::Event(event) => event,
                Followed::Lost(lost) => panic!("{lost:?}"),
            })
            .collect()
    }

    fn step(text: &str) -> Subject {
        let call = CallId::new(Now::at(Wall::from_micros(5)), &mut Rng::seeded(1));
        Subject::Call(call, CallEvent::Step(text.to_owned()))
    }

    fn shown(subjects: Vec<Subject>) -> Vec<String> {
        let events = published(subjects);
        events.iter().map(|event| format!("{} {}", event.name(), event.data())).collect()
    }

    #[test]
    fn another_node_shows_the_same_events() {
        let own = vec![step("zip"), Subject::TrunkDown("out".parse().unwrap())];
        let expected = shown(own.clone());
        let book = Subject::Book { version: 7 };
        let events = published([own, vec![book]].concat());
        let texts = Packer::new(name("one"), Wall::from_micros(9_000)).pack(&events);
        assert_eq!(texts.len(), 1);
        let seen = Unpacker::new(name("two")).unpack(&texts[0]);
        assert_eq!(shown(seen.clone()), expected, "each node announces the book itself");
        assert!(Unpacker::new(name("one")).unpack(&texts[0]).is_empty(), "its own");
        // What came from elsewhere is not sent on.
        let mut second = Packer::new(name("two"), Wall::from_micros(9_000));
        assert_eq!(second.pack(&published(seen)), [""; 0]);
        assert!(Unpacker::new(name("two")).unpack("{}").is_empty());
    }

    #[test]
    fn batches_are_bounded_and_missing_ones_are_noticed() {
        let long = "x".repeat(3_000);
        let events = published((0..5).map(|n| step(&format!("{n}{long}"))).collect());
        let mut packer = Packer::new(name("one"), Wall::from_micros(9_000));
        let texts = packer.pack(&events);
        assert_eq!(texts.len(), 3);
        assert!(texts.iter().all(|text| text.len() <= BATCH_BYTES_MAX));
        let counts = |unpacker: &mut Unpacker, text: &str| {
            let seen = unpacker.unpack(text);
            let missed = seen.iter().filter(|one| matches!(one, Subject::Missed(_))).count();
            (missed, seen.len() - missed)
        };
        let mut two = Unpacker::new(name("two"));
        assert_eq!(counts(&mut two, &texts[1]), (0, 2), "the first that it gets");
        assert_eq!(counts(&mut two, &texts[2]), (0, 1));
        packer.lose();
        let next = packer.pack(&events[..1]);
        assert_eq!(counts(&mut two, &next[0]), (1, 1));
        // The node started again.
        let mut packer = Packer::new(name("one"), Wall::from_micros(99_000));
        let texts = packer.pack(&events);
        assert_eq!(counts(&mut two, &texts[0]), (0, 2));
        assert_eq!(counts(&mut two, &texts[2]), (1, 1));
        let missed = shown(vec![Subject::Missed(name("one"))]);
        assert_eq!(
            missed,
            [r#"events.lost {"at":"1970-01-01T00:00:00.000007Z","count":null,"node":"one"}"#]
        );
    }

    #[test]
    fn an_event_that_is_too_large_is_lost_and_noticed() {
        let events = published(vec![step("a"), step(&"x".repeat(9_000)), step("b")]);
        let mut two = Unpacker::new(name("two"));
        let texts = Packer::new(name("one"), Wall::from_micros(9_000)).pack(&events);
        let seen: Vec<Subject> = texts.iter().flat_map(|text| two.unpack(text)).collect();
        let names: Vec<String> = published(seen).iter().map(|event| event.name()).collect();
        assert!(names.iter().filter(|name| *name == "call.step").count() == 2, "{names:?}");
    }
}
