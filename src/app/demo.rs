//! `strowger demo`: the switch, with simulated callers and buyers.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::Fault;
use super::entropy;
use super::node::Node;
use super::node::Plan;
use super::serve::Stops;
use super::show;
use super::show::Row;
use super::telemetry;
use super::token;
use super::user;
use crate::base::CallId;
use crate::base::Rng;
use crate::call::CallEvent;
use crate::call::CallRecord;
use crate::config::DatabaseUrl;
use crate::config::Listen;
use crate::config::Settings;
use crate::config::Transport;
use crate::demo;
use crate::demo::PhoneLine;
use crate::demo::Scene;
use crate::demo::Town;
use crate::demo::carrier::Site;
use crate::dispatch::stored_decision;
use crate::events::Followed;
use crate::events::Follower;
use crate::events::Subject;
use crate::net::Clock;
use crate::net::rtp::PortRange;
use crate::publish::Shelf;
use crate::routing::Snapshot;
use crate::store::EntityKind;
use crate::store::NewToken;
use crate::store::Role;
use crate::store::Store;
use crate::store::Verb;

/// Public address of the switch in the signatures of the simulated carrier, which connects to
/// another address.
const BASE: &str = "https://calls.example";
/// Longest duration of one call.
const CALL_MAX: Duration = Duration::from_secs(60);
/// Most time between the end of the events and the end of the caller.
const AFTERWARDS: Duration = Duration::from_secs(5);
/// SIP port of the switch, unless it is in use.
const SIP_PORT: u16 = 5060;
/// RTP ports of the demo's phones; they do not overlap those of the switch.
const PHONE_PORTS: std::ops::RangeInclusive<u16> = 30_000..=31_999;

/// Runs the demo. With `once`, it ends after its calls and fails unless all went as expected.
pub(super) async fn run(once: bool) -> Result<(), Fault> {
    telemetry::start(crate::config::LogFormat::Text, "warn");
    let directory = Directory::make()?;
    let clock = Clock::system();
    let mut rng = Rng::from_entropy(entropy()?);
    let phone_ports = PortRange::new(IpAddr::from(Ipv4Addr::LOCALHOST), PHONE_PORTS);
    let mut town = Town::start(&phone_ports, &clock, &mut rng).map_err(Fault::of)?;
    let settings = settings(&directory, &town.twilio_token())?;
    let store = super::open_store(&settings)?;
    let now = clock.now().wall;
    let text = town.book(now);
    let apply = user::makes(Verb::Apply, EntityKind::Book, "strowger demo", now);
    store.book_apply(text, apply).await.map_err(Fault::of)?;
    let wanted = NewToken { role: Role::Admin, name: None, expires_at: None };
    let create = user::makes(Verb::Create, EntityKind::Token, "strowger demo", now);
    let (_, token) = token::made(store.as_ref(), wanted, create).await?;
    let plan =
        Plan { settings, shelf: Shelf::Bundled, store: store.clone(), clock, entropy: entropy()? };
    let node = Node::start(plan).await?;
    let Some((_, sip)) = node.sip.first().copied() else {
        return Err(Fault::of("the switch has no SIP listener"));
    };
    show::begin(sip, node.http, &node.shared.dispatch.snapshot().book().summary());
    let mut rows = Vec::new();
    for (index, scene) in town.scenes().iter().enumerate() {
        rows.push(place(index + 1, scene, &mut town, &node, sip, store.as_ref()).await);
    }
    show::summary(&rows);
    let failed = rows.iter().filter(|row| !row.differences.is_empty()).count();
    if !once {
        show::stay(sip, node.http, token.reveal());
        Stops::new()?.next().await;
    }
    node.stop(std::future::ready(())).await;
    if once && failed > 0 {
        return Err(Fault::of(format!("{failed} calls did not go as expected")));
    }
    Ok(())
}

/// Places one call, prints its events, and compares the result with the expected one.
async fn place(
    number: usize,
    scene: &Scene,
    town: &mut Town,
    node: &Node,
    sip: SocketAddr,
    store: &dyn Store,
) -> Row {
    show::scene(number, scene);
    let mut events = node.shared.events.follow();
    let mut call = None;
    let switch = Places { sip, site: Site { base: BASE.to_owned(), address: node.http } };
    let mut differences = watch(scene, town, switch, &mut events, &mut call).await;
    let deaf = town.deaf_buyers();
    differences.extend(deaf.iter().map(|user| format!("buyer {user} did not hear the caller")));
    let record = match call {
        Some(call) => finished(store, &node.shared.dispatch.snapshot(), call).await,
        None => None,
    };
    match &record {
        Some((record, decision)) => {
            differences.extend(demo::differences(scene, record, decision.as_ref()));
        }
        None => differences.push("the call has no record".to_owned()),
    }
    show::verdict(&differences);
    Row { number, title: scene.title, record: record.map(|(record, _)| record), differences }
}

