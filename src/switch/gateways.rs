//! What the calls show about the gateways of trunks: log and events of a trunk that goes down or
//! comes up.

use super::Shared;
use super::trunk_health::Turn;
use crate::base::GatewayName;
use crate::book::Book;
use crate::book::Destination;
use crate::book::Target;
use crate::call::GatewaySign;
use crate::call::Machine;
use crate::events::Subject;
use crate::sip::Event;
use crate::sip::Refusal;

/// Logs that the last of these gateways failed, if any. Returns their names.
pub(super) fn log_failed(
    failed: &[(GatewayName, Refusal)],
    destination: &Destination,
) -> Vec<GatewayName> {
    if let Some((gateway, cause)) = failed.last() {
        let trunk = match &destination.to {
            Target::Phone { trunk, .. } => Some(tracing::field::display(trunk)),
            Target::Sip { .. } => None,
        };
        let why = match cause {
            Refusal::Timeout => "no answer".to_owned(),
            Refusal::Unreachable => "not reached".to_owned(),
            Refusal::Status(status) | Refusal::NotAcceptable(status, _) => status.to_string(),
            Refusal::Canceled | Refusal::AnsweredLate => "canceled".to_owned(),
        };
        tracing::warn!(%gateway, trunk, why, "gateway failed: the next one is tried");
    }
    failed.iter().map(|(gateway, _)| gateway.clone()).collect()
}

/// Takes in what an event of a call shows about the trunk of its leg.
pub(super) fn observe(event: &Event, machine: &Machine, book: &Book, shared: &Shared) {
    let Some((leg, sign)) = GatewaySign::of(event) else { return };
    let Some(trunk) = machine.trunk_of(leg).and_then(|id| book.trunk(id)) else { return };
    let Some(turn) = shared.trunks.note(&trunk.id, trunk.outbound.len(), sign) else { return };
    let id = trunk.id.clone();
    let subject = match turn {
        Turn::Down => {
            tracing::error!(trunk = %id, "trunk down: no gateway answers");
            Subject::TrunkDown(id)
        }
        Turn::Up => {
            tracing::info!(trunk = %id, "trunk up");
            Subject::TrunkUp(id)
        }
    };
    shared.events.publish(shared.clock.now().wall, subject);
}
