//! Asks buyers of calls for bids, whatever the channel of the call.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::base::CallId;
use crate::base::ContractId;
use crate::base::Money;
use crate::base::SourceId;
use crate::base::Wall;
use crate::book::Book;
use crate::routing::Inquiry;
use crate::sale::BidReply;
use crate::sale::Confirmation;

/// How long after the window an answer to a request for a bid is still read, so that it is known how
/// late the buyer was.
pub const LATE_MAX: Duration = Duration::from_secs(2);

/// A request for a bid on a call.
#[derive(Debug, Clone)]
pub struct CallPing {
    /// The book with the contract's bidder.
    pub book: Arc<Book>,
    /// The contract.
    pub contract: ContractId,
    /// The call.
    pub call: CallId,
    /// Its source.
    pub source: SourceId,
    /// What is known of it.
    pub inquiry: Arc<Inquiry>,
    /// When it is sent.
    pub at: Wall,
    /// Longest time for the answer.
    pub timeout: Duration,
}

/// A request that confirms the bid that has won.
#[derive(Debug, Clone)]
pub struct CallConfirm {
    /// The book with the contract's bidder.
    pub book: Arc<Book>,
    /// The contract.
    pub contract: ContractId,
    /// The call.
    pub call: CallId,
    /// Its source.
    pub source: SourceId,
    /// What is known of it.
    pub inquiry: Arc<Inquiry>,
    /// When it is sent.
    pub at: Wall,
    /// The bid.
    pub price: Money,
    /// The buyer's id of the bid.
    pub ping_id: Option<String>,
}

/// Asks buyers of calls for bids. The caller waits meanwhile, so every answer comes within the time
/// that the request sets.
pub trait CallBidders: Send + Sync {
    /// Asks a buyer for a bid and returns what it answered.
    fn ask(&self, ping: CallPing) -> Pin<Box<dyn Future<Output = BidReply> + Send + '_>>;

    /// Asks a buyer to confirm its bid and returns what it answered.
    fn confirm(
        &self,
        confirm: CallConfirm,
    ) -> Pin<Box<dyn Future<Output = Confirmation> + Send + '_>>;
}

impl fmt::Debug for dyn CallBidders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallBidders(..)")
    }
}
