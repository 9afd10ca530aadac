//! Calls that are not placed, in the log.

use crate::call::Ingress;
use crate::placing::Refusal;

/// Logs a call that was not placed. A number without its flow is a configuration error; a number
/// that is not in the book is not, as any caller may dial it.
pub(super) fn log(refusal: &Refusal, ingress: &Ingress) {
    let reason = refusal.code();
    match refusal {
        Refusal::NotANumber | Refusal::UnknownNumber(_) | Refusal::Loop(_) => {
            tracing::warn!(reason, %ingress, "call rejected: {refusal}");
        }
        Refusal::NoFlow { .. } => tracing::error!(reason, %ingress, "call rejected: {refusal}"),
    }
}
