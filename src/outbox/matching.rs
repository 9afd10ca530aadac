//! Whether a postback reports an event.

use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::OfferId;
use crate::base::SourceId;
use crate::book::Book;
use crate::book::Concern;
use crate::book::Postback;
use crate::caps::Level;

use super::Event;
use super::Subject;

/// Returns whether a postback of a book reports an event.
pub fn wants(postback: &Postback, event: &Event, book: &Book) -> bool {
    postback.enabled
        && postback.events.contains(&event.kind())
        && concerns(&postback.of, &event.subject, book)
        && passes(postback, &event.subject)
}

/// The parties of an event.
#[derive(Default)]
struct Parties<'e> {
    source: Option<&'e SourceId>,
    buyer: Option<&'e BuyerId>,
    offer: Option<&'e OfferId>,
}

fn concerns(of: &Concern, subject: &Subject, book: &Book) -> bool {
    let parties = parties(subject, book);
    match of {
        Concern::All => true,
        Concern::Source(id) => parties.source == Some(id),
        Concern::Buyer(id) => parties.buyer == Some(id),
        Concern::Offer(id) => parties.offer == Some(id),
    }
}

fn parties<'e>(subject: &'e Subject, book: &'e Book) -> Parties<'e> {
    match subject {
        Subject::Call { record, .. } => Parties {
            source: Some(&record.source),
            buyer: record.winner.as_ref().map(|winner| &winner.buyer),
            offer: Some(&record.offer),
        },
        Subject::Cap { level, .. } => match level {
            Level::Contract(id) => of_contract(id, book),
            Level::Buyer(id) => Parties { buyer: Some(id), ..Parties::default() },
            Level::Offer(id) => Parties { offer: Some(id), ..Parties::default() },
        },
        Subject::Balance { buyer, .. } => Parties { buyer: Some(buyer), ..Parties::default() },
        Subject::Paused { contract, .. } => of_contract(contract, book),
        Subject::Unanswered { buyer, offer, .. } => {
            Parties { buyer: Some(buyer), offer: Some(offer), ..Parties::default() }
        }
        Subject::Trunk { .. } => Parties::default(),
    }
}

fn of_contract<'e>(id: &ContractId, book: &'e Book) -> Parties<'e> {
    book.contract(id).map_or_else(Parties::default, |contract| Parties {
        source: None,
        buyer: Some(&contract.buyer),
        offer: Some(&contract.offer),
    })
}

fn passes(postback: &Postback, subject: &Subject) -> bool {
    let value = |name: &str| match subject {
        Subject::Call { record, .. } => record.fields.get(name).map(String::as_str),
        Subject::Cap { .. }
        | Subject::Balance { .. }
        | Subject::Paused { .. }
        | Subject::Unanswered { .. }
        | Subject::Trunk { .. } => None,
    };
    postback.filter.iter().all(|rule| rule.takes(value(rule.field.as_str())))
}
