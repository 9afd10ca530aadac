//! One node: everything wired, started and stopped in order.

use std::net::IpAddr;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Fault;
use super::areas::Areas;
use super::changes;
use super::figures;
use super::signalling::Signalling;
use super::socket;
use super::watch_balances;
use super::watch_book;
use super::watch_flows;
use crate::base::NodeName;
use crate::base::Rng;
use crate::base::Wall;
use crate::book::Book;
use crate::config;
use crate::config::Settings;
use crate::dispatch::Dispatch;
use crate::dispatch::restore;
use crate::events::Events;
use crate::http;
use crate::http::Carriers;
use crate::http::Program;
use crate::http::Readiness;
use crate::http::Site;
use crate::journal::Applier;
use crate::journal::Journal;
use crate::journal::Place;
use crate::library::Library;
use crate::net::Clock;
use crate::net::Fetcher;
use crate::net::Reach;
use crate::net::rtp::PortRange;
use crate::net::sip::Endpoint;
use crate::net::sip::Sockets;
use crate::net::sip::line;
use crate::publish;
use crate::publish::BOOK_IN_FORCE;
use crate::publish::Publisher;
use crate::publish::Shelf;
use crate::quota::Quota;
use crate::routing::HOLD_TTL;
use crate::routing::Snapshot;
use crate::sip::Advertise;
use crate::sip::Agent;
use crate::sip::AgentConfig;
use crate::sip::Transport;
use crate::store::Store;
use crate::switch::Limits;
use crate::switch::LiveCalls;
use crate::switch::Operator;
use crate::switch::Shared;
use crate::switch::Speaker;
use crate::switch::Switch;
use crate::switch::towards;

/// How long calls that live may go on after the word to stop.
const DRAIN_MAX: Duration = Duration::from_secs(60);
/// How long ended calls may take to write their facts; and how long the database may take to take
/// them from the journal.
const WRITE_MAX: Duration = Duration::from_secs(10);
/// A bridged leg without audio for so long is dead.
const SILENCE: Duration = Duration::from_secs(30);

/// How often expired holds are looked for, while there are holds.
const SWEEP: Duration = Duration::from_secs(1);

/// A node that runs.
pub struct Node {
    /// What live calls share: the dispatch, the store, who tells their stories.
    pub shared: Arc<Shared>,
    /// Webhook carriers and their calls.
    pub carriers: Arc<http::Carriers>,
    /// Where SIP is heard.
    pub sip: Vec<(Transport, SocketAddr)>,
    /// Where HTTP is answered.
    pub http: SocketAddr,
    signalling: JoinHandle<()>,
    readiness: watch::Sender<Readiness>,
    tasks: JoinSet<()>,
    /// Ends the SIP task, the web server and the book's watch, once every call is over.
    end: CancellationToken,
}

/// What a node is made of.
pub struct Plan {
    /// Its settings.
    pub settings: Settings,
    /// Where flows and sounds are.
    pub shelf: Shelf,
    /// The database.
    pub store: Arc<dyn Store>,
    /// The clocks.
    pub clock: Clock,
    /// The seed of all its randomness: from the operating system, but for tests.
    pub entropy: [u8; 32],
}

/// Where the settings say that flows and sounds are.
pub(super) fn shelf(settings: &Settings) -> Shelf {
    Shelf::Directories {
        flows: settings.flows.directory.clone(),
        prompts: settings.media.prompts.clone(),
    }
}

