//! References between entries of a book.

use crate::base::Phone;
use crate::book::Book;
use crate::book::Concern;
use crate::book::Contract;
use crate::book::Dq;
use crate::book::Noun;
use crate::book::Number;
use crate::book::Offer;
use crate::book::Postback;
use crate::book::Source;
use crate::book::SourceRule;
use crate::book::Target;

use super::entry_name::EntryName;

/// A place in a book that refers to an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Entry that refers.
    pub from: EntryName,
    /// JSON pointer into that entry (RFC 6901).
    pub pointer: String,
}

/// Returns all places in a book that refer to an entry, in the order of a file.
pub fn references(book: &Book, to: &EntryName) -> Vec<Reference> {
    let mut found = Found { to, references: Vec::new() };
    for offer in &book.offers {
        of_offer(offer, &mut found);
    }
    for source in &book.sources {
        of_source(source, &mut found);
    }
    for contract in &book.contracts {
        of_contract(contract, &mut found);
    }
    for number in &book.numbers {
        let Number { number, offer, source, flow: _, country: _ } = number;
        let from = || number_name(number);
        found.check(from, (Noun::Offer, offer.as_str()), || "/offer".to_owned());
        found.check(from, (Noun::Source, source.as_str()), || "/source".to_owned());
    }
    for postback in &book.postbacks {
        of_postback(postback, &mut found);
    }
    found.references
}

struct Found<'b> {
    to: &'b EntryName,
    references: Vec<Reference>,
}

impl Found<'_> {
    fn check(
        &mut self,
        from: impl Fn() -> EntryName,
        (noun, id): (Noun, &str),
        pointer: impl Fn() -> String,
    ) {
        if noun == self.to.noun && id == self.to.id {
            self.references.push(Reference { from: from(), pointer: pointer() });
        }
    }
}

fn number_name(number: &Phone) -> EntryName {
    EntryName { noun: Noun::Number, id: number.e164().to_owned() }
}

fn of_source(source: &Source, found: &mut Found<'_>) {
    let from = || EntryName { noun: Noun::Source, id: source.id.to_string() };
    for (at, own) in source.payouts.iter().enumerate() {
        let pointer = || format!("/payouts/{at}/offer");
        found.check(from, (Noun::Offer, own.offer.as_str()), pointer);
    }
    for (at, own) in source.intake.iter().enumerate() {
        let pointer = || format!("/intake/{at}/offer");
        found.check(from, (Noun::Offer, own.offer.as_str()), pointer);
    }
}

fn of_offer(offer: &Offer, found: &mut Found<'_>) {
    let from = || EntryName { noun: Noun::Offer, id: offer.id.to_string() };
    match &offer.dq {
        Dq::Offer(to) => {
            found.check(from, (Noun::Offer, to.as_str()), || "/dq/offer".to_owned());
        }
        Dq::Buyer(to) => {
            found.check(from, (Noun::Buyer, to.as_str()), || "/dq/buyer".to_owned());
        }
        Dq::Reject | Dq::Recording(_) => {}
    }
}

fn of_postback(postback: &Postback, found: &mut Found<'_>) {
    let from = || EntryName { noun: Noun::Postback, id: postback.id.to_string() };
    let (name, pointer) = match &postback.of {
        Concern::Source(id) => ((Noun::Source, id.as_str()), "/source"),
        Concern::Buyer(id) => ((Noun::Buyer, id.as_str()), "/buyer"),
        Concern::Offer(id) => ((Noun::Offer, id.as_str()), "/offer"),
        Concern::All => return,
    };
    found.check(from, name, || pointer.to_owned());
}

fn of_contract(contract: &Contract, found: &mut Found<'_>) {
    let Contract { id, buyer, offer, filters, destination, .. } = contract;
    let from = || EntryName { noun: Noun::Contract, id: id.to_string() };
    found.check(from, (Noun::Buyer, buyer.as_str()), || "/buyer".to_owned());
    found.check(from, (Noun::Offer, offer.as_str()), || "/offer".to_owned());
    let (key, sources) = match &filters.sources {
        SourceRule::Any => ("", &[][..]),
        SourceRule::Only(sources) => ("allow", sources.as_slice()),
        SourceRule::Except(sources) => ("deny", sources.as_slice()),
    };
    for (at, source) in sources.iter().enumerate() {
        let pointer = || format!("/filters/sources/{key}/{at}");
        found.check(from, (Noun::Source, source.as_str()), pointer);
    }
    match destination.as_ref().map(|destination| &destination.to) {
        Some(Target::Phone { trunk, .. }) => {
            let pointer = || "/destination/trunk".to_owned();
            found.check(from, (Noun::Trunk, trunk.as_str()), pointer);
        }
        Some(Target::Sip { .. }) | None => {}
    }
}
