//! What somebody says of a post whose result is unknown, on its way to the lead's task.

use tokio::sync::oneshot;

use crate::base::AttemptId;
use crate::lead::LeadRecord;
use crate::lead::Machine;
use crate::lead::Settled;
use crate::store::StoreError;

/// Most words about one lead that wait for its task.
pub(super) const WAITING_MAX: usize = 4;

/// Why a post was not settled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsettled {
    /// There is no such lead.
    #[error("unknown lead")]
    NoLead,
    /// No post of the lead, or not the one that is named, has an unknown result.
    #[error("no such post of the lead has an unknown result")]
    NotUnknown,
    /// Several posts have an unknown result, and none is named.
    #[error("several posts of the lead have unknown results: name one of {}", listed(.0))]
    Several(Vec<AttemptId>),
    /// The lead's task has too much to do, or the node stops.
    #[error("the lead cannot be settled now: try again")]
    Busy,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn listed(attempts: &[AttemptId]) -> String {
    attempts.iter().map(AttemptId::to_string).collect::<Vec<_>>().join(", ")
}

/// A word about a post, for the lead's task.
#[derive(Debug)]
pub(super) struct Settling {
    pub(super) attempt: Option<AttemptId>,
    pub(super) settled: Settled,
    /// Gets the record once it is stored.
    pub(super) told: oneshot::Sender<Result<LeadRecord, Unsettled>>,
}

/// Returns the post that is meant: the one that is named, or the only one whose result is unknown.
pub(super) fn meant(machine: &Machine, named: Option<AttemptId>) -> Result<AttemptId, Unsettled> {
    let unknown: Vec<AttemptId> = machine.unknown_posts().collect();
    match (named, unknown.as_slice()) {
        (Some(named), open) if open.contains(&named) => Ok(named),
        (Some(_), _) | (None, []) => Err(Unsettled::NotUnknown),
        (None, [only]) => Ok(*only),
        (None, several) => Err(Unsettled::Several(several.to_vec())),
    }
}
