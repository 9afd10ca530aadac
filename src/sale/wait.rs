//! What a sale waits for when no buyer can take it now.

use crate::base::Mono;

/// An inquiry that waits for a unit or an opening.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wait {
    /// End of the patience.
    pub(super) until: Mono,
    /// Next opening of a contract that parks the inquiry.
    pub(super) opens: Option<Mono>,
}

impl Wait {
    pub(super) fn deadline(&self) -> Mono {
        self.opens.map_or(self.until, |opens| opens.min(self.until))
    }
}
