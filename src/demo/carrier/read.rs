//! Reads a document as strictly as the carrier's documentation allows: every trap is told, and
//! what can be made of the rest is carried out.

use std::time::Duration;

use roxmltree::Node;

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

/// Most nouns of one `<Dial>`.
const NOUNS_MAX: usize = 10;
/// Keys that a question takes when nothing bounds it.
const KEYS_MAX: usize = 255;

/// Whose leg a document is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The caller's.
    Call,
    /// A dialled one, before the bridge.
    Whisper,
    /// A dialled one on Plivo: the sound that asks for the key.
    Confirm,
}

/// A trap and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The line, from 1.
    pub line: u32,
    /// The trap.
    pub trap: Trap,
}

/// All traps that a document steps into, without a call: the second opinion on a printer.
pub fn inspect(kind: Kind, place: Place, text: &str) -> Vec<Found> {
    read(kind, place, text).1
}

/// Reads a document: its verbs, or none when it is none, and all traps.
pub(super) fn read(kind: Kind, place: Place, text: &str) -> (Option<Vec<Verb>>, Vec<Found>) {
    let mut traps = Vec::new();
    let document = match roxmltree::Document::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let trap = Trap::NotXml(error.to_string());
            return (None, vec![Found { line: error.pos().row, trap }]);
        }
    };
    let root = document.root_element();
    let mut reader = Reader { kind, place, traps: &mut traps };
    if root.tag_name().name() != "Response" || root.tag_name().namespace().is_some() {
        reader.tell(root, Trap::Root(root.tag_name().name().to_owned()));
        return (None, traps);
    }
    strict::check(kind, root, &mut |node, trap| reader.tell(node, trap));
    let verbs = reader.verbs(root);
    (Some(verbs), traps)
}

struct Reader<'a> {
    kind: Kind,
    place: Place,
    traps: &'a mut Vec<Found>,
}

impl Reader<'_> {
    fn tell(&mut self, node: Node<'_, '_>, trap: Trap) {
        let line = node.document().text_pos_at(node.range().start).row;
        self.traps.push(Found { line, trap });
    }

    fn verbs(&mut self, root: Node<'_, '_>) -> Vec<Verb> {
        let mut verbs = Vec::new();
        let mut last = None;
        for node in root.children().filter(Node::is_element) {
            let name = node.tag_name().name();
            let fits = match self.place {
                Place::Call => true,
                Place::Whisper => matches!(name, "Say" | "Play" | "Gather" | "Hangup"),
                Place::Confirm => matches!(name, "Speak" | "Play" | "Wait"),
            };
            if !fits {
                self.tell(node, Trap::InWhisper(name.to_owned()));
            }
            if let (true, Some(verb)) = (fits, self.verb(node)) {
                verbs.push(verb);
            }
            last = Some(node);
        }
        if let Some(last) = last
            && matches!(last.tag_name().name(), "Gather" | "GetDigits" | "GetInput")
        {
            self.tell(last, Trap::GatherIsLast(last.tag_name().name().to_owned()));
        }
        verbs
    }

    /// The verb of an element; none of one that no dialect has.
    fn verb(&mut self, node: Node<'_, '_>) -> Option<Verb> {
        let text = || node.text().unwrap_or_default().trim().to_owned();
        let times = || match number(node, "loop") {
            Some(0) => 1000,
            Some(times) => u32::try_from(times).unwrap_or(1000),
            None => 1,
        };
        Some(match node.tag_name().name() {
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

    /// An `action`: without one the carrier asks the current document's URL again, or nobody.
    fn action(&mut self, node: Node<'_, '_>) -> Option<Link> {
        let action = link(node, "action", "method");
        if action.is_none() {
            let element = node.tag_name().name().to_owned();
            self.tell(node, Trap::Missing { element, attribute: "action" });
        }
        action
    }

    fn gather(&mut self, node: Node<'_, '_>) -> Option<Gather> {
        let action = self.action(node)?;
        let plivo = self.kind == Kind::Plivo;
        let input = node.tag_name().name() == "GetInput";
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
            prompts: node
                .children()
                .filter(Node::is_element)
                .filter_map(|prompt| self.verb(prompt))
                .collect(),
        })
    }

    fn record(&mut self, node: Node<'_, '_>) -> Option<Record> {
        let action = self.action(node)?;
        let default = if self.kind == Kind::Plivo { 60 } else { 3600 };
        let most = seconds(node, "maxLength", default);
        Some(Record { action, most, redirects: redirects(node) })
    }

    fn dial(&mut self, node: Node<'_, '_>) -> Dial {
        let nouns: Vec<Noun> =
            node.children().filter(Node::is_element).filter_map(|noun| self.noun(noun)).collect();
        if nouns.is_empty() || nouns.len() > NOUNS_MAX {
            self.tell(node, Trap::Nouns(nouns.len()));
        }
        let sips = nouns.iter().filter(|noun| noun.wire == Wire::Sip).count();
        if self.kind == Kind::SignalWire && sips > 0 && sips < nouns.len() {
            self.tell(node, Trap::MixedNouns);
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

    /// Plivo's key means nothing without the sound that asks for it.
    fn confirm(&mut self, node: Node<'_, '_>) -> Option<Confirm> {
        let key = node.attribute("confirmKey").and_then(|keys| keys.chars().next());
        let Some(url) = node.attribute("confirmSound") else {
            if key.is_some() {
                let (element, attribute) = ("Dial".to_owned(), "confirmSound");
                self.tell(node, Trap::Missing { element, attribute });
            }
            return None;
        };
        let sound = Link { url: url.to_owned(), method: Method::Post };
        Some(Confirm { sound, key, timeout: seconds(node, "confirmTimeout", 120) })
    }

    fn noun(&mut self, node: Node<'_, '_>) -> Option<Noun> {
        let wire = match node.tag_name().name() {
            "Number" => Wire::Phone,
            "Sip" | "User" => Wire::Sip,
            _ => return None,
        };
        let events = node.attribute("statusCallbackEvent").unwrap_or("completed");
        let events = events.split_ascii_whitespace().filter_map(Progress::of).collect();
        let status = link(node, "statusCallback", "statusCallbackMethod");
        Some(Noun {
            target: node.text().unwrap_or_default().trim().to_owned(),
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

fn redirects(node: Node<'_, '_>) -> Redirects {
    match node.attribute("redirect") {
        Some("false") => Redirects::GoesOn,
        _ => Redirects::Follows,
    }
}

fn link(node: Node<'_, '_>, url: &str, how: &str) -> Option<Link> {
    let url = node.attribute(url)?.to_owned();
    Some(Link { url, method: method(node, how) })
}

fn method(node: Node<'_, '_>, name: &str) -> Method {
    match node.attribute(name) {
        Some("GET") => Method::Get,
        _ => Method::Post,
    }
}

fn number(node: Node<'_, '_>, name: &str) -> Option<u64> {
    node.attribute(name)?.parse().ok()
}

fn seconds(node: Node<'_, '_>, name: &str, default: u64) -> Duration {
    Duration::from_secs(number(node, name).unwrap_or(default))
}
