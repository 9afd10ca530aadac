//! Tasks that are kept for what the live book names: each lasts as long as the book names it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Shared;
use crate::book::Book;
use crate::events::Followed;
use crate::events::Subject;

/// Runs a task for each key that the live book wants, until `end`. `start` begins a task, which ends
/// when its token is canceled: when the book wants the key no more, or wants something else of it.
/// Returns when every task has ended.
pub(super) async fn keep_tasks<K, W, T>(
    shared: &Shared,
    wanted: impl Fn(&Book) -> BTreeMap<K, W>,
    mut start: impl FnMut(&K, &W, CancellationToken) -> T,
    end: &CancellationToken,
) where
    K: Ord,
    W: PartialEq,
    T: Future<Output = ()> + Send + 'static,
{
    let mut news = shared.events.follow();
    let mut kept: BTreeMap<K, (W, CancellationToken)> = BTreeMap::new();
    let mut tasks = JoinSet::new();
    loop {
        let book: Arc<Book> = shared.dispatch.snapshot().book().clone();
        let wanted = wanted(&book);
        kept.retain(|key, (own, end)| {
            let stays = wanted.get(key) == Some(own);
            if !stays {
                end.cancel();
            }
            stays
        });
        for (key, wanted) in wanted {
            if let Entry::Vacant(place) = kept.entry(key) {
                let own = end.child_token();
                tasks.spawn(start(place.key(), &wanted, own.clone()));
                place.insert((wanted, own));
            }
        }
        loop {
            tokio::select! {
                () = end.cancelled() => {
                    while tasks.join_next().await.is_some() {}
                    return;
                }
                Some(_ended) = tasks.join_next() => {}
                followed = news.next() => match followed {
                    Some(Followed::Event(event)) => {
                        if matches!(event.subject, Subject::Book { .. }) {
                            break;
                        }
                    }
                    Some(Followed::Lost(_)) => break,
                    None => return,
                },
            }
        }
    }
}
