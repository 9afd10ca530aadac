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
use super::Bidder;
use super::CapLimits;
use super::Channel;
use super::Channels;
use super::Delivery;
use super::Destination;
use super::Duplicate;
use super::Filters;
use super::Ping;
use super::SaleRules;
use super::Schedule;

/// The terms of one buyer for one offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// Slug of the contract.
    pub id: ContractId,
    /// Buyer of the contract.
    pub buyer: BuyerId,
    /// Offer of the contract.
    pub offer: OfferId,
    /// Accepted channels: calls, form leads or both; never empty.
    pub channels: Channels,
    /// Tier of the contract.
    pub tier: Tier,
    /// Rank within its tier for [`Strategy::Priority`](super::Strategy::Priority); the lowest
    /// number first.
    pub priority: u32,
    /// Share for [`Strategy::Weighted`](super::Strategy::Weighted); above 0 in such an offer.
    pub weight: u32,
    /// Price of a billable call or lead.
    pub price: Money,
    /// Connected time from which a call is billable: 0 s to 1 h.
    pub buffer: Duration,
    /// What makes a sale billable, and which sales may be returned.
    pub rules: SaleRules,
    /// Conditions on an inquiry.
    pub filters: Filters,
    /// Opening hours in the buyer's time zone; always open if absent.
    pub schedule: Option<Schedule>,
    /// Caps of this contract.
    pub caps: CapLimits,
    /// Rules on inquiries that this contract already bought; each of them alone finds one.
    pub duplicate: Vec<Duplicate>,
    /// Rule for a pause after unanswered calls.
    pub auto_pause: Option<AutoPause>,
    /// Destination of calls; always set if the channels include calls.
    pub destination: Option<Destination>,
    /// How the buyer is asked for bids on calls; `None` if it is not asked.
    pub bidder: Option<Box<Bidder>>,
    /// Delivery of form leads.
    pub delivery: Option<Box<Delivery>>,
    /// Whether the contract is considered.
    pub enabled: bool,
}

impl Contract {
    /// Returns how the buyer is asked for a bid on an inquiry of a channel; `None` if it is not
    /// asked.
    pub fn ping(&self, channel: Channel) -> Option<&Ping> {
        match channel {
            Channel::Form => self.delivery.as_ref()?.ping.as_deref(),
            Channel::Call => self.bidder.as_ref().map(|bidder| &bidder.ping),
        }
    }
}

/// The tiers, in the order in which they are tried.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Tried first.
    #[default]
    Primary,
    /// Tried if no primary contract accepts.
    Secondary,
    /// Tried only if primary capacity is exhausted.
    Overflow,
    /// Tried last.
    Fallback,
}

impl Tier {
    /// All tiers, in order.
    pub const ALL: &'static [Tier] =
        &[Tier::Primary, Tier::Secondary, Tier::Overflow, Tier::Fallback];

    /// Returns the name in books and records.
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
