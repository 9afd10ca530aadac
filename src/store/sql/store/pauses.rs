//! Pauses of the SQLite store.

use super::Database;
use crate::base::ContractId;
use crate::base::Wall;
use crate::store::ChangedPauses;
use crate::store::Mutation;
use crate::store::NewPause;
use crate::store::Pause;
use crate::store::Pauses;
use crate::store::Pending;
use crate::store::sql::pause;

impl Pauses for Database {
    fn pause_begin(&self, pause: NewPause) -> Pending<'_, ()> {
        self.correcting(move |db| pause::begin(db, &pause))
    }

    fn pause_resume(&self, contract: ContractId, by: Mutation) -> Pending<'_, Option<Pause>> {
        self.correcting(move |db| pause::resume(db, &contract, &by))
    }

    fn pauses_open(&self, at: Wall) -> Pending<'_, ChangedPauses> {
        self.readers.read(move |db| pause::open(db, at))
    }

    fn pauses_changed_after(&self, sequence: u64) -> Pending<'_, ChangedPauses> {
        self.readers.read(move |db| pause::changed_after(db, sequence))
    }

    fn pauses(&self, before: Option<u64>, limit: usize) -> Pending<'_, Vec<Pause>> {
        self.readers.read(move |db| pause::list(db, before, limit))
    }
}
