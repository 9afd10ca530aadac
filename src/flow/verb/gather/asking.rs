//! One caller at one question.
//!
//! Keys count from the start of the prompts. The time to answer runs from the end of the prompts,
//! or from the last key. An invalid answer and no answer each use up one attempt.

use std::collections::VecDeque;

use crate::base::Mono;
use crate::base::Now;
use crate::flow::Facts;
use crate::flow::Input;
use crate::flow::Output;
use crate::flow::Sound;
use crate::flow::turn::Await;
use crate::flow::turn::Then;
use crate::flow::turn::Turn;

use super::BargeIn;
use super::DIGITS_MAX;
use super::Gate;
use super::Gather;

/// State of a question.
#[derive(Debug)]
pub(crate) struct Asking {
    /// Failed attempts.
    failed: u32,
    ear: Ear,
}

#[derive(Debug)]
enum Ear {
    /// The prompts play; these early keys wait for their end.
    Prompting { early: String },
    /// These keys were typed; the next one must arrive before this time.
    Listening { typed: String, until: Mono },
}

/// A question at one moment, with its facts and outputs.
struct Hearing<'a> {
    gather: &'a Gather,
    facts: &'a Facts<'a>,
    now: Now,
    out: &'a mut VecDeque<Output>,
}

impl Asking {
    /// Asks the question for the first time.
    pub(crate) fn begin(
        gather: &Gather,
        facts: &Facts<'_>,
        now: Now,
        out: &mut VecDeque<Output>,
    ) -> Turn {
        if gather.is_needless(facts) {
            return Turn::Go(Then::from(gather.valid));
        }
        let ear = ask(&[], Hearing { gather, facts, now, out });
        Turn::Wait(Await::Answer(Self { failed: 0, ear }))
    }

    /// Returns when the time to answer runs out.
    pub(crate) fn deadline(&self) -> Option<Mono> {
        match &self.ear {
            Ear::Prompting { .. } => None,
            Ear::Listening { until, .. } => Some(*until),
        }
    }

    /// Processes an event.
    pub(crate) fn handle(
        self,
        gather: &Gather,
        input: Input,
        (facts, now): (&Facts<'_>, Now),
        out: &mut VecDeque<Output>,
    ) -> Turn {
        let hearing = Hearing { gather, facts, now, out };
        match (self.ear, input) {
            (ear, Input::Digit(key)) if is_tone(key) => Self { ear, ..self }.press(key, hearing),
            (Ear::Prompting { early }, Input::Played) => {
                Self { ear: listen(gather, now), ..self }.replay(&early, hearing)
            }
            (Ear::Listening { typed, until }, Input::Tick) if now.mono >= until => {
                finish(self.failed, &typed, hearing)
            }
            (ear, _unawaited) => Turn::Wait(Await::Answer(Self { ear, ..self })),
        }
    }

    fn press(self, key: char, hearing: Hearing<'_>) -> Turn {
        let Hearing { gather, now, .. } = hearing;
        let mut typed = match (self.ear, gather.barge_in) {
            (Ear::Listening { typed, .. }, _) => typed,
            (Ear::Prompting { early }, BargeIn::On) => {
                hearing.out.push_back(Output::StopPlaying);
                early
            }
            (Ear::Prompting { mut early }, BargeIn::Off) => {
                if early.len() < DIGITS_MAX {
                    early.push(key);
                }
                return Turn::Wait(Await::Answer(Self { ear: Ear::Prompting { early }, ..self }));
            }
        };
        if gather.finish == Some(key) {
            return finish(self.failed, &typed, hearing);
        }
        typed.push(key);
        if gather.is_complete(&typed) {
            return finish(self.failed, &typed, hearing);
        }
        let ear = Ear::Listening { typed, until: now.mono + gather.inter_digit_timeout };
        Turn::Wait(Await::Answer(Self { ear, ..self }))
    }

    /// Processes the keys that arrived during prompts without barge-in. Keys beyond the answer are
    /// dropped.
    fn replay(self, keys: &str, hearing: Hearing<'_>) -> Turn {
        let Hearing { gather, facts, now, out } = hearing;
        let mut turn = Turn::Wait(Await::Answer(self));
        for key in keys.chars() {
            turn = match turn {
                Turn::Wait(Await::Answer(asking)) if asking.deadline().is_some() => {
                    asking.press(key, Hearing { gather, facts, now, out: &mut *out })
                }
                settled => return settled,
            };
        }
        turn
    }
}

/// Checks the typed keys when no more are expected.
fn finish(failed: u32, typed: &str, hearing: Hearing<'_>) -> Turn {
    let gather = hearing.gather;
    if typed.is_empty() {
        return again(failed + 1, &gather.no_input, hearing);
    }
    hearing.out.push_back(Output::Digits(typed.to_owned()));
    let Some((value, goto)) = gather.judge(typed) else {
        return again(failed + 1, &gather.no_match, hearing);
    };
    match &gather.field {
        Some(field) => {
            hearing.out.push_back(Output::Field { name: field.clone(), value });
            Turn::Wait(Await::FieldSet(Then::from(goto)))
        }
        None => Turn::Go(Then::from(goto)),
    }
}

fn again(failed: u32, why: &[Sound], hearing: Hearing<'_>) -> Turn {
    let gather = hearing.gather;
    if failed < gather.attempts {
        let ear = ask(why, hearing);
        return Turn::Wait(Await::Answer(Asking { failed, ear }));
    }
    match (gather.exhausted, gather.gate) {
        (Some(goto), _) => Turn::Go(Then::Goto(goto)),
        (None, Gate::Optional) => Turn::Go(Then::Next),
        (None, Gate::Required) => Turn::End(Output::Hangup),
    }
}

fn ask(why: &[Sound], hearing: Hearing<'_>) -> Ear {
    let Hearing { gather, facts, now, out } = hearing;
    let sounds = why.iter().chain(&gather.prompt).map(|sound| sound.filled(facts.fields));
    let sounds: Vec<Sound> = sounds.collect();
    if sounds.is_empty() {
        return listen(gather, now);
    }
    out.push_back(Output::Play(sounds));
    Ear::Prompting { early: String::new() }
}

fn listen(gather: &Gather, now: Now) -> Ear {
    Ear::Listening { typed: String::new(), until: now.mono + gather.timeout }
}

/// Returns whether a key is one of the sixteen DTMF tones (RFC 4733 §3.2).
fn is_tone(key: char) -> bool {
    matches!(key, '0'..='9' | '*' | '#' | 'A'..='D')
}
