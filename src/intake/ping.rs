//! Pings of sources, and the leads that are posted to them.

use std::sync::Arc;
use std::sync::PoisonError;

use tokio::time::sleep;

use super::Intake;
use super::PingAnswer;
use super::Received;
use super::admission::Admission;
use super::admission::admit;
use super::admission::declared;
use super::asking::ask;
use super::asking::next_bid;
use super::own::Own;
use super::wanted::Purpose;
use super::wanted::Refused;
use super::wanted::WantedLead;
use super::wanted::WantedPost;
use crate::base::End;
use crate::base::LeadId;
use crate::base::Money;
use crate::base::Now;
use crate::base::PingId;
use crate::base::Rng;
use crate::base::Wall;
use crate::billing::Bill;
use crate::book::Strategy;
use crate::lead::Early;
use crate::lead::Input;
use crate::lead::Lead;
use crate::lead::LeadStatus;
use crate::lead::Machine;
use crate::lead::Output;
use crate::lead::PingRecord;
use crate::lead::PingRefusal;
use crate::lead::Pinged;
use crate::lead::Refusal;
use crate::lead::Rehearsal;
use crate::lead::Tally;
use crate::lead::check;
use crate::lead::check::FieldFault;
use crate::routing::Decision;
use crate::routing::Pick;
use crate::routing::Snapshot;
use crate::sale::BIDS_MAX;
use crate::sale::BidRecord;
use crate::store::LeadKey;

/// What a ping was answered.
#[derive(Debug)]
pub struct Answered {
    /// The ping, as it is stored.
    pub record: PingRecord,
    /// Faults of its fields.
    pub faults: Vec<FieldFault>,
}

/// An offer for a lead.
struct Offered {
    price: Option<Money>,
    expires_at: Wall,
}

impl Intake {
    /// Answers a ping: asks the buyers who may take such a lead for bids, and stores what the best
    /// one would bring the source. It takes nothing, and no buyer is told of a person.
    ///
    /// # Errors
    /// [`Refused`]: nothing was stored.
    pub async fn ping(&self, wanted: WantedLead) -> Result<Answered, Refused> {
        let own = self.own();
        let _place = own.admit()?;
        let (now, mut rng) = (own.clock.now(), own.fork());
        let snapshot = own.dispatch.snapshot();
        let record = PingRecord {
            id: PingId::new(now, &mut rng),
            offer: wanted.offer.clone(),
            source: wanted.source.clone(),
            book_version: snapshot.version(),
            test: wanted.purpose == Purpose::Test,
            fields: Default::default(),
            bids: Vec::new(),
            at: now.wall,
            price: None,
            expires_at: None,
            reason: None,
            lead: None,
            call: None,
        };
        if !is_within_rate(own, &snapshot, &record).await? {
            own.live.pinged(PingAnswer::Limited);
            return Err(Refused::TooManyPings);
        }
        let fields = check::ping_fields(declared(&snapshot, &wanted.offer));
        let id = LeadId::new(now, &mut rng);
        let admission = admit(own, &snapshot, id, wanted, &fields, now).await?;
        let answered = answer(own, &snapshot, record, admission, now, &mut rng).await;
        let has_offer = answered.record.expires_at.is_some();
        own.live.pinged(if has_offer { PingAnswer::Offered } else { PingAnswer::NoBid });
        own.store.ping_open(answered.record.clone()).await?;
        Ok(answered)
    }

    /// Stores and sells a lead that is posted to a ping: first to the buyer whose bid won. A ping
    /// has one post; another one is answered with what became of the first.
    ///
    /// # Errors
    /// [`Refused`]: the lead was not stored.
    pub async fn post(
        &self,
        wanted: WantedPost,
        key: Option<LeadKey>,
    ) -> Result<Received, Refused> {
        let own = self.own();
        let WantedPost { ping, from, mut values, purpose, browser } = wanted;
        let id: PingId = ping.parse().map_err(|_| PingRefusal::Unknown)?;
        let found = own.store.ping_fetch(id).await?;
        let is_theirs = |ping: &PingRecord| {
            from.as_ref().is_none_or(|own| *own == (ping.source.clone(), ping.offer.clone()))
        };
        let ping = found.filter(is_theirs).ok_or(PingRefusal::Unknown)?;
        if let Some(lead) = ping.lead {
            return Ok(Received::Before(self.told_of(lead).await?));
        }
        let (now, snapshot) = (own.clock.now().wall, own.dispatch.snapshot());
        let declared = declared(&snapshot, &ping.offer);
        let fields = check::check(declared, &values, now).fields;
        ping.admits(declared, &fields, now)?;
        values.extend(ping.left_out(&fields));
        let purpose = if ping.test { Purpose::Test } else { purpose };
        let lead = WantedLead { offer: ping.offer, source: ping.source, values, purpose, browser };
        self.take(lead, key, Some(Pinged { id, bids: ping.bids })).await
    }
}

/// Counts a ping of a source with a limit; returns whether it is within it. What was counted before
/// a restart counts on.
pub(super) async fn is_within_rate(
    own: &Own,
    snapshot: &Snapshot,
    ping: &PingRecord,
) -> Result<bool, Refused> {
    let source = &ping.source;
    let Some(rate) = snapshot.book().source(source).and_then(|source| source.pings) else {
        return Ok(true);
    };
    let tally = || own.pings.lock().unwrap_or_else(PoisonError::into_inner);
    if !tally().knows(source) {
        let since = Tally::<PingId>::since(rate, ping.at);
        let before = own.store.ping_count(source.clone(), since).await?;
        let mut tally = tally();
        if !tally.knows(source) {
            let before = u32::try_from(before).unwrap_or(u32::MAX);
            tally.set(source.clone(), rate, ping.at, before);
        }
    }
    Ok(tally().take(source.clone(), rate, ping.at))
}

