//! The carriers' rules: the elements and attributes of each dialect, and their values. Only what
//! the simulator can execute is listed; it treats anything else as an unknown element.

use Attribute as A;
use Value::Bool;
use Value::Free;
use Value::Keys;
use Value::OneOf;
use Value::Url;
use Value::Whole;
use Value::Words;

use super::account::Kind;

/// Allowed values of an attribute.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value {
    /// Any text.
    Free,
    /// An absolute http or https URL.
    Url,
    /// `GET` or `POST`.
    Method,
    /// A whole number in an inclusive range.
    Whole(u64, u64),
    /// `true` or `false`.
    Bool,
    /// One of a list.
    OneOf(&'static [&'static str]),
    /// Items of a list, separated by spaces.
    Words(&'static [&'static str]),
    /// Phone keys, may be empty.
    Keys,
    /// A number in E.164.
    Phone,
}

/// Content of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inner {
    /// Nothing.
    Nothing,
    /// Other elements.
    Elements(&'static [&'static str]),
    /// A sentence.
    Speech,
    /// A URL.
    Url,
    /// A number in E.164.
    Phone,
    /// A SIP URI.
    Sip,
}

/// An attribute with its allowed values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attribute(pub(super) &'static str, pub(super) Value);

/// A dialect's rules for an element.
pub(super) struct Rule {
    pub(super) attributes: &'static [&'static [Attribute]],
    pub(super) inner: Inner,
}

/// Returns the rule of an element; `None` if the dialect has no such element.
pub(super) fn rule(kind: Kind, element: &str) -> Option<Rule> {
    let (attributes, inner) = match kind {
        Kind::Twilio => twilio(element)?,
        Kind::Telnyx => telnyx(element)?,
        Kind::SignalWire => signalwire(element)?,
        Kind::Plivo => plivo(element)?,
    };
    Some(Rule { attributes, inner })
}

const VERBS: &[&str] =
    &["Say", "Play", "Pause", "Gather", "Record", "Dial", "Redirect", "Hangup", "Reject"];
const PLIVO_VERBS: &[&str] = &[
    "Speak",
    "Play",
    "Wait",
    "GetDigits",
    "GetInput",
    "Record",
    "Dial",
    "Redirect",
    "Hangup",
    "PreAnswer",
];
const DAY: u64 = 86_400;
const RECORDINGS: &[&str] = &[
    "do-not-record",
    "record-from-answer",
    "record-from-answer-dual",
    "record-from-ringing",
    "record-from-ringing-dual",
    "true",
    "false",
];

const ACTION: &[A] = &[A("action", Url), A("method", Value::Method)];
const WHISPER: &[A] = &[A("url", Url), A("method", Value::Method)];
const LOOP: &[A] = &[A("loop", Whole(0, 1000))];
const SAY: &[A] = &[A("voice", Free), A("language", Free)];
const PLAY: &[A] = &[A("digits", Free)];
const GATHER: &[A] = &[
    A("timeout", Whole(1, 600)),
    A("numDigits", Whole(1, 255)),
    A("finishOnKey", Keys),
    A("input", OneOf(&["dtmf", "speech", "dtmf speech", "speech dtmf"])),
    A("speechTimeout", Free),
    A("maxSpeechTime", Whole(1, 600)),
    A("hints", Free),
    A("language", Free),
    A("profanityFilter", Bool),
    A("speechModel", Free),
    A("enhanced", Bool),
    A("bargeIn", Bool),
    A("actionOnEmptyResult", Bool),
    A("partialResultCallback", Url),
    A("partialResultCallbackMethod", Value::Method),
];
const RECORD: &[A] = &[
    A("timeout", Whole(0, 3600)),
    A("finishOnKey", Keys),
    A("maxLength", Whole(1, DAY)),
    A("playBeep", Bool),
    A("trim", OneOf(&["trim-silence", "do-not-trim"])),
    A("recordingStatusCallback", Url),
    A("recordingStatusCallbackMethod", Value::Method),
    A("recordingStatusCallbackEvent", Words(&["in-progress", "completed", "absent"])),
    A("transcribe", Bool),
    A("transcribeCallback", Url),
];
const DIAL_RECORDING: &[A] = &[
    A("record", OneOf(RECORDINGS)),
    A("recordingTrack", OneOf(&["both", "inbound", "outbound"])),
    A("recordingStatusCallback", Url),
    A("recordingStatusCallbackMethod", Value::Method),
    A("recordingStatusCallbackEvent", Words(&["in-progress", "completed", "absent"])),
];
const DIAL: &[A] = &[
    A("callerId", Value::Phone),
    A("hangupOnStar", Bool),
    A("ringTone", Free),
    A("answerOnBridge", Bool),
];
const STATUS: &[A] = &[A("statusCallback", Url), A("statusCallbackMethod", Value::Method)];
const EVENTS: &[A] =
    &[A("statusCallbackEvent", Words(&["initiated", "ringing", "answered", "completed"]))];