/// Plays the call of a scene and prints its events. Returns what went wrong for the caller.
async fn watch(
    scene: &Scene,
    town: &mut Town,
    switch: Places,
    events: &mut Follower,
    call: &mut Option<CallId>,
) -> Vec<String> {
    let caller = play(scene, town, switch);
    let printed = tokio::time::timeout(CALL_MAX, follow(events, call));
    tokio::pin!(caller, printed);
    // Both end with the call. After the first ends, the other has a moment to end too.
    let played = tokio::select! {
        played = &mut caller => {
            drop(tokio::time::timeout(AFTERWARDS, &mut printed).await);
            played
        }
        ended = &mut printed => match ended {
            Ok(()) => tokio::time::timeout(AFTERWARDS, &mut caller).await.unwrap_or(Ok(())),
            Err(_) => return vec![format!("the call did not end within {} s", CALL_MAX.as_secs())],
        },
    };
    played.err().map(|error| format!("the caller: {error}")).into_iter().collect()
}

/// The addresses of the switch.
struct Places {
    sip: SocketAddr,
    site: Site,
}

async fn play(scene: &Scene, town: &mut Town, switch: Places) -> Result<(), String> {
    match town.line(scene) {
        PhoneLine::Phones(phones) => {
            demo::play(phones, switch.sip, scene).await.map_err(|error| error.to_string())
        }
        PhoneLine::Webhooks(webhooks) => {
            let now = Clock::system().now().wall;
            webhooks.play(switch.site, scene, now).await
        }
    }
}

/// Prints the events of the next call until it has ended, and sets `call` to its id.
async fn follow(events: &mut Follower, call: &mut Option<CallId>) {
    let mut since = None;
    while let Some(followed) = events.next().await {
        let Followed::Event(event) = followed else { continue };
        let Subject::Call(id, what) = &event.subject else { continue };
        let since = *since.get_or_insert(event.at);
        if *id == *call.get_or_insert(*id) {
            show::line(since, event.at, what);
            if matches!(what, CallEvent::Ended { .. }) {
                return;
            }
        }
    }
}

/// Waits for the record of an ended call. Returns it with the first decision.
async fn finished(
    store: &dyn Store,
    live: &Arc<Snapshot>,
    call: CallId,
) -> Option<(CallRecord, Option<Value>)> {
    const POLLS: u32 = 200;
    for _ in 0..POLLS {
        if let Ok(Some(record)) = store.call_fetch(call).await
            && record.ended_at.is_some()
        {
            let decision = store.decision_fetch(call).await.ok().flatten();
            let decision = match decision {
                Some(row) => stored_decision(store, live, &row).await.ok(),
                None => None,
            };
            return Some((record, decision));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    None
}

/// Returns settings on loopback with a temporary directory. Twilio signs with the given token.
fn settings(directory: &Directory, twilio: &str) -> Result<Settings, Fault> {
    let localhost = IpAddr::from(Ipv4Addr::LOCALHOST);
    let free = std::net::UdpSocket::bind((localhost, SIP_PORT)).is_ok()
        && std::net::TcpListener::bind((localhost, SIP_PORT)).is_ok();
    let port = if free { SIP_PORT } else { 0 };
    let address = SocketAddr::new(localhost, port);
    let text = format!(
        "http.public_url = \"{BASE}\"\n\
         [carriers.twilio]\nauth_token = \"{twilio}\"\napi_url = \"http://{localhost}:9\"\n"
    );
    let mut settings = Settings::parse("demo", &text, &|_| None).map_err(Fault::Files)?;
    settings.sip.listen = vec![Listen { transport: Transport::Udp, address }];
    settings.media.address = localhost;
    settings.http.listen = SocketAddr::new(localhost, 0);
    settings.database.url = DatabaseUrl::Sqlite(directory.0.join("demo.db"));
    Ok(settings)
}

/// A temporary directory. Dropping it removes it.
struct Directory(PathBuf);

impl Directory {
    fn make() -> Result<Self, Fault> {
        let name = format!("strowger-demo-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path)
            .map_err(|error| Fault::of(format!("cannot create {}: {error}", path.display())))?;
        Ok(Self(path))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}
