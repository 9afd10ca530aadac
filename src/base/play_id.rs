//! Id of one play on a leg.

/// One play on a leg: the play command and the report of its end carry it. A call counts its plays
/// from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct PlayId(pub u64);

impl PlayId {
    /// A play whose end is not reported: ringback, a beep.
    pub const UNREPORTED: PlayId = PlayId(0);

    /// Returns the play after this one.
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}
