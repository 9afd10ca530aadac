//! The door through which leads come in.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::Semaphore;
use tokio::sync::oneshot;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Figures;
use super::Poster;
use super::admission::Admission;
use super::admission::admit;
use super::admission::declared;
use super::conduct::Conduct;
use super::live::Live;
use super::own::Own;
use super::turns::Turns;
use super::wanted::Refused;
use super::wanted::WantedLead;
use crate::base::LeadId;
use crate::base::NodeName;
use crate::base::Rng;
use crate::dispatch::CallBidders;
use crate::dispatch::Dispatch;
use crate::lead::LeadRecord;
use crate::lead::Machine;
use crate::lead::Pinged;
use crate::lead::Rules;
use crate::lead::Tally;
use crate::lead::platform::Platforms;
use crate::net::Clock;
use crate::store::LeadChange;
use crate::store::LeadKey;
use crate::store::LeadOpened;
use crate::store::LeadOpening;
use crate::store::Store;
use crate::store::StoreError;

/// Most sources whose pings are counted at once.
const PING_SOURCES_MAX: usize = 10_000;

/// Most addresses whose leads are counted at once.
const ADDRESSES_MAX: usize = 100_000;

/// What the intake works with.
pub struct Parts {
    /// Name of the node.
    pub node: NodeName,
    /// The database.
    pub store: Arc<dyn Store>,
    /// Routing.
    pub dispatch: Arc<Dispatch>,
    /// The clocks.
    pub clock: Clock,
    /// Sends posts to buyers.
    pub poster: Arc<dyn Poster>,
    /// Asks buyers of calls for bids.
    pub bidders: Arc<dyn CallBidders>,
    /// Host of the SIP addresses to which calls are sent for their bids; `None` if they come to
    /// numbers.
    pub sip_host: Option<String>,
    /// Times of a lead.
    pub rules: Rules,
    /// Most live leads; a further one is refused.
    pub leads_max: usize,
    /// How long a source waits for the result of its lead; then it is told that it is pending.
    pub answer_within: Duration,
    /// Longest life of the offer that a ping is answered with.
    pub ping_life: Duration,
    /// What is known of ad platforms.
    pub platforms: Platforms,
    /// Canceled when no more leads and pings are taken. Those that were taken are sold until
    /// [`Intake::stop`].
    pub drain: CancellationToken,
    /// Randomness of ids and decisions.
    pub rng: Rng,
}

/// Takes leads in and sells them. Cheap to clone.
#[derive(Clone)]
pub struct Intake(Arc<Own>);

/// A lead that is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// It came in now.
    Now(LeadRecord),
    /// The same request sent it before.
    Before(LeadRecord),
}

impl Intake {
    /// Creates the intake. Call [`Intake::resume`] before it takes the first lead.
    pub fn new(parts: Parts) -> Self {
        let Parts { node, store, dispatch, clock, poster, rules, leads_max, .. } = parts;
        let Parts { answer_within, ping_life, platforms, rng, bidders, sip_host, drain, .. } =
            parts;
        Self(Arc::new(Own {
            node,
            store,
            dispatch,
            clock,
            poster,
            bidders,
            sip_host,
            turns: Turns::default(),
            rules,
            live: Live::default(),
            drain,
            stop: CancellationToken::new(),
            places: Arc::new(Semaphore::new(leads_max)),
            answer_within,
            ping_life,
            platforms,
            announced: Notify::new(),
            sold: Notify::new(),
            pings: Mutex::new(Tally::new(PING_SOURCES_MAX)),
            spam: Mutex::new(Tally::new(ADDRESSES_MAX)),
            rng: Mutex::new(rng),
            tasks: TaskTracker::new(),
        }))
    }

    /// Stores and sells a lead. Returns its record when its source can be told what became of it,
    /// or as it is when the source has waited long enough. The lead is sold even if nobody waits.
    ///
    /// # Errors
    /// [`Refused`]: the lead was not stored.
    pub async fn receive(
        &self,
        wanted: WantedLead,
        key: Option<LeadKey>,
    ) -> Result<Received, Refused> {
        self.take(wanted, key, None).await
    }

    /// Stores and sells a lead, which may be posted to a ping.
    pub(super) async fn take(
        &self,
        wanted: WantedLead,
        key: Option<LeadKey>,
        pinged: Option<Pinged>,
    ) -> Result<Received, Refused> {
        let own = &self.0;
        let place = own.admit()?;
        let (now, mut rng) = (own.clock.now(), own.fork());
        let snapshot = own.dispatch.snapshot();
        let fields = declared(&snapshot, &wanted.offer);
        if !own.is_within_spam(&wanted, fields) {
            own.live.limited();
            return Err(Refused::TooManyLeads);
        }
        let id = LeadId::new(now, &mut rng);
        let Admission { mut lead, certificates, early } =
            admit(own, &snapshot, id, wanted, fields, now).await?;
        let ping = pinged.as_ref().map(|ping| ping.id);
        lead.ping = pinged;
        let mut machine = Machine::new(&lead, snapshot.book(), own.rules);
        if let Some(early) = early {
            machine.end_early(early, now.wall);
        }
        let came_in = machine.record().clone();
        let (record, node) = (came_in.clone(), own.node.clone());
        let first = LeadChange::of(record);
        let opening = LeadOpening { first, node, key, certificates, ping };
        let (told, opened) = oneshot::channel();
        let (conduct, entry) = Conduct::new(own.clone(), came_in, machine, snapshot, rng, place);
        let record = entry.record.clone();
        own.live.add(id, entry);
        own.tasks.spawn(conduct.open(opening, told));
        match opened.await.map_err(|_| StoreError::Panicked)?? {
            LeadOpened::Now | LeadOpened::Refused(_) => Ok(Received::Now(self.told(record).await)),
            LeadOpened::Before(id) => Ok(Received::Before(self.told_of(id).await?)),
            LeadOpened::OtherRequest => Err(Refused::OtherRequest),
        }
    }

    /// Waits until the source of a lead can be told, or has waited long enough.
    async fn told(&self, mut record: watch::Receiver<LeadRecord>) -> LeadRecord {
        let told = record.wait_for(|record| record.status.is_told());
        if let Ok(Ok(found)) = timeout(self.0.answer_within, told).await {
            return found.clone();
        }
        record.borrow().clone()
    }

    pub(super) async fn told_of(&self, id: LeadId) -> Result<LeadRecord, StoreError> {
        if let Some(record) = self.0.live.find(id) {
            return Ok(self.told(record).await);
        }
        let found = self.0.store.lead_fetch(id).await?;
        found.ok_or_else(|| StoreError::Sql(format!("lead {id} is missing")))
    }

    /// Returns how long a source waits for the result of its lead or ping.
    pub fn answer_within(&self) -> Duration {
        self.0.answer_within
    }

    /// Returns the counts of leads since the start.
    pub fn figures(&self) -> Figures {
        self.0.live.figures(self.0.poster.down())
    }

    /// Takes no more leads, waits until posts in progress are answered, and leaves the other leads
    /// to the next run.
    pub async fn stop(&self) {
        self.0.stop.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    pub(super) fn own(&self) -> &Arc<Own> {
        &self.0
    }
}

impl std::fmt::Debug for Intake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Intake").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").finish_non_exhaustive()
    }
}
