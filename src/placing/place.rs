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
use crate::base::PingId;
use crate::base::Rng;
use crate::base::Wall;
use crate::book::Book;
use crate::book::Number;
use crate::call::CalledFor;
use crate::flow::Flow;
use crate::lead::Missed;
use crate::lead::OpenPings;
use crate::lead::PingRecord;
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

/// Places a call that has just arrived, under the live book and flows. A call for a bid takes it.
///
/// # Errors
/// [`Refusal`]: the dialed number is not in the book, its flow is not loaded, or what was dialed is a
/// bid that is not there for the call.
pub fn place(
    snapshot: &Snapshot,
    library: &Library,
    pings: &mut OpenPings,
    arrival: Arrival,
    now: Now,
    rng: &mut Rng,
) -> Result<Placed, Refusal> {
    let dialled = arrival.called.iter().find_map(|text| PingId::of_bid_id(text));
    let number = match dialled {
        Some(bid) => number_of_bid(snapshot.book(), pings, bid)?,
        None => arrival.number(snapshot.book())?,
    };
    let caller = arrival.caller(Some(number));
    let diverted_from = arrival.diverted_from();
    let Arrival { ingress, attestation, .. } = arrival;
    let name = &number.flow;
    let loaded = library.flow(name).zip(library.source(name).cloned());
    let Some((flow, text)) = loaded else {
        let (number, flow) = (number.number.clone(), name.clone());
        return Err(Refusal::NoFlow { number, flow });
    };
    let (ping, missed) = match dialled {
        Some(bid) => {
            let taken = pings.take(bid, caller.as_ref(), now.wall);
            (Some(taken.map_err(|why| Refusal::Bid { bid, why })?), None)
        }
        None => match_caller(pings, &number.number, caller.as_ref(), now.wall),
    };
    let id = CallId::new(now, rng);
    let at = now.wall;
    let known = Known { id, ingress, caller, attestation, diverted_from, at, ping, missed };
    Ok(Placed { opened: open(snapshot, number, known), flow, text })
}

/// Returns the number to which the calls for a bid go.
fn number_of_bid<'b>(
    book: &'b Book,
    pings: &OpenPings,
    bid: PingId,
) -> Result<&'b Number, Refusal> {
    let number = pings.number_of(bid).ok_or(Refusal::Bid { bid, why: Missed::Unknown })?;
    book.number(number).ok_or_else(|| Refusal::UnknownNumber(number.clone()))
}

/// Takes the bid for a caller of a number; else returns why the call is sold without one.
fn match_caller(
    pings: &mut OpenPings,
    number: &Phone,
    caller: Option<&Phone>,
    now: Wall,
) -> (Option<Arc<PingRecord>>, Option<CalledFor>) {
    if !pings.knows(number) {
        return (None, None);
    }
    let Some(ping) = caller.and_then(|caller| pings.of_line(number, caller)) else {
        return (None, Some(CalledFor::OtherCaller));
    };
    match pings.take(ping, caller, now) {
        Ok(taken) => (Some(taken), None),
        Err(Missed::Expired) => (None, Some(CalledFor::Expired { ping })),
        Err(Missed::Used) => (None, Some(CalledFor::Used { ping })),
        Err(Missed::OtherCaller | Missed::Unknown) => (None, Some(CalledFor::OtherCaller)),
    }
}
