//! `strowger demo`: the switch, with simulated callers and buyers.

mod afterwards;
mod calls;
mod leads;
mod profit;
mod screen;
mod show;
mod yours;

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::task::JoinSet;

use super::Fault;
use super::command;
use super::entropy;
use super::node::Node;
use super::node::Plan;
use super::opening::open;
use super::serve::Stops;
use super::telemetry;
use super::token;
use super::user;
use crate::base::Rng;
use crate::config::Listen;
use crate::config::Location;
use crate::config::Settings;
use crate::config::Transport;
use crate::demo::Town;
use crate::demo::Tracker;
use crate::demo::Turn;
use crate::demo::carrier::Site;
use crate::demo::lead_buyers::LeadBuyers;
use crate::net::Clock;
use crate::net::rtp::PortRange;
use crate::publish::Shelf;
use crate::store::EntityKind;
use crate::store::NewToken;
use crate::store::Role;
use crate::store::Verb;
use calls::Placed;
use calls::Stage;
use screen::Screen;
use show::Row;

/// Public address of the switch in the signatures of the simulated carrier, which connects to
/// another address.
const BASE: &str = "https://calls.example";
/// SIP port of the switch, unless it is in use.
const SIP_PORT: u16 = 5060;
/// RTP ports of the demo's phones; they do not overlap those of the switch.
const PHONE_PORTS: std::ops::RangeInclusive<u16> = 30_000..=31_999;

/// Runs the demo. With `once`, it ends after its calls and fails unless all went as expected.
pub(super) async fn run(options: command::Demo) -> Result<(), Fault> {
    let command::Demo { once, fast, address } = options;
    telemetry::start(crate::config::LogFormat::Text, "warn");
    let directory = Directory::make()?;
    let clock = Clock::system();
    let mut rng = Rng::from_entropy(entropy()?);
    let phone_ports = PortRange::new(IpAddr::from(Ipv4Addr::LOCALHOST), PHONE_PORTS);
    let mut town = Town::start(&phone_ports, &clock, &mut rng).map_err(Fault::of)?;
    let outside = address.filter(|address| !address.is_loopback());
    let settings = settings(&directory, &town.twilio_token(), outside)?;
    let store = open(&settings)?.store;
    let now = clock.now().wall;
    let mut tracker = Tracker::start().await.map_err(Fault::of)?;
    let lead_buyers = LeadBuyers::start().await.map_err(Fault::of)?;
    let text = town.book(now, outside, tracker.address(), lead_buyers.address());
    let apply = user::makes(Verb::Apply, EntityKind::Book, "strowger demo", now);
    store.book_apply(text, apply).await.map_err(Fault::of)?;
    let wanted = NewToken { role: Role::Admin, name: None, expires_at: None };
    let create = user::makes(Verb::Create, EntityKind::Token, "strowger demo", now);
    let (_, token) = token::made(store.as_ref(), wanted, create).await?;
    let (shelf, entropy) = (Shelf::bundled(), entropy()?);
    let plan = Plan { settings, shelf, store: store.clone(), clock, entropy };
    let node = Node::start(plan).await?;
    let sip: Vec<SocketAddr> = node.sip.iter().map(|(_, address)| *address).collect();
    let Some(local) = sip.first().copied() else {
        return Err(Fault::of("the switch has no SIP listener"));
    };
    let mut screen = Screen::terminal();
    let book = node.shared.dispatch.snapshot();
    show::begin(&mut screen, &sip, node.http, &book.book().summary());
    let stage = Stage {
        sip: local,
        site: Site { base: BASE.to_owned(), address: node.http },
        events: node.shared.events.clone(),
        dispatch: node.shared.dispatch.clone(),
        store,
    };
    let mut yours = JoinSet::new();
    yours.spawn(yours::show(stage.events.follow(), town.scenes(), screen.clone()));
    let rows = match fast {
        true => all_at_once(&mut town, &stage, &screen).await,
        false => one_by_one(&mut town, &stage, &mut screen).await,
    };
    show::summary(&mut screen, &rows);
    let store = stage.store.as_ref();
    let missing = afterwards::show(&mut screen, store, &mut tracker, &rows).await?;
    show::verdict(&mut screen, &missing);
    let unsold = leads::show(&mut screen, store, node.http, token.reveal()).await?;
    profit::show(&mut screen, store, book.book().currency()).await?;
    let failed = rows.iter().filter(|row| !row.differences.is_empty()).count();
    if !once {
        show::stay(&mut screen, &sip, node.http, token.reveal());
        Stops::new()?.next().await;
    }
    node.stop(std::future::ready(())).await;
    // The end of the events ends it.
    yours.join_all().await;
    if once && failed > 0 {
        return Err(Fault::of(format!("{failed} calls did not go as expected")));
    }
    if once && !missing.is_empty() {
        return Err(Fault::of("a postback did not arrive"));
    }
    if once && !unsold.is_empty() {
        return Err(Fault::of(format!("{} leads did not go as expected", unsold.len())));
    }
    Ok(())
}

