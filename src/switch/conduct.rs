//! The task that owns one call: carries out the machine's outputs and sends it its inputs.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::pin::Pin;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Records;
use super::Shared;
use super::address;
use super::address::Address;
use super::asking::Asking;
use super::beats::Beats;
use super::call_clock::CallClock;
use super::carrying::Carrying;
use super::gateways;
use super::holds::Granted;
use super::holds::Holds;
use super::invites::Invites;
use super::ledger::Ledger;
use super::ledger::Written;
use super::live;
use super::live::Owner;
use super::preparing;
use super::refusals::Refused;
use super::screen::screen;
use super::studio::Rules;
use super::studio::Studio;
use super::transfers::log_transfer;
use super::trunk_use::TrunkSeat;
use crate::base::CallId;
use crate::base::FieldName;
use crate::base::GatewayName;
use crate::base::HoldId;
use crate::base::LegId;
use crate::base::Outcome;
use crate::base::Phone;
use crate::base::RefusalReason;
use crate::base::Rng;
use crate::base::Wall;
use crate::book::Destination;
use crate::call::CallEvent;
use crate::call::Finished;
use crate::call::Input;
use crate::call::Machine;
use crate::call::Output;
use crate::call::Setup;
use crate::caps::Settle;
use crate::flow::Flow;
use crate::library::Library;
use crate::net::sip::Mailbox;
use crate::net::sip::Order;
use crate::placing::Arrival;
use crate::routing::Bids;
use crate::routing::Decision;
use crate::routing::Inquiry;
use crate::routing::Snapshot;
use crate::sale::AttemptRecord;
use crate::sale::DecisionRecord;
use crate::sip;
use crate::sip::Command;
use crate::sip::Declined;
use crate::sip::Event;
use crate::sip::Peer;
use crate::sip::Refusal;
use crate::store::CarriedLeg;
use crate::store::Fact;
use crate::store::LeftOpen;
use crate::store::Sale;
use crate::store::Store;

/// The inputs of one call's task; spawn [`Conductor::supervise`].
pub(super) struct Conductor {
    pub(super) shared: Arc<Shared>,
    /// The book that was live when the call came; the call keeps it.
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) library: Arc<Library>,
    pub(super) mailbox: Mailbox,
    pub(super) beats: Beats,
    pub(super) rng: Rng,
    /// Counts the call for its trunk.
    pub(super) seat: Option<TrunkSeat>,
}

/// A call in progress.
pub(super) struct Conduct {
    pub(super) shared: Arc<Shared>,
    pub(super) snapshot: Arc<Snapshot>,
    library: Arc<Library>,
    beats: Beats,
    rng: Rng,
    pub(super) machine: Machine,
    /// The clock of the machine and its record.
    call_clock: CallClock,
    studio: Studio,
    ledger: Ledger,
    invites: Invites,
    /// Decisions of the call, as recorded.
    decisions: Vec<DecisionRecord>,
    /// Open questions: decisions, host names, requests to web servers and the database.
    pub(super) asking: Asking<Answer>,
    holds: Holds,
    listens_on: Peer,
    /// What each live hold has taken.
    held: HashMap<HoldId, Sale>,
    /// What the winner's hold has taken, once it is committed.
    sale: Option<Sale>,
    /// Canceled when an operator hangs up.
    hang_up: CancellationToken,
    carrying: Carrying,
    end: End,
    progress: Progress,
}

/// Progress of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    Live,
    /// An operator or the stopping switch ended the call. Its legs are ending.
    Stopped,
    Done,
}

/// Progress of the call's end: it is published once every fact of the call is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    NotYet,
    Written,
    Shown,
}

/// Why the task woke up.
enum Wake {
    Input(Input),
    Resolved(LegId, Rules, Option<Address>),
    Granted(Granted),
    Written(Written),
    HangUp,
    Stop,
    Deaf,
    Nothing,
}

impl Conductor {
    /// Runs a call to its end. A panic ends this call alone: the SIP task hangs up its legs, its
    /// holds expire, and this function closes its record.
    pub(super) async fn supervise(
        mut self,
        id: CallId,
        setup: Setup,
        events: mpsc::Receiver<sip::Event>,
    ) {
        let (shared, _seat) = (self.shared.clone(), self.seat.take());
        let mut task = JoinSet::new();
        task.spawn(self.conduct(setup, events));
        if let Some(Err(panic)) = task.join_next().await {
            tracing::error!(call.id = %id, %panic, "internal error: call task panicked");
            shared.reports.lost(id);
            close_record(&shared.records, id, shared.clock.now().wall).await;
        }
        shared.calls.remove(id);
        shared.admission.live.fetch_sub(1, Ordering::Relaxed);
        shared.admission.quiet.notify_waiters();
    }

