//! What calls and OPTIONS show about the gateways of trunks: log and events of those that go down or
//! come up.

use super::Shared;
use super::address;
use super::gateway_health::Seen;
use super::gateway_health::Turn;
use crate::base::GatewayName;
use crate::base::TrunkId;
use crate::book::Book;
use crate::book::Destination;
use crate::book::Trunk;
use crate::call::GatewayReport;
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
        let trunk = destination.to.trunk().map(tracing::field::display);
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

/// Takes in what an event of a call shows about the gateway of its leg.
pub(super) fn observe(event: &Event, machine: &Machine, book: &Book, shared: &Shared) {
    if let Event::Refused { reason: Some(reason), cause, .. } = event {
        tracing::info!(call = %machine.id(), ?cause, reason = reason.as_str(), "leg refused with a reason");
    }
    let Some((leg, sign)) = GatewaySign::of(event) else { return };
    let Some(trunk) = machine.trunk_of(leg).and_then(|id| book.trunk(id)) else { return };
    let Some(gateway) = machine.gateway_of(leg) else { return };
    let all = address::of_trunk(trunk).names(shared);
    note(shared, (&trunk.id, gateway), &all, Seen::Call(sign));
}

/// Notes what was seen of a gateway; logs and publishes what turns. `all` are the trunk's gateways.
pub(super) fn note(
    shared: &Shared,
    (trunk, gateway): (&TrunkId, &GatewayName),
    all: &[GatewayName],
    seen: Seen,
) {
    let now = shared.clock.now();
    let turns = shared.trunks.health.note((trunk, gateway), all, seen, now.mono);
    let because = match seen {
        Seen::Call(_) => "calls",
        Seen::Ping(_) => "OPTIONS",
    };
    match turns.gateway {
        Some(Turn::Down) => {
            tracing::warn!(%trunk, %gateway, because, "gateway down");
            let subject = Subject::GatewayDown(trunk.clone(), gateway.clone());
            shared.events.publish(now.wall, subject);
        }
        Some(Turn::Up) => {
            tracing::info!(%trunk, %gateway, because, "gateway up");
            let subject = Subject::GatewayUp(trunk.clone(), gateway.clone());
            shared.events.publish(now.wall, subject);
        }
        None => {}
    }
    match turns.trunk {
        Some(Turn::Down) => {
            tracing::error!(%trunk, "trunk down: no gateway answers");
            shared.events.publish(now.wall, Subject::TrunkDown(trunk.clone()));
        }
        Some(Turn::Up) => {
            tracing::info!(%trunk, "trunk up");
            shared.events.publish(now.wall, Subject::TrunkUp(trunk.clone()));
        }
        None => {}
    }
}

/// Returns the state of every gateway of a book whose host is located.
pub(super) fn report(book: &Book, shared: &Shared) -> Vec<GatewayReport> {
    let of_trunk = |trunk: &Trunk| {
        let id = trunk.id.clone();
        address::of_trunk(trunk).names(shared).into_iter().map(move |gateway| {
            let state = shared.trunks.health.state(&id, &gateway);
            GatewayReport { trunk: id.clone(), gateway, state }
        })
    };
    book.trunks.iter().flat_map(of_trunk).collect()
}
