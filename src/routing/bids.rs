//! Bids: prices that buyers offer for one inquiry, as they came in.

use std::fmt;

use crate::base::ContractId;
use crate::base::Currency;
use crate::base::Money;
use crate::base::Mono;
use crate::base::Skip;

/// What a bidder said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It would pay this.
    Amount(Money),
    /// It does not want the inquiry.
    Declined,
}

/// One bidder's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bid {
    /// For which contract.
    pub contract: ContractId,
    /// What was said.
    pub answer: Answer,
    /// When it came.
    pub received_at: Mono,
}

/// The bids on one inquiry. A contract that sent none bids its own price, in time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bids {
    /// In the order in which they came; a contract's first one counts.
    pub bids: Vec<Bid>,
    /// What comes after this instant is too late; none when nobody waits for bids.
    pub until: Option<Mono>,
    /// The least that is taken.
    pub floor: Option<Money>,
}

/// Why a bidder is out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BidSkip {
    Low { amount: i64, floor: i64 },
    Late { by: std::time::Duration },
    Declined,
}

impl BidSkip {
    pub(super) fn skip(self) -> Skip {
        match self {
            BidSkip::Low { .. } => Skip::BidLow,
            BidSkip::Late { .. } => Skip::BidLate,
            BidSkip::Declined => Skip::BidDeclined,
        }
    }
}

impl fmt::Display for BidSkip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Only the number is told: a book has one currency.
        let amount = |micros| Money::from_micros(micros, Currency::USD).amount();
        match *self {
            BidSkip::Low { amount: bid, floor } => {
                write!(f, "bid {} is below the floor {}", amount(bid), amount(floor))
            }
            BidSkip::Late { by } => write!(f, "bid came {} ms late", by.as_millis()),
            BidSkip::Declined => f.write_str("declined to bid"),
        }
    }
}

/// A bid that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) price: Money,
    /// When it came; one that never came, and bids the contract's price, is the last of its price.
    pub(super) received_at: Mono,
}

impl Bids {
    /// No bids: every contract bids its price.
    pub const NONE: &'static Bids = &Bids { bids: Vec::new(), until: None, floor: None };

    /// How a contract's bid stands.
    pub(super) fn standing(
        &self,
        contract: &ContractId,
        price: Money,
    ) -> Result<Standing, BidSkip> {
        let bid = self.bids.iter().find(|bid| bid.contract == *contract);
        let standing = match bid {
            None => Standing { price, received_at: Mono::from_nanos(u64::MAX) },
            Some(Bid { answer: Answer::Declined, .. }) => return Err(BidSkip::Declined),
            Some(Bid { answer: Answer::Amount(price), received_at, .. }) => {
                if let Some(until) = self.until.filter(|until| received_at > until) {
                    return Err(BidSkip::Late { by: received_at.since(until) });
                }
                Standing { price: *price, received_at: *received_at }
            }
        };
        match self.floor {
            Some(floor) if standing.price.micros() < floor.micros() => {
                Err(BidSkip::Low { amount: standing.price.micros(), floor: floor.micros() })
            }
            Some(_) | None => Ok(standing),
        }
    }
}
