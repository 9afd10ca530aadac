//! What this node sees of the counters.

use crate::base::Wall;
use crate::caps::CapKey;
use crate::caps::Ceiling;
use crate::caps::Full;
use crate::caps::Level;
use crate::caps::Mark;
use crate::caps::Periods;

/// The counters as this node sees them, at hand at once. What this node was answered is in it; what
/// other nodes do may be missing for a while. So it only hints: a hold is the truth.
pub trait View: Send + Sync + std::fmt::Debug {
    /// The first cap of a ceiling without room.
    fn full(&self, ceiling: &Ceiling, periods: &Periods) -> Option<Full>;

    /// Units used or held under a key.
    fn used(&self, key: &CapKey) -> u64;

    /// Micros spent or held under a key.
    fn spent(&self, key: &CapKey) -> i64;

    /// Micros left of a balance, without what is held.
    fn balance(&self, level: &Level) -> i64;

    /// When a mark was sold within its window before an instant, or since when an open hold is
    /// selling it.
    fn sold(&self, mark: Mark, now: Wall) -> Option<Wall>;

    /// How many holds are open.
    fn live(&self) -> usize;
}
