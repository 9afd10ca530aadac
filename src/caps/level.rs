//! The account of a cap: a contract, a buyer or an offer.

use serde::Deserialize;
use serde::Serialize;
use std::fmt;
use std::hash::Hash;

use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::OfferId;

/// Account whose units are counted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// One contract.
    Contract(ContractId),
    /// All contracts of one buyer together.
    Buyer(BuyerId),
    /// All contracts of one offer together.
    Offer(OfferId),
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Level::Contract(id) => write!(f, "contract {id}"),
            Level::Buyer(id) => write!(f, "buyer {id}"),
            Level::Offer(id) => write!(f, "offer {id}"),
        }
    }
}
