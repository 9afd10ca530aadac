//! The live calls, both SIP and webhook: what each is doing, and how to hang it up.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use tokio_util::sync::CancellationToken;

use crate::base::CallId;
use crate::base::Wall;
use crate::call::CallEvent;
use crate::call::CallQuery;
use crate::call::CallRecord;
use crate::call::LiveCall;
use crate::call::Standing;
use crate::store::CallPage;

/// Most calls of one page.
pub const LIVE_PAGE_MAX: usize = 200;

/// The registry of live calls. It holds no more than the switch admits: `max_calls` by SIP, and as
/// many at webhook carriers. Only the owner of a call writes its entry.
#[derive(Debug, Default)]
pub struct LiveCalls(Mutex<BTreeMap<CallId, Entry>>);

#[derive(Debug)]
struct Entry {
    call: LiveCall,
    owner: Owner,
    /// Canceled when the call's end is stored.
    ended: CancellationToken,
}

/// Owner of a call. A hang-up is sent to the owner.
#[derive(Debug, Clone)]
pub(super) enum Owner {
    /// The task that owns the call. Canceling the token hangs up; canceling it again changes
    /// nothing.
    Task(CancellationToken),
    /// The carrier that holds the call, by the token in our callback URLs.
    Carrier(String),
}

/// Live calls, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LivePage {
    /// The calls.
    pub items: Vec<LiveCall>,
    /// The call after which the next page begins; `None` if this is the last page.
    pub next: Option<CallId>,
}

/// A live call of any node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KnownCall {
    /// This node keeps it.
    Here(Box<LiveCall>),
    /// Another does: its record, as it is stored.
    Elsewhere(Box<CallRecord>),
}

impl KnownCall {
    /// Returns the call as its own node would show it, as far as that is known here.
    pub fn into_live(self) -> LiveCall {
        match self {
            KnownCall::Here(call) => *call,
            KnownCall::Elsewhere(record) => LiveCall::stored(*record),
        }
    }
}

/// Live calls of all nodes, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPage {
    /// The calls.
    pub items: Vec<KnownCall>,
    /// The call after which the next page begins; `None` if this is the last page.
    pub next: Option<CallId>,
}

impl KnownPage {
    /// Merges a page of the calls of this node with one of the calls that others keep; at most
    /// `limit`.
    pub(super) fn merge(here: LivePage, elsewhere: CallPage, limit: usize) -> Self {
        let mut more = here.next.is_some() || elsewhere.next.is_some();
        // A call that is being taken over may be in both.
        let mut calls: BTreeMap<CallId, KnownCall> = BTreeMap::new();
        for record in elsewhere.items {
            calls.insert(record.id, KnownCall::Elsewhere(Box::new(record)));
        }
        for call in here.items {
            calls.insert(call.record.id, KnownCall::Here(Box::new(call)));
        }
        more |= calls.len() > limit;
        let shown = calls.into_iter().rev().take(limit);
        let (ids, items): (Vec<CallId>, Vec<KnownCall>) = shown.unzip();
        Self { items, next: ids.last().copied().filter(|_| more) }
    }
}

impl LiveCalls {
    /// Lists calls that match the query and are older than `before`: at most `limit`, and at most
    /// [`LIVE_PAGE_MAX`].
    pub fn list(&self, query: &CallQuery, before: Option<CallId>, limit: usize) -> LivePage {
        let limit = limit.clamp(1, LIVE_PAGE_MAX);
        let calls = self.calls();
        let end = before.map_or(Bound::Unbounded, Bound::Excluded);
        let older = calls.range((Bound::Unbounded, end)).rev().map(|(_, entry)| &entry.call);
        let mut passing = older.filter(|call| query.matches(&call.record)).cloned();
        let items: Vec<LiveCall> = passing.by_ref().take(limit).collect();
        let more = passing.next().is_some();
        let next = items.last().filter(|_| more).map(|last| last.record.id);
        LivePage { items, next }
    }

    /// Returns one call; `None` if it is not live here.
    pub fn find(&self, id: CallId) -> Option<LiveCall> {
        self.calls().get(&id).map(|entry| entry.call.clone())
    }

    /// Returns whether a call is live here.
    pub(super) fn contains(&self, id: CallId) -> bool {
        self.calls().contains_key(&id)
    }

