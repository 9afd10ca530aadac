//! Calls that are not placed, in the log.

use crate::call::Ingress;
use crate::placing::Refusal;

/// Logs a call that was not placed. A number without its flow is a fault of the configuration;
/// numbers that are not in the book may be dialled by anybody.
pub(super) fn log(refusal: &Refusal, ingress: &Ingress) {
    let reason = refusal.code();
    match refusal {
        Refusal::NotANumber | Refusal::UnknownNumber(_) => {
            tracing::warn!(reason, %ingress, "call rejected: {refusal}");
        }
        Refusal::NoFlow { .. } => tracing::error!(reason, %ingress, "call rejected: {refusal}"),
    }
}
