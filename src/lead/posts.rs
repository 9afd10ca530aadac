//! Which buyers a lead can be posted to, and which are asked for a bid.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::base::ContractId;
use crate::base::OfferId;
use crate::base::Wall;
use crate::book::Book;
use crate::book::Contract;
use crate::book::Ping;
use crate::book::Strategy;
use crate::routing::Decision;
use crate::routing::Pick;
use crate::sale::Bidding;
use crate::sale::Reach;
use crate::sale::Way;

use super::BIDS_MAX;

/// Most buyers that one lead is posted to at once: as many as an offer may share it with.
const TOGETHER_MAX: usize = 10;
/// Most buyers that are asked for a bid at once: those who come first without bids.
const BIDDERS_MAX: usize = 50;

/// The contracts that take posts. Each gets a lead once, and one that bids only at its bid.
#[derive(Debug, Clone)]
pub struct Posts {
    book: Arc<Book>,
    posted: BTreeSet<ContractId>,
    /// Bids that count, and when they end.
    quotes: BTreeMap<ContractId, Wall>,
    /// Contracts with a bid on the lead's ping, which may be one that is not asked for bids.
    kept: BTreeSet<ContractId>,
    /// Number of bidders that were asked.
    asked: usize,
    now: Wall,
}

impl Posts {
    /// Creates the channel of a lead by a book, with the contracts that got it before, and the
    /// number of bidders that were asked.
    pub fn new(
        book: Arc<Book>,
        posted: impl IntoIterator<Item = ContractId>,
        asked: usize,
    ) -> Self {
        let posted = posted.into_iter().collect();
        let (quotes, kept) = (BTreeMap::new(), BTreeSet::new());
        Self { book, posted, quotes, kept, asked, now: Wall::default() }
    }

    /// Notes that a contract's bid on the lead's ping may count.
    pub(super) fn keep(&mut self, contract: &ContractId) {
        self.kept.insert(contract.clone());
    }

    /// Notes that a contract gets the lead.
    pub(super) fn note(&mut self, contract: &ContractId) {
        self.posted.insert(contract.clone());
    }

    /// Notes a contract's bid that counts until a time.
    pub(super) fn quote(&mut self, contract: &ContractId, until: Wall) {
        self.quotes.insert(contract.clone(), until);
    }

    /// Notes the time.
    pub(super) fn set_time(&mut self, now: Wall) {
        self.now = now;
    }

    /// Notes that more bidders were asked.
    pub(super) fn count_asked(&mut self, bidders: usize) {
        self.asked += bidders;
    }

    /// Returns a contract.
    pub(super) fn contract(&self, id: &ContractId) -> Option<&Contract> {
        self.book.contract(id)
    }

    /// Returns how a contract is asked for a bid.
    pub(super) fn ping(&self, id: &ContractId) -> Option<&Ping> {
        self.book.contract(id)?.delivery.as_ref()?.ping.as_deref()
    }

    /// Returns whether a pick may be posted to: its buyer made a bid that has not ended, or is not
    /// asked for bids. A catch-all buyer gets what nobody bought, without a bid.
    fn is_quoted(&self, pick: &Pick) -> bool {
        let contract = self.book.contract(&pick.contract);
        let bids = contract.is_some_and(|own| self.auctions(&own.offer))
            && self.ping(&pick.contract).is_some()
            && pick.seat.is_some();
        let stands = || self.quotes.get(&pick.contract).is_some_and(|end| self.now < *end);
        !bids || stands()
    }
}

impl Reach for Posts {
    const TOGETHER_MAX: usize = TOGETHER_MAX;

    fn way(&self, pick: &Pick) -> Way {
        let takes = |contract: &Contract| contract.delivery.is_some();
        let has_delivery = self.book.contract(&pick.contract).is_some_and(takes);
        let is_new = !self.posted.contains(&pick.contract);
        if has_delivery && is_new && self.is_quoted(pick) { Way::Open } else { Way::Missing }
    }

    fn fits(&self, _pick: &Pick, _beside: &Pick) -> bool {
        true
    }

    fn auctions(&self, offer: &OfferId) -> bool {
        self.book.offer(offer).is_some_and(|offer| offer.strategy == Strategy::Auction)
    }

    fn bidding(&self, survey: &Decision) -> Bidding {
        let Some(offer) = self.book.offer(&survey.offer) else { return Bidding::NONE };
        let most = BIDDERS_MAX.min(BIDS_MAX.saturating_sub(self.asked));
        let new = survey.picks().filter(|pick| !self.posted.contains(&pick.contract));
        let bids = |id: &ContractId| self.kept.contains(id) || self.ping(id).is_some();
        let asked = new.filter(|pick| bids(&pick.contract));
        Bidding {
            bidders: asked.take(most).map(|pick| pick.contract).collect(),
            window: offer.auction.window,
            floor: offer.auction.floor,
        }
    }
}
