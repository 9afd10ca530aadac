//! What a leg says about the gateway of its trunk.

use crate::base::GatewayName;
use crate::base::LegId;
use crate::base::TrunkId;
use crate::sip::Event;
use crate::sip::Refusal;

use super::Machine;

/// What a gateway's behavior shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GatewaySign {
    /// It takes calls: it rings, answers, or refuses one for a reason of the call.
    Alive,
    /// It does not answer, cannot be reached, or serves no calls (503; RFC 3261 §21.5.4).
    Dead,
}

impl GatewaySign {
    /// Returns the leg that an event is about, and what the event shows; `None` if nothing.
    pub fn of(event: &Event) -> Option<(LegId, Self)> {
        match event {
            Event::Ringing { session, .. }
            | Event::Answered { session, .. }
            | Event::Redirected { session, .. } => Some((*session, GatewaySign::Alive)),
            Event::Refused { session, cause, .. } => match cause {
                Refusal::Timeout | Refusal::Unreachable | Refusal::Status(503) => {
                    Some((*session, GatewaySign::Dead))
                }
                Refusal::Status(_) | Refusal::NotAcceptable(..) => {
                    Some((*session, GatewaySign::Alive))
                }
                Refusal::Canceled | Refusal::AnsweredLate => None,
            },
            Event::Incoming(_)
            | Event::Canceled { .. }
            | Event::Confirmed { .. }
            | Event::Ended { .. }
            | Event::Reoffered { .. }
            | Event::Digit { .. }
            | Event::Referred { .. }
            | Event::Alive { .. } => None,
        }
    }
}

impl Machine {
    /// Returns the gateway that a leg is dialed through; `None` before its INVITE.
    pub fn gateway_of(&self, leg: LegId) -> Option<&GatewayName> {
        self.legs.get(&leg)?.gateway.as_ref()
    }

    /// Returns the trunk that a leg is dialed through; `None` for a destination without one.
    pub fn trunk_of(&self, leg: LegId) -> Option<&TrunkId> {
        self.legs.get(&leg)?.destination.to.trunk()
    }
}
