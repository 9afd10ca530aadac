//! Keys that a caller types beyond an answer that ended by its length: the `#` of habit, or the rest
//! of a ZIP+4. They belong to that answer, not to the next question.

use std::collections::VecDeque;
use std::time::Duration;

use crate::base::Mono;

use super::Input;
use super::Output;

/// Longest pause before a key that still belongs to the answer before.
const PAUSE: Duration = Duration::from_secs(1);
/// Key by which callers end an answer.
const TERMINATOR: char = '#';

/// State after an answer that ended by its length.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Surplus {
    until: Mono,
    shape: Shape,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// One key, as in a menu: a digit that follows at once answers the next menu.
    OneKey,
    /// Several keys: those that follow without a pause continue them.
    Number,
}

impl Surplus {
    /// Returns the state after a key that is not a finish key and had these outputs; `None` if it
    /// ended no answer.
    pub(crate) fn after(outputs: &VecDeque<Output>, now: Mono) -> Option<Self> {
        let answer = |output: &Output| match output {
            Output::Digits(typed) if typed.len() > 1 => Some(Shape::Number),
            Output::Digits(_) => Some(Shape::OneKey),
            Output::Step(_)
            | Output::Play(_)
            | Output::StopPlaying
            | Output::DigitIgnored(_)
            | Output::Field { .. }
            | Output::Tag { .. }
            | Output::Record { .. }
            | Output::StopRecording
            | Output::Lookup { .. }
            | Output::Dial { .. }
            | Output::Route { .. }
            | Output::Unrouted(_)
            | Output::Redirect(_)
            | Output::Reject { .. }
            | Output::Hangup => None,
        };
        let shape = outputs.iter().find_map(answer)?;
        Some(Self { until: now + PAUSE, shape })
    }

    /// Returns the state after the next input, which is a surplus key if it is a key; `None` if no
    /// further key belongs to the answer. Once the next prompts have ended, none does.
    pub(crate) fn next(self, input: &Input, now: Mono) -> Option<Self> {
        match input {
            Input::Digit(key) => {
                let belongs = *key == TERMINATOR || self.shape == Shape::Number;
                (now <= self.until && belongs).then_some(Self { until: now + PAUSE, ..self })
            }
            Input::Played | Input::NotRouted(_) | Input::NotDialled(_) => None,
            Input::Start | Input::FieldSet | Input::Tick => Some(self),
            Input::Recorded { .. } | Input::LookedUp(_) => Some(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::Fields;
    use crate::base::Now;
    use crate::flow::Facts;
    use crate::flow::Run;
    use crate::flow::parse;

    /// Plays keys, `played` and pauses like `+1100`; returns what was typed at each question.
    fn typed(flow: &str, script: &str) -> String {
        let (flow, faults) = parse("t.xml", &format!("<Flow name='t'>{flow}</Flow>"));
        let mut run = Run::new(Arc::new(flow.unwrap_or_else(|| panic!("{faults:?}"))));
        let (fields, mut now) = (Fields::default(), Now::default());
        let facts = Facts::new(&fields, 1);
        let mut typed = Vec::new();
        let mut feed = |run: &mut Run, input, now| {
            run.handle(input, &facts, now);
            let outputs: Vec<Output> = std::iter::from_fn(|| run.poll()).collect();
            typed.extend(outputs.iter().filter_map(|output| match output {
                Output::Digits(digits) => Some(digits.clone()),
                _other => None,
            }));
            if outputs.iter().any(|output| matches!(output, Output::Field { .. })) {
                run.handle(Input::FieldSet, &facts, now);
                while run.poll().is_some() {}
            }
        };
        feed(&mut run, Input::Start, now);
        for word in script.split_whitespace() {
            match word.strip_prefix('+').and_then(|pause| pause.parse().ok()) {
                Some(pause) => now = now.later(Duration::from_millis(pause)),
                None if word == "played" => feed(&mut run, Input::Played, now),
                None => word.chars().for_each(|key| feed(&mut run, Input::Digit(key), now)),
            }
        }
        typed.join(" ")
    }

    /// Case 16.
    #[test]
    fn keys_beyond_an_answers_length_do_not_answer_the_next_question() {
        let zip = "<Gather field='zip' numDigits='5' attempts='2'><Say>Z</Say></Gather>";
        let menu = "<Gather field='m' attempts='1' gate='false' finishOnKey=''><Say>M</Say>\
                    <Option digits='1'/><Option digits='2'/><Option digits='#'/></Gather>";
        let flow =
            format!("{zip}{menu}<Gather field='n' numDigits='1'><Say>N</Say></Gather><Route/>");
        for (what, script, expected) in [
            ("a terminator", "90210# +1500 1", "90210 1"),
            ("a late terminator", "90210 +900 # +1500 1", "90210 1"),
            ("a ZIP+4", "902102345 +1500 1", "90210 1"),
            ("a slow ZIP+4", "90210 +800 2 +800 3 +800 4 +800 5 +1100 2", "90210 2"),
            ("a ZIP+4 with terminator", "902102345# +1500 2", "90210 2"),
            ("a terminator as an answer", "90210 +1100 #", "90210 #"),
            ("the prompt was heard", "90210 played 1", "90210 1"),
            ("an invalid answer", "000001234 +1500 90210 +1500 1", "00000 90210 1"),
            ("a menu, then a menu", "90210 +1500 1 +200 7", "90210 1 7"),
            ("a menu with terminator", "90210 +1500 1# +200 7", "90210 1 7"),
        ] {
            assert_eq!(
                typed(&flow.replace("numDigits='5'", "validate='us-zip'"), script),
                expected,
                "{what}"
            );
        }
    }

    #[test]
    fn a_finish_key_leaves_no_surplus() {
        let flow = "<Gather field='a'><Say>A</Say></Gather>\
                    <Gather field='b' numDigits='2'><Say>B</Say></Gather><Route/>";
        assert_eq!(typed(flow, "123#45"), "123 45");
    }
}