impl Node {
    /// Starts everything. Whatever is wrong is found before the first call is taken.
    ///
    /// # Errors
    /// [`Fault`]: an address is taken, a flow or the book has faults, the database fails.
    pub async fn start(plan: Plan) -> Result<Self, Fault> {
        let Plan { settings, shelf, store, clock, entropy } = plan;
        let mut rng = Rng::from_entropy(entropy);
        let fetcher = Arc::new(Fetcher::new(reach(&settings)));
        let mut library = library(&shelf, &fetcher).await?;
        let addresses: Vec<_> = settings.sip.listen.iter().map(listen).collect();
        let signalling = Signalling::new()?;
        let sockets = signalling.within(|| Sockets::bind(&addresses)).map_err(Fault::of)?;
        let sip = sockets.addresses();
        let listener = http::bind(settings.http.listen).await.map_err(Fault::of)?;
        let http = listener.local_addr().map_err(Fault::of)?;

        let (journal, applier) = journal(&settings, &store, &clock, &mut rng).await?;
        let now = clock.now().wall;
        let name: NodeName = settings.node.name.parse().map_err(Fault::of)?;
        close_left_open(store.as_ref(), &name, now).await?;
        let socket = socket::listen(store.as_ref());
        let areas = Areas::load(&settings)?;
        let snapshot = latest_book(store.as_ref(), &areas).await?;
        let found = shelf.add_book(&mut library, snapshot.book(), BOOK_IN_FORCE);
        super::fault::refuse_errors(found)?;
        let events = Events::new(now);
        let dispatch = Dispatch::new(snapshot, Quota::at(settings.quota.url));
        let dispatch = Arc::new(dispatch.reporting(events.clone()));
        // What the records say was used.
        restore(store.as_ref(), &dispatch, now).await.map_err(Fault::of)?;

        let (line, orders) = line();
        let shared = Arc::new(Shared {
            node: name,
            clock: clock.clone(),
            dispatch,
            store,
            journal,
            media: tokio::runtime::Handle::current(),
            library: ArcSwap::from_pointee(library),
            fetcher,
            speaker: Arc::new(speaker(&settings)),
            recordings: settings.media.recordings.clone(),
            ports: ports(&settings),
            line,
            events,
            calls: LiveCalls::default(),
            limits: limits(&settings),
            live: AtomicUsize::new(0),
            quiet: Notify::new(),
            drain: CancellationToken::new(),
            stop: CancellationToken::new(),
        });
        let carriers = super::carriers::start(&settings, shared.clone(), rng.fork()).await?;
        let calls = TaskTracker::new();
        let agent = Agent::new(agent_config(&settings, &sip), rng.fork());
        let switch = Switch::new(shared.clone(), calls.clone(), rng.fork());
        let endpoint = Endpoint::new(agent, clock, sockets, switch, orders);
        let (readiness, watched) = watch::channel(Readiness::Ready);
        let figures = figures::of(shared.clone(), endpoint.gauges(), carriers.clone());
        let publisher = Arc::new(Publisher::new(shared.clone(), shelf, areas.into_table()));
        let site = Site::new(program(&shared, &publisher, &carriers), watched, figures);

        let end = CancellationToken::new();
        let mut tasks = JoinSet::new();
        let signalling = signalling.start(endpoint, calls, end.clone())?;
        tasks.spawn(applier.run(end.clone()));
        let operator = Operator::new(shared.clone(), carriers.webhooks.clone());
        tasks.spawn(socket::run(shared.store.clone(), operator, socket, end.clone()));
        tasks.spawn(changes::run(shared.store.clone(), end.clone()));
        tasks.spawn(watch_book::run(publisher.clone(), shared.store.clone(), end.clone()));
        tasks.spawn(watch_flows::run(publisher, end.clone()));
        tasks.spawn(watch_balances::run(shared.clone(), end.clone()));
        tasks.spawn(sweep(shared.clone(), end.clone()));
        tasks.spawn(crate::switch::keep(carriers.webhooks.clone(), end.clone()));
        tasks.spawn(serve_http(listener, site, end.clone()));
        Ok(Self { shared, carriers, sip, http, readiness, signalling, tasks, end })
    }

