//! What trunks with limits have carried.

use crate::base::TrunkId;
use crate::base::Wall;
use crate::store::CarriedTo;
use crate::store::Pending;

/// What trunks with limits have carried; written by [`crate::store::Fact::Carried`].
pub trait Trunks: Send + Sync {
    /// Returns what a trunk has carried since an instant, by number.
    fn trunk_carried(&self, trunk: TrunkId, since: Wall) -> Pending<'_, Vec<CarriedTo>>;
}
