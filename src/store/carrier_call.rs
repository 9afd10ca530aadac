//! Calls at webhook carriers and their journals.

use std::sync::Arc;

use crate::base::CallId;
use crate::base::Wall;
use crate::library::FlowText;

use super::Fact;

/// A call at a webhook carrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierCall {
    /// Its token in the webhook addresses.
    pub token: String,
    /// The carrier.
    pub carrier: String,
    /// The carrier's id of the call; unique for the carrier.
    pub carrier_id: String,
    /// The account at the carrier, if the carrier sent it.
    pub account: Option<String>,
    /// The id of the call in Strowger.
    pub call: CallId,
    /// The seed of all random choices of the call.
    pub seed: [u8; 32],
    /// The SHA-256 of the flow text of the number, in hexadecimal.
    pub flow: String,
    /// The number of the journal format.
    pub format: u32,
}

/// One line of a call's journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierLine {
    /// Its number, from 1.
    pub place: u32,
    /// What it is about. No two lines of a call are about the same.
    pub callback: String,
    /// The line, as JSON text.
    pub line: String,
    /// The answer to the carrier.
    pub answer: String,
}

/// A call with its journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierJournal {
    /// The call.
    pub call: CarrierCall,
    /// Its lines, in order.
    pub lines: Vec<CarrierLine>,
    /// When its record was last seen live, by the clock of the call.
    pub seen_at: Wall,
}

/// The result of one answered request, stored in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierStep {
    /// The call's token.
    pub token: String,
    /// The line.
    pub line: CarrierLine,
    /// Texts of flows that the call entered.
    pub flows: Vec<Arc<FlowText>>,
    /// The facts of the request. After an end, the call is no longer live.
    pub facts: Vec<Fact>,
}

/// The result of storing a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// The step is stored.
    Stored,
    /// A line with this number or for this request exists. Nothing was stored.
    /// Another task has answered; read the journal again.
    Taken,
}
