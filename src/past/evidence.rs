//! Reads the audit's evidence from the database.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::audit::Evidence;
use crate::audit::ScopedList;
use crate::audit::Tried;
use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::Wall;
use crate::book;
use crate::book::Book;
use crate::book::Zip;
use crate::caps::CapKey;
use crate::store::EDITIONS_MAX;
use crate::store::ScoredTries;
use crate::store::Store;
use crate::store::StoreError;

/// Period of the usage of caps.
const USED_SINCE: Duration = Duration::from_secs(30 * 86_400);

/// The history of a book.
#[derive(Debug, Clone, Default)]
pub struct Past {
    zips_since: BTreeMap<ContractId, Wall>,
    used: Vec<(CapKey, u64)>,
    balances: BTreeMap<BuyerId, i64>,
    scores: BTreeMap<ContractId, BTreeMap<u8, Tried>>,
    lists: Vec<ScopedList>,
}

impl Past {
    /// Returns the audit's evidence for a book with this history.
    pub fn evidence<'b>(&self, book: &'b Book, now: Wall) -> Evidence<'b> {
        let (zips_since, used) = (self.zips_since.clone(), self.used.clone());
        let balances = Some(self.balances.clone());
        let (scores, lists) = (self.scores.clone(), self.lists.clone());
        Evidence { zips_since, used, balances, scores, lists, ..Evidence::of_book(book, now) }
    }
}

/// Reads a book's history: the versions in which its zip lists last changed, the usage of caps and
/// what came of inquiries by their scores in the last thirty days, the balances of prepaid buyers,
/// and the suppression lists.
pub async fn past(store: &dyn Store, book: &Book, now: Wall) -> Result<Past, StoreError> {
    let used = store.cap_usage_since(now - USED_SINCE).await?;
    let used = used.into_iter().map(|count| (count.key, count.used)).collect();
    let balances = store.balances().await?.items.into_iter();
    let balances = balances.filter(|own| own.balance.currency() == book.currency());
    let balances = balances.map(|own| (own.buyer, own.balance.micros())).collect();
    let mut scores: BTreeMap<ContractId, BTreeMap<u8, Tried>> = BTreeMap::new();
    for ScoredTries { contract, band, tried } in store.scored_tries(now - USED_SINCE).await? {
        *scores.entry(contract).or_default().entry(band).or_default() += tried;
    }
    let lists = store.suppression_lists().await?.into_iter();
    let lists = lists.map(|list| ScopedList { name: list.name, applies_to: list.applies_to });
    let (zips_since, lists) = (zips_since(store, book).await?, lists.collect());
    Ok(Past { zips_since, used, balances, scores, lists })
}

/// Reads earlier versions while any list equals the current one; at most one page of the history.
async fn zips_since(
    store: &dyn Store,
    book: &Book,
) -> Result<BTreeMap<ContractId, Wall>, StoreError> {
    let mut same: BTreeMap<&ContractId, &[Zip]> = BTreeMap::new();
    let listed = book.contracts.iter().filter(|contract| !contract.filters.zips.is_empty());
    same.extend(listed.map(|contract| (&contract.id, contract.filters.zips.as_slice())));
    let mut since = BTreeMap::new();
    for edition in store.book_history(None, EDITIONS_MAX).await? {
        if same.is_empty() {
            break;
        }
        let Some(found) = store.book_fetch(edition.version).await? else { break };
        let parse = move || book::parse("", &found.text).0;
        let earlier = tokio::task::spawn_blocking(parse).await;
        let Ok(Some(earlier)) = earlier else { break };
        let lists: BTreeMap<&ContractId, &[Zip]> =
            earlier.contracts.iter().map(|c| (&c.id, c.filters.zips.as_slice())).collect();
        same.retain(|id, zips| lists.get(id) == Some(zips));
        since.extend(same.keys().map(|id| ((*id).clone(), edition.at)));
    }
    Ok(since)
}
