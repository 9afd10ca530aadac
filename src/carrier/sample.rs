//! Documents and requests that the room's tests share.

use std::time::Duration;

use super::BargeIn;
use super::Beep;
use super::CallerAnswer;
use super::Carrier;
use super::Confirm;
use super::Dial;
use super::Document;
use super::Gather;
use super::Noun;
use super::Prompt;
use super::Record;
use super::Ring;
use super::Silence;
use super::Target;
use super::Verb;

/// URL of all callbacks in samples.
pub(crate) const URL: &str = "https://calls.example/c/1?a=b&n=2";

pub(crate) const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

pub(crate) fn say(language: &str, text: &str) -> Verb {
    Verb::Say { language: language.into(), text: text.into() }
}

pub(crate) fn gather() -> Gather {
    Gather {
        prompts: vec![
            Prompt::Say { language: "en-US".into(), text: "Zip?".into() },
            Prompt::Pause { length: seconds(1) },
        ],
        action: URL.into(),
        digits: Some(5),
        finish_on_key: Some('#'),
        timeout: seconds(6),
        inter_digit_timeout: seconds(3),
        barge_in: BargeIn::On,
        silence: Silence::Action,
    }
}

pub(crate) fn record() -> Record {
    Record {
        action: URL.into(),
        max: seconds(60),
        silence: seconds(4),
        finish_on_key: None,
        beep: Beep::On,
    }
}

pub(crate) fn noun(target: &str) -> Noun {
    Noun {
        target: match target.parse() {
            Ok(phone) => Target::Phone(phone),
            Err(_) => Target::Sip(target.into()),
        },
        url: Some("https://calls.example/w".into()),
        status: Some("https://calls.example/s".into()),
        confirm: Some(Confirm {
            key: Some('1'),
            sound: "https://calls.example/w".into(),
            timeout: seconds(15),
        }),
    }
}

/// Returns a dial of targets that are separated by spaces.
pub(crate) fn dial(targets: &str) -> Dial {
    Dial {
        action: URL.into(),
        timeout: seconds(20),
        time_limit: seconds(3_600),
        caller_id: Some("+13055550123".parse().unwrap()),
        answer: CallerAnswer::OnBridge,
        nouns: targets.split_whitespace().map(noun).collect(),
        ring: Ring::Together,
    }
}

pub(crate) fn document(verbs: impl IntoIterator<Item = Verb>) -> Document {
    Document { verbs: verbs.into_iter().collect() }
}

/// A trap of a dialect: its name, the verbs to print, what the XML must contain, and what it must
/// not.
#[derive(Debug)]
pub(crate) struct Trap {
    pub(crate) name: &'static str,
    pub(crate) verbs: Vec<Verb>,
    pub(crate) has: &'static [&'static str],
    pub(crate) lacks: &'static [&'static str],
}

/// Checks a carrier's printer for its traps.
pub(crate) fn check(carrier: Carrier, traps: &[Trap]) {
    for Trap { name, verbs, has, lacks } in traps {
        let printed = document(verbs.clone()).print(carrier);
        for text in *has {
            assert!(printed.contains(text), "{carrier}, {name}: no {text} in {printed}");
        }
        for text in *lacks {
            assert!(!printed.contains(text), "{carrier}, {name}: {text} in {printed}");
        }
    }
}
