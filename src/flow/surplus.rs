//! Keys that a caller types beyond an answer that ended by its length: the `#` of habit, or the rest
//! of a ZIP+4. They belong to that answer, not to the next question.

use std::collections::VecDeque;
use std::time::Duration;

use crate::base::Mono;

use super::Check;
use super::Gather;
use super::Input;
use super::Output;

/// Longest pause before a key that still belongs to the answer before.
const PAUSE: Duration = Duration::from_secs(1);
/// Key by which callers end an answer.
const TERMINATOR: char = '#';

/// Digits of a ZIP+4 beyond its ZIP.
const ZIP_REST: u8 = 4;

/// State after an answer that ended by its length.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Surplus {
    until: Mono,
    rest: Rest,
}

/// What a caller may still type of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// So many digits of a ZIP+4, or the terminator.
    Zip(u8),
    /// The terminator.
    Terminator,
    /// Nothing: the terminator was typed.
    Nothing,
}

impl Surplus {
    /// Returns the state after a key that is not a finish key and had these outputs at a question;
    /// `None` if it ended no answer.
    pub(crate) fn after(outputs: &VecDeque<Output>, question: &Gather, now: Mono) -> Option<Self> {
        let answered = outputs.iter().any(|output| matches!(output, Output::Digits(_)));
        let zip = matches!(question.check, Some(Check::UsZip));
        let rest = if zip { Rest::Zip(ZIP_REST) } else { Rest::Terminator };
        answered.then_some(Self { until: now + PAUSE, rest })
    }

    /// Returns the state after the next input, which is a surplus key if it is a key; `None` if no
    /// further key belongs to the answer. Once the next prompts have ended, none does.
    pub(crate) fn next(self, input: &Input, now: Mono) -> Option<Self> {
        match input {
            Input::Digit(key) => {
                let rest = self.rest.after(*key).filter(|_| now <= self.until)?;
                Some(Self { until: now + PAUSE, rest })
            }
            Input::Played | Input::NotRouted(_) | Input::NotDialled(_) => None,
            Input::Start | Input::FieldSet | Input::Tick => Some(self),
            Input::Recorded { .. } | Input::LookedUp(_) => Some(self),
        }
    }
}

impl Rest {
    /// Returns what may still be typed after a key; `None` if the key is no part of the answer.
    fn after(self, key: char) -> Option<Self> {
        match (self, key) {
            (Rest::Zip(_) | Rest::Terminator, TERMINATOR) => Some(Rest::Nothing),
            (Rest::Zip(1), '0'..='9') => Some(Rest::Terminator),
            (Rest::Zip(left), '0'..='9') => Some(Rest::Zip(left.saturating_sub(1))),
            (Rest::Zip(_) | Rest::Terminator | Rest::Nothing, _) => None,
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

    /// What does not fit the answer is a key of the next question, however fast it is typed.
    #[test]
    fn a_fast_key_that_is_no_rest_of_the_answer_answers_the_next_question() {
        let ask = |keys: &str| format!("<Gather field='a' {keys}><Say>A</Say></Gather>");
        let next = "<Gather field='b' numDigits='1' finishOnKey=''><Say>B</Say></Gather>";
        let digits = "numDigits='5' attempts='2'";
        let zip = "validate='us-zip' attempts='2'";
        for (what, first, script, expected) in [
            ("a rest of a ZIP+4", zip, "90210 +100 2345 +1100 1", "90210 1"),
            ("a fifth digit", zip, "90210 +100 2345 +100 6", "90210 6"),
            ("a terminator ends the rest", zip, "90210# +100 1", "90210 1"),
            ("a terminator ends ZIP+4", zip, "902102345# +100 1", "90210 1"),
            ("a second terminator", zip, "90210# +100 #", "90210 #"),
            ("a star", zip, "90210 +100 *", "90210 *"),
            ("a late digit", zip, "90210 +1100 1", "90210 1"),
            ("five digits of something else", digits, "12345 +100 1", "12345 1"),
            ("a terminator of something else", digits, "12345# +100 1", "12345 1"),
            ("ten digits", "numDigits='10'", "3055550123 +100 1", "3055550123 1"),
            ("a menu", "numDigits='1'", "7 +100 1", "7 1"),
        ] {
            let flow = format!("{}{next}<Route/>", ask(first));
            assert_eq!(typed(&flow, script), expected, "{what}");
        }
    }

    #[test]
    fn a_finish_key_leaves_no_surplus() {
        let flow = "<Gather field='a'><Say>A</Say></Gather>\
                    <Gather field='b' numDigits='2'><Say>B</Say></Gather><Route/>";
        assert_eq!(typed(flow, "123#45"), "123 45");
    }
}
