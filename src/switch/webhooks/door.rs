//! The door for webhook carriers' requests: which call one is about, one request of a call at a
//! time, and an answer in every case.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use sha2::Digest as _;
use sha2::Sha256;
use tokio::sync::Mutex as Turn;
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

use super::ask::Inquirer;
use super::conduct;
use super::conduct::New;
use super::conduct::Outlets;
use super::conduct::Sources;
use super::conduct::Unwritten;
use super::live::Live;
use super::live::key;
use super::revive::revive;
use super::safe;
use crate::base::CallId;
use crate::base::Now;
use crate::base::Rng;
use crate::call::Ingress;
use crate::call::Standing;
use crate::carrier::Addresses;
use crate::carrier::Call;
use crate::carrier::CallState;
use crate::carrier::Callback;
use crate::carrier::Carrier;
use crate::carrier::Document;
use crate::carrier::Format;
use crate::carrier::LINES_MAX;
use crate::carrier::Rejection;
use crate::carrier::Request;
use crate::carrier::Setup;
use crate::carrier::Source;
use crate::carrier::Token;
use crate::carrier::read;
use crate::placing;
use crate::placing::Arrival;
use crate::placing::Opened;
use crate::placing::Placed;
use crate::placing::Refusal;
use crate::store::CarrierCall;
use crate::switch::Shared;
use crate::switch::live::Owner;
use crate::switch::refused;

/// Doors at which new calls wait for each other: those of one carrier's id always at the same.
const DOORS: usize = 64;
/// How often a step is tried that another node was faster with.
const TRIES_MAX: u32 = 3;

/// A request with a valid signature.
#[derive(Debug)]
pub enum WebhookRequest {
    /// A call's first: for the number of the path, else for the one that the request names.
    Voice(Option<String>),
    /// The state of a call that the path does not name.
    Status,
    /// What an address of ours asks for.
    Call {
        /// The token.
        token: String,
        /// What is behind it.
        callback: String,
    },
}

/// Figures since the start.
#[derive(Debug, Default)]
pub struct Figures {
    /// Requests that were answered.
    pub requests: AtomicU64,
    /// Requests that had been answered before.
    pub repeated: AtomicU64,
    /// Requests about calls that are not known.
    pub unknown: AtomicU64,
    /// Steps that could not be stored or played back; the caller heard that we are sorry.
    pub failed: AtomicU64,
}

/// Calls at webhook carriers.
pub struct Webhooks {
    pub(super) shared: Arc<Shared>,
    pub(super) public_url: String,
    pub(super) inquirer: Inquirer,
    slots: Mutex<HashMap<String, Arc<Turn<Option<Live>>>>>,
    /// Notified when a call gets a slot.
    taken: Notify,
    /// The tokens of calls that are up.
    up: Mutex<HashSet<String>>,
    doors: Vec<Turn<()>>,
    tasks: TaskTracker,
    rng: Mutex<Rng>,
    /// Figures.
    pub figures: Figures,
}

/// Returns a document, in the carrier's dialect.
fn print(document: &Document, carrier: Carrier) -> String {
    document.print(carrier)
}

impl Webhooks {
    /// Returns a door without calls; carriers reach the switch at `public_url`.
    pub fn new(shared: Arc<Shared>, public_url: String, inquirer: Inquirer, rng: Rng) -> Self {
        Self {
            shared,
            public_url,
            inquirer,
            slots: Mutex::default(),
            taken: Notify::new(),
            up: Mutex::default(),
            doors: (0..DOORS).map(|_| Turn::new(())).collect(),
            tasks: TaskTracker::new(),
            rng: Mutex::new(rng),
            figures: Figures::default(),
        }
    }

    /// Returns the XML for a carrier; it never fails. A step completes even if the carrier closes
    /// the connection.
    pub async fn answer(
        self: &Arc<Self>,
        carrier: Carrier,
        asked: WebhookRequest,
        params: Vec<(String, String)>,
    ) -> String {
        let webhooks = self.clone();
        let work = async move { webhooks.work(carrier, asked, params).await };
        match self.tasks.spawn(work).await {
            Ok(xml) => xml,
            Err(error) => {
                tracing::error!(%error, "webhook request task failed");
                self.sorry(carrier)
            }
        }
    }

