//! The parameters of every request, in each carrier's format.

use std::time::Duration;

use super::account::Account;
use super::account::Kind;
use super::script::Attestation;
use super::transcript::Status;
use crate::base::Wall;

/// Parameters in the order of sending.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Params(pub(super) Vec<(String, String)>);

impl Params {
    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.push((name.to_owned(), value.into()));
        self
    }

    fn with_all<'a>(self, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        pairs.into_iter().fold(self, |params, (name, value)| params.with(name, value))
    }
}

/// The caller's leg in the parameters of requests.
#[derive(Debug, Clone)]
pub(super) struct CallerLeg {
    pub(super) account: Account,
    pub(super) id: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) attestation: Option<Attestation>,
    pub(super) extra: Vec<(String, String)>,
}

/// A dialed leg in the parameters of requests.
#[derive(Debug, Clone)]
pub(super) struct Child {
    pub(super) id: String,
    pub(super) from: String,
    pub(super) to: String,
}

/// Result of a `<Dial>`.
#[derive(Debug, Clone)]
pub(super) struct Dialled {
    pub(super) status: Status,
    /// The leg that is reported: the answered one, or the only one.
    pub(super) child: Option<Child>,
    /// Time from its answer to its end.
    pub(super) lasted: Duration,
    pub(super) bridge: Bridge,
    pub(super) sip_status: Option<u16>,
    pub(super) rang: Rang,
}

/// Whether the caller was bridged with a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bridge {
    Never,
    Was,
}

/// Whether any phone rang.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rang {
    No,
    Yes,
}

/// Formats seconds, rounded up, as carriers bill and report.
pub(super) fn seconds(length: Duration) -> String {
    length.as_millis().div_ceil(1000).to_string()
}

