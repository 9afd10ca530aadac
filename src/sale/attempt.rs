//! An attempt: one buyer that the sale tries.

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

/// Secret key of one attempt, known only to those the switch sends it to.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AttemptKey([u8; KEY_BYTES]);

/// An attempt: one buyer that is tried, with a granted hold.
#[derive(Debug)]
pub struct Attempt {
    /// Id of the attempt.
    pub id: AttemptId,
    /// Secret key of the attempt.
    pub key: AttemptKey,
    /// The pick that is tried.
    pub pick: Pick,
    /// Wave of the attempt, from 1.
    pub wave: u32,
    /// Time at which the hold was granted.
    pub held_at: Wall,
    /// The reservation that it was made for.
    pub reserved: HoldId,
    /// The reservation; `None` once it is settled.
    pub(super) hold: Option<HoldId>,
    pub(super) stage: Stage,
    pub(super) rung: Rung,
}

/// Ringing state of a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rung {
    /// Not rung: the record has no row.
    Never,
    /// Ringing since this time.
    Since(Mono),
    /// Rang for this long through a gateway that failed; another gateway may follow.
    For(Duration),
    /// Answered: the row has the ring time.
    Answered,
}

/// Progress of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The hold is granted; the wave is not complete.
    Held,
    /// Handed to the channel.
    Trying,
    /// The buyer answered but has not accepted.
    Answered,
    /// Whether the buyer accepted is unknown.
    Unknown,
    /// The buyer accepted; delivery is pending.
    Accepted,
    /// Delivered to the buyer.
    Delivered,
    /// The attempt was lost, or its delivery has ended.
    Over,
}

impl Rung {
    /// Returns how long the leg has rung; zero once it was answered, as the row has the time.
    pub fn rang(self, now: Now) -> Duration {
        match self {
            Rung::Since(since) => now.mono.since(since),
            Rung::For(duration) => duration,
            Rung::Never | Rung::Answered => Duration::ZERO,
        }
    }
}

impl Stage {
    /// Returns whether the attempt may still win, or has won.
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
    /// Creates a random key.
    pub fn random(rng: &mut Rng) -> Self {
        let mut bytes = [0; KEY_BYTES];
        rng.fill(&mut bytes);
        Self(bytes)
    }

    /// Parses 32 lower-case hexadecimal digits; returns `None` for any other text.
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
    /// Creates the attempt for a pick whose hold was granted. The key is drawn before the id:
    /// replayed journals of webhook calls depend on this order.
    pub(super) fn held(pick: Pick, hold: HoldId, wave: u32, now: Now, rng: &mut Rng) -> Self {
        Self {
            key: AttemptKey::random(rng),
            id: AttemptId::new(now, rng),
            pick,
            wave,
            held_at: now.wall,
            reserved: hold,
            hold: Some(hold),
            stage: Stage::Held,
            rung: Rung::Never,
        }
    }

    /// Returns whether the buyer may be rung: the attempt is being tried and was not answered.
    pub(super) fn may_ring(&self) -> bool {
        let tried = match self.stage {
            Stage::Trying | Stage::Unknown | Stage::Accepted => true,
            Stage::Held | Stage::Answered | Stage::Delivered | Stage::Over => false,
        };
        tried && self.rung != Rung::Answered
    }
}
