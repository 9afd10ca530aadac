//! Reads a carrier's parameters.

use std::time::Duration;

use crate::base::Phone;
use crate::book::Attestation;

use super::AnsweredBy;
use super::Bridged;
use super::CallState;
use super::Carrier;
use super::CarrierCallId;
use super::DialResult;
use super::DialStatus;
use super::Recording;
use super::Request;
use super::RequestError;

/// Most parameters that are looked at; carriers send about forty.
const PARAMETERS_MAX: usize = 256;
/// Most keys that are kept.
const DIGITS_MAX: usize = 128;
/// Longest text that is kept, in bytes.
const TEXT_BYTES_MAX: usize = 2_048;
/// Numbers that Twilio shows for callers who hide theirs: words on a phone's keys (ANONYMOUS,
/// RESTRICTED, BLOCKED, UNKNOWN, UNAVAILABLE).
const HIDDEN: &[&str] = &["+266696687", "+7378742833", "+2562533", "+8566696", "+86282452253"];

/// The request that a carrier's form (POST) or query (GET) parameters make. What is missing or
/// unknown is passed over.
///
/// # Errors
/// [`RequestError::NoCall`] without a call id.
pub fn read(carrier: Carrier, parameters: &[(String, String)]) -> Result<Request, RequestError> {
    let told = Told(parameters.get(..PARAMETERS_MAX).unwrap_or(parameters));
    match carrier {
        Carrier::Twilio | Carrier::Telnyx | Carrier::SignalWire => twiml(carrier, told),
        Carrier::Plivo => plivo(told),
    }
}

/// Parameters by name; of several with one name the first counts.
#[derive(Clone, Copy)]
struct Told<'a>(&'a [(String, String)]);

impl<'a> Told<'a> {
    fn text(self, name: &str) -> Option<&'a str> {
        let (_, value) = self.0.iter().find(|(key, _)| key == name)?;
        (value.len() <= TEXT_BYTES_MAX).then_some(value.as_str())
    }

    fn id(self, name: &str) -> Option<CarrierCallId> {
        CarrierCallId::new(self.text(name)?)
    }

    fn seconds(self, name: &str) -> Option<Duration> {
        self.text(name)?.trim().parse().ok().map(Duration::from_secs)
    }

    /// The first of the names that holds a phone.
    fn phone(self, names: &[&str]) -> Option<Phone> {
        names.iter().find_map(|name| phone(self.text(name)?))
    }

    fn digits(self) -> Option<String> {
        let keys = self.text("Digits")?.chars().filter(|c| is_key(*c));
        Some(keys.take(DIGITS_MAX).collect())
    }
}

fn twiml(carrier: Carrier, told: Told<'_>) -> Result<Request, RequestError> {
    let call = told.id("CallSid").ok_or(RequestError::NoCall { carrier, parameter: "CallSid" })?;
    Ok(Request {
        carrier,
        call,
        parent: told.id("ParentCallSid"),
        account: told.text("AccountSid").map(str::to_owned),
        from: told.phone(&["From", "FromSipUri", "Caller", "CallerId"]),
        to: told.phone(&["To", "ToSipUri", "Called"]),
        state: told.text("CallStatus").and_then(state),
        digits: told.digits(),
        finished_on_key: told.text("FinishedOnKey").and_then(key),
        dial: told.text("DialCallStatus").and_then(dial_status).map(|status| DialResult {
            status,
            child: told.id("DialCallSid"),
            duration: told.seconds("DialCallDuration"),
            bridged: bridged(told.text("DialBridged")),
        }),
        recording: told.text("RecordingUrl").filter(|url| !url.is_empty()).map(|url| Recording {
            url: url.to_owned(),
            duration: told.seconds("RecordingDuration"),
        }),
        attestation: told.text("StirVerstat").and_then(verified),
        sequence: told.text("SequenceNumber").and_then(|text| text.trim().parse().ok()),
        duration: told.seconds("CallDuration"),
        answered_by: told.text("AnsweredBy").and_then(answered_by),
    })
}

fn plivo(told: Told<'_>) -> Result<Request, RequestError> {
    let carrier = Carrier::Plivo;
    let no_call = RequestError::NoCall { carrier, parameter: "CallUUID" };
    let caller = told.id("CallUUID").or_else(|| told.id("DialALegUUID"));
    let leg = told.text("DialAction").and_then(|_| told.id("DialBLegUUID"));
    let (call, parent) = match leg {
        Some(leg) => (leg, caller),
        None => (caller.ok_or(no_call)?, told.id("ParentCallUUID")),
    };
    let about_leg = parent.is_some() && told.text("DialAction").is_some();
    let (from, to) = if about_leg { ("DialBLegFrom", "DialBLegTo") } else { ("From", "To") };
    Ok(Request {
        carrier,
        call,
        parent,
        account: told.text("ParentAuthID").map(str::to_owned),
        from: told.phone(&[from]),
        to: told.phone(&[to]),
        state: match told.text("DialAction") {
            Some(action) => leg_state(told, action),
            None => told.text("CallStatus").and_then(state),
        },
        digits: told.digits(),
        finished_on_key: None,
        dial: plivo_dial(told),
        recording: told
            .text("RecordUrl")
            .or_else(|| told.text("RecordFile"))
            .filter(|url| !url.is_empty())
            .map(|url| Recording {
                url: url.to_owned(),
                duration: told.seconds("RecordingDuration"),
            }),
        attestation: plivo_attestation(told),
        sequence: None,
        duration: if about_leg {
            told.seconds("DialBLegDuration")
        } else {
            told.seconds("Duration")
        },
        answered_by: match told.text("Machine") {
            Some("true") => Some(AnsweredBy::Machine),
            Some("false") => Some(AnsweredBy::Human),
            Some(_) | None => None,
        },
    })
}