/// Formats a date by RFC 2822, as these carriers do.
pub(super) fn mail_date(wall: Wall) -> String {
    wall.timestamp().strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// Returns the parameters of every request about the caller's own leg.
pub(super) fn call(line: &CallerLeg, status: Status) -> Params {
    let (from, to) = (line.from.as_str(), line.to.as_str());
    let params = Params::default();
    let params = match line.account.kind {
        Kind::Twilio | Kind::SignalWire => params
            .with("CallSid", &line.id)
            .with("AccountSid", &line.account.id)
            .with_all([("From", from), ("To", to), ("Caller", from), ("Called", to)])
            .with("CallStatus", status.name())
            .with_all([("ApiVersion", "2010-04-01"), ("Direction", "inbound")])
            .with_all([("FromCountry", "US"), ("ToCountry", "US"), ("FromCity", "")]),
        Kind::Telnyx => params
            .with("AccountSid", &line.account.id)
            .with("CallSid", &line.id)
            .with("CallSidLegacy", &line.id)
            .with_all([("CallerId", from), ("CallingPartyType", "pstn"), ("From", from)])
            .with("FromSipUri", format!("{from}@sip.telnyx.com"))
            .with("To", to)
            .with("ToSipUri", format!("{to}@sip.telnyx.com"))
            .with_all([("ConnectionId", "1494404757140276705"), ("CallStatus", status.name())]),
        Kind::Plivo => params
            .with("CallUUID", &line.id)
            .with("From", bare(from))
            .with("To", bare(to))
            .with("CallerName", bare(from))
            .with("CallStatus", status.name())
            .with_all([("Direction", "inbound"), ("BillRate", "0.0085")])
            .with("ParentAuthID", &line.account.id),
    };
    let extra = line.extra.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    vouched(line, params).with_all(extra)
}

fn vouched(line: &CallerLeg, params: Params) -> Params {
    let Some(attestation) = line.attestation else { return params };
    let letter = match attestation {
        Attestation::A => Some("A"),
        Attestation::B => Some("B"),
        Attestation::C => Some("C"),
        Attestation::Failed => None,
    };
    match line.account.kind {
        Kind::Twilio | Kind::SignalWire => {
            let passed = letter.map(|letter| format!("TN-Validation-Passed-{letter}"));
            params.with("StirVerstat", passed.unwrap_or("TN-Validation-Failed".to_owned()))
        }
        Kind::Telnyx => params
            .with("ShakenStirAttestation", letter.unwrap_or_default())
            .with("ShakenStirValidated", if letter.is_some() { "true" } else { "false" }),
        Kind::Plivo => params
            .with("STIRVerification", if letter.is_some() { "Verified" } else { "Not Verified" })
            .with("STIRAttestation", letter.unwrap_or_default()),
    }
}

/// Adds the parameter that distinguishes Plivo's requests about one call. Unchanged for other
/// carriers.
pub(super) fn event(line: &CallerLeg, params: Params, event: &str) -> Params {
    match line.account.kind {
        Kind::Plivo => params.with("Event", event),
        Kind::Twilio | Kind::Telnyx | Kind::SignalWire => params,
    }
}

/// Adds the keys of a question.
pub(super) fn digits(line: &CallerLeg, params: Params, keys: &str, finish: Option<char>) -> Params {
    let params = event(line, params, "GetDigits").with("Digits", keys);
    match (line.account.kind, finish) {
        (Kind::Twilio | Kind::Telnyx | Kind::SignalWire, Some(key)) => {
            params.with("FinishedOnKey", key)
        }
        (_, None) | (Kind::Plivo, Some(_)) => params,
    }
}

/// Adds a finished recording.
pub(super) fn recording(
    line: &CallerLeg,
    params: Params,
    id: &str,
    length: Duration,
    digits: &str,
) -> Params {
    let account = &line.account.id;
    match line.account.kind {
        Kind::Plivo => event(line, params, "Record")
            .with("RecordUrl", format!("https://media.plivo.com/v1/Account/{account}/{id}.mp3"))
            .with("RecordingID", id)
            .with("RecordingDuration", seconds(length))
            .with("RecordingDurationMs", length.as_millis().to_string())
            .with("Digits", digits),
        Kind::Twilio | Kind::Telnyx | Kind::SignalWire => params
            .with(
                "RecordingUrl",
                format!("https://api.example/2010-04-01/Accounts/{account}/Recordings/{id}"),
            )
            .with("RecordingSid", id)
            .with("RecordingDuration", seconds(length))
            .with("Digits", digits),
    }
}

/// Returns the parameters of every request about a dialed leg (except Plivo, which reports legs
/// with the caller's call).
pub(super) fn child(line: &CallerLeg, child: &Child, status: Status) -> Params {
    let params = Params::default()
        .with("CallSid", &child.id)
        .with("ParentCallSid", &line.id)
        .with("AccountSid", &line.account.id)
        .with("From", &child.from)
        .with("To", &child.to)
        .with("CallStatus", status.name());
    match line.account.kind {
        Kind::Telnyx => params
            .with("CallSidLegacy", &child.id)
            .with("ParentCallSidLegacy", &line.id)
            .with("CallerId", &child.from)
            .with("ConnectionId", "1494404757140276705"),
        Kind::Twilio | Kind::SignalWire | Kind::Plivo => params
            .with("Caller", &child.from)
            .with("Called", &child.to)
            .with_all([("ApiVersion", "2010-04-01"), ("Direction", "outbound-dial")]),
    }
}

/// Returns a leg's progress for its status callback, with `lasted` after its end.
pub(super) fn progress(
    params: Params,
    sequence: u64,
    at: Wall,
    lasted: Option<Duration>,
    sip_status: Option<u16>,
) -> Params {
    let mut params = params
        .with("Timestamp", mail_date(at))
        .with("CallbackSource", "call-progress-events")
        .with("SequenceNumber", sequence.to_string());
    if let Some(lasted) = lasted {
        params = params.with("CallDuration", seconds(lasted));
    }
    match sip_status {
        Some(status) => params.with("SipResponseCode", status.to_string()),
        None => params,
    }
}

/// Returns Plivo's report about a leg to a Dial's `callbackUrl`: `answer`, `connected` or `hangup`.
pub(super) fn plivo_leg(
    line: &CallerLeg,
    child: &Child,
    action: &str,
    over: Option<Over>,
) -> Params {
    let event_name = match action {
        "answer" => "DialAnswer",
        "connected" => "DialConnected",
        _ => "DialHangup",
    };
    let params = event(line, call(line, Status::InProgress), event_name)
        .with_all([("DialAction", action), ("DialBLegStatus", action)])
        .with("DialALegUUID", &line.id)
        .with("DialBLegUUID", &child.id)
        .with("DialBLegFrom", bare(&child.from))
        .with("DialBLegTo", bare(&child.to));
    let Some(over) = over else { return params };
    params
        .with("DialBLegDuration", seconds(over.lasted))
        .with("DialBLegBillDuration", minutes(over.lasted))
        .with("DialBLegHangupCause", cause(over.status))
        .with("DialBLegHangupCauseName", cause(over.status))
}

/// End of a leg.
pub(super) struct Over {
    pub(super) status: Status,
    pub(super) lasted: Duration,
}

/// Returns the parameters of a Dial's `action`.
pub(super) fn dialled(line: &CallerLeg, status: Status, dial: &Dialled) -> Params {
    let params = call(line, status);
    match line.account.kind {
        Kind::Plivo => {
            let id = dial.child.as_ref().filter(|_| dial.status == Status::Completed);
            event(line, params, "Redirect")
                .with(
                    "DialStatus",
                    match dial.status {
                        Status::Canceled => "cancel",
                        status => status.name(),
                    },
                )
                .with("DialRingStatus", if dial.rang == Rang::Yes { "true" } else { "false" })
                .with("DialHangupCause", cause(dial.status))
                .with("DialALegUUID", &line.id)
                .with("DialBLegUUID", id.map(|child| child.id.clone()).unwrap_or_default())
        }
        Kind::Twilio | Kind::Telnyx | Kind::SignalWire => {
            let mut params = params.with("DialCallStatus", dial.status.name());
            if let Some(child) = &dial.child {
                params = params.with("DialCallSid", &child.id);
                if line.account.kind == Kind::Telnyx {
                    params = params.with("DialCallSidLegacy", &child.id);
                }
            }
            if dial.status == Status::Completed {
                params = params.with("DialCallDuration", seconds(dial.lasted));
            }
            if line.account.kind == Kind::Twilio {
                let bridged = if dial.bridge == Bridge::Was { "true" } else { "false" };
                params = params.with("DialBridged", bridged);
            }
            match dial.sip_status {
                Some(status) => params.with("DialSipResponseCode", status.to_string()),
                None => params,
            }
        }
    }
}

/// Returns the end of the caller's call for the number's status callback or hangup URL.
pub(super) fn ended(line: &CallerLeg, status: Status, lasted: Duration, at: Wall) -> Params {
    let params = call(line, status);
    match line.account.kind {
        Kind::Plivo => event(line, params, "Hangup")
            .with("Duration", seconds(lasted))
            .with("BillDuration", minutes(lasted))
            .with("HangupCause", cause(status))
            .with("EndTime", at.timestamp().strftime("%Y-%m-%d %H:%M:%S").to_string()),
        Kind::Twilio | Kind::Telnyx | Kind::SignalWire => {
            progress(params, 0, at, Some(lasted), None)
        }
    }
}

fn minutes(length: Duration) -> String {
    (length.as_secs().div_ceil(60) * 60).to_string()
}

/// Returns Plivo's name for the end of a leg.
fn cause(status: Status) -> &'static str {
    match status {
        Status::Busy => "USER_BUSY",
        Status::Failed => "CALL_REJECTED",
        Status::NoAnswer => "NO_ANSWER",
        Status::Canceled => "ORIGINATOR_CANCEL",
        Status::Initiated | Status::Ringing | Status::InProgress | Status::Completed => {
            "NORMAL_CLEARING"
        }
    }
}

/// Returns a number without its plus, as Plivo writes it.
fn bare(number: &str) -> &str {
    number.strip_prefix('+').unwrap_or(number)
}
