//! Calls at webhook carriers: their journals.

use crate::base::CallId;
use crate::base::NodeName;
use crate::base::Wall;
use crate::library::FlowText;
use crate::store::CarrierCall;
use crate::store::CarrierJournal;
use crate::store::CarrierStep;
use crate::store::Pending;
use crate::store::Written;

/// Calls at webhook carriers: their journals.
pub trait Webhooks: Send + Sync {
    /// Stores a new call at a webhook carrier with its first step, whose first fact opens the
    /// record, in one transaction. Stores nothing if the carrier's call is already known.
    fn carrier_call_open(&self, call: CarrierCall, step: CarrierStep) -> Pending<'_, Written>;

    /// Stores the step of an answered request.
    fn carrier_call_step(&self, step: CarrierStep) -> Pending<'_, Written>;

    /// Returns a call at a webhook carrier by its token.
    fn carrier_call_fetch(&self, token: &str) -> Pending<'_, Option<CarrierJournal>>;

    /// Returns the token of a call by the carrier's id for the call, without reading the journal.
    fn carrier_call_find(&self, carrier: &str, id: &str) -> Pending<'_, Option<String>>;

    /// Ends a call at a webhook carrier that cannot continue, at the time the call was last seen,
    /// but not after `at`. An ended call does not change. Returns the call; `None` if it is unknown.
    fn carrier_call_end(&self, token: &str, at: Wall) -> Pending<'_, Option<CallId>>;

    /// Returns the tokens of the live calls at webhook carriers that a node keeps.
    fn carrier_calls_live(&self, node: &NodeName) -> Pending<'_, Vec<String>>;

    /// Gives the live calls at webhook carriers that `from` keeps to the node `to`. Returns their
    /// tokens.
    fn carrier_calls_move(&self, from: NodeName, to: NodeName) -> Pending<'_, Vec<String>>;

    /// Returns the text of a flow that a call at a webhook carrier uses.
    fn flow_text(&self, hash: &str) -> Pending<'_, Option<FlowText>>;
}
