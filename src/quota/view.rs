//! This node's view of the counters.

use crate::base::Wall;
use crate::caps::CapKey;
use crate::caps::Ceiling;
use crate::caps::Full;
use crate::caps::Level;
use crate::caps::Mark;
use crate::caps::Periods;

/// The counters as this node sees them, without waiting. They include all answers that this node
/// received; changes by other nodes may be missing for a while. The view only hints: the hold
/// decides.
pub trait View: Send + Sync + std::fmt::Debug {
    /// Returns the first full cap of a ceiling.
    fn full(&self, ceiling: &Ceiling, periods: &Periods) -> Option<Full>;

    /// Returns the units used or held under a key.
    fn used(&self, key: &CapKey) -> u64;

    /// Returns the micros spent or held under a key.
    fn spent(&self, key: &CapKey) -> i64;

    /// Returns the micros left of a balance, after open holds.
    fn balance(&self, level: &Level) -> i64;

    /// Returns when a mark was sold within its window before an instant, or since when an open hold
    /// is selling it.
    fn sold(&self, mark: Mark, now: Wall) -> Option<Wall>;

    /// Returns the number of open holds.
    fn live(&self) -> usize;
}
