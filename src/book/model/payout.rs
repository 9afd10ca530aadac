//! What sources are paid.

use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::Serialize;

use crate::base::Money;
use crate::base::OfferId;
use crate::base::Percent;

/// Payout of a source for each billable inquiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Payout {
    /// The same amount for each.
    Fixed(Money),
    /// A share of what the buyer owes.
    Share(PayoutShare),
}

/// A share of the revenue, within bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayoutShare {
    /// Share of the revenue.
    pub share: Percent,
    /// Least payout of a billable inquiry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Money>,
    /// Largest payout of a billable inquiry; not below `min`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Money>,
    /// What is kept of the share: the payout is the rest, at least zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub less: Option<Money>,
}

/// Payout for the inquiries of one offer, in place of the source's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferPayout {
    /// The offer under which the inquiry is sold.
    pub offer: OfferId,
    /// The payout.
    pub payout: Payout,
}

/// How many inquiries of a source are paid in each window. Beyond a cap the payout is 0, and
/// routing goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutCaps {
    /// Zone in which windows turn.
    #[serde(with = "jiff::fmt::serde::tz::required")]
    pub zone: TimeZone,
    /// Most in a window; `None` is unlimited.
    #[serde(flatten)]
    pub limits: PayoutLimits,
}

/// Limits in units for each window of payouts. `None` is unlimited, 0 pays none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PayoutLimits {
    /// Limit per clock hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hour: Option<u64>,
    /// Limit per day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<u64>,
    /// Limit per week, from Monday.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub week: Option<u64>,
    /// Limit per calendar month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub month: Option<u64>,
    /// Limit over all time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
}

impl PayoutShare {
    /// Creates the payout of a share, without bounds.
    pub const fn of(share: Percent) -> Self {
        Self { share, min: None, max: None, less: None }
    }
}

impl PayoutLimits {
    /// No limits.
    pub const NONE: PayoutLimits =
        PayoutLimits { hour: None, day: None, week: None, month: None, total: None };
}

impl Payout {
    /// Returns the amount that is kept of the revenue, if that is the rule.
    pub const fn kept(&self) -> Option<Money> {
        match self {
            Payout::Fixed(_) => None,
            Payout::Share(share) => share.less,
        }
    }

    /// Returns the amounts that the rule names.
    pub fn amounts(&self) -> impl Iterator<Item = Money> {
        let amounts = match *self {
            Payout::Fixed(amount) => [Some(amount), None, None],
            Payout::Share(PayoutShare { min, max, less, share: _ }) => [min, max, less],
        };
        amounts.into_iter().flatten()
    }
}

impl PayoutCaps {
    /// The caps of a source without a zone and without limits.
    pub const NONE: PayoutCaps = PayoutCaps { zone: TimeZone::UTC, limits: PayoutLimits::NONE };

    /// Returns whether these are [`PayoutCaps::NONE`].
    pub fn is_none(&self) -> bool {
        *self == Self::NONE
    }
}

impl Default for PayoutCaps {
    fn default() -> Self {
        Self::NONE
    }
}
