//! Calls at webhook carriers and their journals.

use std::sync::Arc;

use crate::base::CallId;
use crate::base::Wall;
use crate::library::FlowText;

use super::Fact;

/// A call at a webhook carrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierCall {
    /// Token that identifies the call in webhook URLs.
    pub token: String,
    /// The carrier.
    pub carrier: String,
    /// The carrier's id for the call; unique per carrier.
    pub carrier_id: String,
    /// Account at the carrier, if the carrier sent it.
    pub account: Option<String>,
    /// Strowger's id for the call.
    pub call: CallId,
    /// Seed of all random choices in the call.
    pub seed: [u8; 32],
    /// SHA-256 of the text of the number's flow, in hexadecimal.
    pub flow: String,
    /// Number of the journal format.
    pub format: u32,
}

/// One line of a call's journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierLine {
    /// Line number, from 1.
    pub place: u32,
    /// The callback that the line answers. No two lines of a call have the same one.
    pub callback: String,
    /// The line, as JSON text.
    pub line: String,
    /// The answer that is sent to the carrier.
    pub answer: String,
}

/// A call and its journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierJournal {
    /// The call.
    pub call: CarrierCall,
    /// Lines of the journal, in order.
    pub lines: Vec<CarrierLine>,
    /// When its record was last seen live, by the clock of the call.
    pub seen_at: Wall,
}

/// Everything that one answered request changes, stored in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierStep {
    /// Token of the call.
    pub token: String,
    /// The new line of the journal.
    pub line: CarrierLine,
    /// Texts of the flows that the call entered during the request.
    pub flows: Vec<Arc<FlowText>>,
    /// Facts of the request. If one of them ends the call, the call is no longer live.
    pub facts: Vec<Fact>,
}

/// The result of storing a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// The step is stored.
    Stored,
    /// The journal already has a line with this number or for this callback. Nothing was stored.
    /// Another task has answered; read the journal again.
    Taken,
}
