//! The party or server that a played call waits for.

use std::time::Duration;

use super::Wants;
use crate::base::AttemptId;
use crate::base::FieldName;
use crate::routing::Pick;

/// Party or server that the call waits for.
#[derive(Debug)]
pub(super) enum Ringing {
    /// A fixed destination rings, for this time.
    Fixed { to: String, patience: Duration },
    /// A web server looks up these fields.
    Server { fields: Vec<FieldName> },
    /// There is no book: a cue decides the outcome of the call.
    Unknown,
    /// A buyer rings, for this time.
    Buyer { attempt: AttemptId, pick: Box<Pick>, patience: Duration },
}

impl Ringing {
    pub(super) fn wants(&self) -> Wants {
        match self {
            Ringing::Fixed { to, .. } => Wants::Dial(to.clone()),
            Ringing::Server { fields } => Wants::Lookup(fields.clone()),
            Ringing::Unknown => Wants::Fate,
            Ringing::Buyer { pick, .. } => Wants::Ring(pick.clone()),
        }
    }
}
