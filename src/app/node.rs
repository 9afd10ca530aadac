//! One node: wires, starts and stops its parts in order.

mod among;
mod endpoint;
mod shared;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::among::close_left_open;
use self::among::keep_counters;
use self::among::live_among_nodes;
use self::among::operator;
use self::endpoint::agent_config;
use self::endpoint::bind;
use self::endpoint::tuned;
use self::shared::admission;
use self::shared::callers;
use self::shared::media;
use self::shared::trunks;
use super::Fault;
use super::accept_returns;
use super::alerts;
use super::areas::Areas;
use super::certificates;
use super::changes;
use super::figures;
use super::intake;
use super::join;
use super::ladders;
use super::postbacks;
use super::retention::Cleaning;
use super::retrain;
use super::socket;
use super::socket::Desk;
use super::tasks::Duty;
use super::tasks::Tasks;
use super::watch_balances;
use super::watch_book;
use super::watch_flows;
use super::watch_pauses;
use super::watch_scores;
use crate::base::NodeName;
use crate::base::Rng;
use crate::base::Wall;
use crate::book::Book;
use crate::book::BookText;
use crate::config::Settings;
use crate::dispatch::Dispatch;
use crate::dispatch::restore;
use crate::events::Events;
use crate::http;
use crate::http::Carriers;
use crate::http::Program;
use crate::http::Readiness;
use crate::http::Site;
use crate::intake::Buyers;
use crate::intake::Intake;
use crate::journal::Applier;
use crate::journal::Journal;
use crate::journal::Place;
use crate::ladder::Part;
use crate::library::Library;
use crate::net::Clock;
use crate::net::Fetcher;
use crate::net::Tls;
use crate::net::sip::Endpoint;
use crate::net::sip::line;
use crate::nodes::RunId;
use crate::postbacks::Deliverer;
use crate::postbacks::Figures;
use crate::publish;
use crate::publish::LIVE_BOOK;
use crate::publish::Live;
use crate::publish::Publisher;
use crate::publish::Shelf;
use crate::quota::Quota;
use crate::routing::Snapshot;
use crate::sale::ConversionSecret;
use crate::sip::Agent;
use crate::sip::Transport;
use crate::store::NewNode;
use crate::store::Store;
use crate::switch::DigestSettings;
use crate::switch::Records;
use crate::switch::Reports;
use crate::switch::Shared;
use crate::switch::Sounds;
use crate::switch::Speaker;
use crate::switch::Switch;
use crate::switch::locating;
use crate::switch::pinging;
use crate::switch::registering;

/// How long ended calls may take to write their facts to the journal, and how long the journal may
/// take to write them to the database.
const WRITE_MAX: Duration = Duration::from_secs(10);
/// How long posts of leads in progress may take after the signal to stop.
const POSTS_MAX: Duration = Duration::from_secs(12);
/// Longest stop after the last call: the limits above, and those of the web server (5 s) and the
/// signalling thread (10 s), rounded up.
const AFTER_CALLS_MAX: Duration = Duration::from_secs(60);

/// Name of the task that keeps the trunks registered.
const REGISTRATIONS: &str = "registrations";

/// A running node.
pub struct Node {
    /// State that live calls share: the dispatch, the store, the events.
    pub shared: Arc<Shared>,
    /// Webhook carriers and their calls.
    pub carriers: Arc<http::Carriers>,
    /// Form leads.
    pub intake: Intake,
    /// Listening addresses of SIP.
    pub sip: Vec<(Transport, SocketAddr)>,
    /// Listening address of HTTP.
    pub http: SocketAddr,
    signalling: JoinHandle<()>,
    readiness: watch::Sender<Readiness>,
    own: Own,
    tasks: Tasks,
    /// Ends the SIP task, the web server and the watchers, after every call has ended.
    end: CancellationToken,
}

/// What a node knows of itself.
#[derive(Debug, Clone, Copy)]
struct Own {
    /// Its run.
    run: RunId,
    /// Longest time that live calls go on after the signal to stop.
    drain: Duration,
}

/// The parts that a node starts from.
pub struct Plan {
    /// Its settings.
    pub settings: Settings,
    /// The source of flows and sounds.
    pub shelf: Shelf,
    /// The database.
    pub store: Arc<dyn Store>,
    /// The clock.
    pub clock: Clock,
    /// The seed of all randomness: from the operating system, except in tests.
    pub entropy: [u8; 32],
}

/// Returns the directories of flows and sounds in the settings.
pub(super) fn shelf(settings: &Settings) -> Shelf {
    Shelf::of(settings.flows.directory.clone(), settings.media.prompts.clone())
}

