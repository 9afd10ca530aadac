//! What a sale has spent, and whom it sold.

use serde::Deserialize;
use serde::Serialize;

use crate::base::AttemptId;
use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::Money;
use crate::base::Wall;
use crate::call::CallRecord;
use crate::caps::CapKey;
use crate::caps::Mark;
use crate::routing::Pick;

/// What the winner's hold has taken. Stored with its call's first change that has it: the counters
/// and the marks change in the same transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sale {
    /// When the hold was made.
    pub at: Wall,
    /// The counters from which a unit was taken, and the price. Concurrency is not kept, since no
    /// call outlives its switch.
    pub units: Vec<CapKey>,
    /// What it took from budgets.
    pub price: Money,
    /// Whether it took its price from a balance.
    pub prepaid: bool,
    /// What the sale is remembered by.
    pub marks: Vec<Mark>,
}

impl Sale {
    /// What a hold on a pick, made at `at`, has taken.
    pub fn of(pick: &Pick, at: Wall) -> Self {
        Self {
            at,
            units: pick.spent(at),
            price: pick.price,
            prepaid: pick.caps.iter().any(|ceiling| ceiling.limits.is_prepaid()),
            marks: pick.marks.to_vec(),
        }
    }
}

/// A sale: the attempt that won, and what its hold has taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Won {
    /// The attempt.
    pub attempt: AttemptId,
    /// Its contract.
    pub contract: ContractId,
    /// Who bought.
    pub buyer: BuyerId,
    /// What its hold has taken.
    pub taken: Sale,
}

impl Won {
    /// The sale of a call whose winner's hold has taken this; none when it has no winner.
    pub fn by(record: &CallRecord, taken: Option<Sale>) -> Vec<Self> {
        let won = record.won().zip(record.winner.as_ref()).zip(taken);
        won.map(|((attempt, winner), taken)| Self {
            attempt: attempt.id,
            contract: winner.contract.clone(),
            buyer: winner.buyer.clone(),
            taken,
        })
        .into_iter()
        .collect()
    }
}

/// A person who was sold, as it was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoldMark {
    /// The person; its window is the rest of what it had when it was sold.
    pub mark: Mark,
    /// When.
    pub at: Wall,
}
