//! What a sale waits for when no buyer can take it now.

use crate::base::Mono;

/// An inquiry that waits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wait {
    /// The end of its patience.
    pub(super) until: Mono,
    /// When a contract opens that parks it.
    pub(super) opens: Option<Mono>,
}

impl Wait {
    pub(super) fn deadline(&self) -> Mono {
        self.opens.map_or(self.until, |opens| opens.min(self.until))
    }
}
