//! Pings of sources for calls: the offer that is made for a call before it comes.

use std::sync::Arc;

use tokio::time::sleep;
use tokio::time::timeout;

use super::Intake;
use super::PingAnswer;
use super::admission::LOOKUP_MAX;
use super::admission::declared;
use super::admission::listed;
use super::asking::ask_each;
use super::asking::next_bid;
use super::own::Own;
use super::ping::is_within_rate;
use super::ping::note_prices;
use super::wanted::Purpose;
use super::wanted::Refused;
use crate::base::FieldName;
use crate::base::Fields;
use crate::base::Now;
use crate::base::OfferId;
use crate::base::Origin;
use crate::base::PingId;
use crate::base::Rng;
use crate::base::SourceId;
use crate::base::Wall;
use crate::billing::Bill;
use crate::book::CallPings;
use crate::book::Channel;
use crate::dispatch::CallPing;
use crate::dispatch::LATE_MAX;
use crate::lead::Appraisal;
use crate::lead::CallAsk;
use crate::lead::CallTerms;
use crate::lead::CallerFault;
use crate::lead::Next;
use crate::lead::NoBid;
use crate::lead::PingRecord;
use crate::lead::RtbAnswer;
use crate::lead::askers;
use crate::lead::check;
use crate::routing::Inquiry;
use crate::routing::Pick;
use crate::routing::Snapshot;
use crate::sale::BidRecord;
use crate::suppression::Contact;

/// A ping for a call that a source sends.
#[derive(Debug, Clone)]
pub struct WantedCall {
    /// Requested offer, which the book has.
    pub offer: OfferId,
    /// The source, which the book has.
    pub source: SourceId,
    /// What it says of the call.
    pub ask: CallAsk,
    /// What it is sent for.
    pub purpose: Purpose,
}

/// What a ping for a call was answered.
#[derive(Debug)]
pub struct CallAnswered {
    /// The ping, as it is stored; of a repeated one, the first.
    pub record: Arc<PingRecord>,
    /// Why there is no bid.
    pub no_bid: Option<NoBid>,
    /// Whether it repeats one whose bid still counts.
    pub is_repeated: bool,
    /// Host of SIP addresses.
    sip_host: Option<String>,
    at: Wall,
}

impl CallAnswered {
    /// Returns the answer as its source is told.
    pub fn answer(&self) -> RtbAnswer<'_> {
        RtbAnswer {
            ping: &self.record,
            no_bid: self.no_bid.as_ref(),
            is_repeated: self.is_repeated,
            sip_host: self.sip_host.as_deref(),
            at: self.at,
        }
    }
}

/// A ping in progress.
struct Asking<'a> {
    own: &'a Arc<Own>,
    snapshot: &'a Arc<Snapshot>,
    record: PingRecord,
    ask: CallAsk,
    rng: Rng,
}

impl Intake {
    /// Answers a ping for a call: asks the buyers who may take such a call for bids, and promises
    /// the source what the best one brings it. A repeated ping gets the same bid, and no buyer is
    /// asked. The bid is stored when this returns.
    ///
    /// # Errors
    /// [`Refused`]: nothing was stored.
    pub async fn ping_call(&self, wanted: WantedCall) -> Result<CallAnswered, Refused> {
        let own = self.own();
        let _place = own.admit()?;
        let snapshot = own.dispatch.snapshot();
        let asking = Asking::of(own, &snapshot, wanted);
        let sip_host = own.sip_host.clone();
        if !is_within_rate(own, &snapshot, &asking.record).await? {
            own.live.pinged(PingAnswer::Limited);
            let (record, at) = (Arc::new(asking.record), own.clock.now().wall);
            let no_bid = Some(NoBid::TooMany);
            return Ok(CallAnswered { record, no_bid, is_repeated: false, sip_host, at });
        }
        let asked_about = askers(&asking.record).into_iter().next();
        let turn = match &asked_about {
            Some(asker) => Some(own.turns.take(asker).await),
            None => None,
        };
        let answered = asking.answer().await;
        drop(turn);
        if let Some(asker) = &asked_about {
            own.turns.forget(asker);
        }
        answered
    }
}

