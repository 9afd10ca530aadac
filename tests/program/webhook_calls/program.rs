//! The program itself, in its own directory, and a carrier that calls it.

use std::fs;
use std::io::BufRead as _;
use std::io::BufReader;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::thread::JoinHandle;

use serde_json::Value;
use strowger::config::Settings;
use strowger::demo::carrier::Pace;
use strowger::demo::carrier::Simulator;
use strowger::demo::carrier::Time;
use strowger::net::Clock;
use strowger::store;
use tempfile::TempDir;

use super::stage;
use super::stage::Plot;
use crate::http;
use crate::signals::signal;

const PROGRAM: &str = env!("CARGO_BIN_EXE_strowger");

/// The program in its own directory.
pub(crate) struct Switch {
    home: TempDir,
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
    token: String,
    log: Arc<Mutex<String>>,
    reader: JoinHandle<()>,
}

impl Switch {
    /// Starts it in a directory with its settings; the token is in its database.
    pub(crate) fn new(home: TempDir, token: String) -> Self {
        let log = Arc::default();
        let (child, address, reader) = start(&home, &log);
        Self { home, child, address, token, log, reader }
    }

    /// Kills it, as a power failure would, and starts it again.
    pub(crate) fn restart(&mut self) {
        self.kill();
        (self.child, self.address, self.reader) = start(&self.home, &self.log);
    }

    /// Kills it.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Returns what it has logged.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Checks that database, journal, and ledger agree.
    #[track_caller]
    pub(crate) fn verify(&self) {
        let mut command = Command::new(PROGRAM);
        let done = command.current_dir(&self.home).args(["-c", "strowger.toml", "verify"]).output();
        let done = done.unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(done.status.success(), "{}{}", text(&done.stdout), text(&done.stderr));
    }

    /// Returns its database, which it continues to use.
    pub(crate) fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.home.path().join("strowger.db")).unwrap()
    }

    /// Returns its directory.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Returns the secret of the token that tests use.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        signal(&self.child, name);
    }

    /// Stops it, and returns everything that it has logged.
    pub(crate) fn stopped(&mut self) -> String {
        self.signal("-TERM");
        self.child.wait().unwrap();
        let reader = std::mem::replace(&mut self.reader, std::thread::spawn(|| {}));
        reader.join().unwrap();
        self.log()
    }

    pub(crate) fn fetch(&self, path: &str) -> String {
        let (status, body) = http::fetch(self.address, path, &self.token);
        assert_eq!(status, 200, "{body}");
        body
    }

    pub(crate) fn records(&self) -> Vec<Value> {
        let page: Value = serde_json::from_str(&self.fetch("/v1/calls?limit=100")).unwrap();
        page["items"].as_array().unwrap().iter().rev().cloned().collect()
    }

    pub(crate) fn holds(&self) -> String {
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

/// Starts the program, and waits until it logs its address.
fn start(home: &TempDir, log: &Arc<Mutex<String>>) -> (Child, SocketAddr, JoinHandle<()>) {
    let mut command = Command::new(PROGRAM);
    command.current_dir(home).args(["-c", "strowger.toml", "serve"]).stderr(Stdio::piped());
    if let Ok(level) = fs::read_to_string(home.path().join("log-level")) {
        command.env("STROWGER_LOG", level);
    }
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let keep = |log: &Mutex<String>, line: &str| {
        let mut log = log.lock().unwrap();
        log.push_str(line);
        log.push('\n');
    };
    let address = loop {
        let Some(Ok(line)) = lines.next() else {
            panic!("it did not start:\n{}", log.lock().unwrap());
        };
        keep(log, &line);
        let http = line.split("http=").nth(1).filter(|_| line.contains(" ready "));
        if let Some(http) = http {
            break http.split(' ').next().unwrap().parse().unwrap();
        }
    };
    // The log must be read to the end, or the program blocks on a full pipe.
    let log = log.clone();
    let reader = std::thread::spawn(move || {
        lines.map_while(Result::ok).for_each(|line| keep(&log, &line));
    });
    (child, address, reader)
}

/// Returns a switch and a carrier that reaches it through the gate.
pub(crate) async fn world(plot: &Plot<'_>, gate: SocketAddr) -> (Arc<Mutex<Switch>>, Simulator) {
    world_at(plot, gate, "info").await
}

/// Does the same for a switch with this level of the log.
pub(crate) async fn world_at(
    plot: &Plot<'_>,
    gate: SocketAddr,
    level: &str,
) -> (Arc<Mutex<Switch>>, Simulator) {
    // The program uses the machine's clock.
    let time = Time::new(Clock::system().now().wall, Pace::AtOnce);
    let carrier = stage::carrier(plot.kind, gate, time);
    let home = home(|home| stage::settings(home, carrier.account(), "http://127.0.0.1:9"));
    fs::write(home.path().join("log-level"), level).unwrap();
    let token = fill(&home, plot).await;
    (Arc::new(Mutex::new(Switch::new(home, token))), carrier)
}

/// Returns a directory with flows and these settings.
pub(crate) fn home(settings: impl FnOnce(&Path) -> String) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    stage::shelve(home.path());
    fs::write(home.path().join("strowger.toml"), settings(home.path())).unwrap();
    home
}

/// Stores a book and a token in the database of the settings in a directory; returns the token.
pub(crate) async fn fill(home: &TempDir, plot: &Plot<'_>) -> String {
    let text = fs::read_to_string(home.path().join("strowger.toml")).unwrap();
    let settings = Settings::parse("strowger.toml", &text, &|_| None).unwrap();
    let store = store::open(&settings.database.at).unwrap();
    let now = Clock::system().now().wall;
    store.book_apply(stage::book(plot), stage::mutation(now)).await.unwrap();
    stage::token(store.as_ref(), now).await
}
