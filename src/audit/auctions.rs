//! Finds auctions without a bidder, or whose bids come too late for the source.

use super::Evidence;
use super::Finding;
use super::Grade;
use super::Kind;
use crate::book::Channel;
use crate::book::Strategy;

/// Finds auctions without a contract whose buyer is asked for a bid, and auctions of leads whose
/// window is not shorter than a source waits for its answer.
pub(super) fn find(evidence: &Evidence<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (offer, contracts) in evidence.offers() {
        if offer.strategy != Strategy::Auction {
            continue;
        }
        let subject = format!("offer {}", offer.id);
        let mut bidders = contracts.iter().filter(|(contract, _)| {
            let asked =
                |channel| contract.channels.contains(channel) && contract.ping(channel).is_some();
            asked(Channel::Call) || asked(Channel::Form)
        });
        if bidders.next().is_none() {
            let sentence = "is an auction, and no buyer is asked for a bid: the highest price wins";
            let remedy = "give its contracts `ping` in `delivery`, or `bidder` for calls";
            let kind = Kind::NoBidders;
            found.push(Finding::new(Grade::Warning, kind, &subject, sentence, remedy));
        }
        let takes_leads = contracts.iter().any(|(own, _)| own.channels.contains(Channel::Form));
        let window = offer.auction.window;
        if let Some(within) =
            evidence.answer_within.filter(|within| takes_leads && window >= *within)
        {
            let sentence = format!(
                "waits {} ms for bids on a lead, and its source is answered after {} ms: before \
                 the auction has ended",
                window.as_millis(),
                within.as_millis()
            );
            let remedy = "shorten the offer's `window`, or raise `answer_within` of `[leads]`";
            let kind = Kind::SlowAuction;
            found.push(Finding::new(Grade::Warning, kind, &subject, sentence, remedy));
        }
    }
    found
}
