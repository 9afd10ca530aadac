//! An event of the stream: its id, subject, name and JSON.

use std::fmt;
use std::str::FromStr;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::Foreign;
use crate::base::CallId;
use crate::base::GatewayName;
use crate::base::NodeName;
use crate::base::TrunkId;
use crate::base::Wall;
use crate::call::CallEvent;
use crate::caps::Full;

/// One event of the stream.
#[derive(Debug, Clone)]
pub struct Event {
    /// Position in the stream.
    pub id: EventId,
    /// Time of the event.
    pub at: Wall,
    /// Subject of the event.
    pub subject: Subject,
}

/// The subject of an event.
#[derive(Debug, Clone)]
pub enum Subject {
    /// A call.
    Call(CallId, CallEvent),
    /// A cap became full.
    CapFull(Box<Full>),
    /// The gateways of a trunk no longer answer.
    TrunkDown(TrunkId),
    /// A trunk that was down takes calls again.
    TrunkUp(TrunkId),
    /// A gateway takes no calls: others are tried first.
    GatewayDown(TrunkId, GatewayName),
    /// A gateway that was down takes calls again.
    GatewayUp(TrunkId, GatewayName),
    /// A version of the book was published. New calls use it.
    Book {
        /// The version.
        version: u64,
    },
    /// What happened at another node of the database.
    Elsewhere(Box<Foreign>),
    /// Events of another node are missing.
    Missed(NodeName),
}

/// Position of an event in the stream of one run of the switch. Its text is `RUN-NUMBER`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventId {
    /// The run: its start, in milliseconds since 1970.
    pub(super) run: i64,
    /// The number in this run, from 1; 0 is the position before the first event.
    pub(super) number: u64,
}

/// Text that is not an event id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an event id: expected the `id` of a received event, like 1764334800000-17")]
pub struct InvalidEventId;

impl Event {
    /// Returns the stable name: `call.bridged`, `cap.full`, `book.published`.
    pub fn name(&self) -> String {
        match &self.subject {
            Subject::Call(_, event) => format!("call.{}", named(event).0),
            Subject::CapFull(_) => "cap.full".to_owned(),
            Subject::TrunkDown(_) => "trunk.down".to_owned(),
            Subject::TrunkUp(_) => "trunk.up".to_owned(),
            Subject::GatewayDown(..) => "gateway.down".to_owned(),
            Subject::GatewayUp(..) => "gateway.up".to_owned(),
            Subject::Book { .. } => "book.published".to_owned(),
            Subject::Elsewhere(foreign) => foreign.name.clone(),
            Subject::Missed(_) => "events.lost".to_owned(),
        }
    }

    /// Returns the event as a JSON object: `at`, for a call also `call`, and the fields of the
    /// event.
    pub fn data(&self) -> Value {
        let mut data = match &self.subject {
            Subject::Call(call, event) => {
                let (name, value) = named(event);
                let mut data = match value {
                    Value::Object(fields) => fields,
                    value => Map::from_iter([(name, value)]),
                };
                data.insert("call".to_owned(), json!(call));
                data
            }
            Subject::CapFull(full) => Map::from_iter([
                ("level".to_owned(), json!(full.level)),
                ("reason".to_owned(), json!(full.cap.skip())),
                ("cap".to_owned(), json!(full.cap)),
            ]),
            Subject::TrunkDown(trunk) | Subject::TrunkUp(trunk) => {
                Map::from_iter([("trunk".to_owned(), json!(trunk))])
            }
            Subject::GatewayDown(trunk, gateway) | Subject::GatewayUp(trunk, gateway) => {
                Map::from_iter([
                    ("trunk".to_owned(), json!(trunk)),
                    ("gateway".to_owned(), json!(gateway)),
                ])
            }
            Subject::Book { version } => Map::from_iter([("version".to_owned(), json!(version))]),
            Subject::Elsewhere(foreign) => return foreign.data.clone(),
            Subject::Missed(node) => Map::from_iter([
                ("node".to_owned(), json!(node)),
                ("count".to_owned(), Value::Null),
            ]),
        };
        data.insert("at".to_owned(), json!(self.at));
        Value::Object(data)
    }
}

/// Returns the name of a call event and its value, from its JSON `{"name": value}`.
fn named(event: &CallEvent) -> (String, Value) {
    match serde_json::to_value(event) {
        Ok(Value::Object(map)) => map.into_iter().next().unwrap_or_default(),
        Ok(Value::String(name)) => (name, Value::Object(Map::new())),
        Ok(_) | Err(_) => Default::default(),
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.run, self.number)
    }
}

impl FromStr for EventId {
    type Err = InvalidEventId;

    fn from_str(text: &str) -> Result<Self, InvalidEventId> {
        let (run, number) = text.split_once('-').ok_or(InvalidEventId)?;
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(run) || !digits(number) {
            return Err(InvalidEventId);
        }
        let run = run.parse().map_err(|_| InvalidEventId)?;
        let number = number.parse().map_err(|_| InvalidEventId)?;
        Ok(Self { run, number })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::End;
    use crate::base::Now;
    use crate::base::Rng;
    use crate::caps::Cap;
    use crate::caps::Level;
    use crate::caps::Window;

    #[test]
    fn an_id_is_parsed_as_it_is_printed() {
        let id = EventId { run: 1_764_334_800_000, number: 17 };
        assert_eq!(id.to_string().parse(), Ok(id));
        for text in [
            "",
            "-",
            "1",
            "1-",
            "-1",
            "a-1",
            "1-x",
            "1--2",
            "+1-2",
            "1-2-3",
            "1-99999999999999999999",
        ] {
            assert_eq!(text.parse::<EventId>(), Err(InvalidEventId), "{text}");
        }
    }

    #[test]
    fn events_have_names_and_flat_json() {
        let at: Wall = "2026-05-04T15:00:00Z".parse().unwrap();
        let call = CallId::new(Now::at(at), &mut Rng::seeded(1));
        let of = |subject| Event { id: EventId { run: 1, number: 1 }, at, subject };
        let ended = CallEvent::Ended {
            reason: End::HungUp,
            talk_ms: 1_500,
            billable: false,
            revenue: None,
            hangup_reason: None,
        };
        let cap = Cap::Units { window: Window::Day, used: 3, limit: 3 };
        let full = Full { level: Level::Contract("acme".parse().unwrap()), cap };
        for (event, name, data) in [
            (
                of(Subject::Call(call, CallEvent::Step("zip".to_owned()))),
                "call.step",
                json!({ "call": call, "at": at, "step": "zip" }),
            ),
            (
                of(Subject::Call(call, ended)),
                "call.ended",
                json!({ "call": call, "at": at, "reason": "hung_up", "talk_ms": 1_500,
                    "billable": false, "revenue": null, "hangup_reason": null }),
            ),
            (
                of(Subject::TrunkDown("out".parse().unwrap())),
                "trunk.down",
                json!({ "at": at, "trunk": "out" }),
            ),
            (of(Subject::Book { version: 7 }), "book.published", json!({ "at": at, "version": 7 })),
            (
                of(Subject::CapFull(Box::new(full.clone()))),
                "cap.full",
                json!({ "at": at, "level": full.level, "reason": "cap_day", "cap": full.cap }),
            ),
        ] {
            assert_eq!((event.name().as_str(), event.data()), (name, data));
        }
    }
}
