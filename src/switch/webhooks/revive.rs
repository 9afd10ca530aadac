//! Replays a call's journal: after a restart, or if another node answered last.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;

use super::live::Live;
use super::slots::Slot;
use crate::base::Now;
use crate::base::Rng;
use crate::book::Attestation;
use crate::call::Phase;
use crate::call::Standing;
use crate::carrier::Addresses;
use crate::carrier::Call;
use crate::carrier::Carrier;
use crate::carrier::Diverged;
use crate::carrier::Format;
use crate::carrier::JournalLine;
use crate::carrier::Reply;
use crate::carrier::Setup;
use crate::carrier::Source;
use crate::carrier::Token;
use crate::carrier::UnknownFormat;
use crate::carrier::World;
use crate::carrier::read;
use crate::carrier::replay;
use crate::dispatch::snapshot_of;
use crate::flow;
use crate::flow::Flow;
use crate::library::Library;
use crate::placing::Opened;
use crate::placing::reopen;
use crate::routing::Decision;
use crate::routing::Snapshot;
use crate::routing::Trace;
use crate::sale::OpenHold;
use crate::store::CarrierJournal;
use crate::store::Sale;
use crate::store::Store;
use crate::store::StoreError;
use crate::switch::call_clock::CallClock;

/// Why a journal cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Lost {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Format(#[from] UnknownFormat),
    #[error(transparent)]
    Diverged(#[from] Diverged),
    #[error("{0}")]
    Missing(&'static str),
    #[error("a line of the journal is unreadable: {0}")]
    Line(#[from] serde_json::Error),
}

/// Books and flows that the journal's lines refer to.
#[derive(Default)]
struct Found {
    books: BTreeMap<u64, Arc<Snapshot>>,
    flows: HashMap<String, Arc<Flow>>,
}

impl World for Found {
    fn decision(&self, trace: &Trace) -> Option<Decision> {
        Some(trace.replay(self.books.get(&trace.book_version())?))
    }

    fn flow(&self, hash: &str) -> Option<Arc<Flow>> {
        self.flows.get(hash).cloned()
    }
}

/// Replays a call from its journal. The call continues with the flows of `library`. `live` is the
/// live book.
pub(super) async fn revive(
    store: &dyn Store,
    live: &Arc<Snapshot>,
    library: Arc<Library>,
    public_url: &str,
    slot: &Slot,
    journal: CarrierJournal,
    now: Now,
) -> Result<Live, Lost> {
    let CarrierJournal { call: kept, lines: stored, seen_at } = journal;
    // A later format may change the meaning of a line, so the format is checked first.
    let format = Format::of(kept.format)?;
    let record = store.call_fetch(kept.call).await?;
    let record = record.ok_or(Lost::Missing("its record is gone"))?;
    let lines: Vec<JournalLine> =
        stored.iter().map(|line| serde_json::from_str(&line.line)).collect::<Result<_, _>>()?;
    let found = find(store, live, &lines, &kept.flow, record.book_version).await?;
    let carrier: Carrier =
        kept.carrier.parse().map_err(|_| Lost::Missing("its carrier is unknown"))?;
    let token = Token::parse(&kept.token).ok_or(Lost::Missing("its token is none"))?;
    let snapshot = found.books.get(&record.book_version).cloned();
    let snapshot = snapshot.ok_or(Lost::Missing("its book is gone"))?;
    let record_started = record.started_at;
    let ping = match record.promise() {
        Some(promise) => store.ping_fetch(promise.ping).await?,
        None => None,
    };
    let opened = reopen(&snapshot, &record, attestation(&lines, carrier), ping);
    let Opened { record, fields, source, refusal } =
        opened.ok_or(Lost::Missing("its number is not in its book"))?;
    let setup = Setup {
        carrier,
        addresses: Addresses::new(public_url, carrier, &token),
        fields,
        flow: found.flow(&kept.flow).ok_or(Lost::Missing("its flow is gone"))?,
        source,
        refusal,
        record,
        book: snapshot.book().clone(),
    };
    let mut call = Call::new(setup, Rng::from_entropy(kept.seed));
    match format {
        Format::First | Format::Second => replay(&mut call, &lines, &found)?,
    }
    let last_at = lines.last().map_or(record_started, |line| line.at);
    let clock = slot.clock(|| CallClock::resume(last_at.max(seen_at), now));
    let answers = stored.into_iter().map(|line| (line.callback, line.answer)).collect();
    let held = call.holds().map(|OpenHold { id, pick, since, .. }| (id, Sale::of(pick, id, since)));
    let held = held.collect();
    let phase = if call.is_dialling() { Phase::Ringing } else { Phase::Flow };
    let standing = Standing { phase, since: last_at, step: None };
    let count = u32::try_from(lines.len()).unwrap_or(u32::MAX);
    Ok(Live {
        call,
        token: kept.token,
        carrier_id: kept.carrier_id,
        account: kept.account,
        snapshot,
        library,
        lines: count,
        answers,
        holds: slot.holds.clone(),
        held,
        standing,
        heard_at: last_at,
        clock,
    })
}

/// Returns the caller's attestation from the call's first request.
fn attestation(lines: &[JournalLine], carrier: Carrier) -> Option<Attestation> {
    match &lines.first()?.source {
        Source::Request { params, .. } => read(carrier, params).ok()?.attestation,
        Source::HungUp {} | Source::Swept { .. } => None,
    }
}

async fn find(
    store: &dyn Store,
    live: &Arc<Snapshot>,
    lines: &[JournalLine],
    flow: &str,
    book: u64,
) -> Result<Found, StoreError> {
    let mut found = Found::default();
    let (mut books, mut flows) = (vec![book], vec![flow.to_owned()]);
    for reply in lines.iter().flat_map(|line| &line.replies) {
        match reply {
            Reply::Surveyed(trace) | Reply::Decided(trace) => books.push(trace.book_version()),
            Reply::Loaded(Some(hash)) => flows.push(hash.clone()),
            Reply::Loaded(None) | Reply::Pool(_) | Reply::Held(_) => {}
            Reply::Bids(_) | Reply::Confirmed(_) => {}
            Reply::Needed(_) | Reply::LastCall(_) | Reply::LookedUp(_) | Reply::LegFound(_) => {}
        }
    }
    for version in books {
        if !found.books.contains_key(&version)
            && let Some(snapshot) = snapshot_of(store, live, version).await?
        {
            found.books.insert(version, snapshot);
        }
    }
    for hash in flows {
        if !found.flows.contains_key(&hash)
            && let Some(kept) = store.flow_text(&hash).await?
            && let (Some(flow), _) = flow::parse(&kept.file, &kept.text)
        {
            found.flows.insert(hash, Arc::new(flow));
        }
    }
    Ok(found)
}
