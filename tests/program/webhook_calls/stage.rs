//! The environment of one test: a node with its book and flows, and the carrier that calls it.

use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::Value;
use strowger::app::Node;
use strowger::app::Plan;
use strowger::base::Now;
use strowger::base::Rng;
use strowger::base::Wall;
use strowger::config::Settings;
use strowger::demo::carrier::Account;
use strowger::demo::carrier::Api;
use strowger::demo::carrier::Kind;
use strowger::demo::carrier::Mischief;
use strowger::demo::carrier::Pace;
use strowger::demo::carrier::Script;
use strowger::demo::carrier::Simulator;
use strowger::demo::carrier::Site;
use strowger::demo::carrier::Time;
use strowger::demo::carrier::Transcript;
use strowger::net::Clock;
use strowger::publish::Shelf;
use strowger::store;
use strowger::store::Action;
use strowger::store::EntityKind;
use strowger::store::Mutation;
use strowger::store::NewToken;
use strowger::store::Role;
use strowger::store::Store;
use strowger::store::TokenCreated;
use strowger::store::Verb;
use strowger::switch::Operator;
use strowger::switch::Webhooks;
use tempfile::TempDir;

use super::gate::Gate;
use crate::http;

/// The caller, and the called number.
pub(crate) const CALLER: &str = "+13055550123";
pub(crate) const NUMBER: &str = "+18005550100";
/// The node's public URL.
pub(crate) const BASE: &str = "https://calls.example.test";
/// A Monday, 11:00 in New York.
pub(crate) const START: &str = "2026-05-04T15:00:00Z";

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Flows in addition to those of `ivr-flows/`.
const FLOWS: &[(&str, &str)] = &[
    ("refuse", "<Step id='a'><Reject reason='busy'/></Step>"),
    ("message", "<Step id='a'><Record field='message'/><Say>Thank you.</Say><Hangup/></Step>"),
    (
        "personal",
        "<Step id='a'><Gather field='policy' numDigits='8' timeout='5'>\
         <Say>Please type your policy number.</Say></Gather>\
         <Tag name='policy' value='{policy}'/><Tag name='who' value='{phone}'/><Route/></Step>",
    ),
    (
        "menu",
        "<Step id='a'><Gather field='trade' numDigits='1' attempts='2' timeout='5'>\
         <Say>Press 1.</Say><NoInput><Say>Nothing.</Say></NoInput>\
         <NoMatch><Say>Not that.</Say></NoMatch>\
         <Option digits='1' value='roofing' goto='r'/><Exhausted goto='bye'/></Gather></Step>\
         <Step id='r'><Route><NoBuyer goto='bye'/></Route></Step>\
         <Step id='bye'><Say>Goodbye.</Say><Hangup/></Step>",
    ),
];

/// The configuration of an environment.
pub(crate) struct Plot<'a> {
    pub(crate) kind: Kind,
    pub(crate) flow: &'a str,
    /// Lines of the offer `o`.
    pub(crate) offer: &'a str,
    /// Contracts and their lines; the n-th rings `phone(n)` unless it has a destination.
    pub(crate) contracts: &'a [(&'a str, &'a str)],
}

/// Returns the phone of the n-th contract.
pub(crate) fn phone(place: usize) -> String {
    format!("+130555501{place:02}")
}

/// The environment of a test. Dropping it ends everything that it started.
pub(crate) struct Stage {
    pub(crate) node: Option<Node>,
    pub(crate) time: Time,
    pub(crate) carrier: Simulator,
    /// By how many seconds the node's wall clock is wrong.
    pub(crate) skew: Arc<AtomicI64>,
    /// What stands between the carrier and the node.
    pub(crate) hook: Hook,
    token: String,
    gate: Gate,
    _api: Api,
    pub(crate) home: TempDir,
}

/// A function that redirects the carrier's n-th connection away from the node, if it returns an
/// address.
pub(crate) type Hook = Arc<Mutex<Box<dyn FnMut(usize) -> Option<SocketAddr> + Send>>>;

impl Stage {
    pub(crate) async fn new(plot: &Plot<'_>) -> Self {
        Self::with_book(plot, book(plot)).await
    }