impl<'a> Asking<'a> {
    fn of(own: &'a Arc<Own>, snapshot: &'a Arc<Snapshot>, wanted: WantedCall) -> Self {
        let WantedCall { offer, source, ask, purpose } = wanted;
        let (now, mut rng) = (own.clock.now(), own.fork());
        let number = snapshot.book().number_of(&source, &offer);
        let record = PingRecord {
            id: PingId::new(now, &mut rng),
            offer,
            source,
            book_version: snapshot.version(),
            test: purpose == Purpose::Test,
            fields: Default::default(),
            bids: Vec::new(),
            at: now.wall,
            price: None,
            expires_at: None,
            reason: None,
            lead: None,
            call: Some(CallTerms {
                caller: ask.caller.clone(),
                reference: ask.reference.clone(),
                number: number.map(|number| number.number.clone()),
                by_sip: ask.takes_sip && own.sip_host.is_some(),
                buffer: Default::default(),
                came: None,
            }),
        };
        Self { own, snapshot, record, ask, rng }
    }

    async fn answer(mut self) -> Result<CallAnswered, Refused> {
        let own = self.own;
        let now = own.clock.now().wall;
        let sip_host = own.sip_host.clone();
        if let Some(record) = own.dispatch.pings(|pings| pings.again(&self.record, now)) {
            own.live.pinged(PingAnswer::Repeated);
            return Ok(CallAnswered { record, no_bid: None, is_repeated: true, sip_host, at: now });
        }
        let no_bid = self.appraise().await?.err();
        if let Some(why) = &no_bid {
            (self.record.price, self.record.expires_at) = (None, None);
            self.record.reason = Some(why.end());
        }
        let record = Arc::new(self.record);
        let has_bid = no_bid.is_none();
        own.live.pinged(if has_bid { PingAnswer::Offered } else { PingAnswer::NoBid });
        own.store.ping_open(PingRecord::clone(&record)).await?;
        // Only now: what is not stored is not promised.
        if has_bid && !record.test {
            own.dispatch.pings(|pings| pings.add(record.clone()));
        }
        let at = own.clock.now().wall;
        Ok(CallAnswered { record, no_bid, is_repeated: false, sip_host, at })
    }

    /// Finds what the call would bring, and notes it.
    async fn appraise(&mut self) -> Result<Result<(), NoBid>, Refused> {
        let now = self.own.clock.now();
        let (book, own) = (self.snapshot.book(), self.own);
        let source = book.source(&self.record.source);
        let rules = source.map_or(CallPings::USUAL, |source| source.call_pings);
        let (source, offer) = (&self.record.source, &self.record.offer);
        if let Err(no_bid) = self.check_call(rules) {
            return Ok(Err(no_bid));
        }
        if let Some(caller) = self.ask.caller.clone() {
            let look_up = listed(own, (offer, source), [Contact::Phone(caller)], now.wall);
            match timeout(LOOKUP_MAX, look_up).await {
                Ok(Ok(None)) => {}
                Ok(Ok(Some(_))) => return Ok(Err(NoBid::Caller(CallerFault::Suppressed))),
                Ok(Err(error)) => return Err(error.into()),
                Err(_) => return Err(Refused::Unscreened),
            }
        }
        let fields = check::ping_fields(declared(self.snapshot, offer));
        let checked = check::check(&fields, &self.ask.values, now.wall);
        self.record.fields = PingRecord::kept(&checked.fields);
        if let Some(fault) = checked.faults.first() {
            return Ok(Err(NoBid::Fields(fault.sentence.clone())));
        }
        let (hidden, inquiry) = self.inquiries(checked.fields);
        let found = match self.record.test {
            true => self.rehearse(&inquiry, now).await,
            false => self.auction(inquiry, hidden, now).await,
        };
        Ok(found.and_then(|pick| self.promise(&pick, rules)))
    }

    /// Checks what a bid needs whatever the call is.
    fn check_call(&self, rules: CallPings) -> Result<(), NoBid> {
        let Some(call) = &self.record.call else { return Err(NoBid::Disabled) };
        let source = self.snapshot.book().source(&self.record.source);
        let is_paid = source.is_some_and(|source| source.payout_for(&self.record.offer).is_some());
        if call.number.is_none() || !is_paid {
            return Err(NoBid::Disabled);
        }
        if self.ask.is_misdialled {
            return Err(NoBid::Caller(CallerFault::NoNumber));
        }
        // Without either, the call could not be told from others.
        let is_needed = rules.caller_id_required || !call.by_sip;
        if self.ask.caller.is_none() && is_needed {
            return Err(NoBid::CallerMissing);
        }
        match self.own.dispatch.pings(|pings| pings.has_room(self.record.at)) {
            true => Ok(()),
            false => Err(NoBid::Full),
        }
    }

