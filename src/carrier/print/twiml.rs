//! Prints what TwiML, TeXML and cXML have in common; a [`Dialect`] holds the differences.

use std::ops::RangeInclusive;

use crate::base::xml::Element;
use crate::base::xml::Kind;
use crate::base::xml::is_kept;
use crate::carrier::BargeIn;
use crate::carrier::Beep;
use crate::carrier::CallerAnswer;
use crate::carrier::Carrier;
use crate::carrier::Dial;
use crate::carrier::Document;
use crate::carrier::Gather;
use crate::carrier::Noun;
use crate::carrier::Prompt;
use crate::carrier::Record;
use crate::carrier::Rejection;
use crate::carrier::Ring;
use crate::carrier::Silence;
use crate::carrier::Target;
use crate::carrier::Verb;

use super::say_language;
use super::seconds::seconds;

/// Most keys that a carrier gathers.
const DIGITS_MAX: usize = 128;

/// Bounds of the times that a carrier takes, in seconds.
pub(crate) struct Bounds {
    /// `<Pause length>`
    pub(crate) pause: RangeInclusive<u64>,
    /// `<Gather timeout>`
    pub(crate) gather: RangeInclusive<u64>,
    /// `<Dial timeout>`
    pub(crate) ring: RangeInclusive<u64>,
    /// `<Dial timeLimit>`
    pub(crate) talk: RangeInclusive<u64>,
    /// `<Record maxLength>`
    pub(crate) record: RangeInclusive<u64>,
    /// `<Record timeout>`
    pub(crate) silence: RangeInclusive<u64>,
}

/// Differences between a carrier and the others of the TwiML family.
pub(crate) trait Dialect {
    /// The carrier that reads the dialect.
    const CARRIER: Carrier;
    /// Bounds of the carrier's times.
    const BOUNDS: Bounds;

    /// Returns a `<Say>` with the attributes that only this carrier has.
    fn say(&self, element: Element) -> Element {
        element
    }

    /// Returns one of our URLs as the carrier must request it.
    fn callback(&self, url: &str) -> String {
        url.to_owned()
    }

    /// Returns a `<Gather>` with the attributes that only this carrier has.
    fn gather(&self, element: Element, gather: &Gather) -> Element;

    /// Returns whether the carrier has `bargeIn`. Without it, a key always stops sounds inside a
    /// `<Gather>`.
    fn knows_barge_in(&self) -> bool {
        false
    }

    /// Returns whether a `<Gather>` may hold a `<Pause>`.
    fn pauses_in_gather(&self) -> bool {
        true
    }

    /// Returns a `<Dial>` with the attributes that only this carrier has.
    fn dial(&self, element: Element, _dial: &Dial) -> Element {
        element
    }

    /// Returns a SIP URI in the form that the carrier takes.
    fn sip(&self, uri: &str) -> String {
        uri.to_owned()
    }
}

/// Returns the document's `<Response>`.
pub(crate) fn response<D: Dialect>(document: &Document, dialect: &D) -> Element {
    let mut heard = false;
    let mut elements = Vec::new();
    for verb in &document.verbs {
        match verb {
            Verb::Say { language, text } => elements.extend(say(language, text, dialect)),
            Verb::Play { url } => elements.push(play(url)),
            Verb::Pause { length } => {
                elements.push(pause(&seconds(*length, &D::BOUNDS.pause)));
            }
            Verb::Gather(question) => gather(question, dialect, &mut elements),
            Verb::Record(recording) => record(recording, dialect, &mut elements),
            Verb::Dial(rings) => elements.push(dial(rings, heard, dialect)),
            Verb::Redirect { url } => elements.push(redirect(url, dialect)),
            Verb::Hangup => elements.push(Element::new("Hangup")),
            Verb::Reject(_) if heard => elements.push(Element::new("Hangup")),
            Verb::Reject(Rejection::Busy) => elements.push(reject("busy")),
            Verb::Reject(Rejection::Rejected) => elements.push(reject("rejected")),
        }
        heard = true;
    }
    Element::new("Response").children(elements)
}

/// Returns a `<Say>`; `None` if there is nothing to speak, because carriers reject an empty
/// `<Say>`.
fn say<D: Dialect>(language: &str, text: &str, dialect: &D) -> Option<Element> {
    let element = Element::new("Say").maybe("language", say_language(D::CARRIER, language));
    has_words(text).then(|| dialect.say(element).text(text))
}

/// Returns whether a text contains anything to speak.
pub(crate) fn has_words(text: &str) -> bool {
    text.chars().any(|c| !c.is_whitespace() && is_kept(Kind::Words, c))
}

fn play(url: &str) -> Element {
    Element::new("Play").address(url)
}

fn pause(length: &str) -> Element {
    Element::new("Pause").with("length", length)
}

fn reject(reason: &str) -> Element {
    Element::new("Reject").with("reason", reason)
}

fn redirect<D: Dialect>(url: &str, dialect: &D) -> Element {
    Element::new("Redirect").with("method", "POST").address(&dialect.callback(url))
}

