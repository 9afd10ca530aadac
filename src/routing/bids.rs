//! Bids: the prices that buyers offer for one inquiry, in order of arrival.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::base::ContractId;
use crate::base::Currency;
use crate::base::Money;
use crate::base::Mono;
use crate::base::Skip;
use crate::book::Target;

/// A bidder's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BidAnswer {
    /// The bidder offers this amount.
    Amount(Money),
    /// The bidder offers one amount, which is compared with others and with the floor as another.
    Weighed {
        /// What it pays.
        pays: Money,
        /// What the bid counts as.
        counts: Money,
    },
    /// The bidder declines the inquiry.
    Declined,
    /// The bidder did not answer within the window.
    Missing,
    /// The bid is no amount, is above the contract's limit, or has expired.
    Invalid,
    /// The bidder could not be asked, or its answer not be read.
    Failed,
}

/// One bidder's answer for a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bid {
    /// Contract that the bid is for.
    pub contract: ContractId,
    /// The bidder's answer.
    pub answer: BidAnswer,
    /// Time of arrival.
    #[serde(rename = "at", with = "nanos")]
    pub received_at: Mono,
    /// Terms of the bid that replace those of the contract.
    #[serde(default, skip_serializing_if = "BidTerms::is_none")]
    pub terms: BidTerms,
}

/// Terms of a bid on a call that replace those of its contract.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BidTerms {
    /// Where the call goes; one that the contract allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Target>,
    /// Connected time from which it is billable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buffer: Option<Duration>,
}

impl BidTerms {
    /// No term differs.
    pub const NONE: BidTerms = BidTerms { to: None, buffer: None };

    /// Returns whether no term differs.
    pub fn is_none(&self) -> bool {
        *self == Self::NONE
    }
}

/// The bids on one inquiry. A contract without a bid bids its own price, in time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bids {
    /// Bids in order of arrival; only a contract's first bid counts.
    pub bids: Vec<Bid>,
    /// Deadline: later bids do not count. `None` without bidding.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "maybe_nanos")]
    pub until: Option<Mono>,
    /// Lowest amount that is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<Money>,
}

/// Reason why a bid does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BidSkip {
    Low { amount: i64, floor: i64 },
    Late { by: Duration },
    Declined,
    Missing,
    Invalid,
    Failed,
}

impl BidSkip {
    pub(super) fn skip(self) -> Skip {
        match self {
            BidSkip::Low { .. } => Skip::BidLow,
            BidSkip::Late { .. } | BidSkip::Missing => Skip::BidLate,
            BidSkip::Declined => Skip::BidDeclined,
            BidSkip::Invalid => Skip::BidInvalid,
            BidSkip::Failed => Skip::BidFailed,
        }
    }
}

impl fmt::Display for BidSkip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The currency is left out: a book has only one.
        let amount = |micros| Money::from_micros(micros, Currency::USD).amount();
        match *self {
            BidSkip::Low { amount: bid, floor } => {
                write!(f, "bid {} is below the floor {}", amount(bid), amount(floor))
            }
            BidSkip::Late { by } => write!(f, "bid came {} ms late", by.as_millis()),
            BidSkip::Declined => f.write_str("declined to bid"),
            BidSkip::Missing => f.write_str("no bid within the window"),
            BidSkip::Invalid => f.write_str("the bid cannot be used"),
            BidSkip::Failed => f.write_str("the bidder could not be asked"),
        }
    }
}

/// A bid that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    /// What the contract pays.
    pub(super) price: Money,
    /// What is compared.
    pub(super) counts: Money,
    /// Time of arrival. A contract that bids its own price for lack of a bid ranks last at that
    /// price.
    pub(super) received_at: Mono,
}

impl Bids {
    /// No bids: every contract bids its own price.
    pub const NONE: &'static Bids = &Bids { bids: Vec::new(), until: None, floor: None };

    /// Returns whether there are neither bids nor a floor.
    pub fn is_none(&self) -> bool {
        self.bids.is_empty() && self.floor.is_none()
    }

    /// Returns the bids with instants counted from the earliest one, as they are stored: a
    /// monotonic clock means nothing after a restart. Order and distances stay.
    #[must_use]
    pub(super) fn since_the_first(&self) -> Self {
        let all = self.bids.iter().map(|bid| bid.received_at).chain(self.until);
        let first = all.min().unwrap_or_default();
        let moved = |at: Mono| Mono::from_nanos(at.nanos() - first.nanos());
        let bids = self.bids.iter().map(|bid| Bid {
            contract: bid.contract.clone(),
            answer: bid.answer,
            received_at: moved(bid.received_at),
            terms: bid.terms.clone(),
        });
        Self { bids: bids.collect(), until: self.until.map(moved), floor: self.floor }
    }

    /// Returns the terms of a contract's bid.
    pub(super) fn terms(&self, contract: &ContractId) -> &BidTerms {
        let bid = self.bids.iter().find(|bid| bid.contract == *contract);
        bid.map_or(&BidTerms::NONE, |bid| &bid.terms)
    }

    /// Returns the bid that counts for a contract, or why it does not count.
    pub(super) fn standing(
        &self,
        contract: &ContractId,
        price: Money,
    ) -> Result<Standing, BidSkip> {
        let bid = self.bids.iter().find(|bid| bid.contract == *contract);
        let standing = match bid {
            None => Standing { price, counts: price, received_at: Mono::from_nanos(u64::MAX) },
            Some(bid) => {
                let (price, counts) = match bid.answer {
                    BidAnswer::Amount(amount) => (amount, amount),
                    BidAnswer::Weighed { pays, counts } => (pays, counts),
                    BidAnswer::Declined => return Err(BidSkip::Declined),
                    BidAnswer::Missing => return Err(BidSkip::Missing),
                    BidAnswer::Invalid => return Err(BidSkip::Invalid),
                    BidAnswer::Failed => return Err(BidSkip::Failed),
                };
                let received_at = bid.received_at;
                if let Some(until) = self.until.filter(|until| received_at > *until) {
                    return Err(BidSkip::Late { by: received_at.since(until) });
                }
                Standing { price, counts, received_at }
            }
        };
        match self.floor {
            Some(floor) if standing.counts.micros() < floor.micros() => {
                Err(BidSkip::Low { amount: standing.counts.micros(), floor: floor.micros() })
            }
            Some(_) | None => Ok(standing),
        }
    }
}

/// Serialises an instant as nanoseconds.
mod nanos {
    use serde::Deserialize as _;
    use serde::Deserializer;
    use serde::Serializer;

    use crate::base::Mono;

    pub(super) fn serialize<S: Serializer>(at: &Mono, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(at.nanos())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Mono, D::Error> {
        u64::deserialize(from).map(Mono::from_nanos)
    }
}

/// Serialises an optional instant as nanoseconds.
mod maybe_nanos {
    use serde::Deserialize as _;
    use serde::Deserializer;
    use serde::Serialize as _;
    use serde::Serializer;

    use crate::base::Mono;

    pub(super) fn serialize<S: Serializer>(at: &Option<Mono>, to: S) -> Result<S::Ok, S::Error> {
        at.map(Mono::nanos).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Mono>, D::Error> {
        Ok(Option::<u64>::deserialize(from)?.map(Mono::from_nanos))
    }
}
