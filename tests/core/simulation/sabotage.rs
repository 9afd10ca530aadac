//! Faults injected into the switch: every checker must be able to fail.

/// What is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sabotage {
    /// Nothing.
    Nothing,
    /// The switch never hangs up.
    ByeIsLost,
    /// Holds are granted beyond the caps.
    CapsAreIgnored,
    /// Units of buyers who did not get the call never come back.
    ReleaseIsForgotten,
    /// A call that has ended receives its end twice.
    EndIsToldTwice,
    /// The clock of calls stands still.
    NobodyTicks,
}

impl Sabotage {
    /// Every fault, with a part of its checker's message.
    pub(crate) const ALL: &[(Sabotage, &str)] = &[
        (Sabotage::ByeIsLost, "after its call"),
        (Sabotage::CapsAreIgnored, "cap exceeded"),
        (Sabotage::ReleaseIsForgotten, "a hold expires"),
        (Sabotage::EndIsToldTwice, "ends twice"),
        (Sabotage::NobodyTicks, "a buyer is rung for"),
    ];
}
