//! What a call begins with.

use crate::base::CallId;
use crate::base::FieldName;
use crate::base::Fields;
use crate::base::Money;
use crate::base::Origin;
use crate::base::Phone;
use crate::base::Wall;
use crate::book::Attestation;
use crate::book::Number;
use crate::call::CallRecord;
use crate::call::Ingress;
use crate::call::Opening;
use crate::routing::Snapshot;

/// What a call begins with.
#[derive(Debug, Clone)]
pub struct Opened {
    /// Its record: live, and nothing has happened yet.
    pub record: CallRecord,
    /// What is known of the caller before anything is asked.
    pub fields: Fields,
    /// What the source gets for a billable call; `None` when it is not paid.
    pub payout: Option<Money>,
}

/// What is known of a call besides the number that was dialled.
pub(super) struct Known {
    pub(super) id: CallId,
    pub(super) ingress: Ingress,
    pub(super) caller: Option<Phone>,
    pub(super) attestation: Option<Attestation>,
    pub(super) at: Wall,
}

/// What a call for this number begins with.
pub(super) fn open(snapshot: &Snapshot, number: &Number, known: Known) -> Opened {
    let Known { id, ingress, caller, attestation, at } = known;
    let mut fields = Fields::default();
    let phone = caller.as_ref().map(|caller| ("phone", caller.e164()));
    let level = attestation.map(|level| ("attestation", level.as_str()));
    for (name, value) in phone.into_iter().chain(level) {
        if let Ok(name) = name.parse::<FieldName>() {
            fields.set(name, value, Origin::Caller);
        }
    }
    let record = CallRecord::open(Opening {
        id,
        number: number.number.clone(),
        caller,
        ingress,
        offer: number.offer.clone(),
        source: number.source.clone(),
        flow: number.flow.clone(),
        book_version: snapshot.version(),
        at,
    });
    let payout = snapshot.book().source(&number.source).and_then(|source| source.payout);
    Opened { record, fields, payout }
}

/// What a call began with, from its record as it stands: of a call that is played back. `snapshot`
/// is of the book that it came under; `None` when that does not have its number.
pub fn reopen(
    snapshot: &Snapshot,
    record: &CallRecord,
    attestation: Option<Attestation>,
) -> Option<Opened> {
    let number = snapshot.book().number(&record.number)?;
    let known = Known {
        id: record.id,
        ingress: record.ingress.clone(),
        caller: record.caller.clone(),
        attestation,
        at: record.started_at,
    };
    Some(open(snapshot, number, known))
}
