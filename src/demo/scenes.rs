//! The demo's calls: the acts of each caller, and the expected result.

use std::time::Duration;

use super::buyers::Desk;
use super::buyers::Manner;
use crate::base::End;
use crate::base::Outcome;
use crate::base::Skip;
use crate::call::CallEvent;

/// The buyers' phones. Each plays its own tone, so that a caller can identify the buyer who
/// answered.
pub(super) const DESKS: &[Desk] = &[
    Desk { user: "acme", manner: Manner::Answers(Duration::from_millis(600)), hz: 500 },
    Desk { user: "blue", manner: Manner::HangsUp(Duration::from_millis(800)), hz: 600 },
    Desk { user: "cedar", manner: Manner::Busy, hz: 700 },
    Desk { user: "delta", manner: Manner::Answers(Duration::from_millis(400)), hz: 800 },
    Desk { user: "elm", manner: Manner::Answers(Duration::from_millis(300)), hz: 900 },
    Desk { user: "fox", manner: Manner::Sleeps, hz: 1_100 },
    Desk { user: "blue-service", manner: Manner::PressesOne, hz: 1_200 },
    Desk { user: "acme-home", manner: Manner::Answers(Duration::from_secs(4)), hz: 1_300 },
    Desk { user: "blue-home", manner: Manner::Answers(Duration::from_millis(700)), hz: 1_400 },
    Desk { user: "cedar-home", manner: Manner::Sleeps, hz: 1_500 },
    Desk { user: "fox-solar", manner: Manner::Answers(Duration::from_millis(300)), hz: 1_600 },
];

/// One act of a caller.
#[derive(Debug, Clone, Copy)]
pub(super) enum Act {
    /// Listens to this many milliseconds of sound, then presses these keys.
    Hear(u64, &'static str),
    /// Waits for the buyer whose tone has this frequency in hertz, stays connected for this time,
    /// and hangs up.
    StayConnected(u32, Duration),
    /// Stays connected with the buyer whose tone has this frequency in hertz until the buyer hangs
    /// up.
    StayUntilHungUp(u32),
    /// Hears ringing for this long, and gives up.
    GiveUp(Duration),
    /// Listens until the switch hangs up.
    WaitForTheEnd,
}

/// Expected content of a call's record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected {
    pub(super) reason: End,
    pub(super) winner: Option<&'static str>,
    pub(super) revenue: Option<&'static str>,
    pub(super) attempts: &'static [(&'static str, Outcome)],
    pub(super) passed_over: &'static [(&'static str, Skip)],
}

/// When a scene's call may be placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// At any time.
    Any,
    /// After the call of the scene before: it shows what that call left behind.
    AfterPrevious,
}

/// One call.
#[derive(Debug, Clone, Copy)]
pub struct Scene {
    /// What the call demonstrates.
    pub title: &'static str,
    /// When the call may be placed.
    pub turn: Turn,
    pub(super) carrier: Carrier,
    pub(super) number: &'static str,
    pub(super) caller: &'static str,
    pub(super) acts: &'static [Act],
    pub(super) expected: Expected,
}

/// The trunk or webhook carrier that a call comes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carrier {
    A,
    B,
    Twilio,
}

impl Scene {
    /// Returns whether an event is the arrival of this scene's call.
    pub fn is_arrival(&self, event: &CallEvent) -> bool {
        match event {
            CallEvent::Arrived { number, caller: Some(caller), .. } => {
                number.e164() == self.number && caller.e164() == self.caller
            }
            _ => false,
        }
    }

    /// Returns the user of the buyer's phone that the caller is to be connected with, if any.
    pub fn buyer(&self) -> Option<&'static str> {
        let hz = self.acts.iter().find_map(|act| match act {
            Act::StayConnected(hz, _) | Act::StayUntilHungUp(hz) => Some(*hz),
            Act::Hear(..) | Act::GiveUp(_) | Act::WaitForTheEnd => None,
        })?;
        DESKS.iter().find(|desk| desk.hz == hz).map(|desk| desk.user)
    }
}

const CONNECTED: Duration = Duration::from_millis(1_600);
const AUTO: &str = "+18005550100";
const HOME: &str = "+18005550101";
const SOLAR: &str = "+18005550102";
const SPANISH: &str = "+18005550103";

