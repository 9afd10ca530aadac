//! One buyer being tried.

use std::fmt;
use std::time::Duration;

use crate::base::AttemptId;
use crate::base::HoldId;
use crate::base::Mono;
use crate::base::Now;
use crate::base::Rng;
use crate::base::Wall;
use crate::routing::Pick;

/// Random bytes of a key: 128 bits cannot be guessed.
const KEY_BYTES: usize = 16;

/// A secret of one attempt: it names the attempt to those who received it alone.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AttemptKey([u8; KEY_BYTES]);

/// One buyer being tried. Its hold was granted.
#[derive(Debug)]
pub struct Attempt {
    /// The attempt.
    pub id: AttemptId,
    /// Its secret.
    pub key: AttemptKey,
    /// Whom it tries.
    pub pick: Pick,
    /// Its wave, from 1.
    pub wave: u32,
    /// When its hold was granted.
    pub held_at: Wall,
    /// The reservation; `None` once it has ended.
    pub(super) hold: Option<HoldId>,
    pub(super) stage: Stage,
    pub(super) rung: Rung,
}

/// The state of a leg's ringing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rung {
    /// It was not rung: there is no row in the record.
    Never,
    /// It rings, since then.
    Since(Mono),
    /// It rang for so long by a gateway that failed; another one is looked for.
    For(Duration),
    /// It was answered: the row has the time.
    Answered,
}

/// How far an attempt is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Its hold was granted; its wave is not complete.
    Held,
    /// It was handed to the channel.
    Trying,
    /// The buyer answered, and has not accepted yet.
    Answered,
    /// Whether the buyer took it is not known.
    Unknown,
    /// The buyer took it, and does not have it yet.
    Accepted,
    /// The buyer has it.
    Delivered,
    /// It was lost, or its delivery is over.
    Over,
}

impl Rung {
    /// How long it has rung; zero of one that was answered, whose row has the time.
    pub fn rang(self, now: Now) -> Duration {
        match self {
            Rung::Since(since) => now.mono.since(since),
            Rung::For(duration) => duration,
            Rung::Never | Rung::Answered => Duration::ZERO,
        }
    }
}

impl Stage {
    /// Whether the attempt may still win, or has won.
    pub(super) const fn is_open(self) -> bool {
        match self {
            Stage::Held | Stage::Trying | Stage::Answered | Stage::Unknown | Stage::Accepted => {
                true
            }
            Stage::Delivered | Stage::Over => false,
        }
    }
}

impl AttemptKey {
    /// A new one.
    pub fn random(rng: &mut Rng) -> Self {
        let mut bytes = [0; KEY_BYTES];
        rng.fill(&mut bytes);
        Self(bytes)
    }

    /// Reads the 32 digits of one, small letters only; `None` when it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let lower = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() != KEY_BYTES * 2 || !text.bytes().all(lower) {
            return None;
        }
        u128::from_str_radix(text, 16).ok().map(|key| Self(key.to_be_bytes()))
    }
}

/// 32 hexadecimal digits.
impl fmt::Display for AttemptKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Keys are secrets: logs do not show them.
impl fmt::Debug for AttemptKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AttemptKey(..)")
    }
}

impl Attempt {
    /// Of a pick whose hold was granted. Key and id are drawn in this order: journals of webhook
    /// calls are played back by it.
    pub(super) fn held(pick: Pick, hold: HoldId, wave: u32, now: Now, rng: &mut Rng) -> Self {
        Self {
            key: AttemptKey::random(rng),
            id: AttemptId::new(now, rng),
            pick,
            wave,
            held_at: now.wall,
            hold: Some(hold),
            stage: Stage::Held,
            rung: Rung::Never,
        }
    }

    /// Whether it may be rung: it is tried, and was not answered.
    pub(super) fn may_ring(&self) -> bool {
        let tried = match self.stage {
            Stage::Trying | Stage::Unknown | Stage::Accepted => true,
            Stage::Held | Stage::Answered | Stage::Delivered | Stage::Over => false,
        };
        tried && self.rung != Rung::Answered
    }
}
