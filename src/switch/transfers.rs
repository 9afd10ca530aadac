//! Logs the transfers that buyers ask for.

use crate::base::CallId;
use crate::sip::Command;

/// Logs a command that refuses the transfer of a call.
pub(super) fn log_transfer(command: &Command, call: CallId) {
    let Command::AnswerRefer { answer: Err(why), .. } = command else { return };
    tracing::warn!(%call, why = why.text(), "transfer refused");
}
