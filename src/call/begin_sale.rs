//! The sale of a call that has just arrived, at a SIP trunk or a webhook carrier.

use std::sync::Arc;

use crate::book::Book;
use crate::book::Channel;
use crate::book::Source;
use crate::sale::Auctioneer;
use crate::sale::Bidders;
use crate::sale::Machine;
use crate::sale::Reach;

use super::CallRecord;

/// Creates the sale of a call through a channel. A call that came for a bid is sold on its terms,
/// and first for the bids of its ping: no bidder of them is asked again.
pub fn begin_sale<R: Reach>(
    reach: R,
    record: &CallRecord,
    book: Arc<Book>,
    source: Option<Source>,
) -> (Machine<Bidders<R>>, Auctioneer) {
    let mut bidders = Bidders::new(reach, Channel::Call, book, record.bids.len());
    let mut auctioneer = Auctioneer::default();
    for bid in &record.bids {
        auctioneer.pinged(&bid.offer);
        bidders.keep(&bid.contract);
    }
    (Machine::new(bidders, source).promised(record.promise()), auctioneer)
}
