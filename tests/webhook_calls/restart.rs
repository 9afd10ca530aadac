//! The program is killed between any two requests of a call, and started again: the call goes on,
//! and holds what it held.

use std::fs;
use std::io::BufRead as _;
use std::io::BufReader;
use std::net::SocketAddr;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;

use serde_json::Value;
use strowger::demo::carrier::Behaviour;
use strowger::demo::carrier::Kind;
use strowger::demo::carrier::Pace;
use strowger::demo::carrier::Side;
use strowger::demo::carrier::Simulator;
use strowger::demo::carrier::Site;
use strowger::demo::carrier::Time;
use strowger::net::Clock;
use strowger::store;
use strowger::store::Role;
use tempfile::TempDir;

use super::gate::Gate;
use super::http;
use super::stage;
use super::stage::BASE;
use super::stage::Plot;
use super::stage::caller;
use super::stage::phone;
use super::stage::s;
use super::stage::told;

const PROGRAM: &str = env!("CARGO_BIN_EXE_strowger");

/// The program in a directory of its own.
struct Switch {
    home: TempDir,
    child: Child,
    address: SocketAddr,
    token: String,
}

impl Switch {
    fn new(home: TempDir, token: String) -> Self {
        let (child, address) = start(&home);
        Self { home, child, address, token }
    }

    /// Ends it as a power cut would, and starts it again.
    fn restart(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        (self.child, self.address) = start(&self.home);
    }

    fn fetch(&self, path: &str) -> String {
        let (status, body) = http::fetch(self.address, path, &self.token);
        assert_eq!(status, 200, "{body}");
        body
    }

    fn records(&self) -> Vec<Value> {
        let page: Value = serde_json::from_str(&self.fetch("/v1/calls?limit=100")).unwrap();
        page["items"].as_array().unwrap().iter().rev().cloned().collect()
    }

    fn holds(&self) -> String {
        let figures = self.fetch("/metrics");
        let holds = figures.lines().find_map(|line| line.strip_prefix("strowger_holds_live "));
        holds.unwrap().to_owned()
    }
}