    /// With its own book.
    pub(crate) async fn with_book(plot: &Plot<'_>, book: String) -> Self {
        Self::with(plot, book, |settings| settings).await
    }

    /// With its own book, for a node whose phones send real audio: its durations are the machine's.
    pub(crate) async fn in_real_time(plot: &Plot<'_>, book: String) -> Self {
        let clock = |time: &Time, _: &Arc<AtomicI64>| {
            let (time, machine) = (time.clone(), Clock::system());
            Clock::new(move || Now { wall: time.now().wall, mono: machine.now().mono })
        };
        Self::start(plot, book, |settings| settings, clock).await
    }

    /// With a book and changed settings.
    pub(crate) async fn with(
        plot: &Plot<'_>,
        book: String,
        change: impl Fn(String) -> String,
    ) -> Self {
        Self::start(plot, book, change, clock).await
    }

    async fn start(
        plot: &Plot<'_>,
        book: String,
        change: impl Fn(String) -> String,
        clock: impl Fn(&Time, &Arc<AtomicI64>) -> Clock,
    ) -> Self {
        let time = Time::new(START.parse().unwrap(), Pace::AtOnce);
        let mut gate = Gate::new().await;
        let carrier = carrier(plot.kind, gate.address, time.clone());
        let api = Api::start(carrier.account().clone(), carrier.calls()).await.unwrap();
        let home = tempfile::tempdir().unwrap();
        shelve(home.path());
        let text = change(settings(home.path(), carrier.account(), &api.base()));
        let settings = Settings::parse("strowger.toml", &text, &|_| None).unwrap();
        let store = store::open(&settings.database.at).unwrap();
        let (now, skew) = (time.now().wall, Arc::default());
        store.book_apply(book, mutation(now)).await.unwrap();
        let token = token(store.as_ref(), now).await;
        let shelf = shelf(home.path());
        let plan = Plan { settings, shelf, store, clock: clock(&time, &skew), entropy: [9; 32] };
        // The futures of all tests would have its size.
        let node = Box::pin(Node::start(plan)).await.unwrap();
        let address = node.http;
        let hook: Hook = Arc::new(Mutex::new(Box::new(|_| None)));
        let asked = hook.clone();
        gate.open(Arc::new(move |number| (asked.lock().unwrap())(number).unwrap_or(address)));
        Self { node: Some(node), time, carrier, skew, hook, token, gate, _api: api, home }
    }

    /// The same, with a carrier whose callbacks and requests fail.
    pub(crate) fn troubled(mut self, mischief: Mischief) -> Self {
        self.carrier = self.carrier.with_mischief(mischief);
        self
    }

    /// Sets where the carrier's connections lead from now on.
    pub(crate) fn meets(&self, hook: impl FnMut(usize) -> Option<SocketAddr> + Send + 'static) {
        *self.hook.lock().unwrap() = Box::new(hook);
    }

    /// Returns another carrier on the same gate, with this account and this voice path.
    pub(crate) fn asks(&self, account: Account, path: &str, seed: u64) -> Simulator {
        let site = Site { base: BASE.to_owned(), address: self.gate.address };
        let voice = format!("{BASE}{path}");
        Simulator::new(account, site, &voice, self.time.clone(), Rng::seeded(seed))
    }

    pub(crate) fn node(&self) -> &Node {
        self.node.as_ref().unwrap()
    }

    /// What an operator does with the node's live calls.
    pub(crate) fn operator(&self) -> Operator {
        let node = self.node();
        Operator::new(node.shared.clone(), node.carriers.webhooks.clone())
    }

    /// Plays a call to its end.
    pub(crate) async fn call(&mut self, script: Script) -> Transcript {
        self.carrier.call(script).await
    }

    /// Lets time pass, and makes the node check its calls.
    pub(crate) async fn pass(&self, time: Duration) {
        self.time.pass(time);
        self.look().await;
    }

    /// Makes the node check its calls: renew what they hold, and find those that are over.
    pub(crate) async fn look(&self) {
        look(&self.node().carriers.webhooks).await;
    }

