//! Reads a document as strictly as the carrier's documentation allows: reports every trap, and
//! executes what it can of the rest.

use std::time::Duration;

use super::account::Kind;
use super::document::AnswersOn;
use super::document::Barge;
use super::document::Confirm;
use super::document::Detection;
use super::document::Dial;
use super::document::Gather;
use super::document::Link;
use super::document::Noun;
use super::document::OnSilence;
use super::document::Order;
use super::document::Progress;
use super::document::Record;
use super::document::Redirects;
use super::document::Rejection;
use super::document::Verb;
use super::document::Wire;
use super::fault::Trap;
use super::sign::Method;
use super::strict;
use super::xml;
use super::xml::Element;

/// Most nouns of one `<Dial>`.
const NOUNS_MAX: usize = 10;
/// Keys that a question accepts without a limit of its own.
const KEYS_MAX: usize = 255;

/// The leg that a document is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The caller's leg.
    Call,
    /// A dialed leg, before the bridge.
    Whisper,
    /// A dialed leg on Plivo: the sound that asks for the key.
    Confirm,
}

/// A trap with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundTrap {
    /// Line, from 1.
    pub line: u32,
    /// The trap.
    pub trap: Trap,
}

/// Returns all traps of a document, without a call: an independent check of a printer.
pub fn inspect(kind: Kind, place: Place, text: &str) -> Vec<FoundTrap> {
    read(kind, place, text).1
}

/// Reads a document: returns its verbs, `None` if it is not a document, and all traps.
pub(super) fn read(kind: Kind, place: Place, text: &str) -> (Option<Vec<Verb>>, Vec<FoundTrap>) {
    let mut traps = Vec::new();
    let root = match xml::parse(text) {
        Ok(root) => root,
        Err(malformed) => {
            let trap = Trap::NotXml(malformed.what);
            return (None, vec![FoundTrap { line: malformed.line, trap }]);
        }
    };
    let mut reader = Reader { kind, place, traps: &mut traps };
    if root.name != "Response" || root.attribute("xmlns").is_some() {
        reader.found(root.line, Trap::Root(root.name));
        return (None, traps);
    }
    strict::check(kind, &root, &mut |line, trap| reader.found(line, trap));
    let verbs = reader.verbs(&root);
    (Some(verbs), traps)
}

struct Reader<'a> {
    kind: Kind,
    place: Place,
    traps: &'a mut Vec<FoundTrap>,
}

