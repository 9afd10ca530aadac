//! Plays a queue of sounds frame by frame.

use std::sync::Arc;
use std::time::Duration;

use crate::base::PlayId;
use crate::base::Ring;
use crate::base::RingTone;

use super::Prompt;
use super::g711;
use super::g711::Law;
use super::rtp::FRAME;
use super::tone;

/// Duration of one frame.
pub const FRAME_TIME: Duration = Duration::from_millis(20);
/// The same in milliseconds.
const FRAME_MS: usize = 20;

const ULAW_SILENCE: [u8; FRAME] = [g711::silence(Law::Mu); FRAME];
const ALAW_SILENCE: [u8; FRAME] = [g711::silence(Law::A); FRAME];

/// Returns a frame of silence.
pub(crate) const fn silent_frame(law: Law) -> &'static [u8] {
    match law {
        Law::Mu => &ULAW_SILENCE,
        Law::A => &ALAW_SILENCE,
    }
}

/// One item to play.
#[derive(Debug, Clone)]
pub enum PlayItem {
    /// A prompt, played once.
    Prompt(Arc<Prompt>),
    /// Silence, in whole frames (rounded up). It is sent as packets: a far end that receives
    /// nothing may take the call for dead.
    Silence(Duration),
    /// Ringback, endlessly.
    Ringback(RingTone),
    /// Comfort noise of this loudness, in dB below the loudest, endlessly (RFC 3389 §3.1).
    Noise(u8),
    /// Hold tone: a soft 440 Hz of 100 ms every 5 s, endlessly.
    HoldTone,
}

/// A play in progress.
#[derive(Debug)]
pub(crate) struct Player {
    /// Id that is reported when the play ends.
    pub(crate) play: PlayId,
    sounds: Vec<Sound>,
    repeat: bool,
    sound: usize,
    frame: usize,
}

#[derive(Debug)]
enum Sound {
    Prompt(Arc<Prompt>),
    Silence {
        frames: usize,
    },
    /// A second of noise, endlessly.
    Noise {
        level: u8,
        second: Prompt,
    },
    /// A tone (a few frames that repeat), on and off in turns, endlessly.
    Cadence {
        tone: Prompt,
        turns: Vec<Turn>,
    },
}

/// Part of a cadence, in frames.
#[derive(Debug, Clone, Copy)]
struct Turn {
    on: usize,
    off: usize,
}

impl From<&Ring> for Turn {
    fn from(ring: &Ring) -> Self {
        let frames = |ms: u16| usize::from(ms) / FRAME_MS;
        Self { on: frames(ring.on), off: frames(ring.off) }
    }
}

impl Player {
    /// Creates a play of the items in order; `repeat` makes it endless.
    pub(crate) fn new(play: PlayId, items: Vec<PlayItem>, repeat: bool) -> Self {
        let sounds: Vec<Sound> =
            items.into_iter().map(Sound::from).filter(|s| s.frames() > 0).collect();
        Self { play, sounds, repeat, sound: 0, frame: 0 }
    }

    /// Returns the loudness of comfort noise; `None` for any other play.
    pub(crate) fn noise(&self) -> Option<u8> {
        match self.sounds.get(self.sound)? {
            Sound::Noise { level, .. } => Some(*level),
            Sound::Prompt(_) | Sound::Silence { .. } | Sound::Cadence { .. } => None,
        }
    }

    /// Returns the next frame's 160 codes, or `None` at the end.
    pub(crate) fn next_frame(&mut self, law: Law) -> Option<&[u8]> {
        if self.sounds.get(self.sound).is_some_and(|s| self.frame >= s.frames()) {
            self.sound += 1;
            self.frame = 0;
        }
        if self.sound == self.sounds.len() && self.repeat {
            self.sound = 0;
        }
        let frame = self.frame;
        self.frame += 1;
        self.sounds.get(self.sound)?.frame(law, frame)
    }
}

impl From<PlayItem> for Sound {
    fn from(item: PlayItem) -> Self {
        match item {
            PlayItem::Prompt(prompt) => Self::Prompt(prompt),
            PlayItem::Silence(duration) => {
                let frames = duration.as_millis().div_ceil(FRAME_TIME.as_millis());
                Self::Silence { frames: usize::try_from(frames).unwrap_or(usize::MAX) }
            }
            PlayItem::Ringback(ring) => Self::Cadence {
                tone: Prompt::from_samples(&tone::ringback(ring)),
                turns: ring.cadence().iter().map(Turn::from).collect(),
            },
            PlayItem::Noise(level) => {
                Self::Noise { level, second: Prompt::from_samples(&tone::noise(level)) }
            }
            PlayItem::HoldTone => Self::Cadence {
                tone: Prompt::from_samples(&tone::hold()),
                turns: vec![Turn { on: 5, off: 245 }],
            },
        }
    }
}