/// The end of a dial, or in the callback `connected`, that the two were joined.
fn plivo_dial(told: Told<'_>) -> Option<DialResult> {
    let joined = told.text("DialAction") == Some("connected");
    let status = if joined {
        DialStatus::Answered
    } else {
        told.text("DialStatus").and_then(dial_status)?
    };
    Some(DialResult {
        status,
        child: told.id("DialBLegUUID"),
        duration: told.seconds("DialBLegDuration"),
        bridged: if joined { Bridged::Yes } else { Bridged::Untold },
    })
}

/// Plivo says `Verified` for level A alone, with or without the letter; B and C are `Not Verified`.
fn plivo_attestation(told: Told<'_>) -> Option<Attestation> {
    let level = told.text("STIRAttestation").and_then(|text| text.parse().ok());
    match (told.text("STIRVerification"), level) {
        (Some("Verified"), level) => level.or(Some(Attestation::A)),
        (Some("Not Verified"), Some(level @ (Attestation::B | Attestation::C))) => Some(level),
        (Some(_) | None, _) => None,
    }
}

fn leg_state(told: Told<'_>, action: &str) -> Option<CallState> {
    match action {
        "answer" | "connected" | "digits" => Some(CallState::InProgress),
        "hangup" => Some(hung_up(told.text("DialBLegHangupCause").unwrap_or_default())),
        _unknown => None,
    }
}

/// How a leg came to its end, by the cause that Plivo's switch names.
fn hung_up(cause: &str) -> CallState {
    match cause {
        "USER_BUSY" => CallState::Busy,
        "NO_ANSWER" | "NO_USER_RESPONSE" | "ALLOTTED_TIMEOUT" => CallState::NoAnswer,
        "ORIGINATOR_CANCEL" | "LOSE_RACE" => CallState::Canceled,
        "CALL_REJECTED"
        | "UNALLOCATED_NUMBER"
        | "INVALID_NUMBER_FORMAT"
        | "SUBSCRIBER_ABSENT"
        | "NORMAL_TEMPORARY_FAILURE"
        | "NO_ROUTE_DESTINATION"
        | "DESTINATION_OUT_OF_ORDER"
        | "NETWORK_OUT_OF_ORDER"
        | "RECOVERY_ON_TIMER_EXPIRE" => CallState::Failed,
        _normal => CallState::Completed,
    }
}

fn state(text: &str) -> Option<CallState> {
    Some(match text {
        "queued" | "initiated" => CallState::Queued,
        "ringing" | "early" => CallState::Ringing,
        "in-progress" | "answered" | "answer" => CallState::InProgress,
        "completed" | "hangup" => CallState::Completed,
        "busy" => CallState::Busy,
        "failed" => CallState::Failed,
        "no-answer" | "timeout" => CallState::NoAnswer,
        "canceled" | "cancelled" | "cancel" => CallState::Canceled,
        _unknown => return None,
    })
}

fn dial_status(text: &str) -> Option<DialStatus> {
    Some(match text {
        "completed" => DialStatus::Completed,
        "answered" => DialStatus::Answered,
        "busy" => DialStatus::Busy,
        "no-answer" | "timeout" => DialStatus::NoAnswer,
        "failed" => DialStatus::Failed,
        "canceled" | "cancelled" | "cancel" => DialStatus::Canceled,
        _unknown => return None,
    })
}

fn bridged(text: Option<&str>) -> Bridged {
    match text {
        Some("true") => Bridged::Yes,
        Some("false") => Bridged::No,
        Some(_) | None => Bridged::Untold,
    }
}

/// `TN-Validation-Passed-A`, also with what follows the letter; nothing else was verified.
fn verified(text: &str) -> Option<Attestation> {
    let level = text.strip_prefix("TN-Validation-Passed-")?;
    level.split('-').next().unwrap_or_default().parse().ok()
}

fn answered_by(text: &str) -> Option<AnsweredBy> {
    match text {
        "human" => Some(AnsweredBy::Human),
        "machine" | "fax" => Some(AnsweredBy::Machine),
        text if text.starts_with("machine_") => Some(AnsweredBy::Machine),
        _unknown => None,
    }
}

fn is_key(c: char) -> bool {
    matches!(c, '0'..='9' | '*' | '#' | 'A'..='D')
}

fn key(text: &str) -> Option<char> {
    let mut chars = text.chars();
    chars.next().filter(|c| is_key(*c) && chars.next().is_none())
}

/// A number, or the user of a SIP URI; none for one that stands for a hidden caller.
fn phone(text: &str) -> Option<Phone> {
    let text = text.trim();
    let user = match text.split_once(':') {
        Some((scheme, rest)) if matches!(scheme, "sip" | "sips" | "tel") => {
            rest.split(['@', ';']).next().unwrap_or_default()
        }
        Some(_) | None => text,
    };
    let international = user.parse().or_else(|_| format!("+{user}").parse());
    let phone: Phone = international.ok()?;
    (!HIDDEN.contains(&phone.e164())).then_some(phone)
}
