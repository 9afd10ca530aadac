//! SIP messages of calls.

use super::Database;
use crate::base::CallId;
use crate::ladder::LadderPart;
use crate::store::Ladders;
use crate::store::Pending;
use crate::store::sql::ladder;

impl Ladders for Database {
    fn ladder_add(&self, parts: Vec<LadderPart>) -> Pending<'_, ()> {
        self.writer.write(move |db| ladder::add(db, &parts))
    }

    fn ladder_fetch(&self, call: CallId) -> Pending<'_, Vec<LadderPart>> {
        self.readers.read(move |db| ladder::of_call(db, call))
    }
}