impl Sound {
    fn frames(&self) -> usize {
        match self {
            Self::Prompt(prompt) => prompt.frames(),
            Self::Silence { frames } => *frames,
            Self::Cadence { .. } | Self::Noise { .. } => usize::MAX,
        }
    }

    fn frame(&self, law: Law, index: usize) -> Option<&[u8]> {
        match self {
            Self::Prompt(prompt) => prompt.frame(law, index),
            Self::Cadence { tone, turns } => match place_in_turn(turns, index) {
                Some(place) => tone.frame(law, place % tone.frames().max(1)),
                None => Some(silent_frame(law)),
            },
            Self::Noise { second, .. } => second.frame(law, index % second.frames().max(1)),
            Self::Silence { .. } => Some(silent_frame(law)),
        }
    }
}

/// Returns which frame of the tone is due; `None` in the silence.
fn place_in_turn(turns: &[Turn], index: usize) -> Option<usize> {
    let length: usize = turns.iter().map(|turn| turn.on + turn.off).sum();
    let mut place = index % length.max(1);
    for Turn { on, off } in turns {
        if place < on + off {
            return (place < *on).then_some(place);
        }
        place -= on + off;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompt(level: i16, frames: usize) -> PlayItem {
        PlayItem::Prompt(Arc::new(Prompt::from_samples(&vec![level; frames * FRAME])))
    }

    /// First code of each frame, at most `most` frames.
    fn heard(items: Vec<PlayItem>, repeat: bool, most: usize) -> Vec<i16> {
        let mut player = Player::new(PlayId(1), items, repeat);
        let mut levels = Vec::new();
        while levels.len() < most
            && let Some(frame) = player.next_frame(Law::A)
        {
            levels.push(g711::decode(Law::A, frame[0]));
        }
        levels
    }

    #[test]
    fn items_follow_each_other() {
        let level = |l| g711::decode(Law::A, g711::encode(Law::A, l));
        let (one, two, none) = (level(1_000), level(2_000), level(0));
        let silence = |ms| PlayItem::Silence(Duration::from_millis(ms));
        let cases = [
            (vec![], false, vec![]),
            (vec![], true, vec![]),
            (vec![silence(0)], true, vec![]),
            (vec![prompt(1_000, 2)], false, vec![one, one]),
            (
                vec![prompt(1_000, 1), silence(21), prompt(2_000, 1)],
                false,
                vec![one, none, none, two],
            ),
            (vec![prompt(1_000, 1), prompt(2_000, 1)], true, vec![one, two, one, two, one]),
        ];
        for (items, repeat, expected) in cases {
            assert_eq!(heard(items, repeat, 5), expected);
        }
    }

    /// Returns the lengths of sound and silence in turns, in frames.
    fn turns(ring: RingTone, frames: usize) -> Vec<(bool, usize)> {
        let mut player = Player::new(PlayId(1), vec![PlayItem::Ringback(ring)], false);
        let mut turns: Vec<(bool, usize)> = Vec::new();
        for _ in 0..frames {
            let frame = player.next_frame(Law::Mu).unwrap();
            let is_loud = frame.iter().any(|code| g711::decode(Law::Mu, *code).abs() > 500);
            match turns.last_mut() {
                Some((loud, count)) if *loud == is_loud => *count += 1,
                _ => turns.push((is_loud, 1)),
            }
        }
        turns
    }

    #[test]
    fn ringback_is_on_and_off_as_in_its_country() {
        for (letters, frames, expected) in [
            ("US", 600, &[(true, 100), (false, 200), (true, 100), (false, 200)][..]),
            ("GB", 150, &[(true, 20), (false, 10), (true, 20), (false, 100)]),
            ("DE", 250, &[(true, 50), (false, 200)]),
            ("FR", 250, &[(true, 75), (false, 175)]),
            ("AU", 150, &[(true, 20), (false, 10), (true, 20), (false, 100)]),
        ] {
            let ring = RingTone::of_country(letters).unwrap();
            assert_eq!(turns(ring, frames), expected, "{letters}");
        }
        assert_eq!(RingTone::of_country("AQ"), None);
    }
}
