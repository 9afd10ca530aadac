//! Asks buyers for bids on the lead, and judges what they answer.

use std::time::Duration;

use crate::base::BidResult;
use crate::base::ContractId;
use crate::base::Money;
use crate::base::Now;
use crate::base::Percent;
use crate::base::Rng;
use crate::base::Skip;
use crate::base::Wall;
use crate::book::Ping;
use crate::routing::Bid;
use crate::routing::BidAnswer;
use crate::routing::Decision;
use crate::sale;
use crate::sale::Bidding;

use super::BidReply;
use super::LeadBid;
use super::Machine;
use super::Output;
use super::What;
use super::auction::Auction;
use super::input::cut;

/// Life of a bid whose buyer does not say when it ends.
pub const BID_LIFE: Duration = Duration::from_secs(60);

/// What a reply is worth.
struct Judged {
    result: BidResult,
    answer: BidAnswer,
    reason: Option<String>,
}

impl Machine {
    /// Asks bidders. One whose bid of an earlier auction still counts is not asked again, and after
    /// the auction of the lead's ping, nobody is.
    pub(super) fn on_ask(&mut self, bidding: &Bidding, now: Now, rng: &mut Rng) {
        let Some(offer) = self.sale.offer().cloned() else { return };
        self.auction = Auction::Open(now.mono + bidding.window);
        let was_pinged = self.pinged.remove(&offer);
        let (mut asked, mut held, mut silent) = (Vec::new(), Vec::new(), Vec::new());
        for contract in &bidding.bidders {
            let Some(known) = self.sale.reach_mut().contract(contract) else { continue };
            let buyer = known.buyer.clone();
            match self.bid_of(contract).filter(|bid| bid.stands(now.wall)) {
                Some(bid) => held.push((contract.clone(), bid.amount)),
                None if was_pinged => silent.push(contract.clone()),
                None => {
                    asked.push(contract.clone());
                    self.record.bids.push(LeadBid::asked(&offer, contract, &buyer, now.wall));
                }
            }
        }
        let (bidders, cached) = (asked.len(), held.len());
        self.sale.reach_mut().count_asked(bidders);
        self.record.note(What::Asked { offer, bidders, cached }, now.wall);
        if !asked.is_empty() {
            self.push(Output::Ping { contracts: asked, window: bidding.window });
        }
        for (contract, amount) in held {
            let counts = self.sale.reach_mut().ping(&contract).map(|ping| ping.counts);
            let answer = amount.map_or(BidAnswer::Failed, |amount| weighed(amount, counts));
            self.count(contract, answer, now, rng);
        }
        for contract in silent {
            self.count(contract, BidAnswer::Missing, now, rng);
        }
    }

    /// Applies what a bidder answered. One that comes after the window is noted, and ignored.
    pub(super) fn on_bid(&mut self, id: &ContractId, reply: BidReply, now: Now, rng: &mut Rng) {
        if let Auction::Open(until) = self.auction
            && now.mono > until
        {
            self.close_bids(now, rng);
        }
        let Some(ping) = self.sale.reach_mut().ping(id) else { return };
        let judged = judged(&reply, ping, now.wall);
        let Some(bid) = self.record.bids.iter_mut().rev().find(|bid| bid.contract == *id) else {
            return;
        };
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
        if let BidReply::Offered { amount, ping_id, expires_at } = reply {
            bid.amount = Some(amount);
            if !is_late {
                bid.ping_id = ping_id.as_deref().map(cut);
                bid.expires_at = Some(expires_at.unwrap_or(now.wall + BID_LIFE));
            }
        }
        if !is_late {
            bid.result = judged.result;
            self.count(id.clone(), judged.answer, now, rng);
        }
    }

    /// Passes an answer to the sale.
    fn count(&mut self, contract: ContractId, answer: BidAnswer, now: Now, rng: &mut Rng) {
        let ends = self.bid_of(&contract).filter(|bid| bid.result == BidResult::Standing);
        if let Some(ends) = ends.and_then(|bid| bid.expires_at) {
            self.sale.reach_mut().quote(&contract, ends);
        }
        let bid = Bid { contract, answer, received_at: now.mono };
        self.sale.handle(sale::Input::Bid(bid), now, rng);
    }

