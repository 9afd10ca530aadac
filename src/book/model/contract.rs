//! Contracts.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::Money;
use crate::base::OfferId;

use super::AutoPause;
use super::CapLimits;
use super::Channels;
use super::Destination;
use super::Duplicate;
use super::Filters;
use super::Schedule;

/// One buyer × one offer, with terms of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// Its slug.
    pub id: ContractId,
    /// Who pays.
    pub buyer: BuyerId,
    /// For what.
    pub offer: OfferId,
    /// Whether it takes calls, form leads or both; never neither.
    pub channels: Channels,
    /// The tier it is tried in.
    pub tier: Tier,
    /// Rank within its tier for [`Strategy::Priority`](super::Strategy::Priority); the lowest
    /// number first.
    pub priority: u32,
    /// Share for [`Strategy::Weighted`](super::Strategy::Weighted); above 0 in such an offer.
    pub weight: u32,
    /// What the buyer owes for a billable call or lead.
    pub price: Money,
    /// Connected time from which a call is billable: 0 s to 1 h.
    pub buffer: Duration,
    /// What an inquiry must be like.
    pub filters: Filters,
    /// When it is open, in the buyer's zone; always when absent.
    pub schedule: Option<Schedule>,
    /// Caps of this contract alone.
    pub caps: CapLimits,
    /// Which inquiries it has already bought.
    pub duplicate: Option<Duplicate>,
    /// When it rests because nobody answers.
    pub auto_pause: Option<AutoPause>,
    /// Where calls go; always there when the channels hold calls.
    pub destination: Option<Destination>,
    /// Whether it is considered.
    pub enabled: bool,
}

/// Tiers, in the order in which they are tried.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// First.
    #[default]
    Primary,
    /// When no primary contract takes it.
    Secondary,
    /// Only when primary capacity is exhausted.
    Overflow,
    /// Last.
    Fallback,
}

impl Tier {
    /// Every tier, in order.
    pub const ALL: &'static [Tier] =
        &[Tier::Primary, Tier::Secondary, Tier::Overflow, Tier::Fallback];

    /// The name in books and records.
    pub const fn name(self) -> &'static str {
        match self {
            Tier::Primary => "primary",
            Tier::Secondary => "secondary",
            Tier::Overflow => "overflow",
            Tier::Fallback => "fallback",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
