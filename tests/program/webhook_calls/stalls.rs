//! The database, the carrier's API or a flow's web server answers late or not at all: live calls go
//! on, and keep what they hold.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;

use strowger::demo::carrier::Behaviour;
use strowger::demo::carrier::Kind;
use strowger::demo::carrier::Purpose;
use strowger::demo::carrier::Side;
use strowger::demo::carrier::Transcript;
use strowger::routing::HOLD_TTL;
use tokio::net::TcpListener;

use super::stage;
use super::stage::Plot;
use super::stage::Stage;
use super::stage::caller;
use super::stage::look;
use super::stage::phone;
use super::stage::s;
use super::stage::summary;

const DAY_ONE: &[(&str, &str)] = &[("a", "caps = { day = 1 }")];
const SOLD: &str = "bridged by buyer [1a:won] 60.0s 10.00";

fn buyer() -> Behaviour {
    Behaviour::answers(s(4), s(60)).ended_by(Side::Dialled)
}

/// The documents that the carrier was given, in order.
fn documents(seen: &Transcript) -> Vec<&str> {
    seen.sent(Purpose::Document).map(|exchange| exchange.body.as_str()).collect()
}

/// A server that accepts connections and never says a word.
struct Silent {
    listener: TcpListener,
    address: SocketAddr,
}

impl Silent {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        Self { listener, address }
    }
}

/// Another program holds the write lock of the database from the carrier's n-th request to a later
/// one, longer than the store itself waits for the lock.
async fn locked(kind: Kind, flow: &str, from: usize, until: usize) -> (Vec<String>, Transcript) {
    let plot = Plot { kind, flow, offer: "", contracts: DAY_ONE };
    let mut stage = Stage::new(&plot).await;
    let database = rusqlite::Connection::open(stage.home.path().join("strowger.db")).unwrap();
    stage.meets(move |number| {
        if number == from {
            database.execute_batch("BEGIN IMMEDIATE").unwrap();
        } else if number == until {
            database.execute_batch("COMMIT").unwrap();
        }
        None
    });
    let seen = stage.call(caller().presses("1").phone(&phone(0), buyer())).await;
    assert_eq!(seen.complaints(), "");
    assert_eq!(stage.figure("strowger_webhooks_total{what=\"failed\"}").await, 0.0);
    let deferred = stage.figure("strowger_webhooks_total{what=\"deferred\"}").await;
    assert!(deferred >= 1.0, "{deferred}");
    stage.assert_free();
    let ended = stage.records().await.iter().map(summary).collect();
    stage.stop().await;
    (ended, seen)
}

/// A carrier, how often it asks for one step while the database is locked, and its word for a pause.
/// Telnyx is sent back to the step after 1.5 s, the others after 12 s.
const CARRIERS: [(Kind, usize, &str); 4] = [
    (Kind::Telnyx, 5, "<Pause"),
    (Kind::Twilio, 1, "<Pause"),
    (Kind::SignalWire, 1, "<Pause"),
    (Kind::Plivo, 1, "<Wait"),
];

/// Runs a test for every carrier at the same time: most of it is waiting.
async fn everywhere<F: Future<Output = ()>>(test: impl Fn(Kind, usize, &'static str) -> F) {
    let [one, two, three, four] =
        CARRIERS.map(|(kind, asks, pause)| Box::pin(test(kind, asks, pause)));
    tokio::join!(one, two, three, four);
}

/// The answer to the question is taken once, although Telnyx asks five times for what follows.
#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_database_hangs_up_no_call() {
    everywhere(|kind, asks, pause| async move {
        let (ended, seen) = locked(kind, "menu", 2, 2 + asks).await;
        assert_eq!(ended, [SOLD], "{}", kind.name());
        let answers = documents(&seen);
        let waits = answers.iter().filter(|xml| xml.contains(pause) && xml.contains("<Redirect"));
        assert!(waits.count() >= asks.saturating_sub(1).max(1), "{answers:?}");
        assert!(answers.iter().take(2 + asks).all(|xml| !xml.contains("<Hangup")), "{answers:?}");
    })
    .await;
}

/// A pause would answer the call, and cost.
#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_database_answers_no_new_call() {
    everywhere(|kind, asks, pause| async move {
        let (ended, seen) = locked(kind, "direct", 1, 1 + asks.min(2)).await;
        assert_eq!(ended, [SOLD], "{}", kind.name());
        let answers = documents(&seen);
        let first = answers.first().unwrap();
        assert!(first.contains("<Redirect") && !first.contains(pause), "{answers:?}");
    })
    .await;
}

