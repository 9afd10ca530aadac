//! Calls at webhook carriers: their journals.

use crate::base::Wall;
use crate::library::FlowText;
use crate::store::CarrierCall;
use crate::store::CarrierJournal;
use crate::store::CarrierStep;
use crate::store::Pending;
use crate::store::Written;

/// Calls at webhook carriers: their journals.
pub trait Webhooks: Send + Sync {
    /// A call has come at a webhook carrier: the call and its first step, whose first fact opens
    /// its record, become durable together. When the carrier has told of this call before,
    /// nothing is stored.
    fn carrier_call_open(&self, call: CarrierCall, step: CarrierStep) -> Pending<'_, Written>;

    /// A request of a webhook carrier was answered.
    fn carrier_call_step(&self, step: CarrierStep) -> Pending<'_, Written>;

    /// A call at a webhook carrier, by its token.
    fn carrier_call_fetch(&self, token: &str) -> Pending<'_, Option<CarrierJournal>>;

    /// The token of a call, by the carrier's own name of it. Its journal is not read.
    fn carrier_call_find(&self, carrier: &str, id: &str) -> Pending<'_, Option<String>>;

    /// A call at a webhook carrier cannot go on: its record ends where it was seen last, but not
    /// after `at`. One that has ended stays as it is.
    fn carrier_call_end(&self, token: &str, at: Wall) -> Pending<'_, ()>;

    /// The tokens of calls at webhook carriers that have not ended.
    fn carrier_calls_live(&self) -> Pending<'_, Vec<String>>;

    /// The text of a flow that such a call is in.
    fn flow_text(&self, hash: &str) -> Pending<'_, Option<FlowText>>;
}
