//! A hold on a pick, as its owner keeps it.

use std::sync::Arc;
use std::time::Duration;

use smallvec::SmallVec;

use super::Pick;
use super::Seat;
use crate::base::ContractId;
use crate::base::DecisionId;
use crate::base::HoldId;
use crate::base::Wall;
use crate::billing;
use crate::caps::Ceiling;
use crate::caps::Claim;
use crate::caps::Lost;
use crate::caps::Mark;
use crate::caps::Noted;
use crate::caps::Settle;
use crate::caps::Settled;
use crate::caps::Units;

/// Lifetime of a hold without a heartbeat: within this time the units of a node that died are free
/// again.
pub const HOLD_TTL: Duration = Duration::from_secs(60);

/// The reservation for a pick, and the stage of its sale: enough to settle it, to reserve it again
/// after a loss, and to learn from its end.
#[derive(Debug, Clone)]
pub struct Hold {
    /// Its id.
    pub id: HoldId,
    /// Contract that is sold.
    pub contract: ContractId,
    /// The contract's place in its offer's roster; `None` for a catch-all buyer.
    pub seat: Option<Seat>,
    caps: Arc<[Ceiling]>,
    marks: SmallVec<[Mark; 2]>,
    noted: Noted,
    by: DecisionId,
    /// The contract's price, in micros.
    price: i64,
    /// Whether nothing is owed, as the person was sold before: the sale uses no units up.
    is_unbilled: bool,
    at: Wall,
    stage: Stage,
}

/// Stage of the sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Held,
    Committed,
    /// Settled: no further step.
    Over,
}

/// Result of a settled hold that later decisions learn from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lesson<'h> {
    /// The contract.
    pub contract: &'h ContractId,
    /// Ceiling of a contract that rests after unanswered calls, and whether the buyer answered this
    /// one.
    pub rest: Option<(&'h Ceiling, Reached)>,
    /// Earnings of the call, in micros, for an offer that learns from earnings.
    pub earned: Option<i64>,
    /// Marks by which the sale is remembered from now on, beside those that the hold claimed.
    pub sold: &'h [Mark],
    /// Time of the sale.
    pub sold_at: Wall,
}

/// Whether the buyer answered a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// The buyer answered.
    Answered,
    /// The buyer did not answer.
    Unanswered,
}

impl Hold {
    /// Creates the hold on a pick that was reserved at an instant.
    pub fn of(pick: &Pick, id: HoldId, at: Wall) -> Self {
        let is_unbilled = pick.unbilled().is_some();
        let mut noted = pick.noted.clone();
        if is_unbilled {
            // It is never committed, which is what remembers claims.
            noted.connected = noted.connected.iter().chain(&pick.marks).copied().collect();
        }
        Self {
            id,
            contract: pick.contract.clone(),
            seat: pick.seat.clone(),
            caps: pick.caps.clone(),
            marks: pick.marks.clone(),
            noted,
            is_unbilled,
            by: pick.decision,
            price: pick.price.micros(),
            at,
            stage: Stage::Held,
        }
    }

    /// Returns whether the hold is settled.
    pub fn is_over(&self) -> bool {
        self.stage == Stage::Over
    }

    /// Returns what to reserve again when the quota has lost the hold; `None` once it is settled.
    pub fn lost(&self) -> Option<Lost<'_>> {
        let claim = Claim { by: Some(self.by), marks: &self.marks };
        let units = match self.stage {
            Stage::Held => Units::All,
            Stage::Committed if self.is_unbilled => Units::All,
            Stage::Committed => Units::Concurrent,
            Stage::Over => return None,
        };
        Some(Lost { ceilings: &self.caps, claim, units, at: self.at })
    }

    /// Returns what the quota is asked for when the sale is settled; `None` for nothing. A sale for
    /// which nothing is owed stays a hold until its end, and gives its units back then.
    pub fn asked(&self, how: Settle) -> Option<Settle> {
        match how {
            Settle::Commit | Settle::End | Settle::Unbilled if !self.is_unbilled => Some(how),
            Settle::Commit => None,
            Settle::End | Settle::Unbilled => Some(Settle::Release),
            Settle::Release | Settle::Unanswered => Some(how),
        }
    }

    /// Returns whether the answer to a settlement shows that the quota had lost the hold, so that
    /// it must be reserved again for the settlement to count. A release needs nothing: the units
    /// are free already.
    pub fn is_missed(&self, how: Settle, settled: Settled) -> bool {
        match self.stage {
            Stage::Held => how.was_missed(false, settled),
            Stage::Committed => how.was_missed(true, settled),
            Stage::Over => false,
        }
    }

    /// Records how the hold was settled, and returns what is learned from it: nothing the second
    /// time.
    pub fn settled(&mut self, how: Settle) -> Lesson<'_> {
        let before = self.stage;
        self.stage = match (before, how) {
            (Stage::Held, Settle::Commit) => Stage::Committed,
            (Stage::Committed, Settle::Commit | Settle::Release | Settle::Unanswered) => before,
            (Stage::Held | Stage::Committed | Stage::Over, _) => Stage::Over,
        };
        let learns = self.seat.as_ref().is_some_and(|seat| seat.roster.learns());
        let resting = self.caps.first().filter(|ceiling| ceiling.rest.is_some());
        let billing::Lesson { answered, earned } = match (before, how) {
            (Stage::Committed, Settle::Commit | Settle::Release | Settle::Unanswered)
            | (Stage::Over, _) => billing::Lesson::default(),
            (Stage::Held, _) => billing::lesson(how, self.price, false),
            (Stage::Committed, Settle::End | Settle::Unbilled) => {
                billing::lesson(how, self.price, true)
            }
        };
        let reached = |answered| if answered { Reached::Answered } else { Reached::Unanswered };
        Lesson {
            contract: &self.contract,
            rest: resting.zip(answered.map(reached)),
            earned: earned.filter(|_| learns && !self.is_unbilled),
            sold: match (before, how) {
                (Stage::Held, Settle::Commit) => &self.noted.connected,
                (Stage::Committed, Settle::End) => &self.noted.converted,
                (Stage::Held | Stage::Committed | Stage::Over, _) => &[],
            },
            sold_at: self.at,
        }
    }
}
