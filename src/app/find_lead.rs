//! Finds a lead by the beginning of its id.

use super::Fault;
use crate::base::LeadId;
use crate::store::Store;

/// Most ids that an ambiguous beginning lists.
const CANDIDATES_MAX: usize = 5;

/// Returns the lead whose id begins with a text.
pub(super) async fn find(store: &dyn Store, start: &str) -> Result<LeadId, Fault> {
    let start = start.to_lowercase();
    let ids = store.lead_ids(start.clone(), CANDIDATES_MAX).await.map_err(Fault::of)?;
    match ids.as_slice() {
        [only] => Ok(*only),
        [] => Err(Fault::of(format!("unknown lead `{start}`"))),
        several => {
            let listed: Vec<String> = several.iter().map(LeadId::to_string).collect();
            Err(Fault::of(format!("several leads begin with {start}: {}", listed.join(", "))))
        }
    }
}
