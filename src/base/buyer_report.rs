//! A buyer's report of a sale.

use serde::Deserialize;
use serde::Serialize;

use super::Money;
use super::Wall;

/// Longest disposition, in bytes.
pub const DISPOSITION_BYTES_MAX: usize = 64;
/// Longest reference, in bytes.
pub const REFERENCE_BYTES_MAX: usize = 200;
/// What a buyer reports of a sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuyerReport {
    /// Whether the buyer sold to the caller.
    pub sold: bool,
    /// Amount that the buyer owes; `None` for the contract's price.
    pub revenue: Option<Money>,
    /// Outcome in the buyer's own word, such as `callback`; `None` if not given.
    pub disposition: Option<String>,
    /// The buyer's own id for the sale; `None` if not given.
    pub reference: Option<String>,
}

/// A report that was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    /// The report.
    #[serde(flatten)]
    pub report: BuyerReport,
    /// Time at which it arrived first.
    pub at: Wall,
}
