//! Log lines of calls that are not placed.

use crate::call::Ingress;
use crate::placing::Refusal;

/// Logs a call that was not placed. A number without its flow is a configuration error; an unknown
/// number is not, as a caller may dial any number.
pub(super) fn log(refusal: &Refusal, ingress: &Ingress) {
    let reason = refusal.code();
    match refusal {
        Refusal::NotANumber | Refusal::UnknownNumber(_) => {
            tracing::warn!(reason, %ingress, "call rejected: {refusal}");
        }
        Refusal::NoFlow { .. } => tracing::error!(reason, %ingress, "call rejected: {refusal}"),
    }
}
