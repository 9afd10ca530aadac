//! Reads the parameters of a carrier's request.

use std::time::Duration;

use crate::base::Phone;
use crate::book::Attestation;
use crate::sip::Uri;

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

/// Longest duration that is taken from a carrier: no carrier lets a call last longer. What is said
/// beyond that counts as not said.
pub(crate) const LASTS_MAX: Duration = Duration::from_secs(24 * 3_600);
/// Most parameters read; carriers send about forty.
const PARAMETERS_MAX: usize = 256;
/// Most keys kept.
const DIGITS_MAX: usize = 128;
/// Longest text kept, in bytes.
const TEXT_BYTES_MAX: usize = 2_048;

/// Returns the request in a carrier's form (POST) or query (GET) parameters. Ignores missing and
/// unknown values.
///
/// # Errors
/// [`RequestError::NoCall`] without a call id.
pub fn read(carrier: Carrier, parameters: &[(String, String)]) -> Result<Request, RequestError> {
    let form = Parameters(parameters.get(..PARAMETERS_MAX).unwrap_or(parameters));
    match carrier {
        Carrier::Twilio | Carrier::Telnyx | Carrier::SignalWire => twiml(carrier, form),
        Carrier::Plivo => plivo(form),
    }
}

/// Parameters by name. If a name occurs twice, the first value counts.
#[derive(Clone, Copy)]
struct Parameters<'a>(&'a [(String, String)]);

impl<'a> Parameters<'a> {
    fn text(self, name: &str) -> Option<&'a str> {
        let (_, value) = self.0.iter().find(|(key, _)| key == name)?;
        (value.len() <= TEXT_BYTES_MAX).then_some(value.as_str())
    }

    fn id(self, name: &str) -> Option<CarrierCallId> {
        CarrierCallId::new(self.text(name)?)
    }

    fn seconds(self, name: &str) -> Option<Duration> {
        let time = self.text(name)?.trim().parse().ok().map(Duration::from_secs);
        time.filter(|time| *time <= LASTS_MAX)
    }

    /// Returns the phone number of the first of these parameters that holds one.
    fn phone(self, names: &[&str]) -> Option<Phone> {
        names.iter().find_map(|name| phone(self.text(name)?))
    }

    /// Returns the numbers of these parameters as they are written.
    fn written(self, names: &[&str]) -> Vec<String> {
        let written = names.iter().filter_map(|name| self.text(name));
        let written = written.map(|text| {
            let uri = Uri::parse(text.trim()).ok();
            let number = uri.as_ref().and_then(Uri::number);
            number.map_or_else(|| text.to_owned(), |number| number.to_string())
        });
        written.collect()
    }

    fn digits(self) -> Option<String> {
        let keys = self.text("Digits")?.chars().filter(|c| is_key(*c));
        Some(keys.take(DIGITS_MAX).collect())
    }
}

fn twiml(carrier: Carrier, form: Parameters<'_>) -> Result<Request, RequestError> {
    let call = form.id("CallSid").ok_or(RequestError::NoCall { carrier, parameter: "CallSid" })?;
    Ok(Request {
        carrier,
        call,
        parent: form.id("ParentCallSid"),
        account: form.text("AccountSid").map(str::to_owned),
        callers: form.written(&["From", "FromSipUri", "Caller", "CallerId"]),
        to: form.phone(&["To", "ToSipUri", "Called"]),
        called: form.written(&["To", "ToSipUri", "Called"]),
        state: form.text("CallStatus").and_then(state),
        digits: form.digits(),
        finished_on_key: form.text("FinishedOnKey").and_then(key),
        dial: form.text("DialCallStatus").and_then(dial_status).map(|status| DialResult {
            status,
            child: form.id("DialCallSid"),
            duration: form.seconds("DialCallDuration"),
            bridged: bridged(form.text("DialBridged")),
        }),
        recording: form.text("RecordingUrl").filter(|url| !url.is_empty()).map(|url| Recording {
            url: url.to_owned(),
            duration: form.seconds("RecordingDuration"),
        }),
        attestation: form.text("StirVerstat").and_then(verified),
        sequence: form.text("SequenceNumber").and_then(|text| text.trim().parse().ok()),
        duration: form.seconds("CallDuration"),
        answered_by: form.text("AnsweredBy").and_then(answered_by),
    })
}

