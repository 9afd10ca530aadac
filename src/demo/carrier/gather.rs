//! A question: its prompts, and the handling of keys.

use std::time::Duration;

use super::call::Call;
use super::call::HungUp;
use super::call::Step;
use super::call::length;
use super::document::Barge;
use super::document::Gather;
use super::document::OnSilence;
use super::params;
use super::script::Reply;
use super::transcript::Event;

/// Input after one play of a question's prompts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Keys {
    /// Digits without the finishing key.
    pub(super) digits: String,
    /// The finishing key.
    pub(super) finish: Option<char>,
    /// Time from the start of the prompts.
    pub(super) took: Duration,
}

/// Returns the keys that reach a question when `keys` are pressed, the first at `after`, the others
/// `gap` apart.
pub(super) fn collect(gather: &Gather, keys: &str, after: Duration, gap: Duration) -> Keys {
    let prompts: Duration = gather.prompts.iter().map(length).sum();
    let begins = match gather.barge {
        Barge::In => after,
        Barge::Waits => after.max(prompts),
    };
    let mut digits = String::new();
    let deadline = prompts + gather.first;
    if keys.is_empty() || begins > deadline {
        return Keys { digits, finish: None, took: deadline };
    }
    let mut took = begins;
    for (place, key) in keys.chars().enumerate() {
        if place > 0 {
            if gap > gather.between {
                break;
            }
            took += gap;
        }
        if gather.finish.contains(key) {
            return Keys { digits, finish: Some(key), took };
        }
        digits.push(key);
        if digits.len() >= gather.most {
            return Keys { digits, finish: None, took };
        }
    }
    Keys { digits, finish: None, took: took + gather.between }
}

impl Call {
    /// Asks, and continues with the action's document. Without input, or with the finishing key
    /// only: continues with the next verb, or requests the action with empty `Digits` if the
    /// document says so.
    pub(super) async fn gather(&mut self, gather: Gather) -> Result<Step, HungUp> {
        for _ in 0..gather.tries {
            self.note(Event::Asked);
            for prompt in &gather.prompts {
                self.hear(prompt).await;
            }
            let keys = match self.replies.pop_front().unwrap_or(Reply::Silence) {
                Reply::Press { keys, after, gap } => collect(&gather, &keys, after, gap),
                Reply::Silence => collect(&gather, "", Duration::ZERO, Duration::ZERO),
                Reply::HangUp { after } => {
                    self.spend(after).await?;
                    return Err(HungUp);
                }
            };
            self.spend(keys.took).await?;
            self.note(Event::Typed(keys.digits.clone()));
            if !keys.digits.is_empty() || gather.on_silence == OnSilence::Asks {
                let params = params::digits(&self.line, self.params(), &keys.digits, keys.finish);
                return Ok(self.follow(gather.redirects, gather.action, params).await);
            }
        }
        Ok(Step::On)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::carrier::document::Link;
    use crate::demo::carrier::document::Redirects;
    use crate::demo::carrier::document::Verb;
    use crate::demo::carrier::sign::Method;

    #[test]
    fn keys_reach_a_question_in_time() {
        let gather = |most: usize, finish: &str, barge: Barge| Gather {
            action: Link { url: String::new(), method: Method::Post },
            most,
            finish: finish.to_owned(),
            first: Duration::from_secs(5),
            between: Duration::from_secs(2),
            barge,
            on_silence: OnSilence::FallsThrough,
            redirects: Redirects::Follows,
            tries: 1,
            prompts: vec![Verb::Pause(Duration::from_secs(10))],
        };
        // (most, finish, barge), (keys, after, gap in ms), (digits, finish, took in ms)
        let cases = [
            ((5, "#", Barge::In), ("94105", 1000, 300), ("94105", None, 2200)),
            ((9, "#", Barge::In), ("94105#", 1000, 300), ("94105", Some('#'), 2500)),
            ((9, "#", Barge::In), ("94105", 1000, 300), ("94105", None, 4200)),
            ((9, "", Barge::In), ("9#1", 1000, 300), ("9#1", None, 3600)),
            ((1, "#", Barge::In), ("12", 1000, 300), ("1", None, 1000)),
            ((1, "#", Barge::Waits), ("1", 1000, 300), ("1", None, 10_000)),
            ((5, "#", Barge::In), ("12", 1000, 2500), ("1", None, 3000)),
            ((5, "#", Barge::In), ("#", 1000, 300), ("", Some('#'), 1000)),
            ((5, "#", Barge::In), ("", 0, 0), ("", None, 15_000)),
            ((5, "#", Barge::In), ("1", 15_001, 0), ("", None, 15_000)),
        ];
        for ((most, finish, barge), (keys, after, gap), (digits, ended, took)) in cases {
            let millis = Duration::from_millis;
            let found = collect(&gather(most, finish, barge), keys, millis(after), millis(gap));
            let expected = Keys { digits: digits.to_owned(), finish: ended, took: millis(took) };
            assert_eq!(found, expected, "{keys:?} for {most} {finish:?} {barge:?}");
        }
    }
}
