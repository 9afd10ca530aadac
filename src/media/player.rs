//! Plays a queue of sounds frame by frame.

use std::sync::Arc;
use std::time::Duration;

use crate::base::Codec;
use crate::base::PlayId;

use super::Prompt;
use super::g711;
use super::rtp::FRAME;
use super::tone;

/// Duration of one frame.
pub const FRAME_TIME: Duration = Duration::from_millis(20);

const ULAW_SILENCE: [u8; FRAME] = [g711::silence(Codec::Pcmu); FRAME];
const ALAW_SILENCE: [u8; FRAME] = [g711::silence(Codec::Pcma); FRAME];

/// Returns a frame of silence.
pub(crate) const fn silent_frame(codec: Codec) -> &'static [u8] {
    match codec {
        Codec::Pcmu => &ULAW_SILENCE,
        Codec::Pcma => &ALAW_SILENCE,
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
    /// US ringback: 2 s on, 4 s off, endlessly.
    Ringback,
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
    /// A tone (a few frames that repeat), `on` of every `of` frames, endlessly.
    Cadence {
        tone: Prompt,
        on: usize,
        of: usize,
    },
}

impl Player {
    /// Creates a play of the items in order; `repeat` makes it endless.
    pub(crate) fn new(play: PlayId, items: Vec<PlayItem>, repeat: bool) -> Self {
        let sounds: Vec<Sound> =
            items.into_iter().map(Sound::from).filter(|s| s.frames() > 0).collect();
        Self { play, sounds, repeat, sound: 0, frame: 0 }
    }

    /// Returns the next frame's 160 codes, or `None` at the end.
    pub(crate) fn next_frame(&mut self, codec: Codec) -> Option<&[u8]> {
        if self.sounds.get(self.sound).is_some_and(|s| self.frame >= s.frames()) {
            self.sound += 1;
            self.frame = 0;
        }
        if self.sound == self.sounds.len() && self.repeat {
            self.sound = 0;
        }
        let frame = self.frame;
        self.frame += 1;
        self.sounds.get(self.sound)?.frame(codec, frame)
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
            PlayItem::Ringback => {
                Self::Cadence { tone: Prompt::from_samples(&tone::ringback()), on: 100, of: 300 }
            }
            PlayItem::HoldTone => {
                Self::Cadence { tone: Prompt::from_samples(&tone::hold()), on: 5, of: 250 }
            }
        }
    }
}

impl Sound {
    fn frames(&self) -> usize {
        match self {
            Self::Prompt(prompt) => prompt.frames(),
            Self::Silence { frames } => *frames,
            Self::Cadence { .. } => usize::MAX,
        }
    }

    fn frame(&self, codec: Codec, index: usize) -> Option<&[u8]> {
        match self {
            Self::Prompt(prompt) => prompt.frame(codec, index),
            Self::Cadence { tone, on, of } if index % of < *on => {
                tone.frame(codec, index % of % tone.frames().max(1))
            }
            Self::Silence { .. } | Self::Cadence { .. } => Some(silent_frame(codec)),
        }
    }
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
            && let Some(frame) = player.next_frame(Codec::Pcma)
        {
            levels.push(g711::decode(Codec::Pcma, frame[0]));
        }
        levels
    }

    #[test]
    fn items_follow_each_other() {
        let level = |l| g711::decode(Codec::Pcma, g711::encode(Codec::Pcma, l));
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

    #[test]
    fn ringback_is_two_seconds_on_and_four_off() {
        let mut player = Player::new(PlayId(1), vec![PlayItem::Ringback], false);
        for index in 0..600 {
            let frame = player.next_frame(Codec::Pcmu).unwrap();
            let samples: Vec<i16> = frame.iter().map(|c| g711::decode(Codec::Pcmu, *c)).collect();
            let loud = samples.iter().any(|s| s.abs() > 500);
            assert_eq!(loud, index % 300 < 100, "frame {index}");
        }
    }
}
