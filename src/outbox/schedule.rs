//! When a delivery that failed is repeated, and when it is given up.

use std::time::Duration;

use crate::base::Rng;
use crate::base::Wall;

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Pauses after the first failure, the second, and so on. Each is shortened at random by up to a
/// tenth, so that deliveries that failed together are not repeated together. One more failure after
/// the last pause, and the delivery is dead.
pub const RETRIES: [Duration; 10] = [
    seconds(5),
    seconds(30),
    seconds(2 * 60),
    seconds(10 * 60),
    seconds(30 * 60),
    seconds(3_600),
    seconds(2 * 3_600),
    seconds(4 * 3_600),
    seconds(6 * 3_600),
    seconds(10 * 3_600),
];

/// Age at which a delivery is given up, however often it was tried: while a receiver is down, not
/// every delivery is tried each time.
pub const GIVEN_UP_AFTER: Duration = seconds(24 * 3_600);

/// What an attempt to deliver came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The receiver has the event.
    Delivered,
    /// The receiver answered, but did not take the event.
    Refused {
        /// Pause that the receiver asked for.
        after: Option<Duration>,
    },
    /// The receiver did not answer, or its server failed.
    Down {
        /// Pause that the receiver asked for.
        after: Option<Duration>,
    },
    /// The receiver wants no more repetitions.
    Gone,
}

/// What came of an attempt to deliver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// What it came to.
    pub verdict: Verdict,
    /// Why it failed; without what tells of a person, such as a URL.
    pub fault: Option<String>,
}

impl Sent {
    /// Returns the end of an attempt that delivered.
    pub const fn delivered() -> Self {
        Self { verdict: Verdict::Delivered, fault: None }
    }

    /// Returns the end of an attempt that the server did not answer, or that never began.
    pub const fn down(fault: String) -> Self {
        Self { verdict: Verdict::Down { after: None }, fault: Some(fault) }
    }

    /// Returns the end of an attempt that the server refused.
    pub const fn refused(fault: String) -> Self {
        Self { verdict: Verdict::Refused { after: None }, fault: Some(fault) }
    }

    /// Returns the end of an attempt that is not to be repeated.
    pub const fn gone(fault: String) -> Self {
        Self { verdict: Verdict::Gone, fault: Some(fault) }
    }
}

/// What happens to a delivery after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing: it is done.
    Delivered,
    /// It is repeated at this time.
    At(Wall),
    /// It is given up until somebody resends it.
    Dead,
}

impl Verdict {
    /// Returns the verdict of an answer with a status. Only 2xx takes the event: a redirect is not
    /// followed, and 410 asks to stop (Standard Webhooks).
    pub const fn of_status(status: u16, after: Option<Duration>) -> Self {
        match status {
            200..=299 => Verdict::Delivered,
            410 => Verdict::Gone,
            429 | 500..=599 => Verdict::Down { after },
            _ => Verdict::Refused { after },
        }
    }

    /// Returns whether the attempt shows that the destination works.
    pub const fn is_alive(self) -> bool {
        match self {
            Verdict::Delivered | Verdict::Refused { .. } | Verdict::Gone => true,
            Verdict::Down { .. } => false,
        }
    }
}

/// Returns what happens after the `attempts`th attempt of a delivery that has been due since
/// `since`.
pub fn next(verdict: Verdict, attempts: u32, since: Wall, now: Wall, rng: &mut Rng) -> Next {
    let after = match verdict {
        Verdict::Delivered => return Next::Delivered,
        Verdict::Gone => return Next::Dead,
        Verdict::Refused { after } | Verdict::Down { after } => after,
    };
    let failures = usize::try_from(attempts).unwrap_or(usize::MAX).max(1);
    let Some(pause) = RETRIES.get(failures - 1) else { return Next::Dead };
    let micros = u64::try_from(pause.as_micros()).unwrap_or(u64::MAX);
    let pause = *pause - Duration::from_micros(rng.below(micros / 10 + 1));
    let at = now + after.unwrap_or_default().min(GIVEN_UP_AFTER).max(pause);
    if at.since(since) > GIVEN_UP_AFTER { Next::Dead } else { Next::At(at) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The longest time that one attempt takes.
    const ATTEMPT: Duration = seconds(15);
    const DOWN: Verdict = Verdict::Down { after: None };

    fn day(seed: u64, verdict: Verdict) -> (u32, Duration) {
        let mut rng = Rng::seeded(seed);
        let since = Wall::from_micros(1_763_632_800_000_000);
        let (mut now, mut attempts) = (since, 0);
        loop {
            now = now + ATTEMPT;
            attempts += 1;
            match next(verdict, attempts, since, now, &mut rng) {
                Next::At(at) => {
                    assert!(at > now);
                    now = at;
                }
                Next::Dead => return (attempts, now.since(since)),
                Next::Delivered => unreachable!("it never works"),
            }
        }
    }

    #[test]
    fn a_receiver_that_is_down_for_a_day_gets_eleven_attempts_within_24_hours() {
        for seed in 0..200 {
            let (attempts, took) = day(seed, DOWN);
            assert_eq!(attempts, 11, "seed {seed}");
            assert!(took <= GIVEN_UP_AFTER && took > seconds(21 * 3_600), "seed {seed}: {took:?}");
        }
    }

    #[test]
    fn pauses_differ_by_chance_and_never_exceed_the_schedule() {
        let (since, mut rng) = (Wall::from_micros(0), Rng::seeded(1));
        for (failed, pause) in (1..).zip(RETRIES) {
            let at = |rng: &mut Rng| {
                let found = next(DOWN, failed, since, since, rng);
                let Next::At(at) = found else { panic!("{found:?}") };
                at.since(since)
            };
            let mut found: Vec<_> = (0..20).map(|_| at(&mut rng)).collect();
            assert!(found.iter().all(|own| *own <= pause && *own >= pause * 9 / 10), "{found:?}");
            found.sort();
            found.dedup();
            assert!(found.len() > 10, "{found:?}");
        }
    }

    #[test]
    fn answers_decide_what_happens_next() {
        let since = Wall::from_micros(0);
        let after = |status: u16, after: Option<u64>| {
            let verdict = Verdict::of_status(status, after.map(seconds));
            next(verdict, 1, since, since, &mut Rng::seeded(1))
        };
        for status in [200, 201, 204, 299] {
            assert_eq!(after(status, None), Next::Delivered, "{status}");
        }
        assert_eq!(after(410, None), Next::Dead);
        for status in [100, 199, 301, 302, 307, 308, 400, 401, 404, 429, 500, 503, 599] {
            let Next::At(at) = after(status, None) else { panic!("{status}") };
            assert!(at.since(since) <= seconds(5), "{status}");
        }
        assert_eq!(after(429, Some(120)), Next::At(since + seconds(120)));
        assert_eq!(after(503, Some(u64::MAX)), Next::At(since + GIVEN_UP_AFTER));
        let late = since + seconds(23 * 3_600);
        assert_eq!(next(DOWN, 9, since, late, &mut Rng::seeded(1)), Next::Dead);
        for (status, alive) in [(200, true), (404, true), (410, true), (429, false), (500, false)] {
            assert_eq!(Verdict::of_status(status, None).is_alive(), alive, "{status}");
        }
    }
}