    /// Returns what bidders are told of the call, and what is decided by.
    fn inquiries(&self, fields: Fields) -> (Inquiry, Inquiry) {
        let hidden = Inquiry {
            offer: self.record.offer.clone(),
            channel: Channel::Call,
            source: Some(self.record.source.clone()),
            caller: None,
            fields,
        };
        let mut whole = Inquiry { caller: self.ask.caller.clone(), ..hidden.clone() };
        if let Some(caller) = &self.ask.caller
            && let Ok(name) = "phone".parse::<FieldName>()
        {
            whole.fields.set(name, caller.e164(), Origin::Caller);
        }
        match self.ask.exposes_caller {
            true => (whole.clone(), whole),
            false => (hidden, whole),
        }
    }

    /// Decides without asking a buyer.
    async fn rehearse(&mut self, inquiry: &Inquiry, now: Now) -> Result<Pick, NoBid> {
        let decision = self.own.dispatch.preview(self.snapshot, inquiry, now).await;
        decision.first().ok_or_else(|| NoBid::of_skips(decision.reasons().flatten()))
    }

    /// Asks the bidders. Nothing is reserved.
    async fn auction(
        &mut self,
        inquiry: Inquiry,
        hidden: Inquiry,
        now: Now,
    ) -> Result<Pick, NoBid> {
        let (own, snapshot) = (self.own, self.snapshot);
        let mut sale = Appraisal::begin(inquiry, snapshot.book(), now, &mut self.rng);
        let mut bids = None;
        let found = loop {
            let now = own.clock.now();
            match sale.next(now, &mut self.rng) {
                Next::Survey(inquiry) => {
                    let decision = own.dispatch.preview(snapshot, &inquiry, now).await;
                    sale.surveyed(decision, now, &mut self.rng);
                }
                Next::Ask { contracts, window, offer } => {
                    let told = Arc::new(hidden.clone().for_offer(offer));
                    let ping = |contract| CallPing {
                        book: snapshot.book().clone(),
                        contract,
                        call: self.record.id.into(),
                        source: self.record.source.clone(),
                        inquiry: told.clone(),
                        at: now.wall,
                        timeout: window + LATE_MAX,
                    };
                    bids = Some(ask_each(own, contracts, |contract| {
                        let (bidders, ping) = (own.bidders.clone(), ping(contract));
                        async move { bidders.ask(ping).await }
                    }));
                }
                Next::Decide(inquiry, offered) => {
                    let made = own.dispatch.preview_bids(snapshot, &inquiry, &offered, now).await;
                    sale.decided(made, now, &mut self.rng);
                }
                Next::Wait(deadline) => tokio::select! {
                    bid = next_bid(bids.as_mut()) => match bid {
                        Some((contract, reply)) => {
                            let now = own.clock.now();
                            sale.bid(&contract, reply, now, &mut self.rng);
                        }
                        None => bids = None,
                    },
                    () = sleep(deadline.since(now.mono)) => {
                        sale.tick(own.clock.now(), &mut self.rng);
                    }
                },
                Next::Picked(pick) => break Ok(*pick),
                Next::Unsold(why) => break Err(why),
            }
        };
        self.record.bids = sale.take_bids();
        if let Some(decision) = sale.decision().filter(|_| found.is_ok()) {
            let ends = self.record.at + CallPings::LIFE_MAX;
            note_prices(snapshot, decision, &mut self.record, ends);
        }
        found
    }

    /// Notes what the source is promised for a call that goes to this buyer.
    fn promise(&mut self, pick: &Pick, rules: CallPings) -> Result<(), NoBid> {
        if pick.unbilled().is_some() {
            return Err(NoBid::Caller(CallerFault::Duplicate));
        }
        let book = self.snapshot.book();
        let offer = book.contract(&pick.contract).map_or(&self.record.offer, |own| &own.offer);
        let source = book.source(&self.record.source);
        let payout = source.and_then(|source| source.payout_for(offer));
        let price = Bill::of(pick.price, payout, true).payout;
        let price = price.filter(|price| price.micros() > 0).ok_or(NoBid::Bidders)?;
        let now = self.own.clock.now().wall;
        let own_end = |bid: &BidRecord| bid.expires_at.filter(|_| bid.contract == pick.contract);
        let ends = self.record.bids.iter().filter_map(own_end).fold(now + rules.life, Wall::min);
        if ends <= now {
            return Err(NoBid::Bidders);
        }
        (self.record.price, self.record.expires_at) = (Some(price), Some(ends));
        if let Some(call) = &mut self.record.call {
            call.buffer = pick.buffer;
        }
        Ok(())
    }
}
