//! Checks of a lead before it is stored.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::timeout;

use super::own::Own;
use super::wanted::Purpose;
use super::wanted::Refused;
use super::wanted::WantedLead;
use crate::base::FieldName;
use crate::base::Fields;
use crate::base::LeadId;
use crate::base::ListName;
use crate::base::Now;
use crate::base::OfferId;
use crate::base::SourceId;
use crate::base::Wall;
use crate::billing::Bill;
use crate::book::Channel;
use crate::book::FormField;
use crate::lead::Early;
use crate::lead::Lead;
use crate::lead::LeadRecord;
use crate::lead::Refusal;
use crate::lead::Rehearsal;
use crate::lead::UnknownNames;
use crate::lead::check;
use crate::lead::check::Checked;
use crate::routing::Inquiry;
use crate::routing::Snapshot;
use crate::score::WINDOW;
use crate::score::set_earlier;
use crate::store::Store;
use crate::store::StoreError;
use crate::suppression::Contact;
use crate::suppression::first_applying;

/// Longest look-up of all contacts of a lead. A lead that is not looked up by then is not taken:
/// unlike a caller, the person did not call, and must not be contacted against their will.
pub(super) const LOOKUP_MAX: Duration = Duration::from_secs(2);

/// A lead that may be stored.
pub(super) struct Admission {
    pub(super) lead: Lead,
    /// Fields with consent certificates.
    pub(super) certificates: Vec<FieldName>,
    /// Why it ends when it comes in.
    pub(super) early: Option<Early>,
}

/// Returns the fields of an offer.
pub(super) fn declared<'b>(snapshot: &'b Snapshot, offer: &OfferId) -> &'b [FormField] {
    snapshot.book().offer(offer).map(|offer| offer.fields.as_slice()).unwrap_or_default()
}

/// Checks a lead against the fields of its offer, and looks its contacts up on the suppression
/// lists.
pub(super) async fn admit(
    own: &Own,
    snapshot: &Snapshot,
    id: LeadId,
    wanted: WantedLead,
    declared: &[FormField],
    now: Now,
) -> Result<Admission, Refused> {
    let WantedLead { offer, source, values, purpose, browser: _ } = wanted;
    let Checked { fields, faults, unknown, ignored } = check::check(declared, &values, now.wall);
    // An offer without fields takes any.
    let kept = if declared.is_empty() { Vec::new() } else { unknown };
    let unknown = UnknownNames { kept, ignored };
    let book_version = snapshot.version();
    let contacts = contacts(&check::contacts(declared), &fields);
    let at = now.wall;
    let earlier = earlier_of(own.store.as_ref(), &fields, at).await?;
    let asked = scored_by(&offer, &source, fields.clone(), earlier);
    let scored = own.dispatch.score(snapshot, &asked, now);
    let ping = None;
    let lead = Lead { id, offer, source, fields, unknown, at, book_version, scored, earlier, ping };
    let refusal = match faults.is_empty() {
        false => Some(Refusal::Invalid(faults)),
        true => screen(own, &lead, contacts).await?.map(Refusal::Suppressed),
    };
    let early = match (purpose, refusal) {
        (Purpose::Sale, refusal) => refusal.map(Early::Refused),
        (Purpose::Test, Some(refusal)) => Some(Early::TestRefused(refusal)),
        (Purpose::Test, None) => Some(Early::Test(rehearse(own, snapshot, &lead, now).await)),
    };
    Ok(Admission { lead, certificates: check::certificates(declared), early })
}

/// Returns what a lead is scored by.
fn scored_by(
    offer: &OfferId,
    source: &SourceId,
    mut fields: Fields,
    earlier: Option<u64>,
) -> Inquiry {
    if let Some(earlier) = earlier {
        set_earlier(&mut fields, earlier);
    }
    let (offer, source) = (offer.clone(), Some(source.clone()));
    Inquiry { offer, channel: Channel::Form, source, caller: None, fields }
}

/// Routes a lead without taking anything.
async fn rehearse(own: &Own, snapshot: &Snapshot, lead: &Lead, now: Now) -> Rehearsal {
    let inquiry = LeadRecord::of(lead).inquiry();
    let decision = own.dispatch.preview(snapshot, &inquiry, now).await;
    let source = snapshot.book().source(&lead.source);
    let payout = source.and_then(|source| source.payout_for(&lead.offer));
    let first = decision.first();
    let bill = first.as_ref().map(|pick| Bill::of(pick.price, payout, pick.unbilled().is_none()));
    Rehearsal {
        picks: decision.picks().count(),
        contract: first.map(|pick| pick.contract),
        payout: bill.and_then(|bill| bill.payout),
    }
}

/// Returns how many inquiries a lead's phone number made before; `None` without a number.
///
/// # Errors
/// The database cannot be read.
pub(super) async fn earlier_of(
    store: &dyn Store,
    fields: &Fields,
    at: Wall,
) -> Result<Option<u64>, StoreError> {
    let Some(phone) = fields.value("phone").and_then(|text| text.trim().parse().ok()) else {
        return Ok(None);
    };
    store.inquiries_of(phone, at - WINDOW, at).await.map(Some)
}

/// Returns the contacts of a lead, each once.
fn contacts(names: &[FieldName], fields: &Fields) -> BTreeSet<Contact> {
    let values = names.iter().filter_map(|name| fields.value(name.as_str()));
    values.filter_map(|value| value.parse().ok()).collect()
}

/// Returns the list that suppresses a contact of a lead.
async fn screen(
    own: &Own,
    lead: &Lead,
    contacts: BTreeSet<Contact>,
) -> Result<Option<ListName>, Refused> {
    let look_up = listed(own, (&lead.offer, &lead.source), contacts, lead.at);
    match timeout(LOOKUP_MAX, look_up).await {
        Ok(Ok(list)) => Ok(list),
        Ok(Err(error)) => {
            tracing::error!(%error, "suppression lists not read");
            Err(Refused::Unscreened)
        }
        Err(_) => {
            tracing::error!("suppression lists not read in time");
            Err(Refused::Unscreened)
        }
    }
}

/// Returns the first list that suppresses one of these contacts for an offer and a source.
pub(super) async fn listed(
    own: &Own,
    (offer, source): (&OfferId, &SourceId),
    contacts: impl IntoIterator<Item = Contact>,
    at: Wall,
) -> Result<Option<ListName>, StoreError> {
    for contact in contacts {
        let found = own.store.suppression_check(contact, at).await?;
        if let Some(list) = first_applying(found, offer, Some(source)) {
            return Ok(Some(list));
        }
    }
    Ok(None)
}
