//! The task of one lead.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::interval;
use tokio::time::sleep;

use super::Posting;
use super::asking::Bids;
use super::asking::ask;
use super::asking::next_bid;
use super::holding::Holding;
use super::live::Entry;
use super::own::Own;
use super::settling::Settling;
use super::settling::WAITING_MAX;
use super::settling::meant;
use crate::base::AttemptId;
use crate::base::HoldId;
use crate::base::LeadId;
use crate::base::Rng;
use crate::caps::Settle;
use crate::lead::Early;
use crate::lead::InFlight;
use crate::lead::Input;
use crate::lead::LeadRecord;
use crate::lead::LeadStatus;
use crate::lead::Machine;
use crate::lead::Output;
use crate::lead::Reply;
use crate::routing::Snapshot;
use crate::sale::DecisionRecord;
use crate::store::LeadChange;
use crate::store::LeadOpened;
use crate::store::LeadOpening;
use crate::store::Sale;
use crate::store::StoreError;
use crate::store::Won;

/// How often the holds of a lead are renewed: three times within their lifetime.
const BEAT: Duration = Duration::from_secs(20);
/// Delay before a failed write is repeated.
const AGAIN: Duration = Duration::from_millis(500);

/// One live lead.
pub(super) struct Conduct {
    own: Arc<Own>,
    machine: Machine,
    snapshot: Arc<Snapshot>,
    rng: Rng,
    /// The lead until it is stored for the first time.
    arriving: Option<Arriving>,
    pub(super) holds: Holding,
    /// Decisions that are not stored yet.
    decisions: Vec<DecisionRecord>,
    posts: JoinSet<(AttemptId, Reply)>,
    /// Bids of the last auction as they come in; as many as were asked for.
    bids: Option<Bids>,
    /// What others say of posts whose result is unknown.
    words: mpsc::Receiver<Settling>,
    shown: watch::Sender<LeadRecord>,
    /// Status that was reported last.
    reported: LeadStatus,
    _place: Option<OwnedSemaphorePermit>,
    _listed: Listed,
}

/// A lead that came in and is not stored yet.
struct Arriving {
    opening: LeadOpening,
    /// Who waits to know whether it is stored.
    told: oneshot::Sender<Result<LeadOpened, StoreError>>,
}

/// The entry of a lead among the live ones, until its task ends.
struct Listed {
    own: Arc<Own>,
    id: LeadId,
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.own.live.remove(self.id);
    }
}

/// A lead is left to the next run, or to the node that has taken it over.
struct Left;

impl Conduct {
    /// Creates the task's state, and the record as it is stored now and later; `stored` is the one
    /// now.
    pub(super) fn new(
        own: Arc<Own>,
        stored: LeadRecord,
        machine: Machine,
        snapshot: Arc<Snapshot>,
        rng: Rng,
        place: impl Into<Option<OwnedSemaphorePermit>>,
    ) -> (Self, Entry) {
        let listed = Listed { own: own.clone(), id: stored.id };
        let (shown, record) = watch::channel(stored);
        let (sender, words) = mpsc::channel(WAITING_MAX);
        let conduct = Self {
            own,
            machine,
            snapshot,
            rng,
            arriving: None,
            holds: Holding::default(),
            decisions: Vec::new(),
            posts: JoinSet::new(),
            bids: None,
            words,
            shown,
            reported: LeadStatus::Received,
            _place: place.into(),
            _listed: listed,
        };
        (conduct, Entry { record, words: sender })
    }

    /// Stores a lead that came in, and sells it. Nobody can interrupt this by leaving.
    pub(super) async fn open(
        mut self,
        opening: LeadOpening,
        told: oneshot::Sender<Result<LeadOpened, StoreError>>,
    ) {
        let comes_first = opening.may_be_refused() || self.machine.record().status.is_over();
        self.arriving = Some(Arriving { opening, told });
        if comes_first && self.arrive().await.is_err() {
            return;
        }
        self.machine.handle(Input::Opened, self.own.clock.now(), &mut self.rng);
        self.run().await;
    }