    /// Requests the same carrier's voice URL, bypassing the gate.
    pub(crate) fn asks_directly(&self, seed: u64) -> Simulator {
        let account = self.carrier.account().clone();
        let voice = format!("{BASE}/carriers/{}/voice", account.kind.name());
        let site = Site { base: BASE.to_owned(), address: self.node().http };
        Simulator::new(account, site, &voice, self.time.clone(), Rng::seeded(seed))
    }

    async fn answer(&self, path: &str) -> (u16, String) {
        let (address, token, path) = (self.node().http, self.token.clone(), path.to_owned());
        let fetched = tokio::task::spawn_blocking(move || http::fetch(address, &path, &token));
        fetched.await.unwrap()
    }

    /// Returns the status of an API route.
    pub(crate) async fn status(&self, path: &str) -> u16 {
        self.answer(path).await.0
    }

    /// Returns the body of an API route, which succeeds.
    pub(crate) async fn fetch(&self, path: &str) -> String {
        let (status, body) = self.answer(path).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    /// Returns every record, oldest first.
    pub(crate) async fn records(&self) -> Vec<Value> {
        let page: Value = serde_json::from_str(&self.fetch("/v1/calls?limit=100").await).unwrap();
        assert_eq!(page["next"], Value::Null);
        page["items"].as_array().unwrap().iter().rev().cloned().collect()
    }

    /// Returns a metric of the node, with its labels.
    pub(crate) async fn figure(&self, name: &str) -> f64 {
        let body = self.fetch("/metrics").await;
        let line = body.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no figure {name} in\n{body}")).parse().unwrap()
    }

    /// Checks that no hold is open.
    pub(crate) fn assert_free(&self) {
        assert_eq!(self.node().shared.dispatch.live(), 0, "holds are left");
    }

    pub(crate) async fn stop(mut self) {
        let node = self.node.take().unwrap();
        node.stop(std::future::ready(())).await;
    }
}

/// Checks calls as the node does every few seconds.
pub(crate) async fn look(webhooks: &Arc<Webhooks>) {
    webhooks.renew().await;
    webhooks.find_ended().await;
}

/// Returns a carrier that reaches the node through the gate.
pub(crate) fn carrier(kind: Kind, gate: SocketAddr, time: Time) -> Simulator {
    let mut rng = Rng::seeded(11);
    let account = Account::draw(kind, &mut rng);
    let site = Site { base: BASE.to_owned(), address: gate };
    let name = kind.name();
    Simulator::new(account, site, &format!("{BASE}/carriers/{name}/voice"), time, rng)
        .reporting_to(&format!("{BASE}/carriers/{name}/status"))
}

/// The carrier's dates, off by a skew in seconds, and its durations.
fn clock(time: &Time, skew: &Arc<AtomicI64>) -> Clock {
    let (time, skew) = (time.clone(), skew.clone());
    Clock::new(move || {
        let Now { mono, wall } = time.now();
        let skew = skew.load(Ordering::Relaxed) * 1_000_000;
        Now { mono, wall: Wall::from_micros(wall.micros() + skew) }
    })
}

/// Puts flows where the settings look for them.
pub(crate) fn shelve(home: &Path) {
    let flows = home.join("flows");
    fs::create_dir(&flows).unwrap();
    fs::create_dir(home.join("prompts")).unwrap();
    for entry in fs::read_dir(Path::new(ROOT).join("ivr-flows")).unwrap() {
        let entry = entry.unwrap();
        std::os::unix::fs::symlink(entry.path(), flows.join(entry.file_name())).unwrap();
    }
    for (name, steps) in FLOWS {
        let text = format!("<Flow name=\"{name}\" start=\"a\" language=\"en-US\">{steps}</Flow>");
        fs::write(flows.join(format!("{name}.xml")), text).unwrap();
    }
}

fn shelf(home: &Path) -> Shelf {
    Shelf::of(home.join("flows"), home.join("prompts"))
}

/// Returns settings of a node that this account calls.
pub(crate) fn settings(home: &Path, account: &Account, api: &str) -> String {
    let (secret, id, token) = (account.webhook_secret(), &account.id, &account.api_token);
    let section = match account.kind {
        Kind::Twilio => format!("auth_token = \"{secret}\""),
        Kind::Telnyx => format!("public_key = \"{secret}\"\napi_key = \"{token}\""),
        Kind::SignalWire => format!(
            "signing_key = \"{secret}\"\nproject = \"{id}\"\napi_token = \"{token}\"\n\
             space = \"example.test\""
        ),
        Kind::Plivo => format!("auth_token = \"{secret}\"\nauth_id = \"{id}\""),
    };
    let (home, name) = (home.display(), account.kind.name());
    format!(
        "[sip]\nlisten = [\"udp:127.0.0.1:0\"]\n\
         [media]\naddress = \"127.0.0.1\"\nprompts = \"{home}/prompts\"\nspeech_command = \"\"\n\
         [http]\nlisten = \"127.0.0.1:0\"\npublic_url = \"{BASE}\"\n\
         [database]\nurl = \"sqlite:{home}/strowger.db\"\n\
         [outbound]\nallow_private = true\n\
         [flows]\ndirectory = \"{home}/flows\"\n\
         [carriers.{name}]\n{section}\napi_url = \"{api}\"\n"
    )
}

/// Returns a book with one number.
pub(crate) fn book(plot: &Plot<'_>) -> String {
    let Plot { flow, offer, contracts, .. } = plot;
    let mut text = format!(
        "[[trunk]]\nid = \"t\"\noutbound = \"sip:198.51.100.1\"\n\
         [[source]]\nid = \"s\"\npayout = {{ amount = \"2.00\", currency = \"USD\" }}\n\
         [[offer]]\nid = \"o\"\nring_timeout = \"20s\"\n{offer}\n\
         [[offer]]\nid = \"service\"\n[[offer]]\nid = \"night-service\"\n\
         [[number]]\nnumber = \"{NUMBER}\"\noffer = \"o\"\nsource = \"s\"\nflow = \"{flow}\"\n"
    );
    for (place, (id, more)) in contracts.iter().enumerate() {
        let own = if more.contains("offer =") { "" } else { "offer = \"o\"" };
        let to = match more.contains("destination") {
            true => String::new(),
            false => format!("destination = {{ phone = \"{}\", trunk = \"t\" }}", phone(place)),
        };
        write!(
            text,
            "[[buyer]]\nid = \"{id}\"\ntimezone = \"America/Chicago\"\n\
             [[contract]]\nid = \"{id}\"\nbuyer = \"{id}\"\n{own}\npriority = {}\n\
             price = {{ amount = \"10.00\", currency = \"USD\" }}\nbuffer = \"5s\"\n{to}\n{more}\n",
            place + 1
        )
        .unwrap();
    }
    text
}

/// Returns a caller.
pub(crate) fn caller() -> Script {
    Script::new(CALLER, NUMBER)
}

/// Returns a duration in seconds.
pub(crate) fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Returns how a call ended: reason and party, attempts with waves, connected time, amounts owed.
pub(crate) fn summary(record: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let attempts: Vec<String> = record["attempts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("{}{}:{}", row["wave"], text(&row["contract"]), text(&row["outcome"])))
        .collect();
    format!(
        "{} by {} [{}] {}s {}",
        text(&record["reason"]),
        text(&record["ended_by"]),
        attempts.join(" "),
        record["talk_seconds"],
        text(&record["revenue"]["amount"]),
    )
}

/// A change that a test makes.
pub(crate) fn mutation(at: Wall) -> Mutation {
    Mutation::by_user("test", Action::new(Verb::Apply, EntityKind::Book), "test", at)
}

/// The secret of a new token that may do everything.
pub(crate) async fn token(store: &dyn Store, at: Wall) -> String {
    let wanted = NewToken { role: Role::Admin, name: None, expires_at: None };
    match store.token_create(wanted, [7; 32], mutation(at)).await.unwrap() {
        TokenCreated::Now(_, secret) => secret.reveal().to_owned(),
        refused => panic!("{refused}"),
    }
}