impl Node {
    /// Starts the node. Finds all faults before it accepts the first call.
    ///
    /// # Errors
    /// [`Fault`]: an address is in use, a flow or the book has faults, the database fails.
    pub async fn start(plan: Plan) -> Result<Self, Fault> {
        let Plan { settings, shelf, store, clock, entropy } = plan;
        let mut rng = Rng::from_entropy(entropy);
        let fetcher = Arc::new(Fetcher::new(settings.outbound.reach()));
        let mut library = library(&shelf, &fetcher).await?;
        let tls = Arc::new(certificates::load(&settings, clock.now().wall)?);
        let (signalling, sockets) = bind(&settings)?;
        let sip = sockets.addresses();
        let (listener, http) = bind_http(&settings).await?;
        let (journal, applier) = journal(&settings, &store, &clock, &mut rng).await?;
        let now = clock.now().wall;
        let (name, run) = joined(&settings, store.as_ref(), &clock, (http, &mut rng)).await?;
        close_left_open(store.as_ref(), &name, now).await?;
        let (areas, snapshot) = book(&settings, store.as_ref(), &shelf, &mut library).await?;
        let events = Events::new(now);
        let quota = Quota::of(&settings.quota, name.as_str(), &mut rng).map_err(Fault::of)?;
        let dispatch = dispatch_of(snapshot, quota, &events, store.as_ref(), now).await?;
        let conversions = conversions(store.as_ref(), &mut rng).await?;
        let sounds = sounds(library, fetcher, speaker(&settings, &clock), &dispatch);
        let (line, orders) = line(&sockets);
        let buyers =
            intake::buyers(&settings, dispatch.clone(), clock.clone(), conversions.clone())?;
        let shared = Arc::new(Shared {
            clock: clock.clone(),
            dispatch,
            bidders: buyers.clone(),
            records: Records { node: name, store, journal },
            conversions,
            sounds,
            media: media(&settings),
            admission: Arc::new(admission(&settings)),
            line,
            reports: Arc::new(Reports::new(events.clone())),
            events,
            calls: Arc::default(),
            refusals: Arc::default(),
            callers: callers(&settings)?,
            registrations: Arc::default(),
            trunks: trunks(&settings)?,
        });
        let carriers = super::carriers::start(&settings, shared.clone(), rng.fork()).await?;
        let intake = intake::start(&settings, &shared, buyers.clone(), rng.fork()).await?;
        let (calls, config) = (TaskTracker::new(), agent_config(&settings, &sip));
        let agent = Agent::new(config, rng.fork());
        let switch = Switch::new(shared.clone(), calls.clone(), &settings, rng.fork());
        let endpoint = Endpoint::new(agent, clock, sockets, switch, orders)
            .drained_by(shared.admission.drain.clone());
        let (endpoint, parts) = tuned(endpoint, &settings, &tls);
        let (readiness, watched) = watch::channel(Readiness::Ready);
        let outbox = Arc::<Figures>::default();
        let sender = postbacks::deliverer(&settings, &shared, &buyers, &mut rng, outbox.clone())?;
        let figures = figures::of(&shared, endpoint.gauges(), &carriers, outbox, &intake);
        let publisher = Arc::new(Publisher::new(live(&shared), shelf, areas.into_table()));
        let site = Site::new(program(&shared, &publisher, &carriers, &intake), watched, figures);
        let (end, deaf) = (CancellationToken::new(), CancellationToken::new());
        let mut tasks = Tasks::default();
        keep_counters(&mut tasks, &shared, applier, &end).await;
        let signalling = signalling.start(endpoint, calls, end.clone(), deaf.clone())?;
        tasks.spawn("signalling", Duty::Core, deaf.cancelled_owned());
        watch(&mut tasks, &shared, (publisher, tls), (&settings, rng.fork()), &end);
        live_among_nodes(&mut tasks, &shared, &carriers, &intake, run, &end);
        keep_calls(&mut tasks, &shared, &carriers, &intake, &end);
        report(&mut tasks, &shared, (sender, parts), &end);
        follow_leads(&mut tasks, &settings, &intake, buyers, &end);
        tasks.spawn("http", Duty::Core, serve_http(listener, site, end.clone()));
        let own = Own { run, drain: settings.node.drain };
        Ok(Self { shared, carriers, intake, sip, http, readiness, own, signalling, tasks, end })
    }

