//! Trunks of the SQLite store.

use super::Database;
use crate::base::TrunkId;
use crate::base::Wall;
use crate::store::CarriedTo;
use crate::store::Pending;
use crate::store::Trunks;
use crate::store::sql::carried;

impl Trunks for Database {
    fn trunk_carried(&self, trunk: TrunkId, since: Wall) -> Pending<'_, Vec<CarriedTo>> {
        self.readers.read(move |db| carried::since(db, &trunk, since))
    }
}
