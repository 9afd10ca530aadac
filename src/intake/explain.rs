//! Explains what would become of a call or lead: nothing is reserved, and nothing is stored.

use std::collections::BTreeMap;

use serde::Serialize;

use super::admission::earlier_of;
use crate::base::ContractId;
use crate::base::End;
use crate::base::FieldName;
use crate::base::Fields;
use crate::base::Money;
use crate::base::Now;
use crate::base::Wall;
use crate::billing::Bill;
use crate::book::Book;
use crate::book::Channel;
use crate::book::FormField;
use crate::book::Payout;
use crate::book::Strategy;
use crate::dispatch::Dispatch;
use crate::lead::Refusal;
use crate::lead::check;
use crate::lead::check::Checked;
use crate::lead::check::FaultCode;
use crate::routing::Decision;
use crate::routing::Inquiry;
use crate::routing::Pick;
use crate::routing::Question;
use crate::routing::Snapshot;
use crate::score::EARLIER;
use crate::score::set_earlier;
use crate::store::Store;
use crate::store::StoreError;
use crate::suppression::Contact;
use crate::suppression::first_applying;

/// What would become of a call or lead.
#[derive(Debug, Serialize)]
pub struct Explained {
    /// What the router would decide.
    #[serde(flatten)]
    pub decision: Decision,
    /// Why it would end before any contract is looked at; empty if it would not.
    pub refused: Vec<Objection>,
    /// Contracts whose buyers would be asked for bids. Nobody asked them: the decision has them
    /// with the prices of their contracts.
    pub bids_unknown: Vec<ContractId>,
    /// What would be owed if those who are tried first bought it, one row for each; without those
    /// whose bids are unknown.
    pub owed: Vec<Owed>,
}

/// Why an inquiry would end before any contract is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Objection {
    /// The reason that it would end with.
    pub reason: End,
    /// The field.
    pub field: String,
    /// What is wrong with the value of the field, if that is the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<FaultCode>,
    /// The reason as a sentence. It does not repeat the value.
    pub detail: String,
}

/// What would be owed for a sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Owed {
    /// The contract.
    pub contract: ContractId,
    /// What its buyer would owe.
    pub price: Money,
    /// What the source would be owed; `None` if it is not paid, or was paid for an earlier sale of
    /// the lead. Limits on the number of payouts are not looked at.
    pub payout: Option<Money>,
}

