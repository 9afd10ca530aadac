//! Posts of leads to buyers.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::base::AttemptId;
use crate::base::ContractId;
use crate::base::Money;
use crate::base::Wall;
use crate::book::Book;
use crate::lead::LeadRecord;
use crate::lead::Reply;

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

/// Sends posts to buyers.
pub trait Poster: Send + Sync {
    /// Sends a post and returns what the buyer made of it.
    fn post(&self, posting: Posting) -> Pin<Box<dyn Future<Output = Reply> + Send + '_>>;
}