    async fn work(
        &self,
        carrier: Carrier,
        asked: WebhookRequest,
        params: Vec<(String, String)>,
    ) -> String {
        self.figures.requests.fetch_add(1, Ordering::Relaxed);
        let Ok(request) = read(carrier, &params) else {
            self.figures.unknown.fetch_add(1, Ordering::Relaxed);
            return print(&safe::sorry(), carrier);
        };
        match asked {
            // Plivo reports the end of a call at the URL where the call came in, by default.
            WebhookRequest::Voice(_) if request.state.is_some_and(CallState::is_final) => {
                self.status(request, params).await
            }
            WebhookRequest::Voice(number) => self.enter(number.as_deref(), request, params).await,
            WebhookRequest::Status => self.status(request, params).await,
            WebhookRequest::Call { token, callback } => match Callback::parse(&callback) {
                Some(callback) => self.go_on(&token, callback, request, params).await,
                None => self.unknown(carrier),
            },
        }
    }

    /// Returns the XML for a carrier when no time is left to look the call up.
    pub fn sorry(&self, carrier: Carrier) -> String {
        self.figures.failed.fetch_add(1, Ordering::Relaxed);
        print(&safe::sorry(), carrier)
    }

    fn unknown(&self, carrier: Carrier) -> String {
        self.figures.unknown.fetch_add(1, Ordering::Relaxed);
        print(&safe::sorry(), carrier)
    }

    /// Answers a call's first request, or its retry.
    async fn enter(
        &self,
        number: Option<&str>,
        request: Request,
        params: Vec<(String, String)>,
    ) -> String {
        let carrier = request.carrier;
        let door = self.door(carrier, request.call.as_str());
        let _turn = door.lock().await;
        let found = self
            .shared
            .records
            .store
            .carrier_call_find(carrier.name(), request.call.as_str())
            .await;
        match found {
            Ok(Some(token)) => self.go_on(&token, Callback::Enter, request, params).await,
            Ok(None) => self.open(number, request, params).await,
            Err(error) => {
                tracing::error!(%error, "call rejected: the database cannot be read");
                print(&safe::refused(Rejection::Busy), carrier)
            }
        }
    }

    async fn open(
        &self,
        number: Option<&str>,
        request: Request,
        params: Vec<(String, String)>,
    ) -> String {
        let carrier = request.carrier;
        let refuse = |how| print(&safe::refused(how), carrier);
        if self.shared.admission.drain.is_cancelled() || self.is_full() {
            return refuse(Rejection::Busy);
        }
        let mut rng = self.fork();
        let (mut live, new) = match self.begin(number, &request, &mut rng) {
            Ok(begun) => begun,
            Err(refusal) => {
                refused::log(&refusal, &Ingress::Webhook(carrier));
                return refuse(self.rejection(&refusal));
            }
        };
        let key = Callback::Enter.to_string();
        let source = Source::Request { callback: key.clone(), params };
        let step =
            conduct::take(&self.sources(), &mut live, &mut rng, self.now(), key, source).await;
        let stored = match step {
            Ok(step) => step.open(&self.outlets(), &mut live, new).await,
            Err(failed) => Err(failed),
        };
        match stored {
            Ok(answer) => {
                self.keep(live);
                answer
            }
            Err(failed) => {
                self.failed(&failed);
                refuse(Rejection::Busy)
            }
        }
    }

    /// Returns how to reject a call that was refused.
    fn rejection(&self, refusal: &Refusal) -> Rejection {
        match refusal {
            Refusal::NotANumber | Refusal::UnknownNumber(_) => {
                self.figures.unknown.fetch_add(1, Ordering::Relaxed);
                Rejection::Rejected
            }
            Refusal::NoFlow { .. } | Refusal::Loop(_) => Rejection::Busy,
        }
    }

