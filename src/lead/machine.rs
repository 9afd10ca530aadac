//! The state machine of one lead.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::base::AttemptId;
use crate::base::BidResult;
use crate::base::End;
use crate::base::Mono;
use crate::base::Now;
use crate::base::Rng;
use crate::base::Skip;
use crate::base::Wall;
use crate::book::Book;
use crate::book::Channel;
use crate::book::Payout;
use crate::routing::Decision;
use crate::sale;
use crate::sale::Attempt;
use crate::sale::Auctioneer;
use crate::sale::Bidders;
use crate::sale::OpenHold;
use crate::sale::Terms;
use crate::sale::Wave;
use crate::sale::settle_bid;

use super::Early;
use super::Input;
use super::Lead;
use super::LeadRecord;
use super::LeadSale;
use super::LeadStatus;
use super::Output;
use super::Posts;
use super::What;

/// Times that the settings set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// How long a post whose result is unknown keeps its hold, and the lead from other buyers.
    pub unknown_after: Duration,
    /// Longest wait for the opening of a contract that parks leads.
    pub park_max: Duration,
}

/// One lead being sold. Mutate with [`Machine::handle`], then drain [`Machine::poll`] until it is
/// empty.
#[derive(Debug)]
pub struct Machine {
    pub(super) record: LeadRecord,
    pub(super) sale: sale::Machine<Bidders<Posts>>,
    pub(super) rules: Rules,
    pub(super) auctioneer: Auctioneer,
    /// Posts whose result is unknown, and when they count as lost.
    pub(super) unknown: BTreeMap<AttemptId, Mono>,
    outputs: VecDeque<Output>,
}

impl Machine {
    /// Creates a lead that came in. It waits for [`Input::Opened`].
    pub fn new(lead: &Lead, book: &Arc<Book>, rules: Rules) -> Self {
        let mut own = Self::of(LeadRecord::of(lead), book, rules);
        for bid in &own.record.bids {
            own.auctioneer.pinged(&bid.offer);
            own.sale.reach_mut().keep(&bid.contract);
        }
        own
    }

    /// Creates the machine of a record; its buyers do not get the lead again.
    pub(super) fn of(record: LeadRecord, book: &Arc<Book>, rules: Rules) -> Self {
        let posted = record.attempts.iter().map(|attempt| attempt.contract.clone());
        let source = book.source(&record.source).cloned();
        let posts = Posts::new(book.clone(), posted);
        let bidders = Bidders::new(posts, Channel::Form, book.clone(), record.bids.len());
        Self {
            sale: sale::Machine::new(bidders, source),
            record,
            rules,
            auctioneer: Auctioneer::default(),
            unknown: BTreeMap::new(),
            outputs: VecDeque::new(),
        }
    }

    /// Applies an input. Drain [`Machine::poll`] afterwards.
    pub fn handle(&mut self, input: Input, now: Now, rng: &mut Rng) {
        if self.record.status.is_over() {
            return;
        }
        self.sale.reach_mut().set_time(now.wall);
        match input {
            Input::Opened => {
                let terms = Box::new(self.terms(now));
                self.sale.handle(sale::Input::Sell(terms), now, rng);
            }
            Input::Surveyed(decision) => {
                self.sale.handle(sale::Input::Surveyed(decision), now, rng);
            }
            Input::Bid(contract, reply) => self.on_bid(&contract, reply, now, rng),
            Input::Decided(decision) => self.on_decided(decision, now, rng),
            Input::Held(result) => self.sale.handle(sale::Input::Held(result), now, rng),
            Input::Replied(attempt, reply) => self.on_replied(attempt, reply, now, rng),
            Input::Settled(attempt, settled) => self.on_settled(attempt, settled, now, rng),
            Input::Tick => self.on_tick(now, rng),
        }
        self.drain(now, rng);
    }

    /// Ends a lead that came in: it is stored with its end, or has been.
    pub fn end_early(&mut self, early: Early, at: Wall) {
        self.record.end_early(early, at);
    }

    /// Returns the next output to carry out.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Returns the latest time for `handle(Input::Tick)`; `None` without a deadline.
    pub fn deadline(&self) -> Option<Mono> {
        let unknown = self.unknown.values().copied();
        unknown.chain(self.sale.deadline()).min()
    }

    /// Returns the record as it is now.
    pub fn record(&self) -> &LeadRecord {
        &self.record
    }

    /// Returns the decisions since the last call.
    pub fn new_decisions(&mut self) -> Vec<Decision> {
        self.sale.new_decisions()
    }

    /// Returns an attempt by its id.
    pub fn attempt(&self, id: AttemptId) -> Option<&Attempt> {
        self.sale.attempt(id)
    }

    /// Returns the posts whose result is unknown.
    pub fn unknown_posts(&self) -> impl Iterator<Item = AttemptId> {
        self.unknown.keys().copied()
    }