    /// Adds or updates a call.
    pub(super) fn put(&self, call: LiveCall, owner: &Owner) {
        let id = call.record.id;
        match self.calls().entry(id) {
            std::collections::btree_map::Entry::Occupied(mut known) => known.get_mut().call = call,
            std::collections::btree_map::Entry::Vacant(room) => {
                let ended = CancellationToken::new();
                room.insert(Entry { call, owner: owner.clone(), ended });
            }
        }
    }

    /// Records an event of a call, with the call's current record.
    pub(super) fn note(&self, record: CallRecord, event: &CallEvent, at: Wall) {
        if let Some(entry) = self.calls().get_mut(&record.id) {
            entry.call.record = record;
            entry.call.live.note(event, at);
        }
    }

    /// Removes a call whose end is stored or whose task is gone.
    pub(super) fn remove(&self, id: CallId) {
        if let Some(entry) = self.calls().remove(&id) {
            entry.ended.cancel();
        }
    }

    /// Returns the owner of a call, and the token that is canceled when the call's end is stored.
    pub(super) fn owner(&self, id: CallId) -> Option<(Owner, CancellationToken)> {
        self.calls().get(&id).map(|entry| (entry.owner.clone(), entry.ended.clone()))
    }

    fn calls(&self) -> MutexGuard<'_, BTreeMap<CallId, Entry>> {
        // An entry is changed as a whole, so a panic leaves no partial change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the registry's view of a new call.
pub(super) fn arrived(record: CallRecord) -> LiveCall {
    let live = Standing::new(record.started_at);
    LiveCall { record, live }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Phase;
    use crate::store::sample::ringing;

    impl LiveCalls {
        /// Adds a call whose task is the test's. Returns the token that is canceled to hang it up.
        pub(crate) fn begin(&self, record: CallRecord) -> CancellationToken {
            let order = CancellationToken::new();
            self.put(arrived(record), &Owner::Task(order.clone()));
            order
        }

        /// Ends a call: its end is stored.
        pub(crate) fn end(&self, id: CallId) {
            self.remove(id);
        }
    }

    fn registry(calls: impl Iterator<Item = u64>) -> LiveCalls {
        let live = LiveCalls::default();
        for seconds in calls {
            let owner = Owner::Carrier(seconds.to_string());
            live.put(arrived(ringing(seconds)), &owner);
        }
        live
    }

    #[test]
    fn calls_are_listed_newest_first_in_pages() {
        let live = registry(0..5);
        let (mut seen, mut before) = (Vec::new(), None);
        loop {
            let page = live.list(&CallQuery::default(), before, 2);
            seen.extend(page.items.iter().map(|call| call.record.id));
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        let expected: Vec<CallId> = (0..5).rev().map(|seconds| ringing(seconds).id).collect();
        assert_eq!(seen, expected);
        let all = registry(0..=200).list(&CallQuery::default(), None, usize::MAX);
        assert_eq!((all.items.len(), all.next.is_some()), (LIVE_PAGE_MAX, true));
        let query = CallQuery { since: Some(ringing(3).started_at), ..CallQuery::default() };
        assert_eq!(live.list(&query, None, 10).items.len(), 2);
        assert_eq!(live.list(&query, None, 2).next, None, "nothing older passes");
    }

    #[tokio::test]
    async fn an_entry_follows_its_call_and_goes_with_it() {
        let live = registry(1..2);
        let record = ringing(1);
        let (owner, ended) = live.owner(record.id).unwrap();
        assert!(matches!(owner, Owner::Carrier(token) if token == "1"));
        let at = record.started_at + std::time::Duration::from_secs(3);
        live.note(record.clone(), &CallEvent::Transfer { to: "desk".to_owned() }, at);
        let standing = live.find(record.id).unwrap().live;
        assert_eq!((standing.phase, standing.since), (Phase::Transferring, at));
        live.remove(record.id);
        ended.cancelled().await;
        assert!(live.find(record.id).is_none() && live.owner(record.id).is_none());
        // A late event adds nothing.
        live.note(record.clone(), &CallEvent::Step("x".to_owned()), at);
        assert!(live.find(record.id).is_none());
    }
}
