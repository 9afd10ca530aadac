//! Places a call.

use std::sync::Arc;

use super::Arrival;
use super::Opened;
use super::Refusal;
use super::opened::Known;
use super::opened::open;
use crate::base::CallId;
use crate::base::Now;
use crate::base::Phone;
use crate::base::Rng;
use crate::book::Book;
use crate::book::Number;
use crate::flow::Flow;
use crate::library::FlowText;
use crate::library::Library;
use crate::routing::Snapshot;

/// Initial state of a call, and the flow it enters.
#[derive(Debug, Clone)]
pub struct Placed {
    /// Initial state.
    pub opened: Opened,
    /// Flow of the number.
    pub flow: Arc<Flow>,
    /// The text of the flow.
    pub text: Arc<FlowText>,
}

/// Places a call that has just arrived, under the live book and flows.
///
/// # Errors
/// [`Refusal`]: the dialed number is not in the book, or its flow is not loaded.
pub fn place(
    snapshot: &Snapshot,
    library: &Library,
    arrival: Arrival,
    now: Now,
    rng: &mut Rng,
) -> Result<Placed, Refusal> {
    let number = find(snapshot.book(), &arrival)?;
    let caller = arrival.caller(Some(number));
    let Arrival { ingress, attestation, .. } = arrival;
    let name = &number.flow;
    let loaded = library.flow(name).zip(library.source(name).cloned());
    let Some((flow, text)) = loaded else {
        let (number, flow) = (number.number.clone(), name.clone());
        return Err(Refusal::NoFlow { number, flow });
    };
    let id = CallId::new(now, rng);
    let known = Known { id, ingress, caller, attestation, at: now.wall };
    Ok(Placed { opened: open(snapshot, number, known), flow, text })
}

/// Returns the dialed number of the book.
fn find<'b>(book: &'b Book, arrival: &Arrival) -> Result<&'b Number, Refusal> {
    for text in &arrival.called {
        if let Some(number) = book.dialled(text, arrival.home) {
            return Ok(number);
        }
        if let Some(phone) = Phone::readings(text, arrival.home).next() {
            return Err(Refusal::UnknownNumber(phone));
        }
    }
    Err(Refusal::NotANumber)
}