const SEND: &[A] = &[A("sendDigits", Free)];
const LOGIN: &[A] = &[A("username", Free), A("password", Free)];
const AMD_CALLBACK: &[A] =
    &[A("amdStatusCallback", Url), A("amdStatusCallbackMethod", Value::Method)];
const TWILIO_AMD: &[A] = &[
    A("machineDetection", OneOf(&["Enable", "DetectMessageEnd"])),
    A("machineDetectionTimeout", Whole(3, 59)),
    A("machineDetectionSpeechThreshold", Whole(1000, 6000)),
    A("machineDetectionSpeechEndThreshold", Whole(500, 5000)),
    A("machineDetectionSilenceTimeout", Whole(2000, 10_000)),
];
const REJECT: &[A] = &[A("reason", OneOf(&["rejected", "busy"]))];
const REDIRECT: &[A] = &[A("method", Value::Method)];
const PROMPTS: Inner = Inner::Elements(&["Say", "Play", "Pause"]);
const NOUNS: Inner = Inner::Elements(&["Number", "Sip"]);

fn twilio(element: &str) -> Option<(&'static [&'static [A]], Inner)> {
    Some(match element {
        "Response" => (&[], Inner::Elements(VERBS)),
        "Say" => (&[SAY, LOOP], Inner::Speech),
        "Play" => (&[PLAY, LOOP], Inner::Url),
        "Pause" => (&[&[A("length", Whole(1, 3600))]], Inner::Nothing),
        "Gather" => (&[ACTION, GATHER, &[A("debug", Bool)]], PROMPTS),
        "Record" => (&[ACTION, RECORD], Inner::Nothing),
        "Dial" => (
            &[
                ACTION,
                DIAL,
                DIAL_RECORDING,
                &[
                    A("timeout", Whole(1, 600)),
                    A("timeLimit", Whole(1, DAY)),
                    A("trim", Free),
                    A("sequential", Bool),
                    A("callReason", Free),
                    A("referUrl", Url),
                    A("referMethod", Value::Method),
                    A("events", Free),
                    A("recordingConfigurationId", Free),
                ],
            ],
            NOUNS,
        ),
        "Number" => (
            &[WHISPER, SEND, STATUS, EVENTS, TWILIO_AMD, AMD_CALLBACK, &[A("byoc", Free)]],
            Inner::Phone,
        ),
        "Sip" => (&[WHISPER, LOGIN, STATUS, EVENTS, TWILIO_AMD, AMD_CALLBACK], Inner::Sip),
        "Redirect" => (&[REDIRECT], Inner::Url),
        "Hangup" => (&[], Inner::Nothing),
        "Reject" => (&[REJECT], Inner::Nothing),
        _ => return None,
    })
}

const TELNYX_GATHER: &[A] = &[
    A("action", Url),
    A("timeout", Whole(1, 120)),
    A("numDigits", Whole(1, 128)),
    A("minDigits", Whole(1, 128)),
    A("maxDigits", Whole(1, 128)),
    A("finishOnKey", Keys),
    A("validDigits", Keys),
    A("invalidDigitsAction", Url),
    A("input", OneOf(&["dtmf", "speech", "dtmf speech", "speech dtmf"])),
    A("speechTimeout", Free),
    A("language", Free),
    A("hints", Free),
    A("transcriptionEngine", Free),
    A("useEnhanced", Bool),
];
const TELNYX_AMD: &[A] = &[
    A("machineDetection", OneOf(&["Enable", "Disable", "DetectMessageEnd"])),
    A("detectionMode", OneOf(&["Regular", "Premium"])),
    A("machineDetectionTimeout", Whole(500, 60_000)),
];
const TELNYX_EVENTS: &[A] = &[A(
    "statusCallbackEvent",
    Words(&["initiated", "ringing", "answered", "completed", "amd", "dtmf"]),
)];

