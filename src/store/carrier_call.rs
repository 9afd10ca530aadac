//! Calls at webhook carriers, as they are kept: a journal.

use std::sync::Arc;

use crate::base::CallId;
use crate::library::FlowText;

use super::Fact;

/// A call at a webhook carrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierCall {
    /// What names it in our addresses.
    pub token: String,
    /// The carrier.
    pub carrier: String,
    /// The carrier's own name of the call; unlike that of any other call of the carrier.
    pub carrier_id: String,
    /// The carrier's account that it belongs to, where it was told.
    pub account: Option<String>,
    /// Our call.
    pub call: CallId,
    /// What every random choice of the call is drawn from.
    pub seed: [u8; 32],
    /// The SHA-256 of the text of the number's flow, in hexadecimal.
    pub flow: String,
    /// The number of its journal's format.
    pub format: u32,
}

/// One line of a call's journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierLine {
    /// Its place, from 1.
    pub place: u32,
    /// What it is about. No two lines of a call are about the same.
    pub callback: String,
    /// The line, as JSON text.
    pub line: String,
    /// What the carrier was answered.
    pub answer: String,
}

/// A call with its journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierJournal {
    /// The call.
    pub call: CarrierCall,
    /// Its lines, in order.
    pub lines: Vec<CarrierLine>,
}

/// What one answered request leaves behind: stored together or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierStep {
    /// The call's token.
    pub token: String,
    /// The line.
    pub line: CarrierLine,
    /// Texts of flows that the call went into.
    pub flows: Vec<Arc<FlowText>>,
    /// What has happened to the call by it; once it has ended, the call is no longer live.
    pub facts: Vec<Fact>,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It is stored.
    Stored,
    /// There is a line in this place, or one about the same, already: nothing was stored.
    /// Somebody else has answered; read the journal anew.
    Taken,
}
