//! The task that plans and makes deliveries.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::Id;
use tokio::task::JoinError;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Figures;
use super::Sender;
use crate::base::Mono;
use crate::base::Rng;
use crate::book::Book;
use crate::dispatch::Dispatch;
use crate::outbox::Courier;
use crate::outbox::Next;
use crate::outbox::PLACES_PER_SITE;
use crate::outbox::Recipient;
use crate::outbox::Sent;
use crate::outbox::next;
use crate::outbox::recipients;
use crate::store::Attempted;
use crate::store::Delivery;
use crate::store::OUTBOX_PAGE_MAX;
use crate::store::OutboxEvent;
use crate::store::Planned;
use crate::store::StoreError;

/// Shortest time between two plans: under load, one write plans the events of many calls.
const PLAN_EVERY: Duration = Duration::from_millis(250);
/// Delay before a failed read or write is repeated.
const AGAIN: Duration = Duration::from_secs(1);
/// Shortest time between two counts of what waits.
const COUNT_EVERY: Duration = Duration::from_secs(5);
/// Time between two searches for deliveries that can no longer be made.
const TIDY_EVERY: Duration = Duration::from_secs(3_600);

/// Plans and makes deliveries.
#[derive(Debug)]
pub struct Deliverer {
    pub(super) sender: Arc<Sender>,
    dispatch: Arc<Dispatch>,
    rng: Rng,
    figures: Arc<Figures>,
    courier: Courier,
    /// Version of the book that the courier follows.
    version: Option<u64>,
    /// Ends of attempts that are not stored yet. Their deliveries are not sent again meanwhile.
    unsaved: Vec<Attempted>,
    /// Deliveries in progress, by task.
    tasks: HashMap<Id, Delivery>,
    planned: Option<Mono>,
    counted: Option<Mono>,
    /// Whether something happened since the last count.
    is_stale: bool,
    tidied: Option<Mono>,
    failing: bool,
}

impl Deliverer {
    /// Creates the task's state. It sends by the live book of `dispatch`.
    pub fn new(
        sender: Arc<Sender>,
        dispatch: Arc<Dispatch>,
        rng: Rng,
        figures: Arc<Figures>,
    ) -> Self {
        Self {
            sender,
            dispatch,
            rng,
            figures,
            courier: Courier::default(),
            version: None,
            unsaved: Vec::new(),
            tasks: HashMap::new(),
            planned: None,
            counted: None,
            is_stale: true,
            tidied: None,
            failing: false,
        }
    }
}

/// Plans and makes deliveries until `end`. Attempts in progress are then broken off, and repeated
/// by the next start.
pub async fn run(mut own: Deliverer, end: CancellationToken) {
    let mut changes = own.sender.store.changes();
    let mut attempts = JoinSet::new();
    loop {
        let pause = own.step(&mut attempts).await;
        tokio::select! {
            () = end.cancelled() => return,
            change = changes.next() => if change.is_none() { return },
            Some(ended) = attempts.join_next_with_id() => {
                own.ended(ended);
                while let Some(ended) = attempts.try_join_next_with_id() {
                    own.ended(ended);
                }
            }
            () = tokio::time::sleep(pause) => {}
        }
    }
}

impl Deliverer {
    /// Does what can be done now. Returns how long nothing more can be done by itself.
    async fn step(&mut self, attempts: &mut JoinSet<Sent>) -> Duration {
        match self.work(attempts).await {
            Ok(pause) => {
                if self.failing {
                    tracing::info!("the outbox is being delivered again");
                }
                self.failing = false;
                pause
            }
            Err(error) => {
                if !self.failing {
                    tracing::error!(%error, "the outbox cannot be read or written");
                }
                self.failing = true;
                AGAIN
            }
        }
    }

    pub(super) async fn work(
        &mut self,
        attempts: &mut JoinSet<Sent>,
    ) -> Result<Duration, StoreError> {
        let snapshot = self.dispatch.snapshot();
        if self.version != Some(snapshot.version()) {
            self.courier.follow(snapshot.book());
            self.version = Some(snapshot.version());
        }
        self.save().await?;
        let again = self.plan(snapshot.book()).await?;
        self.tidy(snapshot.book()).await?;
        self.start(snapshot.book(), attempts).await?;
        let count = self.count().await?;
        let now = self.sender.clock.now();
        let due = self.sender.store.deliveries_next(now.wall).await?;
        let due = due.map(|due| due.since(now.wall));
        let probe = self.courier.deadline(now.mono).map(|probe| probe.since(now.mono));
        let all = [again, due, probe, count, Some(TIDY_EVERY)];
        Ok(all.into_iter().flatten().min().unwrap_or(TIDY_EVERY))
    }

    /// Stores the ends of attempts.
    async fn save(&mut self) -> Result<(), StoreError> {
        if !self.unsaved.is_empty() {
            self.sender.store.deliveries_attempted(self.unsaved.clone()).await?;
            self.unsaved.clear();
        }
        Ok(())
    }

    /// Plans the deliveries of new events. Returns when to plan again, if the last time was only a
    /// moment ago.
    async fn plan(&mut self, book: &Book) -> Result<Option<Duration>, StoreError> {
        let now = self.sender.clock.now();
        let since = self.planned.map(|planned| now.mono.since(planned));
        if let Some(since) = since.filter(|since| *since < PLAN_EVERY) {
            return Ok(Some(PLAN_EVERY - since));
        }
        loop {
            let events = self.sender.store.events_unplanned().await?;
            let count = events.len();
            if count > 0 {
                (self.planned, self.is_stale) = (Some(now.mono), true);
                let planned = events.iter().map(|event| planned(event, book)).collect();
                self.sender.store.deliveries_plan(planned, now.wall).await?;
            }
            if count < OUTBOX_PAGE_MAX {
                return Ok(None);
            }
        }
    }