fn plivo(form: Parameters<'_>) -> Result<Request, RequestError> {
    let carrier = Carrier::Plivo;
    let no_call = RequestError::NoCall { carrier, parameter: "CallUUID" };
    let caller = form.id("CallUUID").or_else(|| form.id("DialALegUUID"));
    let leg = form.text("DialAction").and_then(|_| form.id("DialBLegUUID"));
    let (call, parent) = match leg {
        Some(leg) => (leg, caller),
        None => (caller.ok_or(no_call)?, form.id("ParentCallUUID")),
    };
    let about_leg = parent.is_some() && form.text("DialAction").is_some();
    let (from, to) = if about_leg { ("DialBLegFrom", "DialBLegTo") } else { ("From", "To") };
    Ok(Request {
        carrier,
        call,
        parent,
        account: form.text("ParentAuthID").map(str::to_owned),
        callers: form.written(&[from]),
        to: form.phone(&[to]),
        called: form.written(&[to]),
        state: match form.text("DialAction") {
            Some(action) => leg_state(form, action),
            None => form.text("CallStatus").and_then(state),
        },
        digits: form.digits(),
        finished_on_key: None,
        dial: plivo_dial(form),
        recording: form
            .text("RecordUrl")
            .or_else(|| form.text("RecordFile"))
            .filter(|url| !url.is_empty())
            .map(|url| Recording {
                url: url.to_owned(),
                duration: form.seconds("RecordingDuration"),
            }),
        attestation: plivo_attestation(form),
        sequence: None,
        duration: if about_leg {
            form.seconds("DialBLegDuration")
        } else {
            form.seconds("Duration")
        },
        answered_by: match form.text("Machine") {
            Some("true") => Some(AnsweredBy::Machine),
            Some("false") => Some(AnsweredBy::Human),
            Some(_) | None => None,
        },
    })
}

/// Returns the end of a dial; in a `connected` callback, the bridge.
fn plivo_dial(form: Parameters<'_>) -> Option<DialResult> {
    let joined = form.text("DialAction") == Some("connected");
    let status = if joined {
        DialStatus::Answered
    } else {
        form.text("DialStatus").and_then(dial_status)?
    };
    Some(DialResult {
        status,
        child: form.id("DialBLegUUID"),
        duration: form.seconds("DialBLegDuration"),
        bridged: if joined { Bridged::Yes } else { Bridged::Unreported },
    })
}

/// Returns the attestation. Plivo sends `Verified` only for level A, with or without the letter; B
/// and C are `Not Verified`.
fn plivo_attestation(form: Parameters<'_>) -> Option<Attestation> {
    let level = form.text("STIRAttestation").and_then(|text| text.parse().ok());
    match (form.text("STIRVerification"), level) {
        (Some("Verified"), level) => level.or(Some(Attestation::A)),
        (Some("Not Verified"), Some(level @ (Attestation::B | Attestation::C))) => Some(level),
        (Some(_) | None, _) => None,
    }
}

fn leg_state(form: Parameters<'_>, action: &str) -> Option<CallState> {
    match action {
        "answer" | "connected" | "digits" => Some(CallState::InProgress),
        "hangup" => Some(hung_up(form.text("DialBLegHangupCause").unwrap_or_default())),
        _unknown => None,
    }
}

/// Returns how a leg ended, according to the hangup cause of Plivo's switch.
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

impl CallState {
    /// Returns the state for a carrier's name of it in lower case; `None` if the name is unknown.
    pub fn named(text: &str) -> Option<CallState> {
        state(text)
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
        Some(_) | None => Bridged::Unreported,
    }
}

/// Returns the level of `TN-Validation-Passed-A`, whatever follows the letter. No other text
/// reports a verified number.
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