    /// Closes the window if its time is over.
    pub(super) fn tick_auction(&mut self, now: Now, rng: &mut Rng) {
        if let Auction::Open(until) = self.auction
            && now.mono >= until
        {
            self.close_bids(now, rng);
        }
    }

    /// Closes the window: a bidder that has not answered is too late.
    fn close_bids(&mut self, now: Now, rng: &mut Rng) {
        self.auction = Auction::Closed;
        let pending = |bid: &&mut LeadBid| bid.result == BidResult::Pending;
        let mut late = Vec::new();
        for bid in self.record.bids.iter_mut().filter(pending) {
            bid.result = BidResult::Late;
            late.push(bid.contract.clone());
        }
        for contract in late {
            self.count(contract, BidAnswer::Missing, now, rng);
        }
    }

    /// Notes what a decision says of the bids.
    pub(super) fn judge_bids(&mut self, decision: &Decision, now: Now) {
        if std::mem::replace(&mut self.auction, Auction::Idle) == Auction::Idle {
            return;
        }
        for passed in decision.passed_over().filter(|passed| passed.reason == Skip::BidLow) {
            self.settle_bid(&passed.contract, BidResult::BelowFloor);
        }
        let offer = &decision.offer;
        let standing = |bid: &&LeadBid| bid.result == BidResult::Standing && bid.offer == *offer;
        let standing: Vec<Money> =
            self.record.bids.iter().filter(standing).filter_map(|bid| bid.amount).collect();
        let highest = standing.iter().copied().max_by_key(|amount| amount.micros());
        let bids = standing.len();
        self.record.note(What::Bids { offer: offer.clone(), bids, highest }, now.wall);
    }

    /// Notes what became of a contract's bid that counted.
    pub(super) fn settle_bid(&mut self, contract: &ContractId, result: BidResult) {
        let of = |bid: &&mut LeadBid| bid.contract == *contract;
        if let Some(bid) = self.record.bids.iter_mut().rev().find(of)
            && bid.result == BidResult::Standing
        {
            bid.result = result;
        }
    }

    /// Gives up what an earlier run of the program waited for.
    pub(super) fn forget_pending(&mut self) {
        for bid in self.record.bids.iter_mut().filter(|bid| bid.result == BidResult::Pending) {
            bid.result = BidResult::Failed;
            bid.reason = Some("the switch stopped before it was answered".to_owned());
        }
    }

    fn bid_of(&self, contract: &ContractId) -> Option<&LeadBid> {
        self.record.bids.iter().rev().find(|bid| bid.contract == *contract)
    }
}

fn judged(reply: &BidReply, ping: &Ping, at: Wall) -> Judged {
    match reply {
        BidReply::Offered { expires_at: Some(end), .. } if *end <= at => Judged {
            result: BidResult::Expired,
            answer: BidAnswer::Invalid,
            reason: Some(format!("the bid ended at {end}")),
        },
        BidReply::Offered { amount, .. } => match ping.max {
            Some(max) if amount.micros() > max.micros() => Judged {
                result: BidResult::Invalid,
                answer: BidAnswer::Invalid,
                reason: Some(format!("above the limit of {}", max.amount())),
            },
            Some(_) | None => Judged {
                result: BidResult::Standing,
                answer: weighed(*amount, Some(ping.counts)),
                reason: None,
            },
        },
        BidReply::Declined { reason } => Judged {
            result: BidResult::Refused,
            answer: BidAnswer::Declined,
            reason: reason.clone(),
        },
        BidReply::Unreadable { price } => Judged {
            result: BidResult::Invalid,
            answer: BidAnswer::Invalid,
            reason: Some(format!("no price: {price}")),
        },
        BidReply::Failed { reason } => Judged {
            result: BidResult::Failed,
            answer: BidAnswer::Failed,
            reason: Some(reason.clone()),
        },
    }
}

fn weighed(pays: Money, counts: Option<Percent>) -> BidAnswer {
    match counts {
        Some(share) if share != Percent::WHOLE => {
            BidAnswer::Weighed { pays, counts: share.of(pays) }
        }
        Some(_) | None => BidAnswer::Amount(pays),
    }
}
