//! Pings for calls whose bids still wait for their calls.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::base::OfferId;
use crate::base::Phone;
use crate::base::PingId;
use crate::base::SourceId;
use crate::base::Wall;

use super::PingRecord;

/// Most pings at once. A further one gets no bid.
pub const OPEN_PINGS_MAX: usize = 100_000;
/// How long a bid that was used or has ended is remembered, so that a late call can be told why it is
/// sold without one.
const REMEMBERED: Duration = Duration::from_secs(600);

/// Pings for calls whose bids were not used, and those that ended a short while ago.
#[derive(Debug, Clone, Default)]
pub struct OpenPings {
    pings: BTreeMap<PingId, Held>,
    by_asker: BTreeMap<Asker, PingId>,
    /// By number of the book, then by caller.
    by_line: BTreeMap<Phone, BTreeMap<Phone, PingId>>,
    ends: BTreeSet<(Wall, PingId)>,
}

#[derive(Debug, Clone)]
struct Held {
    ping: Arc<PingRecord>,
    is_used: bool,
}

/// What is asked about: a second ping with the same is a repeated one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Asker {
    source: SourceId,
    offer: OfferId,
    about: About,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum About {
    /// The caller.
    Caller(Phone),
    /// The source's own id of the call.
    Call(String),
}

/// Why a call is sold without a bid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Missed {
    /// No bid has this id, or it ended long ago.
    #[error("is not known")]
    Unknown,
    /// The bid has ended.
    #[error("has ended")]
    Expired,
    /// Another call came for it.
    #[error("was used by another call")]
    Used,
    /// The call is of another caller than the ping.
    #[error("is for another caller")]
    OtherCaller,
}

impl OpenPings {
    /// Returns the ping that a further one repeats: of the same source, offer and caller, or of the
    /// same id of the source. Its bid is neither used nor over.
    pub fn again(&self, ping: &PingRecord, now: Wall) -> Option<Arc<PingRecord>> {
        let ids = askers(ping).into_iter().filter_map(|asker| self.by_asker.get(&asker));
        let open = |held: &&Held| !held.is_used && held.ping.expires_at > Some(now);
        ids.filter_map(|id| self.pings.get(id)).find(open).map(|held| held.ping.clone())
    }

    /// Returns whether there is room for another ping, after forgetting those of long ago.
    pub fn has_room(&mut self, now: Wall) -> bool {
        while let Some((end, id)) = self.ends.first().copied() {
            if end + REMEMBERED > now {
                break;
            }
            self.ends.pop_first();
            self.remove(id);
        }
        self.pings.len() < OPEN_PINGS_MAX
    }

    /// Adds a ping that was answered with a bid. A later ping for the same number and caller takes
    /// the place of an earlier one.
    pub fn add(&mut self, ping: Arc<PingRecord>) {
        let Some(end) = ping.expires_at else { return };
        for asker in askers(&ping) {
            self.by_asker.insert(asker, ping.id);
        }
        if let Some((number, caller)) = line(&ping) {
            self.by_line.entry(number.clone()).or_default().insert(caller.clone(), ping.id);
        }
        self.ends.insert((end, ping.id));
        self.pings.insert(ping.id, Held { ping, is_used: false });
    }

    /// Takes the bid with an id for a call of a caller. It serves one call.
    ///
    /// # Errors
    /// [`Missed`]: it is not taken.
    pub fn take(
        &mut self,
        id: PingId,
        caller: Option<&Phone>,
        now: Wall,
    ) -> Result<Arc<PingRecord>, Missed> {
        let held = self.pings.get_mut(&id).ok_or(Missed::Unknown)?;
        let of = held.ping.call.as_ref().and_then(|call| call.caller.as_ref());
        if of.is_some_and(|of| Some(of) != caller) {
            return Err(Missed::OtherCaller);
        }
        if held.is_used {
            return Err(Missed::Used);
        }
        if held.ping.expires_at <= Some(now) {
            return Err(Missed::Expired);
        }
        held.is_used = true;
        Ok(held.ping.clone())
    }

    /// Returns the ping for a number and a caller whose bid was made last, whatever became of it.
    pub fn of_line(&self, number: &Phone, caller: &Phone) -> Option<PingId> {
        self.by_line.get(number)?.get(caller).copied()
    }

    /// Returns the number to which the calls for a bid go; `None` if the bid is not known.
    pub fn number_of(&self, id: PingId) -> Option<&Phone> {
        self.pings.get(&id)?.ping.call.as_ref()?.number.as_ref()
    }

    /// Returns whether there are bids for the calls of a number.
    pub fn knows(&self, number: &Phone) -> bool {
        self.by_line.contains_key(number)
    }

    /// Gives a bid back whose call was not taken.
    pub fn give_back(&mut self, id: PingId) {
        if let Some(held) = self.pings.get_mut(&id) {
            held.is_used = false;
        }
    }

    /// Returns the number of pings, remembered ones included.
    pub fn len(&self) -> usize {
        self.pings.len()
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.pings.is_empty()
    }

    fn remove(&mut self, id: PingId) {
        let Some(Held { ping, .. }) = self.pings.remove(&id) else { return };
        for asker in askers(&ping) {
            if self.by_asker.get(&asker) == Some(&id) {
                self.by_asker.remove(&asker);
            }
        }
        let Some((number, caller)) = line(&ping) else { return };
        let Some(callers) = self.by_line.get_mut(number) else { return };
        if callers.get(caller) == Some(&id) {
            callers.remove(caller);
        }
        if callers.is_empty() {
            self.by_line.remove(number);
        }
    }
}

