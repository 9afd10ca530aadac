//! A channel whose buyers are asked for bids in auctions, by a book.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::base::BidResult;
use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::Money;
use crate::base::OfferId;
use crate::base::Percent;
use crate::base::Wall;
use crate::book::Book;
use crate::book::Channel;
use crate::book::Ping;
use crate::book::Strategy;
use crate::book::Target;
use crate::delivery::Offered;
use crate::routing::BidAnswer;
use crate::routing::BidTerms;
use crate::routing::Decision;
use crate::routing::Pick;

use super::BIDS_MAX;
use super::BidRecord;
use super::BidReply;
use super::Bidding;
use super::Placed;
use super::Reach;
use super::Way;

/// Most buyers that are asked for a bid at once: those who come first without bids.
const BIDDERS_MAX: usize = 50;

/// A channel whose buyers are asked for bids. One that bids is tried only while its bid lasts.
#[derive(Debug, Clone)]
pub struct Bidders<R> {
    reach: R,
    channel: Channel,
    book: Arc<Book>,
    /// Bids that count, and when they end.
    quotes: BTreeMap<ContractId, Wall>,
    /// Contracts with a bid on the inquiry's ping, which may be one that is not asked for bids.
    kept: BTreeSet<ContractId>,
    /// Number of bidders that were asked.
    asked: usize,
    now: Wall,
}

/// What a reply is worth.
pub(super) struct Judged {
    pub(super) result: BidResult,
    pub(super) answer: BidAnswer,
    pub(super) terms: BidTerms,
    pub(super) reason: Option<String>,
}

impl Judged {
    fn of(result: BidResult, answer: BidAnswer, reason: Option<String>) -> Self {
        Self { result, answer, terms: BidTerms::NONE, reason }
    }

    fn invalid(reason: String) -> Self {
        Self::of(BidResult::Invalid, BidAnswer::Invalid, Some(reason))
    }
}

impl<R: Reach> Bidders<R> {
    /// Creates a channel by a book; `asked` bidders were asked before.
    pub fn new(reach: R, channel: Channel, book: Arc<Book>, asked: usize) -> Self {
        let (quotes, kept) = (BTreeMap::new(), BTreeSet::new());
        Self { reach, channel, book, quotes, kept, asked, now: Wall::default() }
    }

    /// Notes that a contract's bid on the inquiry's ping may count.
    pub fn keep(&mut self, contract: &ContractId) {
        self.kept.insert(contract.clone());
    }

    /// Returns the channel without its bidders.
    pub fn channel_mut(&mut self) -> &mut R {
        &mut self.reach
    }

    /// Notes the time.
    pub fn set_time(&mut self, now: Wall) {
        self.now = now;
    }

    /// Notes a contract's bid that counts until a time.
    pub(super) fn quote(&mut self, contract: &ContractId, until: Wall) {
        self.quotes.insert(contract.clone(), until);
    }

    /// Notes that more bidders were asked.
    pub(super) fn count_asked(&mut self, bidders: usize) {
        self.asked += bidders;
    }

    /// Returns the buyer of a contract.
    pub(super) fn buyer(&self, id: &ContractId) -> Option<&BuyerId> {
        self.book.contract(id).map(|contract| &contract.buyer)
    }

    /// Returns how a contract is asked for a bid.
    fn ping(&self, id: &ContractId) -> Option<&Ping> {
        self.book.contract(id)?.ping(self.channel)
    }

    /// Returns whether a pick may be tried: its buyer made a bid that has not ended, or is not asked
    /// for bids. A catch-all buyer gets what no other buyer took, without a bid.
    fn is_quoted(&self, pick: &Pick) -> bool {
        let contract = self.book.contract(&pick.contract);
        let bids = contract.is_some_and(|own| self.auctions(&own.offer))
            && self.ping(&pick.contract).is_some()
            && pick.seat.is_some();
        let stands = || self.quotes.get(&pick.contract).is_some_and(|end| self.now < *end);
        !bids || stands()
    }

    /// Returns what an earlier bid that still counts is worth.
    pub(super) fn again(&self, bid: &BidRecord) -> (BidAnswer, BidTerms) {
        let Some(amount) = bid.amount else { return (BidAnswer::Failed, BidTerms::NONE) };
        let named = bid.destination.as_deref();
        let terms = BidTerms {
            to: named.and_then(|named| self.allowed(&bid.contract, [named])),
            buffer: bid.buffer_seconds.map(Duration::from_secs),
        };
        let counts = self.ping(&bid.contract).map_or(Percent::WHOLE, |ping| ping.counts);
        (weighed(amount, counts), terms)
    }

