//! Who gets an event.

use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::OfferId;
use crate::base::SourceId;
use crate::book::Book;
use crate::book::Concern;
use crate::book::Postback;
use crate::caps::Level;

use super::Event;
use super::LeadNews;
use super::Recipient;
use super::Subject;

/// Returns who gets an event: the postbacks that report it, and the contracts that bought the lead
/// and get it after the sale.
pub fn recipients(event: &Event, book: &Book) -> Vec<Recipient> {
    let postbacks = book.postbacks.iter().filter(|postback| wants(postback, event, book));
    let postbacks = postbacks.map(|postback| Recipient::Postback(postback.id.clone()));
    let sales = match &event.subject {
        Subject::Lead { news: LeadNews::Sold, record } => record.sales.as_slice(),
        Subject::Lead {
            news:
                LeadNews::Received
                | LeadNews::Rejected
                | LeadNews::Parked
                | LeadNews::Converted
                | LeadNews::Returned,
            record: _,
        }
        | Subject::Call { .. }
        | Subject::Cap { .. }
        | Subject::Balance { .. }
        | Subject::Paused { .. }
        | Subject::Unanswered { .. }
        | Subject::TrunkDown { .. }
        | Subject::TrunkUp { .. } => &[],
    };
    let bought = sales.iter().map(|sale| &sale.winner.contract);
    let later = bought.filter(|id| {
        let delivery = book.contract(id).and_then(|contract| contract.delivery.as_deref());
        delivery.is_some_and(|delivery| delivery.later().is_some())
    });
    postbacks.chain(later.cloned().map(Recipient::Contract)).collect()
}

/// Returns whether a postback of a book reports an event.
fn wants(postback: &Postback, event: &Event, book: &Book) -> bool {
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
        Subject::Lead { record, .. } => Parties {
            source: Some(&record.source),
            buyer: record.sales.first().map(|sale| &sale.winner.buyer),
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
        Subject::TrunkDown { .. } | Subject::TrunkUp { .. } => Parties::default(),
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
        Subject::Lead { record, .. } => record.fields.get(name).map(String::as_str),
        Subject::Cap { .. }
        | Subject::Balance { .. }
        | Subject::Paused { .. }
        | Subject::Unanswered { .. }
        | Subject::TrunkDown { .. }
        | Subject::TrunkUp { .. } => None,
    };
    postback.filter.iter().all(|rule| rule.takes(value(rule.field.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Money;
    use crate::base::Wall;
    use crate::book::parse;
    use crate::caps::Cap;
    use crate::caps::Window;
    use crate::outbox::CallNews;
    use crate::store::sample::finished;

    fn book(keys: &str) -> Book {
        let text = format!(
            "[[postback]]\nid = \"p\"\nurl = \"https://t.example/\"\n{keys}\n\
             [[source]]\nid = \"search-ads\"\n[[source]]\nid = \"other\"\n\
             [[buyer]]\nid = \"acme\"\ntimezone = \"UTC\"\n\
             [[buyer]]\nid = \"blue\"\ntimezone = \"UTC\"\n\
             [[offer]]\nid = \"auto-quote\"\n[[offer]]\nid = \"solar\"\n\
             [[contract]]\nid = \"c\"\nbuyer = \"acme\"\noffer = \"auto-quote\"\n\
             price = {{ amount = \"1.00\", currency = \"USD\" }}\n\
             destination = {{ sip = \"sip:x@203.0.113.9\" }}\n"
        );
        let (book, faults) = parse("b", &text);
        book.unwrap_or_else(|| panic!("{faults:#?}"))
    }

    fn check(keys: &str, subject: Subject, expected: bool) {
        let book = book(keys);
        let event = Event::new(subject, "x", Wall::default());
        assert_eq!(wants(&book.postbacks[0], &event, &book), expected, "{keys}");
    }

    #[test]
    fn calls_are_matched_by_party_kind_and_field() {
        let call = |news| Subject::Call { news, record: Box::new(finished(1)) };
        let completed = "event = \"call.completed\"";
        for (keys, expected) in [
            ("", true),
            ("source = \"search-ads\"", true),
            ("source = \"other\"", false),
            ("buyer = \"acme\"", true),
            ("buyer = \"blue\"", false),
            ("offer = \"auto-quote\"", true),
            ("offer = \"solar\"", false),
            ("enabled = false", false),
            ("filter = [{ field = \"zip\", equals = \"90210\" }]", true),
            ("filter = [{ field = \"zip\", equals = \"10001\" }]", false),
            ("filter = [{ field = \"age\", present = true }]", false),
        ] {
            check(&format!("{keys}\n{completed}"), call(CallNews::Completed), expected);
            check(&format!("{keys}\n{completed}"), call(CallNews::Connected), false);
        }
    }

    #[test]
    fn alerts_are_matched_by_what_the_book_says_of_them() {
        let cap = |level| Subject::Cap {
            level,
            cap: Cap::Units { window: Window::Day, used: 3, limit: 4 },
            percent: 75,
        };
        let of_contract = || cap(Level::Contract("c".parse().unwrap()));
        let of_buyer = || cap(Level::Buyer("acme".parse().unwrap()));
        let of_offer = || cap(Level::Offer("auto-quote".parse().unwrap()));
        let gone = || cap(Level::Contract("gone".parse().unwrap()));
        for (keys, expected) in [
            ("", [true, true, true, true]),
            ("buyer = \"acme\"", [true, true, false, false]),
            ("buyer = \"blue\"", [false, false, false, false]),
            ("offer = \"auto-quote\"", [true, false, true, false]),
        ] {
            let keys = format!("{keys}\nevent = \"cap.reached\"");
            let subjects = [of_contract(), of_buyer(), of_offer(), gone()];
            for (subject, expected) in subjects.into_iter().zip(expected) {
                check(&keys, subject, expected);
            }
        }
        let zero = Money::zero(crate::base::Currency::USD);
        let buyer = "acme".parse().unwrap();
        let low = Subject::Balance { buyer, left: zero, price: zero };
        check("buyer = \"acme\"\nevent = \"balance.low\"", low.clone(), true);
        check("buyer = \"blue\"\nevent = \"balance.low\"", low, false);
    }
}