    /// Waits until a task ends that the node cannot do without; returns its name. The node is not
    /// ready from then on.
    pub async fn broken(&mut self) -> &'static str {
        let task = self.tasks.broken().await;
        let waiting = Readiness::Waiting("a part of the switch has ended".to_owned());
        drop(self.readiness.send(waiting));
        tracing::error!(task, "core task ended: the switch stops");
        task
    }

    /// Returns the longest time that [`Node::stop`] takes.
    pub fn stop_max(&self) -> Duration {
        self.own.drain + AFTER_CALLS_MAX
    }

    /// Stops the node: rejects new calls, leads, and pings, waits for live SIP calls until `hurry`
    /// or the limit, then ends them. Calls at webhook carriers are answered meanwhile, and go on
    /// after the next start. Returns when every record is in the database, or in the journal if that fails.
    pub async fn stop(mut self, hurry: impl Future<Output = ()>) {
        let waiting = Readiness::Waiting("the switch is stopping".to_owned());
        drop(self.readiness.send(waiting));
        self.shared.admission.drain.cancel();
        tokio::select! {
            () = self.shared.admission.no_calls() => {}
            () = tokio::time::sleep(self.own.drain) => {}
            () = hurry => {}
        }
        let calls = self.shared.admission.live.load(Ordering::Relaxed);
        if calls > 0 {
            tracing::warn!(calls, "live calls hung up: the switch waits no longer");
        }
        self.shared.admission.stop.cancel();
        if tokio::time::timeout(POSTS_MAX, self.intake.stop()).await.is_err() {
            tracing::warn!("posts of leads aborted: their results are unknown");
        }
        drop(tokio::time::timeout(WRITE_MAX, self.shared.admission.no_calls()).await);
        if tokio::time::timeout(WRITE_MAX, self.shared.records.journal.drained()).await.is_err() {
            let facts = self.shared.records.journal.figures().facts;
            tracing::warn!(facts, "facts stay in the journal until the next start");
        }
        if let Err(error) = self.shared.records.store.node_stop(self.own.run).await {
            tracing::warn!(%error, "end of the node not stored");
        }
        // Registrations end through the SIP task, which ends next.
        self.tasks.end_of(REGISTRATIONS).await;
        self.shared.events.close();
        self.end.cancel();
        let signalling = self.signalling;
        let ended = tokio::task::spawn_blocking(move || signalling.join().is_ok()).await;
        if !matches!(ended, Ok(true)) {
            tracing::error!("signalling thread panicked");
        }
        self.tasks.ended().await;
    }
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Node").field("sip", &self.sip).field("http", &self.http).finish()
    }
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plan").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Starts the tasks that follow what others change: the database, the book, the flows, balances,
/// certificates.
fn watch(
    tasks: &mut Tasks,
    shared: &Arc<Shared>,
    (publisher, tls): (Arc<Publisher>, Arc<Tls>),
    (settings, mut rng): (&Settings, Rng),
    end: &CancellationToken,
) {
    // Until it drains: then new calls go elsewhere.
    let (digest, drain) = (DigestSettings::of(settings), shared.admission.drain.clone());
    let registering = registering::run(shared.clone(), digest, rng.fork(), drain);
    tasks.spawn(REGISTRATIONS, Duty::Side, registering);
    let located = locating::run(shared.clone(), rng.fork(), end.clone());
    tasks.spawn("names", Duty::Side, located);
    let pinged = pinging::run(shared.clone(), rng.fork(), end.clone());
    tasks.spawn("gateways", Duty::Side, pinged);
    let (store, clock) = (&shared.records.store, shared.clock.clone());
    let kept = certificates::keep(tls, shared.clone(), end.clone());
    tasks.spawn("certificates", Duty::Side, kept);
    tasks.spawn("changes", Duty::Side, changes::run(store.clone(), end.clone()));
    let returns = accept_returns::run(store.clone(), clock.clone(), end.clone());
    tasks.spawn("returns", Duty::Side, returns);
    let book = watch_book::run(publisher.clone(), store.clone(), end.clone());
    tasks.spawn("book", Duty::Side, book);
    let recordings = shared.media.recordings.clone();
    let refusals = shared.refusals.clone();
    let keep = settings.retention.clone();
    let cleaning = Cleaning { store: store.clone(), recordings, refusals, clock, keep };
    tasks.spawn("retention", Duty::Side, cleaning.run(end.clone()));
    tasks.spawn("flows", Duty::Side, watch_flows::run(publisher, end.clone()));
    let balances = watch_balances::run(store.clone(), shared.dispatch.clone(), end.clone());
    tasks.spawn("balances", Duty::Side, balances);
    let scores = {
        let (dispatch, clock) = (shared.dispatch.clone(), shared.clock.clone());
        watch_scores::run(store.clone(), dispatch, clock, end.clone())
    };
    tasks.spawn("scores", Duty::Side, scores);
    if let Some(every) = settings.score.retrain {
        let models = retrain::run(store.clone(), shared.clock.clone(), every, end.clone());
        tasks.spawn("models", Duty::Side, models);
    }
    let begun = watch_pauses::keep(store.clone(), shared.dispatch.clone(), end.clone());
    tasks.spawn("new pauses", Duty::Side, begun);
    let pauses = watch_pauses::follow(store.clone(), shared.dispatch.clone(), end.clone());
    tasks.spawn("pauses", Duty::Side, pauses);
}

