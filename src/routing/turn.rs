//! A contract's position in its offer's sequence.

/// One contract's position in its offer's sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Turn {
    /// Amount of a call that the contract is owed, in parts of 2³²; negative when it is ahead.
    pub owed: i64,
    /// Number of its latest turn; 0 before the first.
    pub latest: u64,
}
