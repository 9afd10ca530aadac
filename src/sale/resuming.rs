//! Continues a sale that an earlier run of the program began.

use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::time::Duration;

use crate::base::AttemptId;
use crate::base::HoldId;
use crate::base::Now;
use crate::base::Rng;
use crate::base::Wall;
use crate::book::Tier;
use crate::routing::Pick;

use super::Attempt;
use super::AttemptKey;
use super::AttemptRecord;
use super::Machine;
use super::Reach;
use super::Terms;
use super::attempt::Rung;
use super::attempt::Stage;
use super::race::Holds;
use super::race::Race;
use super::state::SaleState;

/// What is known of a sale that an earlier run began.
#[derive(Debug)]
pub struct Resumed {
    /// What is sold.
    pub terms: Box<Terms>,
    /// Rows of its attempts, in order.
    pub rows: Vec<AttemptRecord>,
    /// Number of buyers who have the inquiry.
    pub won: u8,
    /// Attempts without a result.
    pub untold: Vec<Untold>,
}

/// An attempt of an earlier run whose result is unknown.
#[derive(Debug, Clone)]
pub struct Untold {
    /// The attempt, which has a row.
    pub attempt: AttemptId,
    /// The pick that was tried.
    pub pick: Pick,
    /// Its reservation, which is open.
    pub hold: HoldId,
    /// When it was granted.
    pub held_at: Wall,
}

impl<R: Reach> Machine<R> {
    /// Continues a sale of an earlier run. No other buyer is tried until every attempt without a
    /// result is accepted or lost. If all are lost and no buyer has the inquiry, the sale
    /// decides anew.
    pub fn resume(&mut self, resumed: Resumed, now: Now, rng: &mut Rng) {
        let Resumed { terms, rows, won, untold } = resumed;
        self.tried = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let wave = rows.last().map_or(0, |row| row.wave);
        self.rows = rows;
        if untold.is_empty() {
            return self.on_sell(terms, now);
        }
        self.terms = Some(terms);
        self.since = now.mono;
        let pending = u8::try_from(untold.len()).unwrap_or(u8::MAX);
        self.attempts.extend(untold.into_iter().map(|one| Attempt {
            id: one.attempt,
            key: AttemptKey::random(rng),
            pick: one.pick,
            wave,
            held_at: one.held_at,
            reserved: one.hold,
            hold: Some(one.hold),
            stage: Stage::Unknown,
            rung: Rung::Since(now.mono),
        }));
        self.state = SaleState::Selling(Race {
            picks: VecDeque::new(),
            width: 1,
            wanted: won.saturating_add(pending),
            won,
            ring_timeout: Duration::ZERO,
            wave,
            tier: Tier::Primary,
            // Like a decision whose holds were all refused: when no buyer takes the inquiry, the
            // next decision follows.
            holds: Holds::Refused,
            forming: Vec::new(),
            unconfirmed: BTreeSet::new(),
            rivals: Vec::new(),
        });
    }
}