/// Returns the phone number in a text, or in the user part of a SIP URI; `None` for one that stands
/// for a hidden caller.
fn phone(text: &str) -> Option<Phone> {
    let text = text.trim();
    match Uri::parse(text) {
        Ok(uri) => Phone::of_caller(&uri.number()?, None),
        Err(_) => Phone::of_caller(text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(carrier: Carrier, form: &str) -> Request {
        let pairs: Vec<(String, String)> =
            form_urlencoded::parse(form.as_bytes()).into_owned().collect();
        read(carrier, &pairs).unwrap_or_else(|error| panic!("{error}: {form}"))
    }

    /// Returns a request as one line, without absent values.
    fn summary(request: &Request) -> String {
        let Request { call, parent, account, callers, to, state, digits, finished_on_key, .. } =
            request;
        let from = callers.iter().find_map(|text| Phone::of_caller(text, None));
        let Request { dial, recording, attestation, sequence, duration, answered_by, .. } = request;
        let mut words = vec![call.to_string()];
        words.extend(parent.as_ref().map(|id| format!("of {id}")));
        words.extend(account.as_ref().map(|id| format!("@{id}")));
        words.extend(from.as_ref().map(|phone| format!("from {}", phone.e164())));
        words.extend(to.as_ref().map(|phone| format!("to {}", phone.e164())));
        words.extend(state.map(|state| format!("{state:?}")));
        words.extend(digits.as_ref().map(|keys| format!("keys [{keys}]")));
        words.extend(finished_on_key.map(|key| format!("end {key}")));
        words.extend(dial.as_ref().map(|dial| {
            let DialResult { status, child, duration, bridged } = dial;
            let child = child.as_ref().map_or("-", |id| id.as_str());
            let seconds = duration.map_or(-1, |d| i64::try_from(d.as_secs()).unwrap());
            format!("dial {status:?} {child} {seconds} {bridged:?}")
        }));
        words.extend(recording.as_ref().map(|r| format!("heard {} {:?}", r.url, r.duration)));
        words.extend(attestation.map(|level| format!("level {level}")));
        words.extend(sequence.map(|n| format!("no. {n}")));
        words.extend(duration.map(|d| format!("{d:?}")));
        words.extend(answered_by.map(|who| format!("{who:?}")));
        words.join(" ")
    }

    const TWILIO: &str = "AccountSid=AC1&ApiVersion=2010-04-01&Direction=inbound&CallerName=";

    #[test]
    fn requests_of_twilio() {
        for (form, expected) in [
            (
                "CallSid=CA9&From=%2B13055550123&To=%2B18005550100&CallStatus=ringing\
                 &StirVerstat=TN-Validation-Passed-A&FromCity=MIAMI&CallToken=x",
                "CA9 @AC1 from +13055550123 to +18005550100 Ringing level A",
            ),
            (
                "CallSid=CA9&From=%2B266696687&To=%2B18005550100\
                 &StirVerstat=TN-Validation-Failed-A",
                "CA9 @AC1 to +18005550100",
            ),
            (
                "CallSid=CA9&From=anonymous&To=sip:%2B18005550100@x.sip.twilio.com;transport=udp",
                "CA9 @AC1 to +18005550100",
            ),
            (
                "CallSid=CA9&From=SIP:%252B13055550123%40h%3Buser%3Dphone&To=0018005550100",
                "CA9 @AC1 from +13055550123 to +18005550100",
            ),
            (
                "CallSid=CA9&From=sip:11%40192.0.2.1&Caller=00442079460018&To=525588902311",
                "CA9 @AC1 from +442079460018 to +525588902311",
            ),
            ("CallSid=CA9&Digits=90210&FinishedOnKey=%23", "CA9 @AC1 keys [90210] end #"),
            ("CallSid=CA9&Digits=&FinishedOnKey=", "CA9 @AC1 keys []"),
            ("CallSid=CA9&Digits=1%3Cx2", "CA9 @AC1 keys [12]"),
            (
                "CallSid=CA9&CallStatus=in-progress&DialCallStatus=completed&DialCallSid=CAb\
                 &DialCallDuration=31&DialBridged=true",
                "CA9 @AC1 InProgress dial Completed CAb 31 Yes",
            ),
            (
                "CallSid=CA9&DialCallStatus=completed&DialCallSid=CAb&DialBridged=false",
                "CA9 @AC1 dial Completed CAb -1 No",
            ),
            (
                "CallSid=CA9&DialCallStatus=no-answer&DialBridged=True",
                "CA9 @AC1 dial NoAnswer - -1 Unreported",
            ),
            ("CallSid=CA9&DialCallStatus=exploded", "CA9 @AC1"),
            (
                "CallSid=CAb&ParentCallSid=CA9&CallStatus=completed&CallDuration=12\
                 &SequenceNumber=3&AnsweredBy=machine_end_beep&CallbackSource=call-progress-events",
                "CAb of CA9 @AC1 Completed no. 3 12s Machine",
            ),
            (
                "CallSid=CA9&RecordingUrl=https://api.twilio.com/r/RE1&RecordingDuration=7\
                 &Digits=hangup",
                "CA9 @AC1 keys [] heard https://api.twilio.com/r/RE1 Some(7s)",
            ),
            ("CallSid=CA9&StirVerstat=TN-Validation-Passed-B-Diverted", "CA9 @AC1 level B"),
            ("CallSid=CA9&StirVerstat=No-TN-Validation&AnsweredBy=unknown", "CA9 @AC1"),
        ] {
            let form = format!("{TWILIO}&{form}");
            assert_eq!(summary(&parse(Carrier::Twilio, &form)), expected, "{form}");
        }
    }

    #[test]
    fn requests_of_telnyx_and_signalwire() {
        for (carrier, form, expected) in [
            (
                Carrier::Telnyx,
                "AccountSid=7f2&CallSid=v3%3AAbC_d-e&CallSidLegacy=6d1&CallingPartyType=pstn\
                 &ConnectionId=17&From=%2B13055550123&To=%2B18005550100&CallStatus=ringing",
                "v3:AbC_d-e @7f2 from +13055550123 to +18005550100 Ringing",
            ),
            (
                Carrier::Telnyx,
                "CallSid=v3%3Ax&CallerId=%2B13055550123&CallingPartyType=sip\
                 &ToSipUri=sip%3A18005550100%40sip.telnyx.com",
                "v3:x from +13055550123 to +18005550100",
            ),
            (
                Carrier::Telnyx,
                "CallSid=v3%3Ax&DialCallStatus=answered&DialCallSid=v3%3Ay&DialCallDuration=9",
                "v3:x dial Answered v3:y 9 Unreported",
            ),
            (
                Carrier::SignalWire,
                "CallSid=2b1a-44&AccountSid=p-1&From=%2B13055550123&To=%2B18005550100\
                 &CallStatus=completed&AudioInMos=4.5&HangupBy=caller&SipResultCode=200\
                 &SequenceNumber=2",
                "2b1a-44 @p-1 from +13055550123 to +18005550100 Completed no. 2",
            ),
        ] {
            assert_eq!(summary(&parse(carrier, form)), expected, "{form}");
        }
    }

    #[test]
    fn requests_of_plivo() {
        for (form, expected) in [
            (
                "CallUUID=a-1&From=13055550123&To=18005550100&CallStatus=ringing&Direction=inbound\
                 &Event=StartApp&BillRate=0.0085&ParentAuthID=MA1&STIRVerification=Verified",
                "a-1 @MA1 from +13055550123 to +18005550100 Ringing level A",
            ),
            ("CallUUID=a-1&From=anonymous&STIRVerification=Not%20Verified", "a-1"),
            ("CallUUID=a-1&STIRVerification=Not%20Verified&STIRAttestation=A", "a-1"),
            ("CallUUID=a-1&STIRVerification=Not%20Verified&STIRAttestation=C", "a-1 level C"),
            ("CallUUID=a-1&Digits=2&Event=Redirect", "a-1 keys [2]"),
            (
                "CallUUID=a-1&DialAction=answer&DialALegUUID=a-1&DialBLegUUID=b-1\
                 &DialBLegFrom=13055550123&DialBLegTo=13055550101&DialBLegStatus=answer",
                "b-1 of a-1 from +13055550123 to +13055550101 InProgress",
            ),
            (
                "CallUUID=a-1&DialAction=connected&DialBLegUUID=b-1&DialBLegTo=13055550101",
                "b-1 of a-1 to +13055550101 InProgress dial Answered b-1 -1 Yes",
            ),
            (
                "CallUUID=a-1&DialAction=hangup&DialBLegUUID=b-1&DialBLegTo=13055550101\
                 &DialBLegStatus=hangup&DialBLegHangupCause=USER_BUSY&DialBLegDuration=0",
                "b-1 of a-1 to +13055550101 Busy 0ns",
            ),
            (
                "CallUUID=a-1&DialAction=hangup&DialBLegUUID=b-1&DialBLegDuration=11\
                 &DialBLegHangupCause=NORMAL_CLEARING",
                "b-1 of a-1 Completed 11s",
            ),
            (
                "CallUUID=a-1&From=13055550123&To=18005550100&DialStatus=timeout\
                 &DialRingStatus=true&DialHangupCause=NO_ANSWER&DialALegUUID=a-1&DialBLegUUID=",
                "a-1 from +13055550123 to +18005550100 dial NoAnswer - -1 Unreported",
            ),
            (
                "CallUUID=a-1&RecordUrl=https://media.plivo.com/r.mp3&RecordingDuration=-1\
                 &Machine=true",
                "a-1 heard https://media.plivo.com/r.mp3 None Machine",
            ),
            (
                "CallUUID=a-1&CallStatus=completed&Duration=31&HangupCause=NORMAL",
                "a-1 Completed 31s",
            ),
        ] {
            assert_eq!(summary(&parse(Carrier::Plivo, form)), expected, "{form}");
        }
    }

    #[test]
    fn only_a_call_id_is_needed() {
        for (carrier, form, expected) in [
            (Carrier::Twilio, "", "a request of twilio without a call id (`CallSid`)"),
            (Carrier::Telnyx, "CallSid=", "a request of telnyx without a call id (`CallSid`)"),
            (Carrier::Plivo, "CallSid=x", "a request of plivo without a call id (`CallUUID`)"),
        ] {
            let pairs: Vec<_> = form_urlencoded::parse(form.as_bytes()).into_owned().collect();
            assert_eq!(read(carrier, &pairs).unwrap_err().to_string(), expected);
        }
        let long = format!("CallSid={}", "x".repeat(257));
        let pairs: Vec<_> = form_urlencoded::parse(long.as_bytes()).into_owned().collect();
        assert!(read(Carrier::Twilio, &pairs).is_err());
        let bare = parse(Carrier::Twilio, "CallSid=x&To=anonymous");
        assert_eq!(bare.to, None);
        let called = parse(Carrier::Twilio, "CallSid=x&To=%2B18005550100");
        assert_eq!(called.to.unwrap().e164(), "+18005550100");
    }

    #[test]
    fn what_is_too_much_is_not_looked_at() {
        let mut pairs = vec![("x".to_owned(), "y".to_owned()); PARAMETERS_MAX];
        pairs.push(("CallSid".into(), "CA1".into()));
        assert!(read(Carrier::Twilio, &pairs).is_err());
        let digits = "1".repeat(TEXT_BYTES_MAX);
        let request = parse(Carrier::Twilio, &format!("CallSid=x&Digits={digits}"));
        assert_eq!(request.digits.map(|keys| keys.len()), Some(DIGITS_MAX));
    }

    /// The connected time is billed: no duration that a carrier sends is without a bound.
    #[test]
    fn every_duration_of_a_carrier_has_a_bound() {
        const TWIML: &str = "CallSid=CA1&DialCallStatus=completed&RecordingUrl=https://x.example/r";
        for (name, of) in [
            ("CallDuration", (|request: &Request| request.duration) as fn(&Request) -> _),
            ("DialCallDuration", |request| request.dial.as_ref()?.duration),
            ("RecordingDuration", |request| request.recording.as_ref()?.duration),
        ] {
            for (seconds, expected) in [
                ("0", Some(0)),
                ("86400", Some(86_400)),
                ("86401", None),
                ("18446744073709551615", None),
                ("18446744073709551616", None),
                ("-1", None),
                ("1e9", None),
            ] {
                for carrier in [Carrier::Twilio, Carrier::Telnyx, Carrier::SignalWire] {
                    let request = parse(carrier, &format!("{TWIML}&{name}={seconds}"));
                    let expected = expected.map(Duration::from_secs);
                    assert_eq!(of(&request), expected, "{carrier} {name} {seconds}");
                }
            }
        }
        let plivo = "CallUUID=c&DialAction=hangup&DialBLegUUID=l&DialStatus=completed";
        for (seconds, expected) in [("86400", Some(86_400)), ("18446744073709551615", None)] {
            let request = parse(Carrier::Plivo, &format!("{plivo}&DialBLegDuration={seconds}"));
            let lasted = request.dial.unwrap().duration;
            assert_eq!(lasted, expected.map(Duration::from_secs), "{seconds}");
        }
    }
}