    /// Stores a lead that came in, as it is now; nothing if it is stored. If it is not stored, its
    /// source is told so, nobody else knows of it, and its holds end.
    async fn arrive(&mut self) -> Result<(), Left> {
        let Some(Arriving { opening, told }) = self.arriving.take() else { return Ok(()) };
        let first = self.change();
        let opened = self.own.store.lead_open(LeadOpening { first, ..opening }).await;
        if let Ok(LeadOpened::Refused(refusal)) = &opened {
            let received_at = self.machine.record().received_at;
            self.machine.end_early(Early::Refused(refusal.clone()), received_at);
        }
        let is_new = matches!(opened, Ok(LeadOpened::Now | LeadOpened::Refused(_)));
        if is_new {
            let LeadRecord { id, offer, source, .. } = self.machine.record();
            tracing::info!(lead.id = %id, %offer, %source, "lead received");
            self.own.live.received();
            self.stored(self.machine.record().clone()).await;
        }
        // The request may have ended meanwhile.
        let _gone = told.send(opened);
        if is_new {
            return Ok(());
        }
        let open: Vec<HoldId> = self.machine.holds().map(|open| open.id).collect();
        for hold in open {
            let now = self.own.clock.now();
            self.holds.settle(&self.own.dispatch, hold, Settle::Release, now).await;
        }
        Err(Left)
    }

    /// Sells a lead until it has ended, or the node stops.
    pub(super) async fn run(mut self) {
        let stop = self.own.stop.clone();
        let mut beat = interval(BEAT);
        beat.reset();
        loop {
            if self.carry_out().await.is_err() || self.arrive().await.is_err() {
                return;
            }
            let is_over = self.machine.record().status.is_over();
            if self.posts.is_empty() && (is_over || stop.is_cancelled()) {
                return;
            }
            let now = self.own.clock.now();
            let deadline = self.machine.deadline().map(|at| at.since(now.mono));
            let bids = self.bids.as_mut();
            tokio::select! {
                bid = next_bid(bids) => match bid {
                    Some((contract, reply)) => {
                        let input = Input::Bid(contract, reply);
                        self.machine.handle(input, self.own.clock.now(), &mut self.rng);
                    }
                    None => self.bids = None,
                },
                Some(done) = self.posts.join_next() => self.on_posted(done),
                Some(settling) = self.words.recv() => {
                    if self.settle(settling).await.is_err() {
                        return;
                    }
                }
                () = sleep(deadline.unwrap_or_default()), if deadline.is_some() => {
                    self.machine.handle(Input::Tick, self.own.clock.now(), &mut self.rng);
                }
                _ = beat.tick(), if !self.holds.is_empty() => {
                    self.holds.renew(&self.own.dispatch, self.own.clock.now()).await;
                }
                () = stop.cancelled(), if !stop.is_cancelled() => {}
            }
        }
    }

    /// Applies what somebody says of a post, and answers once it is stored.
    async fn settle(&mut self, settling: Settling) -> Result<(), Left> {
        let Settling { attempt, settled, told } = settling;
        let answer = match meant(&self.machine, attempt) {
            Ok(attempt) => {
                let input = Input::Settled(attempt, settled);
                self.machine.handle(input, self.own.clock.now(), &mut self.rng);
                self.carry_out().await?;
                Ok(self.machine.record().clone())
            }
            Err(unsettled) => Err(unsettled),
        };
        // Nobody may be waiting.
        let _gone = told.send(answer);
        Ok(())
    }

    fn on_posted(&mut self, done: Result<(AttemptId, Reply), tokio::task::JoinError>) {
        match done {
            Ok((attempt, reply)) => {
                let now = self.own.clock.now();
                self.machine.handle(Input::Replied(attempt, reply), now, &mut self.rng);
            }
            Err(error) => tracing::error!(%error, "task of a post panicked"),
        }
    }

