//! What a call would bring that has not come yet: its sale to the point where the first unit would be
//! reserved.

use std::sync::Arc;
use std::time::Duration;

use crate::base::ContractId;
use crate::base::Mono;
use crate::base::Now;
use crate::base::OfferId;
use crate::base::Rng;
use crate::book::Book;
use crate::book::Channel;
use crate::routing::Bids;
use crate::routing::Decision;
use crate::routing::Inquiry;
use crate::routing::Pick;
use crate::sale;
use crate::sale::Asked;
use crate::sale::Auctioneer;
use crate::sale::BidRecord;
use crate::sale::BidReply;
use crate::sale::Bidders;
use crate::sale::EveryPhone;
use crate::sale::Table;
use crate::sale::Terms;

use super::NoBid;

/// The sale of a call that has not come yet. It takes nothing.
#[derive(Debug)]
pub struct Appraisal {
    inquiry: Inquiry,
    sale: sale::Machine<Bidders<EveryPhone>>,
    auctioneer: Auctioneer,
    bids: Vec<BidRecord>,
}

/// What an appraisal needs next, or what it came to.
#[derive(Debug)]
pub enum Next {
    /// Decide without bids. Answer: [`Appraisal::surveyed`].
    Survey(Box<Inquiry>),
    /// Ask these contracts for bids. Answers: [`Appraisal::bid`] for each; others are too late.
    Ask {
        /// Bidders.
        contracts: Vec<ContractId>,
        /// Time limit.
        window: Duration,
        /// The offer that is auctioned.
        offer: OfferId,
    },
    /// Decide with these bids. Answer: [`Appraisal::decided`].
    Decide(Box<Inquiry>, Bids),
    /// Wait until the deadline, or for a bid.
    Wait(Mono),
    /// The call would go to this buyer first.
    Picked(Box<Pick>),
    /// No buyer would take it.
    Unsold(NoBid),
}

impl Appraisal {
    /// Begins the sale of a call.
    pub fn begin(inquiry: Inquiry, book: &Arc<Book>, now: Now, rng: &mut Rng) -> Self {
        let bidders = Bidders::new(EveryPhone, Channel::Call, book.clone(), 0);
        let mut sale = sale::Machine::new(bidders, None);
        sale.reach_mut().set_time(now.wall);
        sale.handle(sale::Input::Sell(Box::new(Terms::new(inquiry.clone()))), now, rng);
        Self { inquiry, sale, auctioneer: Auctioneer::default(), bids: Vec::new() }
    }

    /// Applies the decision without bids.
    pub fn surveyed(&mut self, decision: Decision, now: Now, rng: &mut Rng) {
        self.sale.reach_mut().set_time(now.wall);
        self.sale.handle(sale::Input::Surveyed(Box::new(decision)), now, rng);
    }

    /// Applies what a bidder answered.
    pub fn bid(&mut self, contract: &ContractId, reply: BidReply, now: Now, rng: &mut Rng) {
        self.sale.reach_mut().set_time(now.wall);
        let (auctioneer, mut table) = self.table(rng);
        auctioneer.answered(&mut table, contract, reply, now);
    }

    /// Applies the decision with bids.
    pub fn decided(&mut self, decision: Decision, now: Now, rng: &mut Rng) {
        self.sale.reach_mut().set_time(now.wall);
        let _standing = self.auctioneer.decided(&mut self.bids, &decision);
        self.sale.handle(sale::Input::Decided(Box::new(decision)), now, rng);
    }

    /// Closes the window for bids if its time is over.
    pub fn tick(&mut self, now: Now, rng: &mut Rng) {
        let (auctioneer, mut table) = self.table(rng);
        auctioneer.tick(&mut table, now);
        self.sale.handle(sale::Input::Tick, now, rng);
    }

    /// Returns what is needed next.
    pub fn next(&mut self, now: Now, rng: &mut Rng) -> Next {
        while let Some(output) = self.sale.poll() {
            match output {
                sale::Output::Survey(inquiry) => return Next::Survey(inquiry),
                sale::Output::Ask(bidding) => {
                    let (auctioneer, mut table) = self.table(rng);
                    let asked = auctioneer.ask(&mut table, &bidding, now);
                    let Some(Asked { contracts, offer, .. }) = asked else { continue };
                    if !contracts.is_empty() {
                        return Next::Ask { contracts, window: bidding.window, offer };
                    }
                }
                sale::Output::Decide(inquiry, bids) => return Next::Decide(inquiry, bids),
                sale::Output::Hold { pick, .. } => return Next::Picked(pick),
                sale::Output::Unsold(_) => return Next::Unsold(self.reason()),
                // Nothing is tried before a hold, and a preview has no events.
                sale::Output::Settle { .. }
                | sale::Output::Confirm(_)
                | sale::Output::Try(_)
                | sale::Output::Cancel { .. }
                | sale::Output::Won(_)
                | sale::Output::Sold
                | sale::Output::Event(_) => {}
            }
        }
        match self.sale.deadline() {
            Some(deadline) => Next::Wait(deadline),
            // It waits for nothing: no buyer takes the call.
            None => Next::Unsold(self.reason()),
        }
    }

    /// Returns what is asked about.
    pub fn inquiry(&self) -> &Inquiry {
        &self.inquiry
    }

    /// Returns the last decision.
    pub fn decision(&self) -> Option<&Decision> {
        self.sale.decisions().last()
    }

    /// Takes the bids.
    pub fn take_bids(&mut self) -> Vec<BidRecord> {
        std::mem::take(&mut self.bids)
    }

    fn reason(&self) -> NoBid {
        NoBid::of_skips(self.sale.decisions().iter().flat_map(Decision::reasons).flatten())
    }

    fn table<'t>(&'t mut self, rng: &'t mut Rng) -> (&'t mut Auctioneer, Table<'t, EveryPhone>) {
        let table = Table { bids: &mut self.bids, sale: &mut self.sale, rng };
        (&mut self.auctioneer, table)
    }
}