/// Starts the tasks that report to others what happens.
fn report(
    tasks: &mut Tasks,
    shared: &Shared,
    (deliverer, parts): (Deliverer, mpsc::Receiver<Part>),
    end: &CancellationToken,
) {
    tasks.spawn("postbacks", Duty::Side, crate::postbacks::run(deliverer, end.clone()));
    let (dispatch, store) = (shared.dispatch.clone(), shared.records.store.clone());
    let ladders = ladders::run(parts, store.clone(), end.clone());
    tasks.spawn("ladders", Duty::Side, ladders);
    let alerts = alerts::run(shared.events.follow(), dispatch, store, end.clone());
    tasks.spawn("alerts", Duty::Side, alerts);
}

async fn serve_http(listener: TcpListener, site: Site, end: CancellationToken) {
    if let Err(error) = http::serve(listener, site, end).await {
        tracing::error!(%error, "web server failed");
    }
}

/// Returns the newest book, whose flows are in the library from then on, and the areas that it may
/// name. An error in one prevents the start.
async fn book(
    settings: &Settings,
    store: &dyn Store,
    shelf: &Shelf,
    library: &mut Library,
) -> Result<(Areas, Snapshot), Fault> {
    let areas = Areas::load(settings)?;
    let snapshot = latest_book(store, &areas).await?;
    let found = shelf.add_book(library, snapshot.book(), BookText::named(LIVE_BOOK));
    super::fault::refuse_errors(found)?;
    Ok((areas, snapshot))
}

/// Loads the flows and their sounds. An error in one prevents the start.
async fn library(shelf: &Shelf, fetcher: &Fetcher) -> Result<Library, Fault> {
    let mut library = shelf.load();
    let fetched = publish::fetch(fetcher, library.absent(&Library::default())).await;
    let mut found = library.faults().to_vec();
    found.extend(library.add_fetched(&fetched));
    super::fault::refuse_errors(found)?;
    Ok(library)
}

/// Opens the journal and applies the facts that an earlier run left in it.
async fn journal(
    settings: &Settings,
    store: &Arc<dyn Store>,
    clock: &Clock,
    rng: &mut Rng,
) -> Result<(Arc<Journal>, Applier), Fault> {
    let directory = settings.journal_directory();
    let place = Place { directory: &directory, max: settings.journal.max.bytes() };
    let journal = Journal::open(&place, clock.clone(), rng.fork()).map_err(Fault::of)?;
    let journal = Arc::new(journal);
    let applier = Applier::start(journal.clone(), store.clone(), clock.clone(), rng.fork());
    Ok((journal, applier.await.map_err(Fault::of)?))
}

/// Returns the dispatch of a book with the usage in the records.
async fn dispatch_of(
    snapshot: Snapshot,
    quota: Quota,
    events: &Events,
    store: &dyn Store,
    now: Wall,
) -> Result<Arc<Dispatch>, Fault> {
    let dispatch = Dispatch::new(snapshot, quota).reporting(events.clone());
    restore(store, &dispatch, now).await.map_err(Fault::of)?;
    Ok(Arc::new(dispatch))
}

/// Starts the task of the socket, and those that end what lasts too long: holds, and calls of
/// webhook carriers.
fn keep_calls(
    tasks: &mut Tasks,
    shared: &Arc<Shared>,
    carriers: &Carriers,
    intake: &Intake,
    end: &CancellationToken,
) {
    let socket = socket::listen(shared.records.store.as_ref());
    let desk = desk(shared, carriers, intake);
    tasks.spawn("socket", Duty::Side, socket::run(desk, socket, end.clone()));
    let (dispatch, clock) = (shared.dispatch.clone(), shared.clock.clone());
    tasks.spawn("sweep", Duty::Core, crate::switch::sweep(dispatch, clock, end.clone()));
    let keep = crate::switch::keep(carriers.webhooks.clone(), end.clone());
    tasks.spawn("webhook calls", Duty::Core, keep);
}

