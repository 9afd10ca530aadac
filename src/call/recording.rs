//! A recording that is under way.

use super::Finished;
use crate::base::FieldName;

/// A recording that is under way.
#[derive(Debug)]
pub(super) struct Recording {
    /// Where its name is kept.
    pub(super) field: Option<FieldName>,
    /// The record of a call that has ended meanwhile: it waits for the recording's name.
    pub(super) finished: Option<Box<Finished>>,
}
