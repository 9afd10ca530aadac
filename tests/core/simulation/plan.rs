//! The world of a seed: who calls when, what the wire does, which faults occur.

use std::time::Duration;

use strowger::base::Rng;

use super::book::NUMBERS;
use super::book::pick;

/// The faults of one world. Each fault is absent for one seed in three.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Percent of datagrams that are lost.
    pub(crate) loss: u64,
    /// Percent of datagrams that arrive twice.
    pub(crate) copies: u64,
    /// Maximum transit time of a datagram; below 10 ms, all take the same time.
    pub(crate) delay_ms: u64,
    /// Delay from the SIP task to a call's task and back.
    pub(crate) mailbox_ms: u64,
    /// Maximum time to open a record.
    pub(crate) open_ms: u64,
    /// Percent of records that cannot be opened.
    pub(crate) not_opened: u64,
    /// Percent of legs without ports or address.
    pub(crate) unprepared: u64,
    /// Maximum time to resolve an address.
    pub(crate) prepare_ms: u64,
    /// Percent of holds that are refused regardless of the caps.
    pub(crate) refused: u64,
    /// Maximum time to answer a hold or a decision.
    pub(crate) hold_ms: u64,
    /// Percent of sounds that are missing.
    pub(crate) soundless: u64,
    /// When the switch is stopped.
    pub(crate) stop: Option<Duration>,
    /// When the switch is killed.
    pub(crate) crash: Option<Duration>,
    /// When which phone vanishes.
    pub(crate) vanish: Option<(Duration, usize)>,
}

impl Plan {
    pub(crate) fn draw(rng: &mut Rng, phones: usize) -> Plan {
        let one = |rng: &mut Rng, choices: &[u64]| choices[pick(rng, choices.len())];
        Plan {
            loss: one(rng, &[0, 0, 0, 2, 5, 20]),
            copies: one(rng, &[0, 0, 5, 20]),
            delay_ms: one(rng, &[5, 5, 40, 900]),
            mailbox_ms: one(rng, &[0, 0, 1, 30]),
            open_ms: one(rng, &[1, 1, 20, 6_000]),
            not_opened: one(rng, &[0, 0, 0, 25]),
            unprepared: one(rng, &[0, 0, 0, 25]),
            prepare_ms: one(rng, &[0, 0, 0, 3_000]),
            refused: one(rng, &[0, 0, 0, 25]),
            hold_ms: one(rng, &[0, 0, 0, 200]),
            soundless: one(rng, &[0, 0, 50]),
            stop: rng.chance(1, 8).then(|| Duration::from_millis(rng.below(60_000))),
            crash: rng.chance(1, 12).then(|| Duration::from_millis(rng.below(60_000))),
            vanish: rng
                .chance(1, 5)
                .then(|| (Duration::from_millis(rng.below(60_000)), pick(rng, phones))),
        }
    }
}

/// A caller: dials, types, and finally hangs up.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    pub(crate) number: &'static str,
    pub(crate) dial: Duration,
    /// Time from the first message to hang-up, ringing or connected.
    pub(crate) patience: Duration,
    /// Keys, by the time since the answer.
    pub(crate) keys: Vec<(Duration, char)>,
    pub(crate) offer: Offer,
    pub(crate) tcp: bool,
    pub(crate) withheld: bool,
}

/// The SDP of a caller's INVITE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offer {
    Good,
    /// None: the caller wants our offer, and does not answer it.
    Missing,
    Garbage,
}

impl Script {
    pub(crate) fn draw(rng: &mut Rng) -> Script {
        let mut at = 0;
        let mut keys = Vec::new();
        for _ in 0..rng.below(9) {
            at += 100 + rng.below(2_500);
            let key = ['1', '2', '3', '9', '0', '#'][pick(rng, 6)];
            keys.push((Duration::from_millis(at), key));
        }
        let patience = match rng.below(4) {
            0 => rng.below(3_000),
            1 => rng.below(30_000),
            _ => 20_000 + rng.below(80_000),
        };
        Script {
            number: NUMBERS[pick(rng, NUMBERS.len())],
            dial: Duration::from_millis(rng.below(10_000)),
            patience: Duration::from_millis(patience),
            keys,
            offer: match rng.below(30) {
                0 => Offer::Missing,
                1 => Offer::Garbage,
                _ => Offer::Good,
            },
            tcp: rng.chance(1, 6),
            withheld: rng.chance(1, 8),
        }
    }
}

/// What a buyer does with one call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Manner {
    /// Answers, and stays connected for a while.
    Answers { after: Duration, talks: Duration },
    /// Rejects with a status.
    Refuses { after: Duration, status: u16 },
    /// Rings forever.
    Rings,
    /// Answers with a body that is not SDP.
    Babbles { after: Duration },
}

impl Manner {
    pub(crate) fn draw(rng: &mut Rng) -> Manner {
        let after = match rng.below(4) {
            // Together with others, to the millisecond.
            0 => 2_000,
            // When it is canceled.
            1 => 7_950 + rng.below(100),
            _ => rng.below(7_000),
        };
        let after = Duration::from_millis(after);
        let talks = match rng.below(4) {
            0 => rng.below(20),
            1 => 5_000,
            _ => rng.below(60_000),
        };
        match rng.below(12) {
            0 => Manner::Refuses { after, status: 486 },
            1 => Manner::Refuses { after, status: 603 },
            2 => Manner::Refuses { after, status: 503 },
            3 | 4 => Manner::Rings,
            5 if rng.chance(1, 3) => Manner::Babbles { after },
            _ => Manner::Answers { after, talks: Duration::from_millis(talks) },
        }
    }
}
