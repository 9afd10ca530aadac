//! What the records have of the counters, at one moment.

use crate::base::HoldId;
use crate::base::Wall;
use crate::call::Scope;
use crate::store::Recorded;
use crate::store::StoreError;

use super::balance;
use super::cap_use;
use super::correction;
use super::engine::Db;
use super::sale;

/// Returns the usage since an instant, the balances, and the sales of some holds; a reader sees one
/// moment.
pub(super) fn read(db: &Db, since: Wall, holds: Vec<HoldId>) -> Result<Recorded, StoreError> {
    Ok(Recorded {
        counts: cap_use::counts_since(db, since)?,
        corrections: correction::newest(db)?,
        balances: balance::sums(db, &Scope::All)?,
        sold: sale::sold_holds(db, holds)?,
    })
}
