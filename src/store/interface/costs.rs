//! Costs of traffic beside payouts.

use crate::store::Cost;
use crate::store::CostId;
use crate::store::CostQuery;
use crate::store::CostSum;
use crate::store::EnteredCost;
use crate::store::NewCost;
use crate::store::Pending;

/// Costs of traffic beside payouts.
pub trait Costs: Send + Sync {
    /// Enters a cost of traffic, once.
    fn cost_add(&self, cost: NewCost) -> Pending<'_, EnteredCost>;

    /// Returns the cost with this id; `None` if there is none.
    fn cost_fetch(&self, id: CostId) -> Pending<'_, Option<Cost>>;

    /// Returns matching costs with numbers below `before` (`None`: all), newest first; at most
    /// `limit`, and at most [`crate::store::COSTS_PAGE_MAX`].
    fn costs(&self, query: CostQuery, before: Option<u64>, limit: usize) -> Pending<'_, Vec<Cost>>;

    /// Returns the sums of matching costs by day, source, offer and currency, in that order.
    fn costs_by_day(&self, query: CostQuery) -> Pending<'_, Vec<CostSum>>;
}
