//! How much of a document is read.

/// How much of a document is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeBounds {
    /// Most levels of lists and objects.
    pub depth: usize,
    /// Most values in the whole document.
    pub values: usize,
}

/// Why a document was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeFault {
    /// The text does not have the format. Holds the reason, in one line.
    #[error("{0}")]
    Syntax(String),
    /// The document has too many levels.
    #[error("more than {0} levels")]
    Deep(usize),
    /// The document has too many values.
    #[error("more than {0} values")]
    Large(usize),
}

/// Room that is left of the bounds while a document is read.
#[derive(Debug)]
pub(super) struct Room {
    bounds: TreeBounds,
    values: usize,
}

impl Room {
    pub(super) fn new(bounds: TreeBounds) -> Self {
        Self { bounds, values: bounds.values }
    }

    /// Takes the room of one value at a level; the document itself has level 0.
    pub(super) fn take(&mut self, level: usize) -> Result<(), TreeFault> {
        if level > self.bounds.depth {
            return Err(TreeFault::Deep(self.bounds.depth));
        }
        let left = self.values.checked_sub(1).ok_or(TreeFault::Large(self.bounds.values))?;
        self.values = left;
        Ok(())
    }
}