    async fn conduct(self, mut setup: Setup, events: mpsc::Receiver<sip::Event>) {
        let Self { shared, snapshot, library, mailbox, beats, mut rng, .. } = self;
        let caller = setup.incoming.source;
        let session = setup.incoming.session;
        let listens_on = Peer { connection: None, ..setup.incoming.peer };
        let (media, speaker) = (&shared.media, shared.sounds.speaker.clone());
        let clock = shared.clock.clone();
        let mut studio = Studio::start(media, speaker, library.clone(), clock, rng.fork());
        setup.host = preparing::host(media, &setup.incoming.peer);
        let rules = preparing::rules_of_trunk(&setup.incoming.trunk, snapshot.book());
        match studio.bind((session, rules), media, caller, &mut rng) {
            Ok(local) => {
                studio.reaches(session, caller.ip());
                setup.local = local;
            }
            Err(error) => {
                shared.dispatch.give_back_bid(setup.record.promise());
                if error.is_starvation() {
                    shared.admission.starve(shared.clock.now().mono);
                }
                let arrival = Arrival::of_invite(&setup.incoming, snapshot.book());
                let refused = Refused::unavailable(RefusalReason::NoPorts, &arrival);
                shared.refusals.note(refused.caused_by(&error), shared.clock.now());
                let command = Command::Reject {
                    session,
                    declined: Declined::plain(503),
                    retry_after: Some(5),
                };
                return shared.line.give(Order { command, mailbox: None }).await;
            }
        }
        setup.record.suppressed_by = screen(&shared, &setup.record).await;
        let hang_up = CancellationToken::new();
        let call = live::arrived(setup.record.clone());
        shared.calls.put(call, &Owner::Task(hang_up.clone()));
        let now = shared.clock.now();
        let (machine, call_clock) = (Machine::new(setup, rng.fork(), now), CallClock::start(now));
        let ledger = Ledger::new(shared.records.journal.clone());
        let holds = Holds::new(shared.dispatch.clone(), shared.clock.clone());
        let conduct = Conduct {
            shared,
            snapshot,
            library,
            beats,
            rng,
            machine,
            call_clock,
            studio,
            ledger,
            invites: Invites::new(mailbox),
            decisions: Vec::new(),
            asking: Asking::new(),
            holds,
            listens_on,
            held: HashMap::new(),
            sale: None,
            hang_up,
            carrying: Carrying::default(),
            end: End::NotYet,
            progress: Progress::Live,
        };
        conduct.run(events).await;
    }
}

impl Conduct {
    async fn run(mut self, mut events: mpsc::Receiver<sip::Event>) {
        let shared = self.shared.clone();
        let mut stop = pin!(shared.admission.stop.cancelled());
        self.carry_out().await;
        while self.progress != Progress::Done || !self.is_settled() {
            match self.wake(&mut events, stop.as_mut()).await {
                Wake::HangUp => self.end_by(Input::HangUp),
                Wake::Stop => self.end_by(Input::Stop),
                // The sender of the legs' events has been dropped.
                Wake::Deaf => self.progress = Progress::Done,
                Wake::Input(input) => self.handle(input),
                Wake::Resolved(leg, rules, address) => self.prepare_at((leg, rules), address),
                Wake::Granted(granted) => self.on_granted(granted),
                Wake::Written(Written::Opened) => self.handle(Input::Opened),
                Wake::Written(Written::NotOpened) => {
                    self.shared.dispatch.give_back_bid(self.machine.promise());
                    self.handle(Input::NotOpened);
                }
                Wake::Written(Written::Later) | Wake::Nothing => {}
            }
            self.carry_out().await;
            self.carrying.free();
        }
    }

    fn end_by(&mut self, why: Input) {
        self.progress = Progress::Stopped;
        self.handle(why);
    }

    /// Returns whether every write is done and every hold settled.
    fn is_settled(&self) -> bool {
        self.ledger.is_durable() && self.holds.is_idle()
    }

