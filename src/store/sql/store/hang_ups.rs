//! Live calls that other nodes keep, and how to hang them up.

use super::Database;
use crate::base::CallId;
use crate::base::NodeName;
use crate::call::CallQuery;
use crate::store::AskedHangUp;
use crate::store::CallCursor;
use crate::store::CallPage;
use crate::store::HangUps;
use crate::store::Pending;
use crate::store::sql::call_list;
use crate::store::sql::hang_up;

impl HangUps for Database {
    fn calls_elsewhere(
        &self,
        own: NodeName,
        query: CallQuery,
        cursor: Option<CallCursor>,
        limit: usize,
    ) -> Pending<'_, CallPage> {
        self.readers.read(move |db| call_list::page_elsewhere(db, &own, &query, cursor, limit))
    }

    fn hang_up_ask(&self, call: CallId, own: NodeName) -> Pending<'_, AskedHangUp> {
        self.correcting(move |db| hang_up::ask(db, call, &own))
    }

    fn hang_ups_take(&self, own: NodeName) -> Pending<'_, Vec<CallId>> {
        self.writer.write(move |db| hang_up::take(db, &own))
    }
}
