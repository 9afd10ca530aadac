//! Returns: which billed sales a buyer may give back.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::base::Percent;
use crate::base::optional_seconds;
use crate::base::seconds;

use super::Conversion;
use super::TooManyReturns;

/// Most reasons of a contract.
pub const REASONS_MAX: usize = 50;

/// Which billed sales a buyer may give back, and what a return reverses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returns {
    /// Time after the sale in which the buyer may return it: 1 min to 400 days.
    #[serde(rename = "window_seconds", with = "seconds")]
    pub window: Duration,
    /// Largest share of the contract's sales within the window that may be returned.
    pub share: Percent,
    /// Reasons that the buyer may give, as words; empty if any word will do.
    pub reasons: Vec<String>,
    /// Time after which an open return is accepted by itself; `None` if the operator always
    /// decides.
    #[serde(rename = "accept_after_seconds", with = "optional_seconds")]
    pub accept_after: Option<Duration>,
    /// Whether the source's payout is reversed together with the revenue.
    pub reverse_payout: bool,
    /// Whether a returned sale frees its unit of the caps.
    pub frees_cap: bool,
    /// When returns pause the contract. In a contract of the book this is part of its
    /// [`AutoPause`](super::AutoPause); the terms of a sale have it here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<TooManyReturns>,
}

/// The rules on what becomes of a sale.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SaleRules {
    /// What makes the sale billable.
    pub conversion: Conversion,
    /// Returns; `None` if the buyer may return nothing.
    pub returns: Option<Returns>,
}
