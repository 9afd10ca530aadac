//! Asks buyers for bids on an inquiry, and judges what they answer.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::base::AttemptId;
use crate::base::BidResult;
use crate::base::ContractId;
use crate::base::Money;
use crate::base::Mono;
use crate::base::Now;
use crate::base::OfferId;
use crate::base::Rng;
use crate::base::Skip;
use crate::delivery::Repeat;
use crate::routing::Bid;
use crate::routing::BidAnswer;
use crate::routing::BidTerms;
use crate::routing::Decision;

use super::BidRecord;
use super::BidReply;
use super::Bidders;
use super::Bidding;
use super::Confirmation;
use super::Input;
use super::Machine;
use super::Reach;
use super::bid_record::latest;
use super::bid_record::settle_bid;
use super::bid_reply::cut;

/// Life of a bid whose buyer does not say when it ends.
pub const BID_LIFE: Duration = Duration::from_secs(60);

/// Auction of one inquiry. The channel owns the records of the bids.
#[derive(Debug, Default)]
pub struct Auctioneer {
    window: Window,
    /// Offers that the inquiry's ping auctioned: no bidder is asked again the first time.
    pinged: BTreeSet<OfferId>,
}

/// Where an auction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Window {
    /// None goes on.
    #[default]
    Idle,
    /// Bids are awaited until this time.
    Open(Mono),
    /// The window has closed; the decision follows.
    Closed,
}

/// Who is asked.
#[derive(Debug)]
pub struct Asked {
    /// The offer that is auctioned.
    pub offer: OfferId,
    /// The contracts that are asked.
    pub contracts: Vec<ContractId>,
    /// Number of contracts whose earlier bid still counts.
    pub cached: usize,
}

/// The bids that count when an auction closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Number of bids.
    pub bids: usize,
    /// The highest of them.
    pub highest: Option<Money>,
}

/// The records of an inquiry's bids, its sale, and the randomness of the sale.
pub struct Table<'t, R> {
    /// Bidders that were asked, in order.
    pub bids: &'t mut Vec<BidRecord>,
    /// The sale.
    pub sale: &'t mut Machine<Bidders<R>>,
    /// Randomness of the sale.
    pub rng: &'t mut Rng,
}

impl Auctioneer {
    /// Notes that the inquiry's ping auctioned an offer: in the next auction, only its bids count.
    pub fn pinged(&mut self, offer: &OfferId) {
        self.pinged.insert(offer.clone());
    }

    /// Asks bidders. One whose bid of an earlier auction still counts is not asked again. Returns
    /// who is to be asked; `None` without an offer for sale.
    pub fn ask<R: Reach>(
        &mut self,
        table: &mut Table<'_, R>,
        bidding: &Bidding,
        now: Now,
    ) -> Option<Asked> {
        let offer = table.sale.offer().cloned()?;
        self.window = Window::Open(now.mono + bidding.window);
        let was_pinged = self.pinged.remove(&offer);
        let (mut contracts, mut cached, mut silent) = (Vec::new(), Vec::new(), Vec::new());
        for contract in &bidding.bidders {
            let Some(buyer) = table.sale.reach_mut().buyer(contract).cloned() else { continue };
            match latest(table.bids, contract).filter(|bid| bid.stands(now.wall)) {
                Some(bid) => cached.push((contract, table.sale.reach_mut().again(bid))),
                None if was_pinged => silent.push(contract),
                None => {
                    contracts.push(contract.clone());
                    table.bids.push(BidRecord::asked(&offer, contract, &buyer, now.wall));
                }
            }
        }
        table.sale.reach_mut().count_asked(contracts.len());
        let asked = Asked { offer, contracts, cached: cached.len() };
        for (contract, (answer, terms)) in cached {
            table.count(contract, answer, terms, now);
        }
        for contract in silent {
            table.count(contract, BidAnswer::Missing, BidTerms::NONE, now);
        }
        Some(asked)
    }