fn telnyx(element: &str) -> Option<(&'static [&'static [A]], Inner)> {
    Some(match element {
        "Response" => (&[], Inner::Elements(VERBS)),
        "Say" => (&[SAY, &[A("loop", Whole(0, 10))]], Inner::Speech),
        "Play" => (&[LOOP, PLAY, &[A("mediaStorage", Bool)]], Inner::Url),
        "Pause" => (&[&[A("length", Whole(1, 180))]], Inner::Nothing),
        "Gather" => (&[TELNYX_GATHER], Inner::Elements(&["Say", "Play"])),
        "Record" => (
            &[
                ACTION,
                &[
                    A("timeout", Whole(0, 3600)),
                    A("finishOnKey", Keys),
                    A("maxLength", Whole(1, 14_400)),
                    A("playBeep", Bool),
                    A("channels", OneOf(&["single", "dual"])),
                    A("format", OneOf(&["mp3", "wav"])),
                    A("recordingStatusCallback", Url),
                    A("recordingStatusCallbackMethod", Value::Method),
                ],
            ],
            Inner::Nothing,
        ),
        "Dial" => (
            &[
                ACTION,
                DIAL,
                DIAL_RECORDING,
                &[
                    A("timeout", Whole(5, 120)),
                    A("timeLimit", Whole(60, 14_400)),
                    A("fromDisplayName", Free),
                    A("recordingChannels", OneOf(&["single", "dual"])),
                    A("recordMaxLength", Whole(0, 14_400)),
                    A("sendRecordingUrl", Bool),
                    A("audioUrl", Url),
                    A("passDiversionHeader", Bool),
                ],
            ],
            NOUNS,
        ),
        "Number" => {
            (&[WHISPER, SEND, STATUS, TELNYX_EVENTS, TELNYX_AMD, AMD_CALLBACK], Inner::Phone)
        }
        "Sip" => (&[WHISPER, LOGIN, STATUS, TELNYX_EVENTS, TELNYX_AMD, AMD_CALLBACK], Inner::Sip),
        "Redirect" => (&[REDIRECT], Inner::Url),
        "Hangup" => (&[], Inner::Nothing),
        "Reject" => (&[REJECT], Inner::Nothing),
        _ => return None,
    })
}

fn signalwire(element: &str) -> Option<(&'static [&'static [A]], Inner)> {
    Some(match element {
        "Response" => (&[], Inner::Elements(VERBS)),
        "Say" => (&[SAY, LOOP], Inner::Speech),
        "Play" => (&[LOOP, PLAY], Inner::Url),
        "Pause" => (&[&[A("length", Whole(1, 3600))]], Inner::Nothing),
        "Gather" => (&[ACTION, GATHER], PROMPTS),
        "Record" => (
            &[ACTION, RECORD, &[A("storageUrl", Url), A("storageUrlMethod", Value::Method)]],
            Inner::Nothing,
        ),
        "Dial" => (
            &[
                ACTION,
                DIAL,
                DIAL_RECORDING,
                &[
                    A("timeout", Whole(5, 600)),
                    A("timeLimit", Whole(1, DAY)),
                    A("callerName", Free),
                    A("trim", Free),
                    A("recordingStorageUrl", Url),
                    A("recordingStorageUrlMethod", Value::Method),
                ],
            ],
            NOUNS,
        ),
        "Number" => (&[WHISPER, SEND, STATUS, EVENTS], Inner::Phone),
        "Sip" => (
            &[
                WHISPER,
                LOGIN,
                STATUS,
                EVENTS,
                &[A("codecs", Free), A("sessionTimeout", Whole(60, DAY))],
            ],
            Inner::Sip,
        ),
        "Redirect" => (&[REDIRECT], Inner::Url),
        "Hangup" => (&[], Inner::Nothing),
        "Reject" => (&[REJECT], Inner::Nothing),
        _ => return None,
    })
}

