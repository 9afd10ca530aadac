//! Where a contract stands in its offer's sequence.

/// Where one contract stands in its offer's sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Turn {
    /// How much of a call it is owed, in parts of 2³²; below zero when it is ahead.
    pub owed: i64,
    /// The number of its latest turn; 0 before the first.
    pub latest: u64,
}