    /// Begins a call; returns it and what is stored of it.
    fn begin(
        &self,
        path: Option<&str>,
        request: &Request,
        rng: &mut Rng,
    ) -> Result<(Live, New), Refusal> {
        let carrier = request.carrier;
        let (snapshot, library) =
            (self.shared.dispatch.snapshot(), self.shared.sounds.library.load_full());
        let now = self.shared.clock.now();
        let arrival = Arrival::of_request(request, path);
        let Placed { opened, flow, text } = placing::place(&snapshot, &library, arrival, now, rng)?;
        let Opened { record, fields, payout } = opened;
        let mut seed = [0; 32];
        rng.fill(&mut seed);
        let token = Token::random(rng);
        let call = CarrierCall {
            token: token.as_str().to_owned(),
            carrier: carrier.name().to_owned(),
            carrier_id: request.call.as_str().to_owned(),
            account: request.account.clone(),
            call: record.id,
            seed,
            flow: text.hash.clone(),
            format: Format::CURRENT.number(),
        };
        let addresses = Addresses::new(&self.public_url, carrier, &token);
        let setup = Setup { carrier, addresses, fields, payout, record: record.clone(), flow };
        let live = Live {
            call: Call::new(setup, Rng::from_entropy(seed)),
            token: call.token.clone(),
            carrier_id: call.carrier_id.clone(),
            account: call.account.clone(),
            snapshot,
            library,
            lines: 0,
            answers: HashMap::new(),
            holds: HashMap::new(),
            held: HashMap::new(),
            standing: Standing::new(now.wall),
            heard_at: now.wall,
        };
        Ok((live, New { call, text, record }))
    }

    /// Takes in a state of a call that is named by the carrier's id alone.
    async fn status(&self, request: Request, params: Vec<(String, String)>) -> String {
        let carrier = request.carrier;
        let id = request.parent.as_ref().unwrap_or(&request.call).as_str();
        match self.shared.records.store.carrier_call_find(carrier.name(), id).await {
            Ok(Some(token)) => self.go_on(&token, Callback::Status, request, params).await,
            Ok(None) | Err(_) => {
                self.figures.unknown.fetch_add(1, Ordering::Relaxed);
                print(&safe::noted(), carrier)
            }
        }
    }

    /// Answers a request about a known call.
    async fn go_on(
        &self,
        token: &str,
        callback: Callback,
        request: Request,
        params: Vec<(String, String)>,
    ) -> String {
        let carrier = request.carrier;
        let key = key(&callback, &request);
        let slot = self.slot(token);
        let mut slot = slot.lock().await;
        for _ in 0..TRIES_MAX {
            if slot.is_none() {
                *slot = self.revived(token).await;
            }
            let Some(live) = slot.as_mut().filter(|live| live.call.carrier() == carrier) else {
                self.remove(token);
                return self.unknown(carrier);
            };
            if let Some(answer) = live.answers.get(&key) {
                self.figures.repeated.fetch_add(1, Ordering::Relaxed);
                return answer.clone();
            }
            if live.lines >= LINES_MAX {
                return print(&safe::sorry(), carrier);
            }
            let source = Source::Request { callback: callback.to_string(), params: params.clone() };
            let mut rng = self.fork();
            let (sources, now) = (self.sources(), self.now());
            let step = conduct::take(&sources, live, &mut rng, now, key.clone(), source).await;
            let stored = match step {
                Ok(step) => step.write(&self.outlets(), live).await,
                Err(failed) => Err(failed),
            };
            match stored {
                Ok(answer) => {
                    self.count(live);
                    return answer;
                }
                Err(failed) => {
                    *slot = None;
                    match failed {
                        Unwritten::Taken => {}
                        Unwritten::Store(_) | Unwritten::Unplayable(_) => {
                            self.failed(&failed);
                            break;
                        }
                    }
                }
            }
        }
        match callback {
            Callback::Enter | Callback::Leave(_) => print(&safe::sorry(), carrier),
            Callback::Whisper(..) | Callback::Accept(..) => print(&safe::hung_up(), carrier),
            Callback::Leg(_) | Callback::Status => print(&safe::noted(), carrier),
        }
    }

