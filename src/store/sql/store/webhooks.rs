//! Calls at webhook carriers.

use super::Database;
use crate::base::CallId;
use crate::base::NodeName;
use crate::base::Wall;
use crate::library::FlowText;
use crate::store::CarrierCall;
use crate::store::CarrierJournal;
use crate::store::CarrierStep;
use crate::store::Pending;
use crate::store::Webhooks;
use crate::store::Written;
use crate::store::sql::arrival::Arrival;
use crate::store::sql::carrier_call;

impl Webhooks for Database {
    fn carrier_call_open(&self, call: CarrierCall, step: CarrierStep) -> Pending<'_, Written> {
        self.arrive(Arrival::Opened { call, step })
    }

    fn carrier_call_step(&self, step: CarrierStep) -> Pending<'_, Written> {
        self.arrive(Arrival::Step(step))
    }

    fn carrier_call_fetch(&self, token: &str) -> Pending<'_, Option<CarrierJournal>> {
        let token = token.to_owned();
        self.readers.read(move |db| carrier_call::by_token(db, &token))
    }

    fn carrier_call_find(&self, carrier: &str, id: &str) -> Pending<'_, Option<String>> {
        let (carrier, id) = (carrier.to_owned(), id.to_owned());
        self.readers.read(move |db| carrier_call::token(db, &carrier, &id))
    }

    fn carrier_call_end(&self, token: &str, at: Wall) -> Pending<'_, Option<CallId>> {
        let token = token.to_owned();
        self.writer.write(move |db| carrier_call::end(db, &token, at))
    }

    fn carrier_calls_live(&self, node: &NodeName) -> Pending<'_, Vec<String>> {
        let by = self.left_by(node);
        Pending::new(async move {
            let by = by?;
            self.readers.read(move |db| carrier_call::live(db, by.as_ref())).await
        })
    }

    fn carrier_calls_move(&self, from: NodeName, to: NodeName) -> Pending<'_, Vec<String>> {
        self.writer.write(move |db| carrier_call::give(db, &from, &to))
    }

    fn flow_text(&self, hash: &str) -> Pending<'_, Option<FlowText>> {
        let hash = hash.to_owned();
        self.readers.read(move |db| carrier_call::flow_text(db, &hash))
    }
}
