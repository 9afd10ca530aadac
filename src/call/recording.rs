//! State of a recording in progress.

use super::Finished;
use crate::base::FieldName;

/// A recording in progress.
#[derive(Debug)]
pub(super) struct Recording {
    /// Field for its file name.
    pub(super) field: Option<FieldName>,
    /// Record of a call that ended meanwhile; it waits for the recording's file name.
    pub(super) finished: Option<Box<Finished>>,
}
