//! States of trunks at one node: of their gateways and registrations.

use serde::Deserialize;
use serde::Serialize;

use crate::base::GatewayName;
use crate::base::TrunkId;
use crate::base::Wall;

/// The gateways and registrations of a node, each by trunk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrunkStates {
    /// Every gateway whose host is located.
    pub gateways: Vec<GatewayReport>,
    /// Every registration.
    pub registrations: Vec<RegistrationReport>,
}

/// A gateway of a trunk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewayReport {
    /// The trunk.
    pub trunk: TrunkId,
    /// The gateway.
    pub gateway: GatewayName,
    /// Whether it takes calls.
    pub state: GatewayState,
}

/// Whether a gateway takes calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GatewayState {
    /// It answers OPTIONS, or has taken a call.
    Up,
    /// Nothing is known of it, or it ignores OPTIONS: calls try it.
    Unknown,
    /// It fails calls, or answers OPTIONS no more: calls try it after all others.
    Down,
}

/// A registration of a trunk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationReport {
    /// The trunk.
    pub trunk: TrunkId,
    /// The registrar, as the book names it.
    pub registrar: String,
    /// What became of the latest REGISTER.
    pub state: RegisteredState,
    /// Status of the refusal; `None` without one.
    pub status: Option<u16>,
    /// When that was.
    pub at: Wall,
    /// When the registrar has our contact until; `None` if it has not.
    pub until: Option<Wall>,
}

/// What became of a REGISTER.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegisteredState {
    /// The registrar took it.
    Registered,
    /// The registrar refused it.
    Refused,
    /// No response came.
    Unanswered,
}

impl GatewayState {
    /// All states.
    pub const ALL: [GatewayState; 3] =
        [GatewayState::Up, GatewayState::Unknown, GatewayState::Down];

    /// Returns the name of the state.
    pub const fn name(self) -> &'static str {
        match self {
            GatewayState::Up => "up",
            GatewayState::Unknown => "unknown",
            GatewayState::Down => "down",
        }
    }
}

impl RegisteredState {
    /// All states.
    pub const ALL: [RegisteredState; 3] =
        [RegisteredState::Registered, RegisteredState::Refused, RegisteredState::Unanswered];

    /// Returns the name of the state.
    pub const fn name(self) -> &'static str {
        match self {
            RegisteredState::Registered => "registered",
            RegisteredState::Refused => "refused",
            RegisteredState::Unanswered => "unanswered",
        }
    }
}