    /// Starts the deliveries that are due, as far as there are places.
    async fn start(
        &mut self,
        book: &Arc<Book>,
        attempts: &mut JoinSet<Sent>,
    ) -> Result<(), StoreError> {
        let now = self.sender.clock.now();
        let mut free = self.courier.recipients();
        free.retain(|to| self.courier.places(to, now.mono) > 0);
        if free.is_empty() {
            return Ok(());
        }
        // Another recipient comes first each time, so that none is left behind when places are few.
        let first = self.rng.below(u64::try_from(free.len()).unwrap_or(1));
        free.rotate_left(usize::try_from(first).unwrap_or_default());
        // Those in progress are due as well.
        let most = 2 * PLACES_PER_SITE;
        let wanted = free.into_iter().map(|to| (to, most)).collect();
        for delivery in self.sender.store.deliveries_due(wanted, now.wall).await? {
            let is_free = self.courier.places(&delivery.to, now.mono) > 0;
            if !is_free || self.courier.is_sent(delivery.id) {
                continue;
            }
            self.courier.started(delivery.id, &delivery.to);
            let (sender, book) = (self.sender.clone(), book.clone());
            let (to, event) = (delivery.to.clone(), delivery.event.clone());
            let task = attempts.spawn(async move { sender.send(&book, &to, &event).await });
            self.tasks.insert(task.id(), delivery);
        }
        Ok(())
    }

    /// Takes the end of an attempt.
    pub(super) fn ended(&mut self, ended: Result<(Id, Sent), JoinError>) {
        let (task, sent) =
            ended.unwrap_or_else(|error| (error.id(), Sent::down("internal error".to_owned())));
        let Some(delivery) = self.tasks.remove(&task) else { return };
        self.is_stale = true;
        let now = self.sender.clock.now();
        let attempts = delivery.attempts.saturating_add(1);
        let Sent { verdict, fault } = sent;
        let next = next(verdict, attempts, delivery.since, now.wall, &mut self.rng);
        let Delivery { id, to, event, .. } = delivery;
        let (event, kind) = (event.id, event.kind());
        let shown = fault.as_deref().unwrap_or_default();
        let counter = match next {
            Next::Delivered => {
                tracing::debug!(%to, %event, %kind, attempts, "event delivered");
                &self.figures.delivered
            }
            Next::At(at) => {
                tracing::info!(
                    %to, %event, %kind, attempts, fault = shown, again_at = %at,
                    "event not delivered"
                );
                &self.figures.failed
            }
            Next::Dead => {
                self.figures.failed.fetch_add(1, Ordering::Relaxed);
                tracing::warn!(
                    %to, %event, %kind, attempts, fault = shown,
                    "delivery of an event given up"
                );
                &self.figures.given_up
            }
        };
        counter.fetch_add(1, Ordering::Relaxed);
        if let Some(destination) = self.courier.ended(id, verdict.is_alive(), now.mono) {
            tracing::warn!(%destination, fault = shown, "receiver of events is down");
        }
        let open = u64::try_from(self.courier.open()).unwrap_or(u64::MAX);
        self.figures.open_breakers.store(open, Ordering::Relaxed);
        self.unsaved.push(Attempted { id, at: now.wall, next, fault });
    }

    /// Counts what waits. Returns when to count again, if the last time was only a moment ago.
    async fn count(&mut self) -> Result<Option<Duration>, StoreError> {
        if !self.is_stale {
            return Ok(None);
        }
        let now = self.sender.clock.now().mono;
        let since = self.counted.map(|counted| now.since(counted));
        if let Some(since) = since.filter(|since| *since < COUNT_EVERY) {
            return Ok(Some(COUNT_EVERY - since));
        }
        self.figures.set(self.sender.store.outbox_figures().await?);
        (self.counted, self.is_stale) = (Some(now), false);
        Ok(None)
    }

    /// Gives up deliveries that can no longer be made.
    async fn tidy(&mut self, book: &Book) -> Result<(), StoreError> {
        let now = self.sender.clock.now();
        if self.tidied.is_some_and(|tidied| now.mono.since(tidied) < TIDY_EVERY) {
            return Ok(());
        }
        let postbacks = book.postbacks.iter().map(|own| Recipient::Postback(own.id.clone()));
        let later = book.contracts.iter().filter(|contract| {
            contract.delivery.as_ref().is_some_and(|delivery| delivery.later().is_some())
        });
        let later = later.map(|contract| Recipient::Contract(contract.id.clone()));
        let known = postbacks.chain(later).collect();
        let given_up = self.sender.store.outbox_tidy(known, now.wall).await?;
        if given_up > 0 {
            tracing::warn!(deliveries = given_up, "deliveries of events given up");
            self.figures.given_up.fetch_add(given_up, Ordering::Relaxed);
        }
        self.tidied = Some(now.mono);
        Ok(())
    }
}

fn planned(recorded: &OutboxEvent, book: &Book) -> Planned {
    let OutboxEvent { sequence, event } = recorded;
    let Some(event) = event else {
        tracing::error!(sequence, "event of the outbox cannot be read: it is dropped");
        return Planned { sequence: *sequence, to: Vec::new() };
    };
    Planned { sequence: *sequence, to: recipients(event, book) }
}
