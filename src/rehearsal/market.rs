//! The book that a flow is played against.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::base::ContractId;
use crate::base::FieldName;
use crate::base::Fields;
use crate::base::FlowName;
use crate::base::Now;
use crate::base::OfferId;
use crate::base::Phone;
use crate::base::Rng;
use crate::base::SourceId;
use crate::base::suggest;
use crate::book::Book;
use crate::book::Channel;
use crate::routing;
use crate::routing::Decision;
use crate::routing::Inquiry;
use crate::routing::Simulation;
use crate::routing::Snapshot;
use crate::routing::Unused;

/// A book in which sales use nothing up, but turns are taken; with the offer and source of the
/// dialled number.
#[derive(Debug)]
pub struct Market {
    pub(super) simulation: Simulation,
    /// Offer of the number.
    pub offer: OfferId,
    /// Source of the number.
    pub source: Option<SourceId>,
}

impl Market {
    /// Creates the market for a flow's callers: with `offer`, else with offer and source of the
    /// first number that uses the flow. The error is a sentence.
    pub fn of(book: Arc<Book>, flow: &FlowName, offer: Option<&str>) -> Result<Self, String> {
        let number = book.numbers.iter().find(|number| number.flow == *flow);
        let offers = || book.offers.iter().map(|offer| offer.id.as_str());
        let (offer, source) = match (offer, number) {
            (Some(named), number) => {
                let found = book.offers.iter().find(|offer| offer.id.as_str() == named);
                let Some(found) = found else {
                    let hint = suggest(named, offers());
                    let hint = hint.map(|name| format!(" (did you mean `{name}`?)"));
                    let hint = hint.unwrap_or_default();
                    let shown: String = named.chars().take(80).collect();
                    return Err(format!("offer `{shown}` is not in the book{hint}"));
                };
                (found.id.clone(), number.map(|number| number.source.clone()))
            }
            (None, Some(number)) => (number.offer.clone(), Some(number.source.clone())),
            (None, None) => match book.offers.as_slice() {
                [only] => (only.id.clone(), None),
                [] => return Err("the book has no offer".to_owned()),
                [..] => {
                    let known = offers().collect::<Vec<_>>().join(", ");
                    return Err(format!(
                        "no number of the book has the flow {flow}: give --offer, one of {known}"
                    ));
                }
            },
        };
        let simulation = Simulation::unused(Snapshot::compile(book, 0));
        Ok(Self { simulation, offer, source })
    }

    /// Returns the book.
    pub fn book(&self) -> &Arc<Book> {
        self.simulation.snapshot().book()
    }

    /// Returns the call as an inquiry for an offer; for the number's own when none is named.
    pub(super) fn inquiry(
        &self,
        offer: Option<OfferId>,
        caller: Option<&Phone>,
        fields: &Fields,
    ) -> Inquiry {
        Inquiry {
            offer: offer.unwrap_or_else(|| self.offer.clone()),
            channel: Channel::Call,
            source: self.source.clone(),
            caller: caller.cloned(),
            fields: fields.clone(),
        }
    }

    /// Returns how many contracts may still take the inquiry.
    pub(super) fn pool(&self, inquiry: &Inquiry, now: Now) -> usize {
        routing::pool(self.simulation.snapshot(), inquiry, &Unused, now)
    }

    /// Returns the contracts that may still take the inquiry.
    pub(super) fn pool_members(&self, inquiry: &Inquiry, now: Now) -> Vec<ContractId> {
        routing::pool_members(self.simulation.snapshot(), inquiry, &Unused, now)
    }

    /// Returns the fields that may still change which buyer takes the inquiry, for these offers;
    /// `None` when any may.
    pub(super) fn needed(
        &self,
        inquiry: &Inquiry,
        offers: &[OfferId],
    ) -> Option<BTreeSet<FieldName>> {
        routing::needed(self.simulation.snapshot(), inquiry, offers)
    }

    /// Returns the decision without taking a turn.
    pub(super) fn preview(&self, inquiry: &Inquiry, now: Now) -> Decision {
        routing::decide(self.simulation.snapshot(), inquiry, &Unused, now, &mut Rng::seeded(0))
    }
}