const GET_DIGITS: &[A] = &[
    A("timeout", Whole(1, 600)),
    A("digitTimeout", Whole(1, 60)),
    A("finishOnKey", Keys),
    A("numDigits", Whole(1, 99)),
    A("retries", Whole(1, 10)),
    A("redirect", Bool),
    A("playBeep", Bool),
    A("validDigits", Keys),
    A("invalidDigitsSound", Url),
    A("log", Bool),
];
const GET_INPUT: &[A] = &[
    A("inputType", OneOf(&["dtmf", "speech", "dtmf speech"])),
    A("executionTimeout", Whole(5, 60)),
    A("digitEndTimeout", Whole(2, 10)),
    A("speechEndTimeout", Whole(2, 10)),
    A("finishOnKey", Keys),
    A("numDigits", Whole(1, 32)),
    A("redirect", Bool),
    A("language", Free),
    A("hints", Free),
    A("log", Bool),
    A("profanityFilter", Bool),
];
const PLIVO_RECORD: &[A] = &[
    A("fileFormat", OneOf(&["mp3", "wav"])),
    A("redirect", Bool),
    A("timeout", Whole(1, 3600)),
    A("maxLength", Whole(1, DAY)),
    A("playBeep", Bool),
    A("recordSession", Bool),
    A("startOnDialAnswer", Bool),
    A("finishOnKey", Keys),
    A("recordChannelType", OneOf(&["mono", "stereo"])),
    A("callbackUrl", Url),
    A("callbackMethod", Value::Method),
];
const PLIVO_PROMPTS: Inner = Inner::Elements(&["Speak", "Play", "Wait"]);

fn plivo(element: &str) -> Option<(&'static [&'static [A]], Inner)> {
    Some(match element {
        "Response" => (&[], Inner::Elements(PLIVO_VERBS)),
        "PreAnswer" => (&[], Inner::Elements(&["Speak", "Play", "Wait", "GetDigits"])),
        "Speak" => (&[SAY, LOOP], Inner::Speech),
        "Play" => (&[LOOP], Inner::Url),
        "Wait" => (
            &[&[
                A("length", Whole(1, 3600)),
                A("silence", Bool),
                A("minSilence", Whole(1, 60_000)),
                A("beep", Bool),
            ]],
            Inner::Nothing,
        ),
        "GetDigits" => (&[ACTION, GET_DIGITS], PLIVO_PROMPTS),
        "GetInput" => (&[ACTION, GET_INPUT], PLIVO_PROMPTS),
        "Record" => (&[ACTION, PLIVO_RECORD], Inner::Nothing),
        "Dial" => (PLIVO_DIAL, Inner::Elements(&["Number", "User"])),
        "Number" => (&[SEND, &[A("sendOnPreanswer", Bool)]], Inner::Phone),
        "User" => (&[SEND, &[A("sendOnPreanswer", Bool), A("sipHeaders", Free)]], Inner::Sip),
        "Redirect" => (&[REDIRECT], Inner::Url),
        "Hangup" => (
            &[&[A("reason", OneOf(&["rejected", "busy"])), A("schedule", Whole(1, DAY))]],
            Inner::Nothing,
        ),
        _ => return None,
    })
}

const PLIVO_DIAL: &[&[A]] = &[
    ACTION,
    &[
        A("hangupOnStar", Bool),
        A("timeLimit", Whole(1, DAY)),
        A("timeout", Whole(1, 600)),
        A("callerId", Value::Phone),
        A("callerName", Free),
        A("confirmSound", Url),
        A("confirmKey", Keys),
        A("confirmTimeout", Whole(1, 600)),
        A("dialMusic", Free),
        A("callbackUrl", Url),
        A("callbackMethod", Value::Method),
        A("redirect", Bool),
        A("digitsMatch", Free),
        A("digitsMatchBLeg", Free),
        A("sipHeaders", Free),
    ],
];