/// Returns the secret of conversion keys, which the first start makes.
async fn conversions(store: &dyn Store, rng: &mut Rng) -> Result<ConversionSecret, Fault> {
    let mut entropy = [0; 32];
    rng.fill(&mut entropy);
    let secret = store.conversion_secret(entropy).await.map_err(Fault::of)?;
    Ok(ConversionSecret::new(secret))
}

/// Starts the tasks that fetch the leads that ad platforms announce, and ask buyers what became of
/// theirs.
fn follow_leads(
    tasks: &mut Tasks,
    settings: &Settings,
    intake: &Intake,
    buyers: Arc<Buyers>,
    end: &CancellationToken,
) {
    let fetcher = Fetcher::new(settings.outbound.reach());
    let fetched = intake.clone().fetch_announced(fetcher);
    tasks.spawn("announced leads", Duty::Side, fetched);
    let statuses = intake.clone().ask_statuses(buyers, end.clone());
    tasks.spawn("statuses of leads", Duty::Side, statuses);
}

/// Returns the parts of the node that the web server shows.
fn program(
    shared: &Arc<Shared>,
    publisher: &Arc<Publisher>,
    carriers: &Arc<Carriers>,
    intake: &Intake,
) -> Program {
    Program {
        store: shared.records.store.clone(),
        journal: shared.records.journal.clone(),
        dispatch: shared.dispatch.clone(),
        conversions: shared.conversions.clone(),
        clock: shared.clock.clone(),
        books: publisher.clone(),
        flows: publisher.clone(),
        carriers: carriers.clone(),
        events: shared.events.clone(),
        operator: operator(shared, carriers),
        intake: intake.clone(),
        recordings: shared.media.recordings.clone(),
    }
}

/// What the commands of this machine's users reach.
fn desk(shared: &Arc<Shared>, carriers: &Carriers, intake: &Intake) -> Desk {
    Desk {
        store: shared.records.store.clone(),
        operator: operator(shared, carriers),
        recordings: shared.media.recordings.clone(),
        clock: shared.clock.clone(),
        intake: intake.clone(),
    }
}

/// Listens for HTTP; returns the address, too.
async fn bind_http(settings: &Settings) -> Result<(TcpListener, SocketAddr), Fault> {
    let listener = http::bind(settings.http.listen).await.map_err(Fault::of)?;
    let address = listener.local_addr().map_err(Fault::of)?;
    Ok((listener, address))
}

/// What publications replace.
fn live(shared: &Shared) -> Live {
    Live {
        dispatch: shared.dispatch.clone(),
        library: shared.sounds.library.clone(),
        events: shared.events.clone(),
        speaker: shared.sounds.speaker.clone(),
        fetcher: shared.sounds.fetcher.clone(),
        clock: shared.clock.clone(),
    }
}

/// Returns the sounds of calls, and starts to render the sentences that have none.
fn sounds(
    library: Library,
    fetcher: Arc<Fetcher>,
    speaker: Speaker,
    dispatch: &Dispatch,
) -> Sounds {
    let speaker = Arc::new(speaker);
    speaker.prepare(library.silent(dispatch.snapshot().book()));
    Sounds { library: Arc::new(ArcSwap::from_pointee(library)), fetcher, speaker }
}

fn speaker(settings: &Settings, clock: &Clock) -> Speaker {
    let media = &settings.media;
    Speaker::new(media.speech_command.clone(), media.prompts.clone(), clock.clone())
}

/// Joins the nodes of the database. Until then its calls are not closed: another node of the name may
/// live.
async fn joined(
    settings: &Settings,
    store: &dyn Store,
    clock: &Clock,
    (http, rng): (SocketAddr, &mut Rng),
) -> Result<(NodeName, RunId), Fault> {
    let node = NewNode::of(settings.node.name.parse().map_err(Fault::of)?, http, rng);
    let name = node.name.clone();
    let run = join::join(store, clock, node, tokio::time::sleep).await?;
    Ok((name, run))
}

/// Returns the live book, or an empty one.
async fn latest_book(store: &dyn Store, areas: &Areas) -> Result<Snapshot, Fault> {
    let Some(latest) = store.book_latest().await.map_err(Fault::of)? else {
        tracing::warn!("no book published: the switch rejects every call until a book is applied");
        return Ok(Snapshot::compile(Arc::new(Book::default()), 0));
    };
    let (book, found) = areas.read_book(LIVE_BOOK, &latest.text);
    super::fault::refuse_errors(found)?;
    Ok(Snapshot::compile(Arc::new(book.unwrap_or_default()), latest.version))
}

#[cfg(test)]
mod tests;
