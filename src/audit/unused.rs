//! Finds entries of the book that nothing uses.

use std::collections::BTreeSet;

use super::Evidence;
use super::Finding;
use super::Grade;
use super::Kind;
use crate::book::Channel;
use crate::book::Dq;
use crate::book::Source;

/// Finds entries without a reference: they are left over, or a reference is missing.
pub(super) fn find(evidence: &Evidence<'_>) -> Vec<Finding> {
    let book = evidence.book;
    let mut found = Vec::new();
    let mut add = |subject: String, sentence: &str, remedy: &str| {
        found.push(Finding::new(Grade::Hint, Kind::Unused, subject, sentence, remedy));
    };
    let buyers: BTreeSet<_> = book.contracts.iter().map(|contract| &contract.buyer).collect();
    for buyer in book.buyers.iter().filter(|buyer| !buyers.contains(&buyer.id)) {
        let remedy = "give it a contract, or remove it";
        add(format!("buyer {}", buyer.id), "has no contract", remedy);
    }
    // A client with a token may send leads of any source, for any offer that takes them.
    let leads = book.contracts.iter().filter(|contract| contract.channels.contains(Channel::Form));
    let mut offers: BTreeSet<_> = leads.map(|contract| &contract.offer).collect();
    let sources: BTreeSet<_> = book.numbers.iter().map(|number| &number.source).collect();
    let sends = |source: &Source| !source.intake.is_empty() || !offers.is_empty();
    for source in &book.sources {
        if !sources.contains(&source.id) && !sends(source) {
            let remedy = "give it a number, or remove it";
            add(format!("source {}", source.id), "has no number", remedy);
        }
    }
    offers.extend(book.numbers.iter().map(|number| &number.offer));
    for offer in &book.offers {
        match &offer.dq {
            Dq::Offer(next) => {
                offers.insert(next);
            }
            Dq::Reject | Dq::Buyer(_) | Dq::Recording(_) => {}
        }
    }
    for offer in book.offers.iter().filter(|offer| !offers.contains(&offer.id)) {
        let sentence = "no number and no `dq` leads to it";
        add(format!("offer {}", offer.id), sentence, "intended if a flow routes to it by name");
    }
    let carriers = book.contracts.iter();
    let carriers = carriers.filter_map(|contract| contract.destination.as_ref()?.to.trunk());
    let carriers: BTreeSet<_> = carriers.collect();
    for trunk in book.trunks.iter().filter(|trunk| !trunk.takes_calls()) {
        if !carriers.contains(&trunk.id) {
            let sentence = "takes no calls in, and no contract dials through it";
            add(format!("trunk {}", trunk.id), sentence, "remove it, or dial through it");
        }
    }
    found
}