impl Drop for Switch {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts the program, and waits until it says where it answers.
fn start(home: &TempDir) -> (Child, SocketAddr) {
    let mut command = Command::new(PROGRAM);
    command.current_dir(home).args(["-c", "strowger.toml", "serve"]).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut said = String::new();
    let address = loop {
        let Some(Ok(line)) = lines.next() else { panic!("it did not start:\n{said}") };
        let http = line.split("http=").nth(1).filter(|_| line.contains(" ready "));
        if let Some(http) = http {
            break http.split(' ').next().unwrap().parse().unwrap();
        }
        said.push_str(&line);
        said.push('\n');
    };
    // Its log is read to the end, or it would wait for somebody to read it.
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
    (child, address)
}

/// A switch, a carrier that reaches it by the gate, and where that is.
async fn world(plot: &Plot<'_>, gate: &Gate) -> (Arc<Mutex<Switch>>, Simulator) {
    // The program has the machine's clock.
    let time = Time::new(Clock::system().now().wall, Pace::AtOnce);
    let carrier = stage::carrier(plot.kind, gate, time.clone());
    let home = tempfile::tempdir().unwrap();
    stage::shelve(home.path());
    let text = stage::settings(home.path(), carrier.account(), "http://127.0.0.1:9");
    fs::write(home.path().join("strowger.toml"), text).unwrap();
    let store = store::open(&format!("sqlite:{}/strowger.db", home.path().display())).unwrap();
    let now = time.now().wall;
    store.book_apply(stage::book(plot), "test".to_owned(), now).await.unwrap();
    let token = store.token_create(Role::Admin, [7; 32], now).await.unwrap().reveal().to_owned();
    drop(store);
    (Arc::new(Mutex::new(Switch::new(home, token))), carrier)
}

/// Busy, then a talk; one unit of the second.
async fn killed_before_each_request(kind: Kind) {
    let mut gate = Gate::new().await;
    let contracts = &[("a", ""), ("b", "caps = { day = 1 }")];
    let plot = Plot { kind, flow: "menu", offer: "", contracts };
    let (switch, mut carrier) = world(&plot, &gate).await;
    let behind = switch.clone();
    gate.open(Arc::new(move |number| {
        let mut switch = behind.lock().unwrap();
        if number > 1 {
            switch.restart();
        }
        switch.address
    }));
    let talk = Behaviour::answers(s(4), s(60)).ended_by(Side::Dialled);
    let script =
        || caller().presses("1").phone(&phone(0), Behaviour::busy()).phone(&phone(1), talk.clone());
    for _ in 0..2 {
        let seen = carrier.call(script()).await;
        assert_eq!(seen.complaints(), "", "{kind:?}");
    }
    let records = tokio::task::spawn_blocking(move || {
        let switch = switch.lock().unwrap();
        assert_eq!(switch.holds(), "0");
        switch.records()
    });
    let ended: Vec<String> = records.await.unwrap().iter().map(told).collect();
    let expected =
        ["bridged by buyer [1a:busy 2b:won] 60.0s 10.00", "no_contract by switch [1a:busy] 0.0s -"];
    assert_eq!(ended, expected, "{kind:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_each_request_of_twilio() {
    killed_before_each_request(Kind::Twilio).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_each_request_of_telnyx() {
    killed_before_each_request(Kind::Telnyx).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_each_request_of_signalwire() {
    killed_before_each_request(Kind::SignalWire).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_each_request_of_plivo() {
    killed_before_each_request(Kind::Plivo).await;
}

/// What the call under way holds counts on top of what was sold before.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_call_holds_is_held_after_a_restart() {
    let mut gate = Gate::new().await;
    let contracts = &[("a", "caps = { day = 2 }")];
    let plot = Plot { kind: Kind::Twilio, flow: "direct", offer: "", contracts };
    let (switch, mut carrier) = world(&plot, &gate).await;
    let first = Arc::new(Mutex::new(None));
    let (behind, voice) = (switch.clone(), format!("{BASE}/carriers/twilio/voice"));
    let (seen_there, handle) = (first.clone(), tokio::runtime::Handle::current());
    let (account, time) =
        (carrier.account().clone(), Time::new(Clock::system().now().wall, Pace::AtOnce));
    let calls = Arc::new(Mutex::new(0));
    let of_call = calls.clone();
    gate.open(Arc::new(move |_| {
        let mut switch = behind.lock().unwrap();
        let mut calls = of_call.lock().unwrap();
        // The second call has begun to ring: a third comes when the program is back.
        if *calls == 2 {
            *calls = 3;
            switch.restart();
            assert_eq!(switch.holds(), "1");
            let site = Site { base: BASE.to_owned(), address: switch.address };
            let rng = strowger::base::Rng::seeded(77);
            let mut other = Simulator::new(account.clone(), site, &voice, time.clone(), rng);
            *seen_there.lock().unwrap() = Some(handle.block_on(other.call(caller())));
        }
        if *calls == 1 {
            *calls = 2;
        }
        switch.address
    }));
    let talk = Behaviour::answers(s(4), s(60)).ended_by(Side::Dialled);
    for _ in 0..2 {
        let seen = carrier.call(caller().phone(&phone(0), talk.clone())).await;
        assert_eq!(seen.complaints(), "");
        *calls.lock().unwrap() = 1;
    }
    assert_eq!(first.lock().unwrap().as_ref().map(|seen| seen.complaints()), Some(String::new()));
    let records = tokio::task::spawn_blocking(move || switch.lock().unwrap().records());
    let mut ended: Vec<String> = records.await.unwrap().iter().map(told).collect();
    ended.sort();
    let sold = "bridged by buyer [1a:won] 60.0s 10.00";
    assert_eq!(ended, [sold, sold, "no_contract by switch [] 0.0s -"]);
}