/// A call of the menu whose holds are looked at while its second request is in progress and the
/// database is locked.
#[tokio::test(flavor = "multi_thread")]
async fn holds_are_renewed_while_a_step_is_in_progress() {
    let plot = Plot { kind: Kind::Telnyx, flow: "direct", offer: "", contracts: DAY_ONE };
    let mut stage = Stage::new(&plot).await;
    let database = rusqlite::Connection::open(stage.home.path().join("strowger.db")).unwrap();
    let (shared, webhooks) = (stage.node().shared.clone(), stage.node().carriers.webhooks.clone());
    let (handle, swept) = (tokio::runtime::Handle::current(), Arc::new(Mutex::new(None)));
    let counted = swept.clone();
    let time = stage.time.clone();
    stage.meets(move |number| {
        match number {
            // The voice request is stored only after its redirection.
            1 => database.execute_batch("BEGIN IMMEDIATE").unwrap(),
            2 => {
                assert_eq!(shared.dispatch.live(), 1, "the buyer is about to ring");
                let before = shared.clock.now();
                time.pass(s(5));
                handle.block_on(webhooks.renew());
                // It would have expired by then, had it not been renewed.
                let swept = handle.block_on(shared.dispatch.sweep(before.later(HOLD_TTL)));
                *counted.lock().unwrap() = Some(swept);
                database.execute_batch("COMMIT").unwrap();
            }
            _ => {}
        }
        None
    });
    let seen = stage.call(caller().phone(&phone(0), buyer())).await;
    assert_eq!(seen.complaints(), "");
    assert_eq!(*swept.lock().unwrap(), Some(0));
    let ended: Vec<String> = stage.records().await.iter().map(summary).collect();
    assert_eq!(ended, [SOLD]);
    stage.assert_free();
    stage.stop().await;
}

/// A carrier's API that never answers delays neither the renewal of holds nor a request of the call
/// about which it is asked.
#[tokio::test(flavor = "multi_thread")]
async fn a_silent_api_delays_neither_holds_nor_requests() {
    let silent = Silent::new().await;
    let plot = Plot { kind: Kind::Telnyx, flow: "direct", offer: "", contracts: DAY_ONE };
    let address = silent.address;
    let elsewhere = |settings: String| {
        let (before, _) = settings.split_once("api_url").unwrap();
        format!("{before}api_url = \"http://{address}\"\n")
    };
    let mut stage = Stage::with(&plot, stage::book(&plot), elsewhere).await;
    let (shared, webhooks) = (stage.node().shared.clone(), stage.node().carriers.webhooks.clone());
    let (handle, time) = (tokio::runtime::Handle::current(), stage.time.clone());
    let asked = Arc::new(Mutex::new(None));
    let (seen_there, mut silent) = (asked.clone(), Some(silent));
    stage.meets(move |number| {
        if number == 2 {
            time.pass(s(130));
            let before = shared.clock.now();
            let looking = webhooks.clone();
            handle.spawn(async move { look(&looking).await });
            // The API is asked, and does not answer.
            let silent = silent.take().unwrap();
            let stream = handle.block_on(silent.listener.accept()).unwrap();
            time.pass(s(5));
            handle.block_on(webhooks.renew());
            let swept = handle.block_on(shared.dispatch.sweep(before.later(HOLD_TTL)));
            *seen_there.lock().unwrap() = Some((swept, stream, silent));
        }
        None
    });
    let seen = stage.call(caller().phone(&phone(0), buyer())).await;
    assert_eq!(seen.complaints(), "");
    assert_eq!(asked.lock().unwrap().as_ref().map(|(swept, _, _)| *swept), Some(0));
    let ended: Vec<String> = stage.records().await.iter().map(summary).collect();
    assert_eq!(ended, [SOLD]);
    stage.assert_free();
    stage.stop().await;
}

/// Two silent servers in a row take no longer than the carrier waits.
#[tokio::test(flavor = "multi_thread")]
async fn two_silent_lookups_in_a_row_fit_into_one_answer() {
    let silent = Silent::new().await;
    let plot = Plot { kind: Kind::Telnyx, flow: "asks", offer: "", contracts: DAY_ONE };
    let lookup = format!(
        "<Lookup url='https://{}/' timeout='2'><Field name='zip' pointer='/zip'/></Lookup>",
        silent.address
    );
    let flow = format!(
        "<Flow name='asks' start='a' language='en-US'>\
         <Step id='a'>{lookup}{lookup}<Route/></Step></Flow>"
    );
    let shelved = |settings: String| {
        let (_, after) = settings.split_once("directory = \"").unwrap();
        let flows = PathBuf::from(after.split('"').next().unwrap());
        fs::write(flows.join("asks.xml"), &flow).unwrap();
        settings
    };
    let mut stage = Stage::with(&plot, stage::book(&plot), shelved).await;
    let seen = stage.call(caller().phone(&phone(0), buyer())).await;
    assert_eq!(seen.complaints(), "");
    assert_eq!(stage.figure("strowger_webhooks_total{what=\"deferred\"}").await, 0.0);
    let ended: Vec<String> = stage.records().await.iter().map(summary).collect();
    assert_eq!(ended, [SOLD]);
    stage.stop().await;
}