    /// Applies what a bidder answered. One that comes after the window is noted, and ignored.
    pub fn answered<R: Reach>(
        &mut self,
        table: &mut Table<'_, R>,
        id: &ContractId,
        reply: BidReply,
        now: Now,
    ) {
        if let Window::Open(until) = self.window
            && now.mono > until
        {
            self.close(table, now);
        }
        let Some(judged) = table.sale.reach_mut().judge(id, &reply, now.wall) else { return };
        let Some(bid) = table.bids.iter_mut().rev().find(|bid| bid.contract == *id) else { return };
        let is_late = match bid.result {
            BidResult::Pending => false,
            BidResult::Late if bid.answer_ms.is_none() => true,
            BidResult::Late
            | BidResult::Standing
            | BidResult::Won
            | BidResult::Outbid
            | BidResult::Unused
            | BidResult::BelowFloor
            | BidResult::Refused
            | BidResult::Rejected
            | BidResult::Invalid
            | BidResult::Expired
            | BidResult::Failed => return,
        };
        let millis = now.wall.since(bid.asked_at).as_millis();
        bid.answer_ms = Some(u64::try_from(millis).unwrap_or(u64::MAX));
        bid.reason = judged.reason.as_deref().map(cut);
        if let BidReply::Offered(offered) = reply {
            bid.amount = Some(offered.amount);
            bid.repeated = offered.repeat == Repeat::Earlier;
            if !is_late {
                bid.ping_id = offered.ping_id.as_deref().map(cut);
                bid.expires_at = Some(offered.expires_at.unwrap_or(now.wall + BID_LIFE));
                bid.destination = judged.terms.to.as_ref().map(|to| to.dialled().to_owned());
                bid.buffer_seconds = judged.terms.buffer.map(|buffer| buffer.as_secs());
            }
        }
        if !is_late {
            bid.result = judged.result;
            table.count(id, judged.answer, judged.terms, now);
        }
    }

    /// Closes the window if its time is over.
    pub fn tick<R: Reach>(&mut self, table: &mut Table<'_, R>, now: Now) {
        if let Window::Open(until) = self.window
            && now.mono >= until
        {
            self.close(table, now);
        }
    }

    /// Closes the window: a bidder that has not answered is too late.
    fn close<R: Reach>(&mut self, table: &mut Table<'_, R>, now: Now) {
        self.window = Window::Closed;
        let pending = |bid: &&mut BidRecord| bid.result == BidResult::Pending;
        let mut late = Vec::new();
        for bid in table.bids.iter_mut().filter(pending) {
            bid.result = BidResult::Late;
            late.push(bid.contract.clone());
        }
        for contract in late {
            table.count(&contract, BidAnswer::Missing, BidTerms::NONE, now);
        }
    }

    /// Notes what a decision says of the bids. Returns those that count; `None` if no auction went
    /// on.
    pub fn decided(&mut self, bids: &mut [BidRecord], decision: &Decision) -> Option<Standing> {
        if std::mem::take(&mut self.window) == Window::Idle {
            return None;
        }
        for passed in decision.passed_over().filter(|passed| passed.reason == Skip::BidLow) {
            settle_bid(bids, &passed.contract, BidResult::BelowFloor);
        }
        let offer = &decision.offer;
        let standing = |bid: &&BidRecord| bid.result == BidResult::Standing && bid.offer == *offer;
        let amounts: Vec<Money> =
            bids.iter().filter(standing).filter_map(|bid| bid.amount).collect();
        let highest = amounts.iter().copied().max_by_key(|amount| amount.micros());
        Some(Standing { bids: amounts.len(), highest })
    }
}

impl<R: Reach> Table<'_, R> {
    /// Applies a bidder's answer to the request that confirms its bid.
    pub fn confirmed(&mut self, id: AttemptId, confirmation: Confirmation, now: Now) {
        let contract = self.sale.attempt(id).map(|attempt| attempt.pick.contract.clone());
        self.sale.handle(Input::Confirmed(id, confirmation.clone()), now, self.rng);
        let is_over = self.sale.rows().iter().any(|row| row.id == id && row.outcome.is_some());
        if let Some(contract) = contract.filter(|_| is_over)
            && let Some(bid) = self.bids.iter_mut().rev().find(|bid| bid.contract == contract)
        {
            bid.reason = match confirmation {
                Confirmation::Refused { reason } => reason.as_deref().map(cut),
                Confirmation::Confirmed { .. } => Some("confirmed for elsewhere".to_owned()),
            };
            settle_bid(self.bids, &contract, BidResult::Rejected);
        }
    }

    /// Passes an answer to the sale.
    fn count(&mut self, contract: &ContractId, answer: BidAnswer, terms: BidTerms, now: Now) {
        let bid = latest(self.bids, contract).filter(|bid| bid.result == BidResult::Standing);
        if let Some(ends) = bid.and_then(|bid| bid.expires_at) {
            self.sale.reach_mut().quote(contract, ends);
        }
        let contract = contract.clone();
        let bid = Bid { contract, answer, received_at: now.mono, terms };
        self.sale.handle(Input::Bid(bid), now, self.rng);
    }
}
