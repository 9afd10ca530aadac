//! When a post may be sent to the same buyer again.

use std::time::Duration;

/// Pauses before the first repetition of a post, and before the second. After it, the post has
/// failed.
pub const REPETITIONS: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(1)];

/// How a post failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// No connection was made: the buyer got nothing.
    Unconnected,
    /// The buyer answered with this status.
    Status(u16),
    /// The request may have arrived, and no whole answer came.
    Unanswered,
}

impl Failure {
    /// Returns whether the post may be sent again: the buyer certainly took nothing. With 429 and
    /// 503, a server says that it did not handle the request (RFC 6585 §4, RFC 9110 §15.6.4).
    pub const fn is_repeatable(self) -> bool {
        match self {
            Failure::Unconnected | Failure::Status(429 | 503) => true,
            Failure::Status(_) | Failure::Unanswered => false,
        }
    }
}

/// Returns the pause before a post is sent again; `None` if it is not. It failed after `repeated`
/// repetitions with `left` of its time to go, and the buyer asked for a pause of `after`.
pub fn repetition(
    failure: Failure,
    repeated: usize,
    after: Option<Duration>,
    left: Duration,
) -> Option<Duration> {
    let pause = REPETITIONS.get(repeated)?;
    let pause = after.unwrap_or_default().max(*pause);
    (failure.is_repeatable() && pause < left).then_some(pause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_buyer_did_not_take_is_sent_again_within_the_time_of_the_post() {
        let millis = Duration::from_millis;
        let [first, second] = REPETITIONS;
        for (failure, repeated, after, left, expected) in [
            (Failure::Unconnected, 0, None, 9_000, Some(first)),
            (Failure::Unconnected, 1, None, 9_000, Some(second)),
            (Failure::Unconnected, 2, None, 9_000, None),
            (Failure::Status(503), 0, None, 9_000, Some(first)),
            (Failure::Status(429), 0, Some(3_000), 9_000, Some(millis(3_000))),
            (Failure::Status(429), 0, Some(0), 9_000, Some(first)),
            (Failure::Status(429), 0, Some(9_000), 9_000, None),
            (Failure::Status(503), 1, None, 1_000, None),
            (Failure::Status(500), 0, None, 9_000, None),
            (Failure::Status(502), 0, None, 9_000, None),
            (Failure::Status(504), 0, None, 9_000, None),
            (Failure::Status(200), 0, None, 9_000, None),
            (Failure::Unanswered, 0, None, 9_000, None),
        ] {
            let found = repetition(failure, repeated, after.map(millis), millis(left));
            assert_eq!(found, expected, "{failure:?} {repeated} {after:?} {left}");
        }
    }
}
