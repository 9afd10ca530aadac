//! A crowd of random callers.

use serde::Serialize;

/// Who calls: how many, and what they do, in percent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Crowd {
    /// How many, up to [`CALLERS_MAX`].
    pub callers: u32,
    /// What every random choice is drawn from.
    pub seed: u64,
    /// Callers who withhold their number.
    pub withheld: u8,
    /// Callers who have called an hour ago.
    pub again: u8,
    /// At each question: press keys at random.
    pub mistype: u8,
    /// At each question: press nothing.
    pub silent: u8,
    /// At each question: hang up. All others answer.
    pub hang_up: u8,
    /// Buyers who are busy when they are rung.
    pub busy: u8,
    /// Buyers who do not answer. All others do.
    pub no_answer: u8,
}

impl Crowd {
    /// So many callers of the usual kind.
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