/// The scenes, in the order in which their calls are placed.
pub(super) const SCENES: &[Scene] = &[
    Scene {
        title: "Digits narrow the pool: a new quote in California",
        turn: Turn::Any,
        carrier: Carrier::A,
        number: AUTO,
        caller: "+13105550111",
        acts: &[Act::Hear(1_900, "1"), Act::Hear(700, "90210"), Act::StayConnected(500, CONNECTED)],
        expected: Expected {
            reason: End::Bridged,
            winner: Some("acme-auto-ca"),
            revenue: Some("45.00"),
            attempts: &[("acme-auto-ca", Outcome::Won)],
            passed_over: &[
                ("cedar-auto-tx", Skip::GeoMismatch),
                ("delta-auto-tx", Skip::GeoMismatch),
                ("elm-auto-closed", Skip::Closed),
                ("fox-auto-fl", Skip::GeoMismatch),
            ],
        },
    },
    Scene {
        title: "A full cap: the same again; the next in line hangs up too early to be billed",
        turn: Turn::AfterPrevious,
        carrier: Carrier::A,
        number: AUTO,
        caller: "+13105550112",
        acts: &[Act::Hear(1_900, "1"), Act::Hear(700, "90210"), Act::StayUntilHungUp(600)],
        expected: Expected {
            reason: End::Bridged,
            winner: Some("blue-auto-west"),
            revenue: Some("0.00"),
            attempts: &[("blue-auto-west", Outcome::Won)],
            passed_over: &[
                ("acme-auto-ca", Skip::CapTotal),
                ("elm-auto-closed", Skip::Closed),
                ("fox-auto-fl", Skip::GeoMismatch),
            ],
        },
    },
    Scene {
        title: "A busy buyer, then the next: Texas",
        turn: Turn::Any,
        carrier: Carrier::A,
        number: AUTO,
        caller: "+12145550113",
        acts: &[Act::Hear(1_900, "1"), Act::Hear(700, "75201"), Act::StayConnected(800, CONNECTED)],
        expected: Expected {
            reason: End::Bridged,
            winner: Some("delta-auto-tx"),
            revenue: Some("35.00"),
            attempts: &[("cedar-auto-tx", Outcome::Busy), ("delta-auto-tx", Outcome::Won)],
            passed_over: &[("acme-auto-ca", Skip::GeoMismatch)],
        },
    },
    Scene {
        title: "Three phones ring at once: the first to answer wins, the others are canceled",
        turn: Turn::Any,
        carrier: Carrier::A,
        number: HOME,
        caller: "+17025550114",
        acts: &[
            Act::Hear(2_200, "1"),
            Act::Hear(700, "89101"),
            // A key within a second of the last digit would still belong to the zip.
            Act::Hear(1_600, "1"),
            Act::Hear(700, "12#"),
            Act::StayConnected(1_400, CONNECTED),
        ],
        expected: Expected {
            reason: End::Bridged,
            winner: Some("blue-home"),
            revenue: Some("55.00"),
            attempts: &[
                ("acme-home", Outcome::Canceled),
                ("blue-home", Outcome::Won),
                ("cedar-home", Outcome::Canceled),
            ],
            passed_over: &[("delta-home", Skip::FieldMismatch)],
        },
    },
    Scene {
        title: "The caller gives up while the phone rings: Florida",
        turn: Turn::Any,
        carrier: Carrier::A,
        number: AUTO,
        caller: "+13055550115",
        acts: &[
            Act::Hear(1_900, "1"),
            Act::Hear(700, "33101"),
            Act::GiveUp(Duration::from_millis(1_500)),
        ],
        expected: Expected {
            reason: End::Abandoned,
            winner: None,
            revenue: None,
            attempts: &[("fox-auto-fl", Outcome::Canceled)],
            passed_over: &[("elm-auto-closed", Skip::Closed)],
        },
    },
    Scene {
        title: "No eligible buyer: Alaska goes to the offer's DQ destination",
        turn: Turn::Any,
        carrier: Carrier::A,
        number: AUTO,
        caller: "+19075550116",
        acts: &[Act::Hear(1_900, "1"), Act::Hear(700, "99501"), Act::StayConnected(800, CONNECTED)],
        expected: Expected {
            reason: End::Bridged,
            winner: Some("delta-national"),
            revenue: Some("12.00"),
            attempts: &[("delta-national", Outcome::Won)],
            passed_over: &[],
        },
    },
    Scene {
        title: "Straight through, by shares: the caller is answered when the buyer is",
        turn: Turn::Any,
        carrier: Carrier::B,
        number: SOLAR,
        caller: "+16025550117",
        acts: &[Act::StayConnected(900, CONNECTED)],
        expected: Expected {
            reason: End::Bridged,
            winner: Some("elm-solar"),
            revenue: Some("70.00"),
            attempts: &[("elm-solar", Outcome::Won)],
            passed_over: &[
                ("fox-solar", Skip::SourceDenied),
                ("acme-solar", Skip::RequiredMissing),
            ],
        },
    },
    Scene {
        title: "A policy holder: the agent hears a whisper and presses 1",
        turn: Turn::Any,
        carrier: Carrier::B,
        number: AUTO,
        caller: "+12125550118",
        acts: &[Act::Hear(1_900, "2"), Act::StayConnected(1_200, CONNECTED)],
        expected: Expected {
            reason: End::Bridged,
            winner: Some("blue-service"),
            revenue: Some("8.00"),
            attempts: &[("blue-service", Outcome::Won)],
            passed_over: &[],
        },
    },
    Scene {
        title: "No contract at all: none takes windows, and the flow says so",
        turn: Turn::Any,
        carrier: Carrier::A,
        number: HOME,
        caller: "+15035550119",
        acts: &[Act::Hear(2_200, "3"), Act::Hear(700, "97201"), Act::WaitForTheEnd],
        expected: Expected {
            reason: End::NoContract,
            winner: None,
            revenue: None,
            attempts: &[],
            passed_over: &[],
        },
    },
    Scene {
        title: "At a webhook carrier: Twilio asks by signed HTTP what to do; in Spanish, a busy \
                buyer, then the next",
        turn: Turn::Any,
        carrier: Carrier::Twilio,
        number: SPANISH,
        caller: "+12145550120",
        acts: &[Act::Hear(0, "2"), Act::Hear(0, "2145550120"), Act::StayConnected(800, CONNECTED)],
        expected: Expected {
            reason: End::Bridged,
            winner: Some("delta-auto-tx"),
            revenue: Some("35.00"),
            attempts: &[("cedar-auto-tx", Outcome::Busy), ("delta-auto-tx", Outcome::Won)],
            passed_over: &[("acme-auto-ca", Skip::GeoMismatch), ("elm-auto-closed", Skip::Closed)],
        },
    },
];