    /// Takes no new calls, waits for the live ones until `hurry` or the limit, ends the rest, and
    /// returns when every record is written: in the database, or in the journal if that fails.
    pub async fn stop(mut self, hurry: impl Future<Output = ()>) {
        let waiting = Readiness::Waiting("the switch is stopping".to_owned());
        drop(self.readiness.send(waiting));
        self.shared.drain.cancel();
        tokio::select! {
            () = none_live(&self.shared) => {}
            () = tokio::time::sleep(DRAIN_MAX) => {}
            () = hurry => {}
        }
        self.shared.stop.cancel();
        drop(tokio::time::timeout(WRITE_MAX, none_live(&self.shared)).await);
        if tokio::time::timeout(WRITE_MAX, self.shared.journal.drained()).await.is_err() {
            let facts = self.shared.journal.figures().facts;
            tracing::warn!(facts, "facts stay in the journal until the next start");
        }
        self.shared.events.close();
        self.end.cancel();
        let signalling = self.signalling;
        let ended = tokio::task::spawn_blocking(move || signalling.join().is_ok()).await;
        if !matches!(ended, Ok(true)) {
            tracing::error!("the signalling thread ended by a fault of ours");
        }
        while self.tasks.join_next().await.is_some() {}
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

/// Ends what this node left open when it stopped.
async fn close_left_open(store: &dyn Store, name: &NodeName, now: Wall) -> Result<(), Fault> {
    let closed = store.calls_close_open(name, now).await.map_err(Fault::of)?;
    if !closed.is_empty() {
        let calls = closed.len();
        tracing::warn!(calls, "calls that a stopped switch left open were closed");
    }
    Ok(())
}

async fn serve_http(listener: TcpListener, site: Site, end: CancellationToken) {
    if let Err(error) = http::serve(listener, site, end).await {
        tracing::error!(%error, "the web server has stopped");
    }
}

/// Waits until no call lives.
async fn none_live(shared: &Shared) {
    loop {
        let mut told = std::pin::pin!(shared.quiet.notified());
        told.as_mut().enable();
        if shared.live.load(Ordering::Relaxed) == 0 {
            return;
        }
        told.await;
    }
}

fn listen(listen: &config::Listen) -> (Transport, SocketAddr) {
    let transport = match listen.transport {
        config::Transport::Udp => Transport::Udp,
        config::Transport::Tcp => Transport::Tcp,
    };
    (transport, listen.address)
}

/// The flows and their sounds; an error in one keeps the node from starting.
async fn library(shelf: &Shelf, fetcher: &Fetcher) -> Result<Library, Fault> {
    let mut library = shelf.load();
    let fetched = publish::fetch(fetcher, library.absent(&Library::default())).await;
    let mut found = library.faults().to_vec();
    found.extend(library.add_fetched(&fetched));
    super::fault::refuse_errors(found)?;
    Ok(library)
}

/// The node's own log; what an earlier run left in it is applied.
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

/// What the web server shows.
fn program(shared: &Arc<Shared>, publisher: &Arc<Publisher>, carriers: &Arc<Carriers>) -> Program {
    Program {
        store: shared.store.clone(),
        journal: shared.journal.clone(),
        dispatch: shared.dispatch.clone(),
        clock: shared.clock.clone(),
        books: publisher.clone(),
        flows: publisher.clone(),
        carriers: carriers.clone(),
        events: shared.events.clone(),
        operator: Operator::new(shared.clone(), carriers.webhooks.clone()),
    }
}

fn reach(settings: &Settings) -> Reach {
    if settings.outbound.allow_private { Reach::Anywhere } else { Reach::Public }
}

fn speaker(settings: &Settings) -> Speaker {
    Speaker::new(settings.media.speech_command.clone(), settings.media.prompts.clone())
}

fn ports(settings: &Settings) -> PortRange {
    let range = settings.media.ports;
    PortRange::new(settings.media.address, range.first()..=range.last())
}

fn limits(settings: &Settings) -> Limits {
    Limits {
        max_calls: usize::try_from(settings.sip.max_calls).unwrap_or(usize::MAX),
        calls_per_second: settings.sip.calls_per_second,
        silence: SILENCE,
        advertise: settings.sip.advertise,
    }
}

/// What we call ourselves in Via and Contact. Without an advertised address it is the one we
/// listen on; a wildcard is replaced by our address towards the outside.
fn agent_config(settings: &Settings, sip: &[(Transport, SocketAddr)]) -> AgentConfig {
    let address = |wanted: Transport| {
        let own = sip.iter().find(|(transport, _)| *transport == wanted).or(sip.first());
        let (_, own) = own.copied().unwrap_or((wanted, SocketAddr::from(([127, 0, 0, 1], 5060))));
        let ip = settings.sip.advertise.unwrap_or_else(|| concrete(own.ip()));
        Advertise::from(SocketAddr::new(ip, own.port()))
    };
    // Twice: each call has a leg on either side. Half as many again for those that are ending.
    let max_sessions = usize::try_from(settings.sip.max_calls).unwrap_or(usize::MAX / 16) * 3;
    AgentConfig {
        tcp: address(Transport::Tcp),
        max_sessions,
        no_response: settings.sip.no_response,
        ..AgentConfig::new(address(Transport::Udp))
    }
}

fn concrete(ip: IpAddr) -> IpAddr {
    // A documentation address (RFC 5737): the kernel looks up the default route, nothing is sent.
    let outside = SocketAddr::from(([192, 0, 2, 1], 9));
    let localhost = IpAddr::from([127, 0, 0, 1]);
    if ip.is_unspecified() { towards(outside).unwrap_or(localhost) } else { ip }
}

/// The book that is in force, or an empty one.
async fn latest_book(store: &dyn Store, areas: &Areas) -> Result<Snapshot, Fault> {
    let Some(latest) = store.book_latest().await.map_err(Fault::of)? else {
        tracing::warn!("there is no book yet: every call is refused until one is applied");
        return Ok(Snapshot::compile(Arc::new(Book::default()), 0));
    };
    let (book, found) = areas.read_book(BOOK_IN_FORCE, &latest.text);
    super::fault::refuse_errors(found)?;
    Ok(Snapshot::compile(Arc::new(book.unwrap_or_default()), latest.version))
}

/// Gives back what nobody settled or renewed in time.
async fn sweep(shared: Arc<Shared>, end: CancellationToken) {
    loop {
        // A hold that is made in the meantime does not expire before its time to live is over.
        let pause = if shared.dispatch.live() == 0 { HOLD_TTL } else { SWEEP };
        tokio::select! {
            () = end.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        let expired = shared.dispatch.sweep(shared.clock.now()).await;
        if expired > 0 {
            tracing::warn!(expired, "holds expired: nobody settled or renewed them in time");
        }
    }
}