    /// Returns the open holds with their picks: the shell renews them while the lead lives.
    pub fn holds(&self) -> impl Iterator<Item = OpenHold<'_>> {
        self.sale.holds()
    }

    pub(super) fn terms(&self, now: Now) -> Terms {
        let waited = now.wall.since(self.record.received_at);
        let patience = self.rules.park_max.saturating_sub(waited);
        Terms { patience, ..Terms::new(self.record.inquiry()) }
    }

    pub(super) fn push(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    /// Returns whether a decision or a hold is asked for: its answer leads to a post or to the end,
    /// and each of them stores the record.
    pub(super) fn awaits_sale(&self) -> bool {
        self.outputs.iter().any(|output| match output {
            Output::Decide(..) | Output::Hold { .. } => true,
            // Bids take their time.
            Output::Survey(_) | Output::Ping { .. } => false,
            Output::Record | Output::Settle { .. } | Output::Post(_) => false,
        })
    }

    /// Stores the record as it is now.
    pub(super) fn store(&mut self) {
        self.record.attempts = self.sale.rows().to_vec();
        self.push(Output::Record);
    }

    fn on_decided(&mut self, decision: Box<Decision>, now: Now, rng: &mut Rng) {
        let (id, offer) = (decision.id, decision.offer.clone());
        let picks = decision.picks().count();
        self.record.decision_id = Some(id);
        self.record.offer = offer.clone();
        self.judge_bids(&decision, now);
        self.record.note(What::Routed { decision: id, offer, picks }, now.wall);
        self.sale.handle(sale::Input::Decided(decision), now, rng);
    }

    fn on_tick(&mut self, now: Now, rng: &mut Rng) {
        self.tick_auction(now, rng);
        self.give_up_unknown(now, rng);
        self.drain(now, rng);
        if !self.record.status.is_over() {
            self.sale.handle(sale::Input::Tick, now, rng);
        }
    }

    /// Carries out what the sale asks for.
    pub(super) fn drain(&mut self, now: Now, rng: &mut Rng) {
        while let Some(output) = self.sale.poll() {
            match output {
                sale::Output::Survey(inquiry) => self.push(Output::Survey(inquiry)),
                sale::Output::Ask(bidding) => self.on_ask(&bidding, now, rng),
                sale::Output::Decide(inquiry, bids) => self.push(Output::Decide(inquiry, bids)),
                sale::Output::Hold { hold, pick } => self.push(Output::Hold { hold, pick }),
                sale::Output::Settle { hold, how } => self.push(Output::Settle { hold, how }),
                // Only bids on calls are confirmed: the post of a lead is the confirmation.
                sale::Output::Confirm(_) => {}
                sale::Output::Try(wave) => self.on_wave(&wave, now),
                // Only as many buyers are tried as may have the lead: what is canceled was not
                // posted, and its row says so.
                sale::Output::Cancel { .. } => {}
                sale::Output::Won(attempt) => self.on_won(attempt, now, rng),
                sale::Output::Sold => self.on_sold(now, rng),
                sale::Output::Unsold(_) => self.on_unsold(now),
                sale::Output::Event(event) => self.on_event(event, now),
            }
        }
        self.note_parked(now);
    }

    /// Posts to the buyers of a wave, once that is stored.
    fn on_wave(&mut self, wave: &Wave, now: Now) {
        self.record.status = LeadStatus::Delivering;
        for id in &wave.attempts {
            self.sale.begun(*id, now);
            let Some(attempt) = self.sale.attempt(*id) else { continue };
            let (contract, buyer) = (attempt.pick.contract.clone(), attempt.pick.buyer.clone());
            self.sale.reach_mut().channel_mut().note(&contract);
            self.record.note(What::Posted { attempt: *id, contract, buyer }, now.wall);
        }
        self.store();
        for id in &wave.attempts {
            self.push(Output::Post(*id));
        }
    }

    /// An accepted lead is delivered: the post was the delivery.
    fn on_won(&mut self, id: AttemptId, now: Now, rng: &mut Rng) {
        self.sale.handle(sale::Input::Delivered(id), now, rng);
        let Some(mut winner) = self.sale.winners().last().cloned() else { return };
        // A fixed payout is owed once for a lead, however many buyers share it.
        if !self.record.sales.is_empty() && matches!(winner.payout, Some(Payout::Fixed(_))) {
            winner.payout = None;
        }
        settle_bid(&mut self.record.bids, &winner.contract, BidResult::Won);
        self.record.sold_at = Some(now.wall);
        self.record.sales.push(LeadSale { id, winner });
    }

    fn on_sold(&mut self, now: Now, rng: &mut Rng) {
        self.record.end(LeadStatus::Sold, End::Delivered, now.wall);
        self.store();
        for LeadSale { id, winner } in self.record.sales.clone() {
            let bill = LeadSale { id, winner }.bill();
            self.sale.handle(sale::Input::Billed(id, bill), now, rng);
        }
    }

    fn on_unsold(&mut self, now: Now) {
        let reason = match (self.sale.rows().is_empty(), self.is_duplicate()) {
            (false, _) => End::NoBuyer,
            (true, true) => End::DuplicateLead,
            (true, false) => End::NoContract,
        };
        self.record.end(LeadStatus::Rejected, reason, now.wall);
        self.store();
    }

    /// Returns whether a contract would have been tried if the person had not been sold before.
    fn is_duplicate(&self) -> bool {
        let reasons = self.sale.decisions().iter().flat_map(Decision::reasons);
        reasons.flatten().any(|reason| reason == Skip::Duplicate)
    }

    fn on_event(&mut self, event: sale::Event, now: Now) {
        match event {
            sale::Event::CapFull { contract, cap } => {
                self.record.note(What::CapFull { contract, cap }, now.wall);
            }
            sale::Event::HandedOn { offer: _, to } => {
                self.record.note(What::HandedOn { to: to.to_string() }, now.wall);
            }
            // Noted with their ids elsewhere.
            sale::Event::Decided(_)
            | sale::Event::Tried { .. }
            | sale::Event::Rings { .. }
            | sale::Event::Ended { .. } => {}
        }
    }

    /// Notes that the lead waits for an opening.
    fn note_parked(&mut self, now: Now) {
        if !self.sale.is_waiting() || self.record.status == LeadStatus::Parked {
            return;
        }
        self.record.status = LeadStatus::Parked;
        let until = self.sale.decisions().last().and_then(Decision::parked_until);
        self.record.note(What::Parked { until }, now.wall);
        self.store();
    }
}