/// Why nothing can be explained.
#[derive(Debug, thiserror::Error)]
pub enum Unexplained {
    /// The question is invalid; the sentence says why.
    #[error("{0}")]
    Question(String),
    /// The database cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Explains what would become of a call or lead by a book. Fields of a lead are taken as a source
/// sends them. A `score` that is given is kept.
///
/// # Errors
/// [`Unexplained`].
pub async fn explain(
    store: &dyn Store,
    dispatch: &Dispatch,
    snapshot: &Snapshot,
    question: Question,
    now: Now,
) -> Result<Explained, Unexplained> {
    let (inquiry, refused) = match question.channel.parse() {
        Ok(Channel::Form) => lead(store, snapshot.book(), question, now.wall).await?,
        Ok(Channel::Call) | Err(_) => {
            let inquiry = question.inquiry(snapshot.book()).map_err(Unexplained::Question)?;
            let caller = inquiry.caller.clone().map(Contact::Phone);
            let phone = caller.map(|caller| ("phone".to_owned(), caller));
            let refused = listed(store, &inquiry, phone, now.wall).await?;
            (inquiry, refused)
        }
    };
    let decision = dispatch.preview(snapshot, &inquiry, now).await;
    let bids_unknown = bidders(snapshot.book(), &decision);
    let owed = owed(snapshot.book(), &decision, &bids_unknown);
    Ok(Explained { decision, refused, bids_unknown, owed })
}

/// Checks a lead as the door does. The inquiry has the valid values in their normal form.
async fn lead(
    store: &dyn Store,
    book: &Book,
    mut question: Question,
    at: Wall,
) -> Result<(Inquiry, Vec<Objection>), Unexplained> {
    let given = std::mem::take(&mut question.fields);
    let mut inquiry = question.inquiry(book).map_err(Unexplained::Question)?;
    let declared = book.offer(&inquiry.offer).map(|offer| offer.fields.as_slice());
    let declared = declared.unwrap_or_default();
    let Checked { fields, faults, unknown: _, ignored: _ } = check::check(declared, &given, at);
    inquiry.fields = fields;
    let mut refused: Vec<Objection> = Vec::new();
    refused.extend(faults.into_iter().map(|fault| Objection {
        reason: End::InvalidLead,
        field: fault.field,
        code: Some(fault.code),
        detail: fault.sentence,
    }));
    let values = check::contacts(declared).into_iter().filter_map(|name| {
        let contact = inquiry.fields.value(name.as_str())?.parse().ok()?;
        Some((name.to_string(), contact))
    });
    let contacts: Vec<(String, Contact)> = values.collect();
    refused.extend(listed(store, &inquiry, contacts, at).await?);
    refused.extend(certificate(store, &inquiry, declared).await?);
    if inquiry.fields.value(EARLIER).is_none()
        && let Some(earlier) = earlier_of(store, &inquiry.fields, at).await?
    {
        set_earlier(&mut inquiry.fields, earlier);
    }
    Ok((inquiry, refused))
}

/// Looks contacts up on the suppression lists.
async fn listed(
    store: &dyn Store,
    inquiry: &Inquiry,
    contacts: impl IntoIterator<Item = (String, Contact)>,
    at: Wall,
) -> Result<Vec<Objection>, StoreError> {
    let (reason, whose) = match inquiry.channel {
        Channel::Call => (End::SuppressedCaller, Some("the caller")),
        Channel::Form => (End::SuppressedLead, None),
    };
    let mut refused = Vec::new();
    for (field, contact) in contacts {
        let found = store.suppression_check(contact, at).await?;
        if let Some(list) = first_applying(found, &inquiry.offer, inquiry.source.as_ref()) {
            let whose = whose.unwrap_or(&field);
            let detail = format!("{whose} is on the suppression list {list}");
            refused.push(Objection { reason, field, code: None, detail });
        }
    }
    Ok(refused)
}

/// Compares the consent certificates of a lead with those of earlier leads; a certificate belongs to
/// a source, so that nothing is found without one.
async fn certificate(
    store: &dyn Store,
    inquiry: &Inquiry,
    declared: &[FormField],
) -> Result<Option<Objection>, StoreError> {
    let names = check::certificates(declared);
    let Some(source) = inquiry.source.clone().filter(|_| !names.is_empty()) else {
        return Ok(None);
    };
    let found = store.certificate_refusal(source, plain(&inquiry.fields), names).await?;
    Ok(match found {
        Some(Refusal::CertificateReused { field, lead }) => Some(Objection {
            reason: End::CertificateReused,
            detail: format!("{field} came with lead {lead} of another person or source"),
            field: field.to_string(),
            code: None,
        }),
        Some(Refusal::Invalid(_) | Refusal::Suppressed(_)) | None => None,
    })
}

fn plain(fields: &Fields) -> BTreeMap<FieldName, String> {
    fields.iter().map(|(name, field)| (name.clone(), field.value.clone())).collect()
}

/// Returns the picks of an auction whose buyers are asked for bids.
fn bidders(book: &Book, decision: &Decision) -> Vec<ContractId> {
    let offer = book.offer(&decision.offer);
    if offer.is_none_or(|offer| offer.strategy != Strategy::Auction) {
        return Vec::new();
    }
    let is_asked = |pick: &Pick| {
        let contract = book.contract(&pick.contract);
        contract.is_some_and(|own| own.ping(decision.channel()).is_some())
    };
    decision.picks().filter(is_asked).map(|pick| pick.contract).collect()
}

/// Returns what would be owed for the sales to those who are tried first. A fixed payout is owed once
/// for a lead.
fn owed(book: &Book, decision: &Decision, bids_unknown: &[ContractId]) -> Vec<Owed> {
    let source = decision.source().and_then(|source| book.source(source));
    let payout = source.and_then(|source| source.payout_for(&decision.offer));
    let first = decision.picks().take(usize::from(decision.share())).enumerate();
    let known = first.filter(|(_, pick)| !bids_unknown.contains(&pick.contract));
    let sales = known.map(|(place, pick)| {
        let again = place > 0 && matches!(payout, Some(Payout::Fixed(_)));
        let bill = Bill::of(pick.price, payout.filter(|_| !again), pick.unbilled().is_none());
        Owed { contract: pick.contract, price: pick.price, payout: bill.payout }
    });
    sales.collect()
}
