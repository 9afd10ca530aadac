//! One caller at one question.
//!
//! Keys count from the prompts on. The time to answer runs from the end of the prompts, or from
//! the last key. An answer that is none, and no answer, each use up one attempt.

use std::collections::VecDeque;

use crate::base::Mono;
use crate::base::Now;
use crate::flow::Input;
use crate::flow::Output;
use crate::flow::Sound;
use crate::flow::run::Await;
use crate::flow::run::Then;
use crate::flow::run::Turn;

use super::BargeIn;
use super::DIGITS_MAX;
use super::Gate;
use super::Gather;

/// A question under way.
#[derive(Debug)]
pub(crate) struct Asking {
    /// Attempts that came to nothing.
    failed: u32,
    ear: Ear,
}

#[derive(Debug)]
enum Ear {
    /// The prompts play; these keys came meanwhile and wait for their end.
    Prompting { early: String },
    /// These keys were typed; the next one must come before this time.
    Listening { typed: String, until: Mono },
}

impl Asking {
    /// Asks for the first time.
    pub(crate) fn begin(gather: &Gather, now: Now, out: &mut VecDeque<Output>) -> Asking {
        Self { failed: 0, ear: ask(gather, &[], now, out) }
    }

    /// When the time to answer runs out.
    pub(crate) fn deadline(&self) -> Option<Mono> {
        match &self.ear {
            Ear::Prompting { .. } => None,
            Ear::Listening { until, .. } => Some(*until),
        }
    }

    /// Takes in what happened.
    pub(crate) fn handle(
        self,
        gather: &Gather,
        input: Input,
        now: Now,
        out: &mut VecDeque<Output>,
    ) -> Turn {
        match (self.ear, input) {
            (ear, Input::Digit(key)) if is_tone(key) => {
                Self { ear, ..self }.press(gather, key, now, out)
            }
            (Ear::Prompting { early }, Input::Played) => {
                Self { ear: listen(gather, now), ..self }.replay(gather, &early, now, out)
            }
            (Ear::Listening { typed, until }, Input::Tick) if now.mono >= until => {
                finish(self.failed, &typed, gather, now, out)
            }
            (ear, _unawaited) => Turn::Wait(Await::Answer(Self { ear, ..self })),
        }
    }

    fn press(self, gather: &Gather, key: char, now: Now, out: &mut VecDeque<Output>) -> Turn {
        let mut typed = match (self.ear, gather.barge_in) {
            (Ear::Listening { typed, .. }, _) => typed,
            (Ear::Prompting { early }, BargeIn::On) => {
                out.push_back(Output::StopPlaying);
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
            return finish(self.failed, &typed, gather, now, out);
        }
        typed.push(key);
        if gather.is_complete(&typed) {
            return finish(self.failed, &typed, gather, now, out);
        }
        let ear = Ear::Listening { typed, until: now.mono + gather.inter_digit_timeout };
        Turn::Wait(Await::Answer(Self { ear, ..self }))
    }

    /// Lets the keys count that came during prompts which they could not end. What is typed
    /// beyond the answer is dropped.
    fn replay(self, gather: &Gather, keys: &str, now: Now, out: &mut VecDeque<Output>) -> Turn {
        let mut turn = Turn::Wait(Await::Answer(self));
        for key in keys.chars() {
            turn = match turn {
                Turn::Wait(Await::Answer(asking)) if asking.deadline().is_some() => {
                    asking.press(gather, key, now, out)
                }
                settled => return settled,
            };
        }
        turn
    }
}

/// Judges what was typed when no more is to come.
fn finish(failed: u32, typed: &str, gather: &Gather, now: Now, out: &mut VecDeque<Output>) -> Turn {
    if typed.is_empty() {
        return again(failed + 1, &gather.no_input, gather, now, out);
    }
    out.push_back(Output::Digits(typed.to_owned()));
    let Some((value, goto)) = gather.judge(typed) else {
        return again(failed + 1, &gather.no_match, gather, now, out);
    };
    match &gather.field {
        Some(field) => {
            out.push_back(Output::Field { name: field.clone(), value });
            Turn::Wait(Await::FieldSet(Then::from(goto)))
        }
        None => Turn::Go(Then::from(goto)),
    }
}

fn again(
    failed: u32,
    why: &[Sound],
    gather: &Gather,
    now: Now,
    out: &mut VecDeque<Output>,
) -> Turn {
    if failed < gather.attempts {
        let ear = ask(gather, why, now, out);
        return Turn::Wait(Await::Answer(Asking { failed, ear }));
    }
    match (gather.exhausted, gather.gate) {
        (Some(goto), _) => Turn::Go(Then::Goto(goto)),
        (None, Gate::Optional) => Turn::Go(Then::Next),
        (None, Gate::Required) => Turn::End(Output::Hangup),
    }
}

fn ask(gather: &Gather, why: &[Sound], now: Now, out: &mut VecDeque<Output>) -> Ear {
    let sounds: Vec<Sound> = why.iter().chain(&gather.prompt).cloned().collect();
    if sounds.is_empty() {
        return listen(gather, now);
    }
    out.push_back(Output::Play(sounds));
    Ear::Prompting { early: String::new() }
}

fn listen(gather: &Gather, now: Now) -> Ear {
    Ear::Listening { typed: String::new(), until: now.mono + gather.timeout }
}

/// The sixteen tones of a telephone (RFC 4733 §3.2).
fn is_tone(key: char) -> bool {
    matches!(key, '0'..='9' | '*' | '#' | 'A'..='D')
}
