//! The initial state of a call.

use std::sync::Arc;

use crate::base::CallId;
use crate::base::FieldName;
use crate::base::Fields;
use crate::base::Origin;
use crate::base::Phone;
use crate::base::Wall;
use crate::book::Attestation;
use crate::book::Number;
use crate::book::Source;
use crate::call::CallRecord;
use crate::call::CalledFor;
use crate::call::Ingress;
use crate::call::Opening;
use crate::lead::PingRecord;
use crate::routing::Snapshot;
use crate::sale::GivenUp;

/// Initial state of a call.
#[derive(Debug, Clone)]
pub struct Opened {
    /// Record of the call: live, without events.
    pub record: CallRecord,
    /// Known fields of the caller before the first question.
    pub fields: Fields,
    /// Source of the call, which is paid if the call is billable.
    pub source: Option<Source>,
    /// What the number's offer does with a caller who is refused before the flow.
    pub refusal: GivenUp,
}

/// What is known about a call, apart from the dialed number.
pub(super) struct Known {
    pub(super) id: CallId,
    pub(super) ingress: Ingress,
    pub(super) caller: Option<Phone>,
    pub(super) attestation: Option<Attestation>,
    /// Number that diverted the call.
    pub(super) diverted_from: Option<Phone>,
    pub(super) at: Wall,
    /// The ping that it came for.
    pub(super) ping: Option<Arc<PingRecord>>,
    /// Why it is sold without a bid.
    pub(super) missed: Option<CalledFor>,
}

/// Returns the initial state of a call to this number.
pub(super) fn open(snapshot: &Snapshot, number: &Number, known: Known) -> Opened {
    let Known { id, ingress, caller, attestation, diverted_from, at, ping, missed } = known;
    let mut fields = Fields::default();
    for (name, value) in ping.iter().flat_map(|ping| &ping.fields) {
        fields.set(name.clone(), value, Origin::Form);
    }
    let phone = caller.as_ref().map(|caller| ("phone", caller.e164()));
    let level = attestation.map(|level| ("attestation", level.as_str()));
    let diverted = diverted_from.as_ref().map(|phone| ("diverted_from", phone.e164()));
    for (name, value) in phone.into_iter().chain(level).chain(diverted) {
        if let Ok(name) = name.parse::<FieldName>() {
            fields.set(name, value, Origin::Caller);
        }
    }
    let (offer, source) = match &ping {
        Some(ping) => (&ping.offer, &ping.source),
        None => (&number.offer, &number.source),
    };
    let mut record = CallRecord::open(Opening {
        id,
        number: number.number.clone(),
        caller,
        ingress,
        offer: offer.clone(),
        source: source.clone(),
        flow: number.flow.clone(),
        book_version: snapshot.version(),
        at,
    });
    record.ping = ping.as_ref().and_then(|ping| ping.promise()).map(CalledFor::Bid).or(missed);
    record.bids = ping.as_ref().map(|ping| ping.bids.clone()).unwrap_or_default();
    let source = snapshot.book().source(source).cloned();
    let refusal = match snapshot.book().refusal_of(offer) {
        Some(recording) => GivenUp::Recording(recording.into()),
        None => GivenUp::TurnedAway,
    };
    Opened { record, fields, source, refusal }
}

/// Returns the initial state of a replayed call, from its current record and the ping that it came
/// for. `snapshot` is the book that placed it; `None` if that book does not have its number.
pub fn reopen(
    snapshot: &Snapshot,
    record: &CallRecord,
    attestation: Option<Attestation>,
    ping: Option<PingRecord>,
) -> Option<Opened> {
    let number = snapshot.book().number(&record.number)?;
    let known = Known {
        id: record.id,
        ingress: record.ingress.clone(),
        caller: record.caller.clone(),
        attestation,
        diverted_from: None,
        at: record.started_at,
        ping: ping.map(Arc::new),
        missed: record.ping.filter(|_| record.promise().is_none()),
    };
    let mut opened = open(snapshot, number, known);
    opened.record.suppressed_by.clone_from(&record.suppressed_by);
    Some(opened)
}
