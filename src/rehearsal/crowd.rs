//! A crowd of random callers.

use serde::Serialize;

/// A crowd: the number of callers, and their behaviour, in percent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Crowd {
    /// Number of callers, up to [`CALLERS_MAX`].
    pub callers: u32,
    /// Seed of every random choice.
    pub seed: u64,
    /// Callers who withhold their number.
    pub withheld: u8,
    /// Callers who called an hour ago.
    pub again: u8,
    /// Callers who press keys at random, at each question.
    pub mistype: u8,
    /// Callers who press no key, at each question.
    pub silent: u8,
    /// Callers who hang up, at each question. All others answer.
    pub hang_up: u8,
    /// Buyers who are busy.
    pub busy: u8,
    /// Buyers who do not answer. All others answer.
    pub no_answer: u8,
}

impl Crowd {
    /// Creates a crowd with the usual behaviour.
    pub fn of(callers: u32, seed: u64) -> Self {
        Self {
            callers,
            seed,
            withheld: 4,
            again: 10,
            mistype: 8,
            silent: 8,
            hang_up: 3,
            busy: 10,
            no_answer: 15,
        }
    }
}
