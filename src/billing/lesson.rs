//! What the end of a hold shows about its contract: whether the buyer answers, and what calls earn.

use crate::caps::Settle;

/// What the end of one hold shows about its contract, for later decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lesson {
    /// Whether the buyer took the call; `None` if the hold's end does not show it. Contracts rest
    /// by this value.
    pub answered: Option<bool>,
    /// Earnings of the attempt in micros; `None` if not known yet, or if the buyer did not cause
    /// the lack of earnings.
    pub earned: Option<i64>,
}

/// Returns what the end of a hold shows. `price` is in micros; `committed` is whether the hold was
/// committed before.
pub fn lesson(how: Settle, price: i64, committed: bool) -> Lesson {
    match how {
        Settle::Commit => Lesson { answered: Some(true), earned: None },
        Settle::Release => Lesson { answered: None, earned: None },
        Settle::Unanswered => Lesson { answered: Some(false), earned: Some(0) },
        Settle::End => Lesson { answered: None, earned: committed.then_some(price) },
        Settle::Unbilled => Lesson { answered: None, earned: committed.then_some(0) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_end_teaches_its_own() {
        for (how, committed, answered, earned) in [
            (Settle::Commit, false, Some(true), None),
            (Settle::Release, false, None, None),
            (Settle::Unanswered, false, Some(false), Some(0)),
            (Settle::End, true, None, Some(45)),
            (Settle::End, false, None, None),
            (Settle::Unbilled, true, None, Some(0)),
            (Settle::Unbilled, false, None, None),
        ] {
            let expected = Lesson { answered, earned };
            assert_eq!(lesson(how, 45, committed), expected, "{how:?}, committed {committed}");
        }
    }
}