    /// Plays a call back; `None` when it is not known or cannot be.
    pub(super) async fn revived(&self, token: &str) -> Option<Live> {
        let journal = match self.shared.records.store.carrier_call_fetch(token).await {
            Ok(journal) => journal?,
            Err(error) => {
                tracing::error!(%error, "journal of a call not read");
                return None;
            }
        };
        let id = journal.call.call;
        let (store, snapshot) = (&self.shared.records.store, self.shared.dispatch.snapshot());
        let library = self.shared.sounds.library.load_full();
        match revive(store.as_ref(), &snapshot, library, &self.public_url, journal).await {
            Ok(live) => {
                // They are open, unless the switch was restarted.
                live.renew(&self.shared.dispatch, self.shared.clock.now()).await;
                self.count(&live);
                Some(live)
            }
            Err(error) => {
                tracing::error!(call.id = %id, %error, "call not resumed");
                self.figures.failed.fetch_add(1, Ordering::Relaxed);
                if error.is_final() {
                    self.give_up(token, id).await;
                }
                None
            }
        }
    }

    /// Ends a call by what is known of it: no node goes on with it.
    async fn give_up(&self, token: &str, id: CallId) {
        self.shared.calls.remove(id);
        let at = self.shared.clock.now().wall;
        if let Err(error) = self.shared.records.store.carrier_call_end(token, at).await {
            tracing::warn!(call.id = %id, %error, "end of a call not stored");
        }
    }

    fn failed(&self, failed: &Unwritten) {
        self.figures.failed.fetch_add(1, Ordering::Relaxed);
        match failed {
            Unwritten::Taken => tracing::error!("new call answered by another node"),
            Unwritten::Store(error) => tracing::error!(%error, "answer not stored"),
            Unwritten::Unplayable(why) => tracing::error!(%why, "request could not be applied"),
        }
    }

    fn is_full(&self) -> bool {
        self.up() >= self.shared.admission.max_calls
    }

    /// Returns the number of live calls.
    pub fn up(&self) -> usize {
        self.up.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Notes whether a call is up, and shows it: one that has ended is kept at hand for a while.
    pub(super) fn count(&self, live: &Live) {
        let mut up = self.up.lock().unwrap_or_else(PoisonError::into_inner);
        if live.call.is_over() {
            up.remove(&live.token);
            self.shared.calls.remove(live.id());
        } else {
            up.insert(live.token.clone());
            self.shared.calls.put(live.shown(), &Owner::Carrier(live.token.clone()));
        }
    }

    fn keep(&self, live: Live) {
        self.count(&live);
        let token = live.token.clone();
        self.slots().insert(token, Arc::new(Turn::new(Some(live))));
        self.taken.notify_one();
    }

    pub(super) fn slot(&self, token: &str) -> Arc<Turn<Option<Live>>> {
        let slot = self.slots().entry(token.to_owned()).or_default().clone();
        self.taken.notify_one();
        slot
    }

    /// Waits until there is a call.
    pub(super) async fn any(&self) {
        while self.slots().is_empty() {
            self.taken.notified().await;
        }
    }

    pub(super) fn tokens(&self) -> Vec<String> {
        self.slots().keys().cloned().collect()
    }

    pub(super) fn remove(&self, token: &str) {
        self.slots().remove(token);
        self.up.lock().unwrap_or_else(PoisonError::into_inner).remove(token);
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<String, Arc<Turn<Option<Live>>>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tasks(&self) -> &TaskTracker {
        &self.tasks
    }

    /// What answers the questions of a step.
    pub(super) fn sources(&self) -> Sources<'_> {
        Sources {
            dispatch: &self.shared.dispatch,
            store: self.shared.records.store.as_ref(),
            fetcher: &self.shared.sounds.fetcher,
            inquirer: &self.inquirer,
        }
    }

    /// Where a step is stored and shown.
    pub(super) fn outlets(&self) -> Outlets<'_> {
        Outlets {
            clock: &self.shared.clock,
            dispatch: &self.shared.dispatch,
            records: &self.shared.records,
            events: &self.shared.events,
        }
    }

    pub(super) fn now(&self) -> Now {
        self.shared.clock.now()
    }

    pub(super) fn fork(&self) -> Rng {
        self.rng.lock().unwrap_or_else(PoisonError::into_inner).fork()
    }

    fn door(&self, carrier: Carrier, id: &str) -> &Turn<()> {
        let hash = Sha256::digest(format!("{carrier}\n{id}").as_bytes());
        let place = usize::from(hash.first().copied().unwrap_or(0)) % DOORS;
        // There are as many doors.
        &self.doors[place]
    }
}

impl std::fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhooks").field("figures", &self.figures).finish_non_exhaustive()
    }
}
