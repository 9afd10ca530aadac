//! What a book is read against, besides its own text.

use crate::base::Reach;
use crate::geo::DmaTable;

/// What a book is read against. The default has no market areas and reaches only the public
/// Internet.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'s> {
    /// The imported market areas. Without them, the filter `dma` is an error.
    pub areas: Option<&'s DmaTable>,
    /// The addresses that postbacks may be sent to.
    pub reach: Reach,
}

impl Default for Surroundings<'_> {
    fn default() -> Self {
        Self { areas: None, reach: Reach::Public }
    }
}
