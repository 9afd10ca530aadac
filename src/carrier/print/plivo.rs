//! Prints Plivo XML, which is not TwiML: it has its own verbs.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::base::Phone;
use crate::base::xml::Element;
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

use super::say_language;
use super::seconds::seconds;
use super::twiml::finish_key;
use super::twiml::has_words;
use super::twiml::wave;

// Plivo documents only one upper bound, a day for a call; the bounds here are those of flows and
// contracts.
const WAIT: RangeInclusive<u64> = 1..=180;
const TIMEOUT: RangeInclusive<u64> = 1..=60;
const DIGIT_TIMEOUT: RangeInclusive<u64> = 1..=60;
const RING: RangeInclusive<u64> = 1..=600;
const TALK: RangeInclusive<u64> = 1..=14_400;
const RECORD: RangeInclusive<u64> = 1..=14_400;
const SILENCE: RangeInclusive<u64> = 1..=600;
const CONFIRM: RangeInclusive<u64> = 1..=120;
/// Languages without a female voice, which is the default elsewhere.
const MEN_ONLY: &[&str] = &["pt-PT"];
/// Most keys in an answer.
const DIGITS_MAX: usize = 99;

/// Returns the document's `<Response>`.
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
    let tag = say_language(Carrier::Plivo, language);
    let voice = tag.filter(|tag| MEN_ONLY.contains(tag)).map(|_| "MAN");
    let element = Element::new("Speak").maybe("voice", voice).maybe("language", tag);
    has_words(text).then(|| element.text(text))
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

/// Prints a question. Its sounds go inside if a key stops them; a `<Wait>` may not go inside.
fn gather(gather: &Gather, out: &mut Vec<Element>) {
    let prompts = gather.prompts.iter().filter_map(|prompt| match (prompt, gather.barge_in) {
        (Prompt::Say { language, text }, _) => speak(language, text),
        (Prompt::Play { url }, _) => Some(play(url)),
        (Prompt::Pause { .. }, BargeIn::On) => None,
        (Prompt::Pause { length }, BargeIn::Off) => Some(wait(*length)),
    });
    let element = Element::new("GetDigits")
        .with("action", &gather.action)
        .with("method", "POST")
        .with("redirect", "true")
        .with("retries", "1")
        .with("timeout", seconds(gather.timeout, &TIMEOUT))
        .with("digitTimeout", seconds(gather.inter_digit_timeout, &DIGIT_TIMEOUT))
        .maybe("numDigits", gather.digits.map(|n| n.clamp(1, DIGITS_MAX).to_string()))
        .with("finishOnKey", finish_key(gather.finish_on_key, "none"));
    match gather.barge_in {
        BargeIn::On => out.push(element.children(prompts)),
        BargeIn::Off => {
            out.extend(prompts);
            out.push(element);
        }
    }
    match gather.silence {
        Silence::Action => out.push(redirect(&gather.action)),
        Silence::Next => {}
        Silence::Hangup => out.push(Element::new("Hangup")),
    }
}

