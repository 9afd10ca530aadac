//! A model of a call's media: prompts end after their length, and commands are checked.

use std::collections::BTreeMap;
use std::time::Duration;

use strowger::base::LegId;
use strowger::base::PlayId;
use strowger::base::Rng;
use strowger::call::MediaOrder;
use strowger::flow::Sound;

/// State of a leg's sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    Bound,
    Open,
    Closed,
}

/// A sound that plays to its end at this time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Playing {
    pub(crate) leg: LegId,
    pub(crate) play: PlayId,
    pub(crate) lasts: Duration,
}

#[derive(Debug, Default)]
pub(crate) struct Studio {
    lines: BTreeMap<LegId, Line>,
    plays: BTreeMap<LegId, PlayId>,
    pub(crate) bridge: Option<(LegId, LegId)>,
}

impl Studio {
    pub(crate) fn bind(&mut self, leg: LegId) {
        let before = self.lines.insert(leg, Line::Bound);
        assert_eq!(before, None, "leg {leg} is bound twice");
    }

    pub(crate) fn is_open(&self, leg: LegId) -> bool {
        self.lines.get(&leg) == Some(&Line::Open)
    }

    /// Returns whether this sound still plays, so that its end is reported.
    pub(crate) fn ends(&mut self, leg: LegId, play: PlayId) -> bool {
        let plays = self.plays.get(&leg) == Some(&play);
        if plays {
            self.plays.remove(&leg);
        }
        plays
    }

    pub(crate) fn assert_all_closed(&self) {
        for (leg, line) in &self.lines {
            assert_eq!(*line, Line::Closed, "leg {leg} keeps its sockets when its call is done");
        }
    }

    pub(crate) fn order(
        &mut self,
        order: &MediaOrder,
        soundless: u64,
        rng: &mut Rng,
    ) -> Option<Playing> {
        match order {
            MediaOrder::DropEarly { leg } => {
                assert_eq!(self.lines.get(leg), Some(&Line::Bound), "leg {leg} is not awaited");
            }
            MediaOrder::Open { leg, .. } => self.step(*leg, Line::Bound, Line::Open),
            MediaOrder::Update { leg, .. } | MediaOrder::Report { leg } => self.needs(*leg),
            MediaOrder::Hold { leg } | MediaOrder::Resume { leg } => self.needs(*leg),
            MediaOrder::Close { leg } => {
                if let Some(line) = self.lines.get_mut(leg) {
                    assert_ne!(*line, Line::Closed, "leg {leg} is closed twice");
                    *line = Line::Closed;
                }
                self.plays.remove(leg);
                if self.bridge.is_some_and(|(a, b)| a == *leg || b == *leg) {
                    self.bridge = None;
                }
            }
            MediaOrder::Play { leg, sounds, play } => {
                self.needs(*leg);
                self.plays.insert(*leg, *play);
                let lasts = sounds.iter().map(|sound| length(sound, soundless, rng)).sum();
                return Some(Playing { leg: *leg, play: *play, lasts });
            }
            MediaOrder::Record { leg, .. }
            | MediaOrder::StopRecording { leg }
            | MediaOrder::Ringback { leg, .. }
            | MediaOrder::StopPlayback { leg } => {
                self.needs(*leg);
                self.plays.remove(leg);
            }
            MediaOrder::EarlyMedia { caller, buyer } => {
                self.needs(*caller);
                self.needs(*buyer);
                assert_eq!(self.bridge, None, "early media replaces no talk");
                assert!(!self.plays.contains_key(caller), "a sound hides the early media");
            }
            MediaOrder::Bridge { caller, buyer } => {
                self.needs(*caller);
                self.needs(*buyer);
                assert_eq!(self.bridge, None, "two buyers are bridged");
                let heard = [caller, buyer].into_iter().find(|leg| self.plays.contains_key(leg));
                assert_eq!(heard, None, "a sound continues after the bridge");
                self.bridge = Some((*caller, *buyer));
            }
            MediaOrder::Unbridge { caller } => {
                self.needs(*caller);
                assert!(self.bridge.is_some_and(|(a, _)| a == *caller), "nobody is bridged");
                self.bridge = None;
            }
        }
        None
    }

    fn needs(&self, leg: LegId) {
        assert!(self.is_open(leg), "an order for leg {leg}, which is {:?}", self.lines.get(&leg));
    }

    fn step(&mut self, leg: LegId, from: Line, to: Line) {
        let before = self.lines.insert(leg, to);
        assert_eq!(before, Some(from), "leg {leg} becomes {to:?}");
    }
}

fn length(sound: &Sound, soundless: u64, rng: &mut Rng) -> Duration {
    match sound {
        Sound::Silence(length) => *length,
        Sound::Template { .. } => panic!("a run fills its texts in"),
        Sound::Say { .. } | Sound::Spoken { .. } | Sound::File(_) | Sound::Url(_)
            if rng.chance(soundless, 100) =>
        {
            Duration::ZERO
        }
        Sound::Say { .. } | Sound::Spoken { .. } | Sound::File(_) | Sound::Url(_) => {
            Duration::from_millis(300 + rng.below(2_000))
        }
    }
}
