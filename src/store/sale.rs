//! Sales: the usage of their holds, and the persons sold.

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

/// The usage of the winner's hold. It is stored with the first change of the call that contains it.
/// Counters and marks change in the same transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sale {
    /// When the hold was made.
    pub at: Wall,
    /// The counters that the hold used. Concurrency is not stored, because no SIP call survives its
    /// switch.
    pub units: Vec<CapKey>,
    /// The price: the amount taken from budgets.
    pub price: Money,
    /// Whether it took its price from a balance.
    pub prepaid: bool,
    /// The marks by which duplicates of the person are found.
    pub marks: Vec<Mark>,
}

impl Sale {
    /// Returns the usage of a hold on a pick, made at `at`.
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

/// A sale: the attempt that won, and the usage of its hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Won {
    /// The attempt.
    pub attempt: AttemptId,
    /// Its contract.
    pub contract: ContractId,
    /// The buyer.
    pub buyer: BuyerId,
    /// The usage of its hold.
    pub taken: Sale,
}

impl Won {
    /// Returns the sale of a call with the usage of the winner's hold; empty without a winner.
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

/// A stored mark of a person sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoldMark {
    /// The person, with the rest of the window.
    pub mark: Mark,
    /// The time of the sale.
    pub at: Wall,
}