/// Prints a question, followed by a redirect for silence, when no dialect requests the action.
fn gather<D: Dialect>(gather: &Gather, dialect: &D, out: &mut Vec<Element>) {
    let prompts = gather.prompts.iter().filter_map(|prompt| match prompt {
        Prompt::Say { language, text } => say(language, text, dialect),
        Prompt::Play { url } => Some(play(url)),
        Prompt::Pause { length } => Some(pause(&seconds(*length, &D::BOUNDS.pause))),
    });
    let mut element = Element::new("Gather")
        .with("input", "dtmf")
        .with("action", dialect.callback(&gather.action))
        .with("timeout", seconds(gather.timeout, &D::BOUNDS.gather))
        .maybe("numDigits", gather.digits.map(|n| n.clamp(1, DIGITS_MAX).to_string()))
        .with("finishOnKey", finish_key(gather.finish_on_key, ""));
    element = dialect.gather(element, gather);
    match gather.barge_in {
        BargeIn::Off if !dialect.knows_barge_in() => {
            out.extend(prompts);
            out.push(element);
        }
        BargeIn::Off | BargeIn::On => {
            let inside = prompts.filter(|e| dialect.pauses_in_gather() || !e.is("Pause"));
            out.push(element.children(inside));
        }
    }
    match gather.silence {
        Silence::Action => out.push(redirect(&gather.action, dialect)),
        Silence::Next => {}
        Silence::Hangup => out.push(Element::new("Hangup")),
    }
}

/// Returns the value of `finishOnKey`; `none` if no key ends the answer. Without the attribute, `#`
/// would end it.
pub(crate) fn finish_key(key: Option<char>, none: &str) -> String {
    let key = key.filter(|key| matches!(key, '0'..='9' | '*' | '#'));
    key.map_or_else(|| none.to_owned(), String::from)
}

/// Prints a recording, followed by a redirect to its action, which the carrier does not request for
/// an empty recording.
fn record<D: Dialect>(record: &Record, dialect: &D, out: &mut Vec<Element>) {
    out.push(
        Element::new("Record")
            .with("action", dialect.callback(&record.action))
            .with("method", "POST")
            .with("timeout", seconds(record.silence, &D::BOUNDS.silence))
            .with("maxLength", seconds(record.max, &D::BOUNDS.record))
            .with("finishOnKey", finish_key(record.finish_on_key, ""))
            .with(
                "playBeep",
                match record.beep {
                    Beep::On => "true",
                    Beep::Off => "false",
                },
            ),
    );
    out.push(redirect(&record.action, dialect));
}

/// Prints a dial. A dial without a number would end the call, so a redirect to its action replaces
/// it.
fn dial<D: Dialect>(dial: &Dial, heard: bool, dialect: &D) -> Element {
    let nouns = wave(dial, D::CARRIER);
    if nouns.is_empty() {
        return redirect(&dial.action, dialect);
    }
    let mut element = Element::new("Dial")
        .with("action", dialect.callback(&dial.action))
        .with("method", "POST")
        .with("timeout", seconds(dial.timeout, &D::BOUNDS.ring))
        .with("timeLimit", seconds(dial.time_limit, &D::BOUNDS.talk))
        .maybe("callerId", dial.caller_id.as_ref().map(|phone| phone.e164()));
    if dial.answer == CallerAnswer::OnBridge && !heard {
        element = element.with("answerOnBridge", "true");
    }
    dialect.dial(element, dial).children(nouns.into_iter().map(|it| noun(it, dialect)))
}

/// Returns the nouns of this `<Dial>`: the first wave of those that the carrier takes.
pub(crate) fn wave(dial: &Dial, carrier: Carrier) -> Vec<&Noun> {
    let mut nouns: Vec<&Noun> = dial.nouns.iter().filter(|n| carrier.takes(&n.target)).collect();
    let targets: Vec<Target> = nouns.iter().map(|noun| noun.target.clone()).collect();
    nouns.truncate(carrier.wave(&targets, dial.ring));
    nouns
}

fn noun<D: Dialect>(noun: &Noun, dialect: &D) -> Element {
    let (name, address) = match &noun.target {
        Target::Phone(phone) => ("Number", phone.e164().to_owned()),
        Target::Sip(uri) => ("Sip", dialect.sip(uri)),
    };
    let mut element = Element::new(name);
    if let Some(url) = &noun.url {
        element = element.with("url", dialect.callback(url)).with("method", "POST");
    }
    if let Some(url) = &noun.status {
        element = element
            .with("statusCallback", dialect.callback(url))
            .with("statusCallbackMethod", "POST")
            .with("statusCallbackEvent", "initiated ringing answered completed");
    }
    element.address(&address)
}

/// Returns whether the dial has more than one noun and rings them one after another.
pub(crate) fn is_sequential(dial: &Dial) -> bool {
    dial.ring == Ring::Sequential && dial.nouns.len() > 1
}
