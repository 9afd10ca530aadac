//! Sales, the usage of their holds, and the persons sold.

use serde::Deserialize;
use serde::Serialize;

use crate::base::AttemptId;
use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::HoldId;
use crate::base::Money;
use crate::base::Wall;
use crate::call::CallRecord;
use crate::caps::CapKey;
use crate::caps::Ceiling;
use crate::caps::Mark;
use crate::routing::Pick;

/// Usage of the winner's hold. The first change of the call that contains the sale stores it, and
/// updates counters and marks in the same transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sale {
    /// The hold; `None` in records of earlier versions. By it, counters that are rebuilt count a call
    /// once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<HoldId>,
    /// Time of the hold.
    pub at: Wall,
    /// Counters that the hold used. Concurrency is not stored, because a SIP call does not survive
    /// its switch.
    pub units: Vec<CapKey>,
    /// Price taken from budgets.
    pub price: Money,
    /// Whether the price was also taken from a balance.
    pub prepaid: bool,
    /// Marks that identify the person, to detect duplicates.
    pub marks: Vec<Mark>,
    /// Marks that identify the person once the sale has become billable.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub converted_marks: Vec<Mark>,
    /// Balance below which the buyer's balance is reported as low; `None`: the price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance_low: Option<Money>,
    /// Limits of those counters that have one, as they were at the hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<CapLimit>,
}

/// The limit of a counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapLimit {
    /// The counter.
    pub key: CapKey,
    /// Units allowed.
    pub units: u64,
}

impl Sale {
    /// Creates the usage of a hold on a pick, made at `at`.
    pub fn of(pick: &Pick, hold: HoldId, at: Wall) -> Self {
        // A sale for which nothing is owed uses nothing up.
        let uses = pick.unbilled().is_none();
        let units = if uses { pick.spent(at) } else { Vec::new() };
        let limits = pick.caps.iter().filter(|_| uses).flat_map(|ceiling| limits(ceiling, at));
        Self {
            hold: Some(hold),
            at,
            units,
            price: pick.price,
            prepaid: pick.caps.iter().any(|ceiling| ceiling.limits.is_prepaid()),
            marks: pick.marks.iter().chain(&pick.noted.connected).copied().collect(),
            converted_marks: pick.noted.converted.to_vec(),
            balance_low: pick
                .caps
                .iter()
                .find_map(|ceiling| ceiling.balance_low)
                .map(|micros| Money::from_micros(micros, pick.price.currency())),
            limits: limits.collect(),
        }
    }
}

/// Returns the limits of the counters that a unit of a ceiling uses.
fn limits(ceiling: &Ceiling, at: Wall) -> impl Iterator<Item = CapLimit> {
    ceiling.spent_keys(at).filter_map(|key| {
        let units = ceiling.limits.of(key.period.window())?;
        Some(CapLimit { key, units })
    })
}

/// A sale: the attempt that won, and the usage of its hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Won {
    /// The attempt.
    pub attempt: AttemptId,
    /// Contract of the attempt.
    pub contract: ContractId,
    /// The buyer.
    pub buyer: BuyerId,
    /// Usage of the winner's hold.
    pub taken: Sale,
}

impl Won {
    /// Returns the sale of a call, with the usage of the winner's hold; empty if no buyer won.
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

/// Stored mark of a person sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoldMark {
    /// Mark of the person, with the time left in its window.
    pub mark: Mark,
    /// Time of the sale.
    pub at: Wall,
}
