//! Posts of leads to buyers, and pings that ask them for bids.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::base::AttemptId;
use crate::base::ContractId;
use crate::base::Money;
use crate::base::Wall;
use crate::book::Book;
use crate::lead::LeadRecord;
use crate::lead::Reply;
use crate::sale::BidReply;

/// A post to send.
#[derive(Debug, Clone)]
pub struct Posting {
    /// The book with the contract's delivery.
    pub book: Arc<Book>,
    /// The contract.
    pub contract: ContractId,
    /// The attempt: the id of the sale if the buyer accepts.
    pub attempt: AttemptId,
    /// Price that the contract pays.
    pub price: Money,
    /// When it is sent.
    pub at: Wall,
    /// The lead.
    pub lead: LeadRecord,
}

/// A request for a bid.
#[derive(Debug, Clone)]
pub struct Pinging {
    /// The book with the contract's delivery.
    pub book: Arc<Book>,
    /// The contract.
    pub contract: ContractId,
    /// When it is sent.
    pub at: Wall,
    /// Longest time for the answer.
    pub timeout: Duration,
    /// The lead.
    pub lead: Arc<LeadRecord>,
}

/// Sends posts and pings to buyers.
pub trait Poster: Send + Sync {
    /// Sends a post and returns what the buyer made of it.
    fn post(&self, posting: Posting) -> Pin<Box<dyn Future<Output = Reply> + Send + '_>>;

    /// Asks a buyer for a bid and returns what it answered.
    fn ping(&self, pinging: Pinging) -> Pin<Box<dyn Future<Output = BidReply> + Send + '_>>;

    /// Returns the number of servers of buyers to which nothing is posted, because they are down.
    fn down(&self) -> usize {
        0
    }
}