/// Places the calls of all scenes one after the other.
async fn one_by_one(town: &mut Town, stage: &Stage, screen: &mut Screen) -> Vec<Row> {
    let mut rows = Vec::new();
    for (index, scene) in town.scenes().iter().enumerate() {
        let line = town.line(scene);
        let placed = stage.place(index + 1, scene, line, screen.clone()).await;
        rows.push(judged(placed, town));
    }
    rows
}

/// Places the calls of all scenes at the same time, except those that need the one before. Prints
/// each call when all have ended.
async fn all_at_once(town: &mut Town, stage: &Stage, screen: &Screen) -> Vec<Row> {
    let mut groups: Vec<Vec<_>> = Vec::new();
    for (index, scene) in town.scenes().iter().enumerate() {
        let call = (index + 1, scene, town.line(scene));
        match (scene.turn, groups.last_mut()) {
            (Turn::AfterPrevious, Some(group)) => group.push(call),
            (Turn::Any, _) | (_, None) => groups.push(vec![call]),
        }
    }
    let mut tasks = JoinSet::new();
    for group in groups {
        let (stage, screen) = (stage.clone(), screen.clone());
        tasks.spawn(async move {
            let mut placed = Vec::new();
            for (number, scene, line) in group {
                placed.push(stage.place(number, scene, line, screen.keeping()).await);
            }
            placed
        });
    }
    let mut placed: Vec<Placed> = tasks.join_all().await.into_iter().flatten().collect();
    placed.sort_by_key(|placed| placed.row.number);
    let deaf = town.deaf_buyers();
    placed.into_iter().map(|placed| finish(placed, &deaf)).collect()
}

/// Adds what the buyers heard, and prints the verdict.
fn judged(placed: Placed, town: &mut Town) -> Row {
    let deaf = town.deaf_buyers();
    finish(placed, &deaf)
}

fn finish(placed: Placed, deaf: &std::collections::BTreeSet<&'static str>) -> Row {
    let Placed { mut row, scene, mut screen } = placed;
    if let Some(user) = scene.buyer().filter(|user| deaf.contains(user)) {
        row.differences.push(format!("buyer {user} did not hear the caller"));
    }
    show::verdict(&mut screen, &row.differences);
    screen.release();
    row
}

/// Returns settings on loopback, and on `outside` if there is one, with a temporary directory.
/// Twilio signs with the given token.
fn settings(
    directory: &Directory,
    twilio: &str,
    outside: Option<Ipv4Addr>,
) -> Result<Settings, Fault> {
    let localhost = IpAddr::from(Ipv4Addr::LOCALHOST);
    let is_free = |ip: IpAddr| std::net::UdpSocket::bind((ip, SIP_PORT)).is_ok();
    let free = is_free(localhost) && outside.is_none_or(|address| is_free(address.into()));
    let port = if free { SIP_PORT } else { 0 };
    let text = format!(
        "http.public_url = \"{BASE}\"\n\
         [carriers.twilio]\nauth_token = \"{twilio}\"\napi_url = \"http://{localhost}:9\"\n"
    );
    let mut settings = Settings::parse("demo", &text, &|_| None).map_err(Fault::Files)?;
    let on = |ip: IpAddr| Listen { transport: Transport::Udp, address: SocketAddr::new(ip, port) };
    settings.sip.listen = vec![on(localhost)];
    settings.sip.listen.extend(outside.map(|address| on(IpAddr::from(address))));
    settings.media.address = match outside {
        Some(_) => IpAddr::from(Ipv4Addr::UNSPECIFIED),
        None => localhost,
    };
    settings.http.listen = SocketAddr::new(localhost, 0);
    // The tracker that postbacks go to is on this machine.
    settings.outbound.allow_private = true;
    settings.database.at = Location::Sqlite(directory.0.join("demo.db"));
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