    async fn wake(
        &mut self,
        events: &mut mpsc::Receiver<sip::Event>,
        stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Wake {
        let now = self.shared.clock.now().mono;
        let patience = self.machine.deadline().map(|deadline| deadline.since(now));
        tokio::select! {
            biased;
            // Media first: who was heard and which keys were pressed count before the BYE that
            // follows them. There are few such events, so SIP does not starve.
            Some(heard) = self.studio.next() => {
                self.studio.take_in(heard).await.map_or(Wake::Nothing, Wake::Input)
            }
            Some(event) = events.recv() => Wake::Input(Input::Sip(event)),
            written = self.ledger.written() => Wake::Written(written),
            Some(answer) = self.holds.answer() => {
                self.holds.take_in(answer).map_or(Wake::Nothing, Wake::Granted)
            }
            Some(answer) = self.asking.answer() => match answer {
                Answer::Input(input) => Wake::Input(input),
                Answer::Resolved(leg, rules, address) => Wake::Resolved(leg, rules, address),
            },
            () = self.hang_up.cancelled(), if self.progress == Progress::Live => Wake::HangUp,
            () = stop, if self.progress == Progress::Live => Wake::Stop,
            () = self.shared.line.closed(), if self.progress == Progress::Stopped => Wake::Deaf,
            () = tokio::time::sleep(patience.unwrap_or(Duration::MAX)), if patience.is_some() => {
                Wake::Input(Input::Tick)
            }
        }
    }

    fn handle(&mut self, input: Input) {
        let known = (&*self.shared.dispatch, &**self.snapshot.book());
        let now = self.shared.clock.now();
        match &input {
            Input::Prepared { leg, route } => {
                self.studio.reaches(*leg, route.peer.remote.ip());
                let dialed = self.carrying.dialed(*leg);
                self.note_carried(dialed.into_iter().collect());
            }
            Input::Unprepared { leg, .. } => self.carrying.not_dialed(*leg, known),
            Input::Sip(event) => {
                gateways::observe(event, &self.machine, known.1, &self.shared);
                let ended = self.carrying.hear(event, known, now);
                self.note_carried(ended.into_iter().collect());
            }
            _ => {}
        }
        self.machine.handle(input, self.call_clock.now(self.shared.clock.now()));
    }

    /// Carries out the machine's outputs. The media task gets its commands first, as a peer may
    /// send audio as soon as it has our SDP.
    async fn carry_out(&mut self) {
        loop {
            let commands = self.drain();
            self.studio.give().await;
            if commands.is_empty() {
                break;
            }
            for command in commands {
                self.command(command).await;
            }
        }
        self.write().await;
    }

    /// Carries out all outputs except SIP commands, which it returns in order.
    fn drain(&mut self) -> Vec<Command> {
        let mut commands = Vec::new();
        while let Some(output) = self.machine.poll() {
            match output {
                Output::Sip(command) => commands.push(command),
                Output::Media(order) => self.studio.order(order),
                Output::CountPool(inquiry) => {
                    let now = self.shared.clock.now();
                    let pool = self.shared.dispatch.pool(&self.snapshot, &inquiry, now);
                    self.handle(Input::Pool(pool));
                }
                Output::FindNeeded { inquiry, flow } => {
                    let needed = self.needed(&inquiry, &flow);
                    self.handle(Input::Needed(needed));
                }
                Output::FindLastCall(caller) => {
                    let (store, id) = (self.shared.records.store.clone(), self.machine.id());
                    let found = find_last_call(store, caller, id);
                    self.asking.ask(async move { Answer::Input(found.await) });
                }
                Output::Lookup { url, timeout, sets } => {
                    let fetcher = self.shared.sounds.fetcher.clone();
                    let answer = async move { fetcher.look_up(&url, timeout, &sets).await };
                    self.asking.ask(async move { Answer::Input(Input::LookedUp(answer.await)) });
                }
                Output::Survey(inquiry) => self.survey(*inquiry),
                Output::Ask { contracts, window, inquiry } => {
                    self.ask_bidders(contracts, window, *inquiry);
                }
                Output::Decide(inquiry, bids) => self.decide(inquiry, bids),
                Output::Confirm { attempt, contract, price, ping_id, inquiry } => {
                    self.confirm(attempt, contract, price, ping_id, *inquiry);
                }
                Output::Hold { hold, pick } => self.holds.reserve(hold, pick),
                Output::Settle { hold, how } => self.settle(hold, how),
                Output::Prepare { leg, destination, failed } => {
                    let tried = gateways::log_failed(&failed, &destination);
                    self.prepare(leg, &destination, &tried);
                }
                Output::Open(record) => {
                    let node = self.shared.records.node.clone();
                    self.beats.alive(record.id, self.call_clock);
                    self.ledger.note(Fact::Opened { record, node });
                }
                Output::Attempted { attempts, decisions } => self.attempted(attempts, &decisions),
                Output::Update(record) => {
                    self.ledger.note(Fact::bridged(*record, self.sale.clone()));
                }
                Output::Beat { holds } => self.beat(&holds),
                Output::Finish(finished) => self.finish(*finished),
                Output::Load(name) => {
                    let flow = self.library.flow(&name);
                    self.handle(Input::Loaded(flow));
                }
                Output::Event(event) => self.publish(event),
                Output::SdpRefused { peer, error } => tracing::warn!(%peer, %error, "SDP refused"),
                Output::SrtpRefused { peer } => {
                    tracing::warn!(%peer, "SRTP refused: plain RTP is offered");
                }
                Output::Done => self.progress = Progress::Done,
            }
        }
        commands
    }

    /// Publishes an event to operators, with the current record.
    fn publish(&mut self, event: CallEvent) {
        let at = self.shared.clock.now().wall;
        self.shared.calls.note(self.machine.whole_record(), &event, at);
        self.shared.reports.report(at, self.machine.id(), event);
    }

    /// Writes the noted facts, then sends the dials that waited for them.
    async fn write(&mut self) {
        self.ledger.start();
        if self.ledger.is_durable() {
            if self.end == End::Written {
                self.end = End::Shown;
                self.shared.calls.remove(self.machine.id());
            }
            self.invites.send(&self.shared.line).await;
        }
    }

    fn attempted(&mut self, attempts: Vec<AttemptRecord>, decisions: &[Decision]) {
        let decisions: Vec<_> = decisions.iter().filter_map(DecisionRecord::of).collect();
        self.decisions.extend_from_slice(&decisions);
        self.ledger.note(Fact::Attempted { call: self.machine.id(), attempts, decisions });
    }

    fn needed(&self, inquiry: &Inquiry, flow: &Flow) -> Option<BTreeSet<FieldName>> {
        let mut offers = self.library.offers_of(flow);
        offers.push(inquiry.offer.clone());
        self.shared.dispatch.needed(&self.snapshot, inquiry, &offers)
    }

    /// Sends a command. A leg that is canceled before its INVITE is sent never rings.
    async fn command(&mut self, command: Command) {
        log_transfer(&command, self.machine.id());
        match command {
            Command::Dial(dial) => self.invites.hold_back(dial),
            Command::Cancel { session, .. } if self.invites.take_back(session) => {
                let cause = Refusal::Canceled;
                self.handle(Input::Sip(Event::Refused { session, cause, reason: None }));
            }
            Command::Bye { session, cause } => {
                let known = (&*self.shared.dispatch, &**self.snapshot.book());
                let ended = self.carrying.end(session, known, self.shared.clock.now());
                self.note_carried(ended.into_iter().collect());
                let command = Command::Bye { session, cause };
                self.shared.line.give(Order { command, mailbox: None }).await;
            }
            command => self.shared.line.give(Order { command, mailbox: None }).await,
        }
    }

    fn decide(&mut self, inquiry: Inquiry, bids: Bids) {
        let (dispatch, snapshot) = (self.shared.dispatch.clone(), self.snapshot.clone());
        let (now, mut rng) = (self.shared.clock.now(), self.rng.fork());
        self.asking.ask(async move {
            let made = dispatch.auction(&snapshot, &inquiry, &bids, now, &mut rng).await;
            Answer::Input(Input::Decided(Box::new(made)))
        });
    }

    fn on_granted(&mut self, granted: Granted) {
        let Granted { hold, result } = granted;
        let result = result.map(|sale| {
            self.held.insert(hold, sale);
        });
        self.handle(Input::Held(result));
    }

    fn settle(&mut self, hold: HoldId, how: Settle) {
        let sale = self.held.remove(&hold);
        if how == Settle::Commit {
            self.sale = sale;
        }
        self.holds.settle(hold, how);
    }

    fn beat(&mut self, holds: &[HoldId]) {
        self.holds.renew(holds);
        self.beats.alive(self.machine.id(), self.call_clock);
    }

    fn finish(&mut self, finished: Finished) {
        let Finished { record, decisions } = finished;
        self.beats.over(record.id);
        self.shared.dispatch.count_bids(&record.bids);
        if let Some(silent) = record.media.as_ref().and_then(|media| media.silent) {
            let (silent, billable) = (silent.name(), record.billable);
            tracing::warn!(silent, billable, "call without audio");
        }
        if record.reason == Some(crate::base::End::CallerUnconfirmed) {
            tracing::warn!("answer never acknowledged: the caller does not reach the switch");
        }
        let mut written = std::mem::take(&mut self.decisions);
        for decision in &decisions {
            if !written.iter().any(|known| known.id == decision.id) {
                written.extend(DecisionRecord::of(decision));
            }
        }
        let known = (&*self.shared.dispatch, &**self.snapshot.book());
        let carried = self.carrying.end_all(known, self.shared.clock.now());
        self.note_carried(carried);
        self.ledger.note(Fact::ended(record, written, self.sale.take()));
        self.end = End::Written;
    }

    /// Notes legs through trunks with limits.
    fn note_carried(&mut self, legs: Vec<CarriedLeg>) {
        if !legs.is_empty() {
            self.ledger.note(Fact::Carried { call: self.machine.id(), legs });
        }
    }

    /// Resolves the leg's address, and binds its sockets; only a host name takes time.
    fn prepare(&mut self, leg: LegId, destination: &Destination, tried: &[GatewayName]) {
        let book = self.snapshot.book();
        if let Some(why) = book.bars(&destination.to) {
            let kind = why.words();
            tracing::warn!(kind, "number not dialed: its trunk does not allow it");
            return self.handle(Input::Unprepared { leg, outcome: Outcome::Barred });
        }
        let known = (&*self.shared.dispatch, &**book);
        let now = self.shared.clock.now();
        let way = u32::try_from(tried.len()).unwrap_or(u32::MAX);
        if let Err(full) = self.carrying.dial((leg, way), &destination.to, known, now) {
            tracing::warn!(limit = %full, "number not dialed: a limit of the day is reached");
            return self.handle(Input::Unprepared { leg, outcome: Outcome::TrunkLimit });
        }
        let used = &self.shared.trunks.used;
        if let Err(full) = self.carrying.seat((leg, way), &destination.to, (used, book), now) {
            tracing::warn!(limit = %full, "number not dialed: its trunk is full");
            return self.handle(Input::Unprepared { leg, outcome: Outcome::TrunkLimit });
        }
        let Some(gateways) = address::of(destination, book) else {
            return self.handle(Input::Unprepared { leg, outcome: Outcome::Failed });
        };
        let rules = preparing::rules_of(destination, book);
        if gateways.are_known(&self.shared.trunks.names) || !tried.is_empty() {
            let chosen = gateways.choose(&self.shared, tried, &mut self.rng);
            return self.prepare_at((leg, rules), chosen);
        }
        let (shared, mut rng) = (self.shared.clone(), self.rng.fork());
        self.asking.ask(async move {
            let found = gateways.look_up(&shared, &mut rng).await;
            Answer::Resolved(leg, rules, found)
        });
    }

    fn prepare_at(&mut self, (leg, rules): (LegId, Rules), address: Option<Address>) {
        let studio = (&mut self.studio, &mut self.rng);
        let local = self.listens_on.local;
        let prepared = preparing::prepare((leg, rules), address, local, &self.shared, studio);
        self.handle(prepared);
    }
}

/// The answer to a question that takes a while.
pub(super) enum Answer {
    Input(Input),
    /// The address of a leg's destination, and what the book says about its media.
    Resolved(LegId, Rules, Option<Address>),
}

/// Longest time to look up a caller's last call; after that, it counts as none.
const LAST_CALL: Duration = Duration::from_secs(1);

async fn find_last_call(store: Arc<dyn Store>, caller: Phone, id: CallId) -> Input {
    match tokio::time::timeout(LAST_CALL, store.call_last_of(caller, id)).await {
        Ok(Ok(last)) => Input::LastCall(last),
        Ok(Err(error)) => {
            tracing::warn!(%error, "last call of the caller not read");
            Input::LastCall(None)
        }
        Err(_) => {
            tracing::warn!("last call of the caller not read in time");
            Input::LastCall(None)
        }
    }
}

/// Closes the record of a call whose task panicked, from its stored facts.
async fn close_record(records: &Records, id: CallId, now: Wall) {
    match records.journal.left_open(records.store.as_ref(), id).await {
        Ok(Some(left)) => {
            let ended = LeftOpen { seen_at: now, ..left }.close(now);
            if let Err(error) = records.journal.note(&[ended]).await {
                tracing::error!(call.id = %id, %error, "call record not closed");
            }
        }
        Ok(None) => {}
        Err(error) => tracing::error!(call.id = %id, %error, "call record not read"),
    }
}