/// Returns by what a ping is recognized as repeated; nothing for a ping without a caller and an id.
pub fn askers(ping: &PingRecord) -> Vec<Asker> {
    let Some(call) = &ping.call else { return Vec::new() };
    let caller = call.caller.clone().map(About::Caller);
    let reference = call.reference.clone().map(About::Call);
    let (source, offer) = (&ping.source, &ping.offer);
    let of = |about| Asker { source: source.clone(), offer: offer.clone(), about };
    caller.into_iter().chain(reference).map(of).collect()
}

/// Returns the number that the call of a ping is sent to, and its caller. A call that was offered an
/// address may come to the number all the same.
fn line(ping: &PingRecord) -> Option<(&Phone, &Phone)> {
    let call = ping.call.as_ref()?;
    call.number.as_ref().zip(call.caller.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lead::CallTerms;

    const START: Wall = Wall::from_micros(1_763_632_800_000_000);

    fn at(seconds: u64) -> Wall {
        START + Duration::from_secs(seconds)
    }

    /// Returns a ping that was answered with a bid of 30 s.
    fn ping(place: u64, caller: Option<&str>, by_sip: bool) -> Arc<PingRecord> {
        Arc::new(PingRecord {
            id: format!("0190a0b0-0000-7000-8000-{place:012}").parse().unwrap(),
            offer: "o".parse().unwrap(),
            source: "web".parse().unwrap(),
            book_version: 1,
            test: false,
            fields: BTreeMap::new(),
            bids: Vec::new(),
            at: START,
            price: None,
            expires_at: Some(at(30)),
            reason: None,
            lead: None,
            call: Some(CallTerms {
                caller: caller.map(|caller| caller.parse().unwrap()),
                reference: Some(format!("call-{place}")),
                number: "+18005550100".parse().ok(),
                by_sip,
                buffer: Duration::from_secs(90),
                came: None,
            }),
        })
    }

    const ANN: &str = "+13055550123";

    #[test]
    fn a_bid_serves_one_call_of_its_caller_in_time() {
        let ann: Phone = ANN.parse().unwrap();
        let ben: Phone = "+13055550124".parse().unwrap();
        let mut open = OpenPings::default();
        let own = ping(1, Some(ANN), false);
        open.add(own.clone());
        let number: Phone = "+18005550100".parse().unwrap();
        assert_eq!(open.of_line(&number, &ann), Some(own.id));
        assert_eq!(open.of_line(&number, &ben), None);
        assert!(open.knows(&number));
        for (caller, seconds, expected) in [
            (Some(&ben), 1, Err(Missed::OtherCaller)),
            (None, 1, Err(Missed::OtherCaller)),
            (Some(&ann), 30, Err(Missed::Expired)),
            (Some(&ann), 29, Ok(own.id)),
            (Some(&ann), 29, Err(Missed::Used)),
        ] {
            let taken = open.take(own.id, caller, at(seconds)).map(|ping| ping.id);
            assert_eq!(taken, expected, "{caller:?} {seconds}");
        }
        open.give_back(own.id);
        assert!(open.take(own.id, Some(&ann), at(2)).is_ok());
        assert_eq!(open.take(ping(9, None, true).id, None, at(2)).err(), Some(Missed::Unknown));
        // A ping that does not tell the caller is served by any: its id is the secret.
        let hidden = ping(2, None, true);
        open.add(hidden.clone());
        assert!(open.take(hidden.id, Some(&ben), at(2)).is_ok());
    }

    #[test]
    fn a_repeated_ping_is_one_of_the_same_caller_or_id_while_the_bid_is_open() {
        let mut open = OpenPings::default();
        let own = ping(1, Some(ANN), false);
        open.add(own.clone());
        let other_id = ping(2, Some(ANN), false);
        let other_caller = ping(1, Some("+13055550124"), false);
        let other = ping(3, Some("+13055550124"), false);
        let id_of = |open: &OpenPings, ping: &PingRecord, seconds| {
            open.again(ping, at(seconds)).map(|ping| ping.id)
        };
        assert_eq!(id_of(&open, &other_id, 1), Some(own.id));
        assert_eq!(id_of(&open, &other_caller, 1), Some(own.id));
        assert_eq!(id_of(&open, &other, 1), None);
        assert_eq!(id_of(&open, &other_id, 30), None);
        open.take(own.id, Some(&ANN.parse().unwrap()), at(2)).unwrap();
        assert_eq!(id_of(&open, &other_id, 3), None, "a used bid is not offered again");
    }

    #[test]
    fn pings_are_forgotten_and_bounded() {
        let mut open = OpenPings::default();
        let own = ping(1, Some(ANN), false);
        open.add(own.clone());
        assert!(open.has_room(at(30)) && open.len() == 1);
        assert!(open.has_room(at(30) + REMEMBERED) && open.is_empty());
        assert!(!open.knows(&"+18005550100".parse().unwrap()) && open.by_asker.is_empty());
        for place in 0..OPEN_PINGS_MAX {
            open.add(ping(u64::try_from(place).unwrap(), None, true));
        }
        assert!(!open.has_room(at(1)));
    }
}