fn record(record: &Record, out: &mut Vec<Element>) {
    out.push(
        Element::new("Record")
            .with("action", &record.action)
            .with("method", "POST")
            .with("redirect", "true")
            .with("timeout", seconds(record.silence, &SILENCE))
            .with("maxLength", seconds(record.max, &RECORD))
            .with("finishOnKey", finish_key(record.finish_on_key, "none"))
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

/// Prints a dial, with the status URL and the confirmation of its first noun. A dial without a
/// number would end the call, so a redirect to its action replaces it.
fn dial(dial: &Dial) -> Element {
    let nouns = wave(dial, Carrier::Plivo);
    if nouns.is_empty() {
        return redirect(&dial.action);
    }
    let mut element = Element::new("Dial")
        .with("action", &dial.action)
        .with("method", "POST")
        .with("redirect", "true")
        .with("timeout", seconds(dial.timeout, &RING))
        .with("timeLimit", seconds(dial.time_limit, &TALK))
        .maybe("callerId", dial.caller_id.as_ref().map(Phone::e164));
    if let Some(url) = nouns.first().and_then(|noun| noun.status.as_deref()) {
        element = element.with("callbackUrl", url).with("callbackMethod", "POST");
    }
    if let Some(confirm) = nouns.first().and_then(|noun| noun.confirm.as_ref()) {
        element = element
            .with("confirmSound", &confirm.sound)
            .maybe("confirmKey", confirm.key.map(String::from))
            .maybe("confirmTimeout", confirm.key.map(|_| seconds(confirm.timeout, &CONFIRM)));
    }
    element.children(nouns.into_iter().map(noun))
}

fn noun(noun: &Noun) -> Element {
    match &noun.target {
        Target::Phone(phone) => Element::new("Number").address(phone.e164()),
        Target::Sip(uri) => Element::new("User").address(uri),
    }
}

#[cfg(test)]
mod tests {
    use crate::carrier::BargeIn;
    use crate::carrier::Carrier;
    use crate::carrier::Confirm;
    use crate::carrier::Dial;
    use crate::carrier::Gather;
    use crate::carrier::Noun;
    use crate::carrier::Rejection;
    use crate::carrier::Ring;
    use crate::carrier::Silence;
    use crate::carrier::Verb;
    use crate::carrier::sample::*;

    fn heard_only() -> Noun {
        let sound = "https://calls.example/w".into();
        let confirm = Confirm { key: None, sound, timeout: seconds(15) };
        Noun { confirm: Some(confirm), ..noun("+13055550101") }
    }

    fn questions() -> Vec<Trap> {
        vec![
            Trap {
                name: "its own verbs: a question has two timeouts, and no pause inside",
                verbs: vec![Verb::Gather(gather())],
                has: &[
                    r#"<GetDigits action="https://calls.example/c/1?a=b&amp;n=2" method="POST" "#,
                    r##"timeout="6" digitTimeout="3" numDigits="5" finishOnKey="#">"##,
                    r#"<Speak language="en-US">Zip?</Speak></GetDigits><Redirect method="POST">"#,
                ],
                lacks: &["<Gather", "<Say", "input=", "Wait", "actionOnEmptyResult", "#rc"],
            },
            Trap {
                name: "no finish key is `none`",
                verbs: vec![Verb::Gather(Gather { finish_on_key: None, ..gather() })],
                has: &[r#"finishOnKey="none""#],
                lacks: &[],
            },
            Trap {
                name: "prompts that no key ends stand before the question",
                verbs: vec![Verb::Gather(Gather {
                    barge_in: BargeIn::Off,
                    silence: Silence::Hangup,
                    ..gather()
                })],
                has: &[r#"</Speak><Wait length="1"/><GetDigits"#, "/><Hangup/></Response>"],
                lacks: &["Redirect"],
            },
            Trap {
                name: "a recording",
                verbs: vec![Verb::Record(record())],
                has: &[
                    r#"redirect="true" timeout="4" maxLength="60" finishOnKey="none""#,
                    r#"playBeep="true"/><Redirect"#,
                ],
                lacks: &[],
            },
        ]
    }

    fn dials() -> Vec<Trap> {
        vec![
            Trap {
                name: "a dial has one callback and one confirmation: the first noun's",
                verbs: vec![Verb::Dial(dial("+13055550101 sip:b@phone.plivo.com"))],
                has: &[
                    r#"callerId="+13055550123" callbackUrl="https://calls.example/s" "#,
                    r#"confirmSound="https://calls.example/w" confirmKey="1" confirmTimeout="15">"#,
                    "<Number>+13055550101</Number><User>sip:b@phone.plivo.com</User></Dial>",
                ],
                lacks: &["statusCallback", "answerOnBridge", " url=", "sequential"],
            },
            Trap {
                name: "a whisper without a key",
                verbs: vec![Verb::Dial(Dial { nouns: vec![heard_only()], ..dial("") })],
                has: &["confirmSound="],
                lacks: &["confirmKey", "confirmTimeout"],
            },
            Trap {
                name: "no SIP address but its own endpoints",
                verbs: vec![Verb::Dial(dial("sip:a@x.example +13055550101"))],
                has: &["<Number>+13055550101</Number></Dial>"],
                lacks: &["x.example"],
            },
            Trap {
                name: "no number to dial: a redirect to the action keeps the call",
                verbs: vec![Verb::Dial(dial("sip:a@x.example"))],
                has: &[r#"<Response><Redirect method="POST">https://calls.example/c/1?"#],
                lacks: &["<Dial"],
            },
            Trap {
                name: "one after another is one alone",
                verbs: vec![Verb::Dial(Dial {
                    ring: Ring::Sequential,
                    ..dial("+13055550101 +13055550102")
                })],
                has: &["<Number>+13055550101</Number></Dial>"],
                lacks: &["+13055550102"],
            },
        ]
    }

    #[test]
    fn traps() {
        check(Carrier::Plivo, &questions());
        check(Carrier::Plivo, &dials());
        let others = [
            Trap {
                name: "a rejection is a hangup with a reason",
                verbs: vec![Verb::Reject(Rejection::Busy)],
                has: &[r#"<Response><Hangup reason="busy"/></Response>"#],
                lacks: &["Reject"],
            },
            Trap {
                name: "after a word it is a plain hangup",
                verbs: vec![say("en-US", "No."), Verb::Reject(Rejection::Rejected)],
                has: &["</Speak><Hangup/>"],
                lacks: &["reason"],
            },
            Trap {
                name: "European Portuguese has a man's voice only",
                verbs: vec![say("pt-PT", "Olá"), Verb::Pause { length: seconds(2) }],
                has: &[r#"<Speak voice="MAN" language="pt-PT">Olá</Speak><Wait length="2"/>"#],
                lacks: &[],
            },
            Trap {
                name: "an empty sentence",
                verbs: vec![say("en", ""), Verb::Hangup],
                has: &["<Response><Hangup/></Response>"],
                lacks: &[],
            },
        ];
        check(Carrier::Plivo, &others);
    }
}