impl Reader<'_> {
    fn found(&mut self, line: u32, trap: Trap) {
        self.traps.push(FoundTrap { line, trap });
    }

    fn verbs(&mut self, root: &Element) -> Vec<Verb> {
        let mut verbs = Vec::new();
        let mut last = None;
        for node in root.elements() {
            let name = node.name.as_str();
            let fits = match self.place {
                Place::Call => true,
                Place::Whisper => matches!(name, "Say" | "Play" | "Gather" | "Hangup"),
                Place::Confirm => matches!(name, "Speak" | "Play" | "Wait"),
            };
            if !fits {
                self.found(node.line, Trap::InWhisper(name.to_owned()));
            }
            if let (true, Some(verb)) = (fits, self.verb(node)) {
                verbs.push(verb);
            }
            last = Some(node);
        }
        if let Some(last) = last
            && matches!(last.name.as_str(), "Gather" | "GetDigits" | "GetInput")
        {
            self.found(last.line, Trap::GatherIsLast(last.name.clone()));
        }
        verbs
    }

    /// Returns the verb of an element; `None` for an unknown one.
    fn verb(&mut self, node: &Element) -> Option<Verb> {
        let text = || node.text().to_owned();
        let times = || match number(node, "loop") {
            Some(0) => 1000,
            Some(times) => u32::try_from(times).unwrap_or(1000),
            None => 1,
        };
        Some(match node.name.as_str() {
            "Say" | "Speak" => Verb::Say { text: text(), times: times() },
            "Play" if text().is_empty() => Verb::Pause(Duration::from_secs(1)),
            "Play" => Verb::Play { url: text(), times: times() },
            "Pause" | "Wait" => Verb::Pause(seconds(node, "length", 1)),
            "Gather" | "GetDigits" | "GetInput" => Verb::Gather(self.gather(node)?),
            "Record" => Verb::Record(self.record(node)?),
            "Dial" => Verb::Dial(self.dial(node)),
            "Redirect" => Verb::Redirect(Link { url: text(), method: method(node, "method") }),
            "Reject" => Verb::Reject(match node.attribute("reason") {
                Some("busy") => Rejection::Busy,
                _ => Rejection::Rejected,
            }),
            "Hangup" => match node.attribute("reason") {
                Some("busy") => Verb::Reject(Rejection::Busy),
                Some("rejected") => Verb::Reject(Rejection::Rejected),
                _ => Verb::Hangup,
            },
            _ => return None,
        })
    }

    /// Returns the `action`. Without one, the carrier requests the current document's URL again, or
    /// nothing.
    fn action(&mut self, node: &Element) -> Option<Link> {
        let action = link(node, "action", "method");
        if action.is_none() {
            let element = node.name.clone();
            self.found(node.line, Trap::Missing { element, attribute: "action" });
        }
        action
    }

    fn gather(&mut self, node: &Element) -> Option<Gather> {
        let action = self.action(node)?;
        let plivo = self.kind == Kind::Plivo;
        let input = node.name.as_str() == "GetInput";
        let first = seconds(
            node,
            if input { "executionTimeout" } else { "timeout" },
            if input { 15 } else { 5 },
        );
        let between = match (plivo, input) {
            (true, true) => seconds(node, "digitEndTimeout", 2),
            (true, false) => seconds(node, "digitTimeout", 2),
            (false, _) => first,
        };
        let most = number(node, "numDigits").or_else(|| number(node, "maxDigits"));
        let finish = match node.attribute("finishOnKey") {
            Some("none") => "",
            Some(keys) => keys,
            None => "#",
        };
        let on_silence = match node.attribute("actionOnEmptyResult") {
            Some("true") if self.kind != Kind::Telnyx && !plivo => OnSilence::Asks,
            _ => OnSilence::FallsThrough,
        };
        Some(Gather {
            action,
            most: most.and_then(|most| usize::try_from(most).ok()).unwrap_or(KEYS_MAX),
            finish: finish.to_owned(),
            first,
            between,
            barge: match node.attribute("bargeIn") {
                Some("false") => Barge::Waits,
                _ => Barge::In,
            },
            on_silence,
            redirects: redirects(node),
            tries: number(node, "retries").and_then(|tries| u32::try_from(tries).ok()).unwrap_or(1),
            prompts: node.elements().filter_map(|prompt| self.verb(prompt)).collect(),
        })
    }

    fn record(&mut self, node: &Element) -> Option<Record> {
        let action = self.action(node)?;
        let default = if self.kind == Kind::Plivo { 60 } else { 3600 };
        let most = seconds(node, "maxLength", default);
        Some(Record { action, most, redirects: redirects(node) })
    }

    fn dial(&mut self, node: &Element) -> Dial {
        let nouns: Vec<Noun> = node.elements().filter_map(|noun| self.noun(noun)).collect();
        if nouns.is_empty() || nouns.len() > NOUNS_MAX {
            self.found(node.line, Trap::Nouns(nouns.len()));
        }
        let sips = nouns.iter().filter(|noun| noun.wire == Wire::Sip).count();
        if self.kind == Kind::SignalWire && sips > 0 && sips < nouns.len() {
            self.found(node.line, Trap::MixedNouns);
        }
        Dial {
            action: link(node, "action", "method"),
            redirects: redirects(node),
            timeout: seconds(node, "timeout", if self.kind == Kind::Plivo { 120 } else { 30 }),
            limit: seconds(node, "timeLimit", 14_400),
            caller_id: node.attribute("callerId").map(str::to_owned),
            answers_on: match node.attribute("answerOnBridge") {
                Some("true") => AnswersOn::Bridge,
                _ => AnswersOn::Dial,
            },
            order: match node.attribute("sequential") {
                Some("true") if self.kind == Kind::Twilio => Order::Sequential,
                _ => Order::Together,
            },
            nouns: nouns.into_iter().take(NOUNS_MAX).collect(),
            callback: link(node, "callbackUrl", "callbackMethod"),
            confirm: self.confirm(node),
        }
    }

    /// Returns Plivo's confirmation: the key only applies with the sound that asks for it.
    fn confirm(&mut self, node: &Element) -> Option<Confirm> {
        let key = node.attribute("confirmKey").and_then(|keys| keys.chars().next());
        let Some(url) = node.attribute("confirmSound") else {
            if key.is_some() {
                let (element, attribute) = ("Dial".to_owned(), "confirmSound");
                self.found(node.line, Trap::Missing { element, attribute });
            }
            return None;
        };
        let sound = Link { url: url.to_owned(), method: Method::Post };
        Some(Confirm { sound, key, timeout: seconds(node, "confirmTimeout", 120) })
    }

    fn noun(&mut self, node: &Element) -> Option<Noun> {
        let wire = match node.name.as_str() {
            "Number" => Wire::Phone,
            "Sip" | "User" => Wire::Sip,
            _ => return None,
        };
        let events = node.attribute("statusCallbackEvent").unwrap_or("completed");
        let events = events.split_ascii_whitespace().filter_map(Progress::of).collect();
        let status = link(node, "statusCallback", "statusCallbackMethod");
        Some(Noun {
            target: node.text().to_owned(),
            wire,
            whisper: link(node, "url", "method"),
            status: status.map(|link| (link, events)),
            detects: match node.attribute("machineDetection") {
                Some("Enable" | "DetectMessageEnd") => Detection::On,
                _ => Detection::Off,
            },
        })
    }
}

fn redirects(node: &Element) -> Redirects {
    match node.attribute("redirect") {
        Some("false") => Redirects::GoesOn,
        _ => Redirects::Follows,
    }
}

fn link(node: &Element, url: &str, how: &str) -> Option<Link> {
    let url = node.attribute(url)?.to_owned();
    Some(Link { url, method: method(node, how) })
}

fn method(node: &Element, name: &str) -> Method {
    match node.attribute(name) {
        Some("GET") => Method::Get,
        _ => Method::Post,
    }
}

fn number(node: &Element, name: &str) -> Option<u64> {
    node.attribute(name)?.parse().ok()
}

fn seconds(node: &Element, name: &str, default: u64) -> Duration {
    Duration::from_secs(number(node, name).unwrap_or(default))
}