/// Returns a ping with its answer.
async fn answer(
    own: &Arc<Own>,
    snapshot: &Arc<Snapshot>,
    mut record: PingRecord,
    admission: Admission,
    now: Now,
    rng: &mut Rng,
) -> Answered {
    let Admission { lead, early, .. } = admission;
    record.fields = PingRecord::kept(&lead.fields);
    let mut faults = Vec::new();
    let offered = match early {
        Some(Early::Refused(refusal) | Early::TestRefused(refusal)) => {
            let reason = refusal.reason();
            if let Refusal::Invalid(found) = refusal {
                faults = found;
            }
            Err(reason)
        }
        Some(Early::Test(Rehearsal { contract: None, .. })) => Err(End::NoContract),
        Some(Early::Test(Rehearsal { payout, .. })) => {
            Ok(Offered { price: payout, expires_at: now.wall + own.ping_life })
        }
        None => auction(own, snapshot, &lead, &mut record, rng).await,
    };
    match offered {
        // A price of nothing is no offer.
        Ok(Offered { price: Some(price), .. }) if price.micros() <= 0 => {
            record.reason = Some(End::NoBuyer);
        }
        Ok(Offered { price, expires_at }) => {
            (record.price, record.expires_at) = (price, Some(expires_at));
        }
        Err(reason) => record.reason = Some(reason),
    }
    Answered { record, faults }
}

/// Asks the bidders for a lead, and notes their bids. Nothing is reserved: the machine of the lead
/// is given up where it would take the first unit.
async fn auction(
    own: &Arc<Own>,
    snapshot: &Arc<Snapshot>,
    lead: &Lead,
    record: &mut PingRecord,
    rng: &mut Rng,
) -> Result<Offered, End> {
    let mut machine = Machine::new(lead, snapshot.book(), own.rules);
    let picked = run(own, snapshot, &mut machine, rng).await;
    record.bids = machine.record().bids.clone();
    let Some((decision, pick)) = picked else {
        return Err(machine.record().reason.unwrap_or(End::NoContract));
    };
    let now = own.clock.now().wall;
    let ends = now + own.ping_life;
    let own_end = |bid: &BidRecord| bid.expires_at.filter(|_| bid.contract == pick.contract);
    let expires_at = record.bids.iter().filter_map(own_end).fold(ends, Wall::min);
    if expires_at <= now {
        return Err(End::NoBuyer);
    }
    note_prices(snapshot, &decision, record, ends);
    let source = snapshot.book().source(&record.source);
    let payout = source.and_then(|source| source.payout_for(&decision.offer));
    Ok(Offered {
        price: Bill::of(pick.price, payout, pick.unbilled().is_none()).payout,
        expires_at,
    })
}

/// Adds the prices of contracts that are not asked for bids to the bids of an auction.
pub(super) fn note_prices(
    snapshot: &Snapshot,
    decision: &Decision,
    record: &mut PingRecord,
    ends: Wall,
) {
    let book = snapshot.book();
    let offer = book.offer(&decision.offer);
    if offer.is_none_or(|offer| offer.strategy != Strategy::Auction) {
        return;
    }
    let asked = |pick: &Pick| record.bids.iter().any(|bid| bid.contract == pick.contract);
    let own = decision.picks().filter(|pick| pick.seat.is_some() && !asked(pick));
    let own: Vec<Pick> = own.take(BIDS_MAX.saturating_sub(record.bids.len())).collect();
    let at = record.at;
    record.bids.extend(own.iter().map(|pick| BidRecord::own(&decision.offer, pick, at, ends)));
}

/// Runs the machine of a ping to its first pick; `None` without one.
async fn run(
    own: &Arc<Own>,
    snapshot: &Arc<Snapshot>,
    machine: &mut Machine,
    rng: &mut Rng,
) -> Option<(Box<Decision>, Pick)> {
    let (mut bids, mut last) = (None, None);
    machine.handle(Input::Opened, own.clock.now(), rng);
    loop {
        while let Some(output) = machine.poll() {
            let now = own.clock.now();
            match output {
                Output::Survey(inquiry) => {
                    let decision = own.dispatch.preview(snapshot, &inquiry, now).await;
                    machine.handle(Input::Surveyed(Box::new(decision)), now, rng);
                }
                Output::Ping { contracts, window } => {
                    bids = Some(ask(own, snapshot, machine.record(), contracts, window));
                }
                Output::Decide(inquiry, bids) => {
                    let decision = own.dispatch.preview_bids(snapshot, &inquiry, &bids, now).await;
                    last = Some(Box::new(decision.clone()));
                    machine.handle(Input::Decided(Box::new(decision)), now, rng);
                }
                Output::Hold { pick, .. } => return last.map(|decision| (decision, *pick)),
                Output::Record | Output::Settle { .. } | Output::Post(_) => {}
            }
        }
        let status = machine.record().status;
        if status.is_over() || status == LeadStatus::Parked || own.stop.is_cancelled() {
            return None;
        }
        let deadline = machine.deadline()?.since(own.clock.now().mono);
        tokio::select! {
            bid = next_bid(bids.as_mut()) => match bid {
                Some((contract, reply)) => {
                    machine.handle(Input::Bid(contract, reply), own.clock.now(), rng);
                }
                None => bids = None,
            },
            () = sleep(deadline) => machine.handle(Input::Tick, own.clock.now(), rng),
        }
    }
}
