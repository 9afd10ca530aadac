//! Plivo XML, which is not TwiML: its own verbs, its own printer.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::base::Phone;
use crate::carrier::BargeIn;
use crate::carrier::Beep;
use crate::carrier::Carrier;
use crate::carrier::Dial;
use crate::carrier::Document;
use crate::carrier::Gather;
use crate::carrier::Noun;
use crate::carrier::Prompt;
use crate::carrier::Record;
use crate::carrier::Rejection;
use crate::carrier::Silence;
use crate::carrier::Target;
use crate::carrier::Verb;

use super::seconds::seconds;
use super::tongue;
use super::twiml::finish_key;
use super::twiml::wave;
use super::xml::Element;

const WAIT: RangeInclusive<u64> = 1..=180;
const TIMEOUT: RangeInclusive<u64> = 1..=60;
const DIGIT_TIMEOUT: RangeInclusive<u64> = 1..=60;
const RING: RangeInclusive<u64> = 1..=600;
const TALK: RangeInclusive<u64> = 1..=14_400;
const RECORD: RangeInclusive<u64> = 1..=14_400;
const SILENCE: RangeInclusive<u64> = 1..=600;
/// Most keys of an answer.
const DIGITS_MAX: usize = 99;

/// The document's `<Response>`.
pub(crate) fn response(document: &Document) -> Element {
    let mut heard = false;
    let mut elements = Vec::new();
    for verb in &document.verbs {
        match verb {
            Verb::Say { language, text } => elements.extend(speak(language, text)),
            Verb::Play { url } => elements.push(play(url)),
            Verb::Pause { length } => elements.push(wait(*length)),
            Verb::Gather(question) => gather(question, &mut elements),
            Verb::Record(recording) => record(recording, &mut elements),
            Verb::Dial(rings) => elements.push(dial(rings)),
            Verb::Redirect { url } => elements.push(redirect(url)),
            Verb::Hangup => elements.push(Element::new("Hangup")),
            Verb::Reject(_) if heard => elements.push(Element::new("Hangup")),
            Verb::Reject(Rejection::Busy) => elements.push(hangup("busy")),
            Verb::Reject(Rejection::Rejected) => elements.push(hangup("rejected")),
        }
        heard = true;
    }
    Element::new("Response").children(elements)
}

fn speak(language: &str, text: &str) -> Option<Element> {
    let words = text.chars().any(|c| !c.is_whitespace() && !c.is_control());
    let element = Element::new("Speak").maybe("language", tongue(Carrier::Plivo, language));
    words.then(|| element.text(text))
}

fn play(url: &str) -> Element {
    Element::new("Play").address(url)
}

fn wait(length: Duration) -> Element {
    Element::new("Wait").with("length", seconds(length, &WAIT))
}

fn hangup(reason: &str) -> Element {
    Element::new("Hangup").with("reason", reason)
}

fn redirect(url: &str) -> Element {
    Element::new("Redirect").with("method", "POST").address(url)
}

/// A question. Its sounds stand inside when a key shall end them.
fn gather(gather: &Gather, out: &mut Vec<Element>) {
    let prompts = gather.prompts.iter().filter_map(|prompt| match prompt {
        Prompt::Say { language, text } => speak(language, text),
        Prompt::Play { url } => Some(play(url)),
        Prompt::Pause { length } => Some(wait(*length)),
    });
    let element = Element::new("GetDigits")
        .with("action", &gather.action)
        .with("method", "POST")
        .with("redirect", "true")
        .with("retries", "1")
        .with("timeout", seconds(gather.timeout, &TIMEOUT))
        .with("digitTimeout", seconds(gather.inter_digit_timeout, &DIGIT_TIMEOUT))
        .maybe("numDigits", gather.digits.map(|n| n.clamp(1, DIGITS_MAX).to_string()))
        .with("finishOnKey", finish_key(gather.finish_on_key));
    match gather.barge_in {
        BargeIn::On => out.push(element.children(prompts)),
        BargeIn::Off => {
            out.extend(prompts);
            out.push(element);
        }
    }
    out.push(match gather.silence {
        Silence::Action => redirect(&gather.action),
        Silence::Hangup => Element::new("Hangup"),
    });
}

fn record(record: &Record, out: &mut Vec<Element>) {
    out.push(
        Element::new("Record")
            .with("action", &record.action)
            .with("method", "POST")
            .with("redirect", "true")
            .with("timeout", seconds(record.silence, &SILENCE))
            .with("maxLength", seconds(record.max, &RECORD))
            .with("finishOnKey", finish_key(record.finish_on_key))
            .with(
                "playBeep",
                match record.beep {
                    Beep::On => "true",
                    Beep::Off => "false",
                },
            ),
    );
    out.push(redirect(&record.action));
}

/// A dial. Status URL and confirmation are the whole dial's here: the first noun's.
fn dial(dial: &Dial) -> Element {
    let nouns = wave(dial, Carrier::Plivo);
    let mut element = Element::new("Dial")
        .with("action", &dial.action)
        .with("method", "POST")
        .with("redirect", "true")
        .with("timeout", seconds(dial.timeout, &RING))
        .with("timeLimit", seconds(dial.time_limit, &TALK))
        .maybe("callerId", dial.caller_id.as_ref().map(digits));
    if let Some(url) = nouns.first().and_then(|noun| noun.status.as_deref()) {
        element = element.with("callbackUrl", url).with("callbackMethod", "POST");
    }
    if let Some(confirm) = nouns.first().and_then(|noun| noun.confirm.as_ref()) {
        element = element
            .with("confirmSound", &confirm.sound)
            .maybe("confirmKey", confirm.key.map(String::from));
    }
    element.children(nouns.into_iter().map(noun))
}

fn noun(noun: &Noun) -> Element {
    match &noun.target {
        Target::Phone(phone) => Element::new("Number").address(&digits(phone)),
        Target::Sip(uri) => Element::new("User").address(uri),
    }
}

/// A number as Plivo writes it: country code first, no `+`.
fn digits(phone: &Phone) -> String {
    phone.e164().trim_start_matches('+').to_owned()
}