    /// Carries out, in order, what the lead asks for.
    async fn carry_out(&mut self) -> Result<(), Left> {
        while let Some(output) = self.machine.poll() {
            match output {
                Output::Record => self.store().await?,
                Output::Survey(inquiry) => {
                    let now = self.own.clock.now();
                    let decision = self.own.dispatch.preview(&self.snapshot, &inquiry, now).await;
                    let input = Input::Surveyed(Box::new(decision));
                    self.machine.handle(input, now, &mut self.rng);
                }
                Output::Ping { contracts, window } => {
                    let lead = self.machine.record();
                    self.bids = Some(ask(&self.own, &self.snapshot, lead, contracts, window));
                    // The bids come meanwhile. A ping tells of no person.
                    self.arrive().await?;
                }
                Output::Decide(inquiry, bids) => {
                    let now = self.own.clock.now();
                    let (snapshot, rng) = (&self.snapshot, &mut self.rng);
                    let decision =
                        self.own.dispatch.auction(snapshot, &inquiry, &bids, now, rng).await;
                    let input = Input::Decided(Box::new(decision));
                    self.machine.handle(input, now, &mut self.rng);
                    let made = self.machine.new_decisions();
                    self.decisions.extend(made.iter().filter_map(DecisionRecord::of));
                }
                Output::Hold { hold, pick } => {
                    let now = self.own.clock.now();
                    let held = self.holds.reserve(&self.own.dispatch, hold, &pick, now).await;
                    self.machine.handle(Input::Held(held), now, &mut self.rng);
                }
                Output::Settle { hold, how } => {
                    let now = self.own.clock.now();
                    self.holds.settle(&self.own.dispatch, hold, how, now).await;
                }
                Output::Post(attempt) => self.post(attempt),
            }
        }
        Ok(())
    }

    fn post(&mut self, id: AttemptId) {
        let Some(attempt) = self.machine.attempt(id) else { return };
        let posting = Posting {
            book: self.snapshot.book().clone(),
            contract: attempt.pick.contract.clone(),
            attempt: id,
            price: attempt.pick.price,
            at: self.own.clock.now().wall,
            lead: self.machine.record().clone(),
        };
        let poster = self.own.poster.clone();
        self.posts.spawn(async move {
            let mut sent = JoinSet::new();
            sent.spawn(async move { poster.post(posting).await });
            // A task that panicked may have sent the lead.
            let broken = || Reply::Unknown { reason: "internal error".to_owned() };
            (id, sent.join_next().await.and_then(Result::ok).unwrap_or_else(broken))
        });
    }

    /// Stores the record as it is now. A database that fails is asked again until the node stops:
    /// nothing that follows may happen before.
    async fn store(&mut self) -> Result<(), Left> {
        if self.arriving.is_some() {
            return self.arrive().await;
        }
        let change = self.change();
        let mut failing = false;
        loop {
            let id = change.record.id;
            match self.own.store.lead_save(&self.own.node, change.clone()).await {
                Ok(true) => break,
                Ok(false) => {
                    tracing::warn!(lead.id = %id, "lead left to the node that has taken it over");
                    return Err(Left);
                }
                Err(error) => {
                    if !failing {
                        tracing::error!(lead.id = %id, %error, "lead not stored yet");
                    }
                    failing = true;
                }
            }
            if self.own.stop.is_cancelled() {
                return Err(Left);
            }
            self.holds.renew(&self.own.dispatch, self.own.clock.now()).await;
            sleep(AGAIN).await;
        }
        self.stored(change.record).await;
        Ok(())
    }

    /// Shows the record as it is stored, and has its buyers asked later what became of it.
    async fn stored(&mut self, record: LeadRecord) {
        self.decisions.clear();
        let is_news = record.status != self.reported;
        if is_news {
            self.reported = record.status;
            self.own.reached(&record);
        }
        // Nobody may be waiting.
        self.shown.send_replace(record.clone());
        if is_news && record.status == LeadStatus::Sold {
            self.own.note_sold(&record).await;
        }
    }

    /// Returns the change that stores the record as it is now.
    fn change(&self) -> LeadChange {
        let record = self.machine.record().clone();
        let won = record.sales.iter().filter_map(|sale| {
            let attempt = self.machine.attempt(sale.id)?;
            Some(Won {
                attempt: sale.id,
                contract: sale.winner.contract.clone(),
                buyer: sale.winner.buyer.clone(),
                taken: Sale::of(&attempt.pick, attempt.reserved, attempt.held_at),
            })
        });
        let sales = won.collect();
        let is_open =
            |id: AttemptId| record.attempts.iter().any(|row| row.id == id && row.outcome.is_none());
        let open = self.machine.holds().filter(|open| is_open(open.attempt));
        let in_flight = open.map(|open| InFlight {
            attempt: open.attempt,
            hold: open.id,
            held_at: open.since,
            price: open.pick.price,
        });
        let in_flight = in_flight.collect();
        LeadChange { decisions: self.decisions.clone(), sales, in_flight, record }
    }
}
