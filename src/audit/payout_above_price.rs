//! Finds sources that are paid more for a call or lead than a contract pays for it.

use std::collections::BTreeMap;

use super::Evidence;
use super::Finding;
use super::Grade;
use super::Kind;
use super::ways::known_ways;
use crate::base::ContractId;
use crate::base::Money;
use crate::base::SourceId;
use crate::billing::payout_of;
use crate::book::Channel;
use crate::book::Source;

/// A sale below cost.
#[derive(Clone, Copy)]
struct Loss<'b> {
    price: Money,
    source: &'b SourceId,
    payout: Money,
}

/// Finds contracts that calls or leads of a source reach, and whose price is below the source's
/// payout: each of them is sold at a loss. The source with the highest payout is named.
pub(super) fn find(evidence: &Evidence<'_>) -> Vec<Finding> {
    let book = evidence.book;
    let mut losses: BTreeMap<&ContractId, Loss<'_>> = BTreeMap::new();
    let ways = known_ways(evidence);
    for (contract, _) in evidence.live() {
        let calls = ways.iter().filter(|way| way.sells_for(&contract.offer));
        let calls = calls.map(|way| way.source);
        let calls = calls.filter(|_| contract.channels.contains(Channel::Call));
        let sends = |source: &&Source| source.intake.iter().any(|own| own.offer == contract.offer);
        let leads = book.sources.iter().filter(sends).map(|source| &source.id);
        let leads = leads.filter(|_| contract.channels.contains(Channel::Form));
        for source in calls.chain(leads).filter(|own| contract.filters.sources.takes(Some(own))) {
            let payout = book.source(source).and_then(|own| own.payout_for(&contract.offer));
            let Some(payout) = payout.map(|payout| payout_of(payout, contract.price)) else {
                continue;
            };
            // A book has one currency.
            if payout.micros() <= contract.price.micros() {
                continue;
            }
            let this = Loss { price: contract.price, source, payout };
            let worst = losses.entry(&contract.id).or_insert(this);
            if payout.micros() > worst.payout.micros() {
                *worst = this;
            }
        }
    }
    let finding = |(contract, loss): (&ContractId, Loss<'_>)| {
        let Loss { price, source, payout } = loss;
        let sentence = format!(
            "pays {price}, and source {source}, whose calls or leads reach it, is paid {payout}: each \
             of them is sold at a loss"
        );
        let remedy =
            format!("lower the payout of {source}, or deny it in the contract's `sources`");
        let subject = format!("contract {contract}");
        Finding::new(Grade::Warning, Kind::PayoutAbovePrice, subject, sentence, remedy)
    };
    losses.into_iter().map(finding).collect()
}