    /// Judges what a bidder answered; `None` for a contract that is not asked.
    pub(super) fn judge(&self, id: &ContractId, reply: &BidReply, at: Wall) -> Option<Judged> {
        let ping = self.ping(id)?;
        Some(match reply {
            BidReply::Offered(offered) => self.judge_offer(id, ping, offered, at),
            BidReply::Declined { reason } => {
                Judged::of(BidResult::Refused, BidAnswer::Declined, reason.clone())
            }
            BidReply::Unreadable { price } => Judged::invalid(format!("no price: {price}")),
            BidReply::Failed { reason } => {
                Judged::of(BidResult::Failed, BidAnswer::Failed, Some(reason.clone()))
            }
        })
    }

    fn judge_offer(&self, id: &ContractId, ping: &Ping, bid: &Offered, at: Wall) -> Judged {
        if let Some(end) = bid.expires_at.filter(|end| *end <= at) {
            let reason = Some(format!("the bid ended at {end}"));
            return Judged::of(BidResult::Expired, BidAnswer::Invalid, reason);
        }
        if let Some(max) = ping.max.filter(|max| bid.amount.micros() > max.micros()) {
            return Judged::invalid(format!("above the limit of {}", max.amount()));
        }
        let mut terms = BidTerms::NONE;
        let bidder = self.book.contract(id).and_then(|contract| contract.bidder.as_deref());
        if let Some(bidder) = bidder.filter(|_| self.channel == Channel::Call) {
            if let Some(longer) = bid.buffer.filter(|buffer| *buffer > bidder.buffer_max) {
                let (longer, most) = (longer.as_secs(), bidder.buffer_max.as_secs());
                return Judged::invalid(format!("billable from {longer} s, above {most} s"));
            }
            terms.buffer = bid.buffer;
            terms.to = self.allowed(id, bid.destinations.iter().map(String::as_str));
            match (bid.destinations.first(), &terms.to) {
                (Some(first), None) => {
                    return Judged::invalid(format!("destination not allowed: {first}"));
                }
                (_, Some(to)) if self.book.bars(to).is_some() => {
                    return Judged::invalid(format!("number barred: {}", to.dialled()));
                }
                (_, Some(_)) | (None, None) => {}
            }
        }
        let answer = weighed(bid.amount, ping.counts);
        Judged { result: BidResult::Standing, answer, terms, reason: None }
    }

    /// Returns the first destination that a contract allows its bids to name.
    fn allowed<'t>(
        &self,
        id: &ContractId,
        named: impl IntoIterator<Item = &'t str>,
    ) -> Option<Target> {
        let contract = self.book.contract(id)?;
        contract.bidder.as_ref()?.allowed(named, contract.destination.as_ref()?)
    }
}

impl<R: Reach> Reach for Bidders<R> {
    const TOGETHER_MAX: usize = R::TOGETHER_MAX;

    fn way(&self, pick: &Pick) -> Way {
        if self.is_quoted(pick) { self.reach.way(pick) } else { Way::Missing }
    }

    fn fits(&self, pick: &Pick, beside: &Pick) -> bool {
        self.reach.fits(pick, beside)
    }

    /// A call whose offer has neither bidders nor a floor is sold without looking at bids.
    fn auctions(&self, offer: &OfferId) -> bool {
        let Some(own) = self.book.offer(offer) else { return false };
        let bids = || self.book.contracts_of(offer).any(|one| one.bidder.is_some());
        own.strategy == Strategy::Auction
            && match self.channel {
                Channel::Form => true,
                Channel::Call => own.auction.floor.is_some() || bids(),
            }
    }

    fn bidding(&self, survey: &Decision) -> Bidding {
        let Some(offer) = self.book.offer(&survey.offer) else { return Bidding::NONE };
        let most = BIDDERS_MAX.min(BIDS_MAX.saturating_sub(self.asked));
        let bids = |id: &ContractId| self.kept.contains(id) || self.ping(id).is_some();
        let asked = survey.picks().filter(|pick| bids(&pick.contract));
        let asked = asked.filter(|pick| self.reach.way(pick) == Way::Open);
        Bidding {
            bidders: asked.take(most).map(|pick| pick.contract).collect(),
            window: offer.auction.window,
            floor: offer.auction.floor,
        }
    }

    fn confirms(&self, pick: &Pick) -> bool {
        let bidder = self.book.contract(&pick.contract).and_then(|own| own.bidder.as_deref());
        let confirms = bidder.is_some_and(|bidder| bidder.confirm.is_some());
        self.channel == Channel::Call && confirms && self.quotes.contains_key(&pick.contract)
    }

    fn placed(&self, pick: &Pick, named: &[String]) -> Placed {
        if named.is_empty() {
            return Placed::AsBid;
        }
        let target = self.allowed(&pick.contract, named.iter().map(String::as_str));
        match target.filter(|target| self.book.bars(target).is_none()) {
            Some(target) => Placed::At(target),
            None => Placed::NotAllowed,
        }
    }
}

fn weighed(pays: Money, counts: Percent) -> BidAnswer {
    if counts == Percent::WHOLE {
        return BidAnswer::Amount(pays);
    }
    BidAnswer::Weighed { pays, counts: counts.of(pays) }
}
