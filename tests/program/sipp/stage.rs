//! The environment of one test: its network, directory, book, switch, and callers.

use std::fmt::Write as _;
use std::fs;
use std::io::BufRead as _;
use std::io::BufReader;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::http;
use crate::signals::signal;
use crate::until::until;

/// The number in the book.
pub(crate) const NUMBER: &str = "+18005550100";
/// Maximum time until the switch is ready.
const START: Duration = Duration::from_secs(30);

const PROGRAM: &str = env!("CARGO_BIN_EXE_strowger");
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// One contract of the book; its buyer has the same name.
pub(crate) struct Contract<'a> {
    pub(crate) id: &'a str,
    /// The last octet of its address.
    pub(crate) host: u8,
    /// Further lines.
    pub(crate) more: &'a str,
}

/// Returns a contract without conditions.
pub(crate) fn contract(id: &str, host: u8) -> Contract<'_> {
    Contract { id, host, more: "" }
}

/// The environment of a test. Dropping it ends every process that it started.
pub(crate) struct Stage {
    home: TempDir,
    network: [u8; 3],
    /// Last octet of the switch's own address.
    own: u8,
    token: String,
    log: Arc<Mutex<String>>,
    /// Variables of the environment of the switch and of commands.
    pub(crate) variables: Vec<(String, String)>,
    /// The switch, while it runs.
    pub(crate) switch: Option<Child>,
    /// Logs of the other programs, printed if the test fails.
    pub(crate) traces: Mutex<Vec<PathBuf>>,
}

impl Stage {
    /// Starts a switch with one offer and one number that enters `flow`.
    pub(crate) fn new(flow: &str, offer: &str, contracts: &[Contract<'_>]) -> Self {
        Self::with_settings("", flow, offer, contracts)
    }

    fn with_settings(more: &str, flow: &str, offer: &str, contracts: &[Contract<'_>]) -> Self {
        let mut stage = Self {
            home: tempfile::tempdir().unwrap(),
            network: network(),
            own: 1,
            token: String::new(),
            log: Arc::default(),
            variables: Vec::new(),
            switch: None,
            traces: Mutex::default(),
        };
        stage.write("strowger.toml", &(stage.settings() + more));
        stage.write("book.toml", &stage.book(flow, offer, contracts));
        stage.run(&["book", "apply", "book.toml"]);
        stage.token = stage.run(&["token", "create", "--role", "admin"]).trim().to_owned();
        stage.start();
        stage
    }

    /// Like [`Stage::new`], with the test's own flow `test`. A program speaks sentences and notes
    /// them in `said`; private networks are allowed, and `ca.pem` is trusted. A file `log-level` sets
    /// the level of the log.
    pub(crate) fn with_flow(
        flow: impl FnOnce(&Stage) -> String,
        contracts: &[Contract<'_>],
    ) -> Self {
        let mut stage = Self {
            home: tempfile::tempdir().unwrap(),
            network: network(),
            own: 1,
            token: String::new(),
            log: Arc::default(),
            variables: Vec::new(),
            switch: None,
            traces: Mutex::default(),
        };
        fs::create_dir(stage.home().join("flows")).unwrap();
        let steps = flow(&stage);
        stage.change_flow(&steps);
        stage.write("speak.sh", "cat \"$1\" > said\ncat tone.wav\n");
        fs::copy(format!("{ROOT}/ivr-flows/sounds/chime.wav"), stage.home().join("tone.wav"))
            .unwrap();
        let settings = stage.settings();
        let settings = settings.replace(
            "speech_command = \"\"",
            "speech_command = \"sh speak.sh {text_file}\"\nrecordings = \"recordings\"",
        );
        let settings = settings.replace(&format!("{ROOT}/ivr-flows"), "flows");
        stage.write("strowger.toml", &(settings + "[outbound]\nallow_private = true\n"));
        stage.write("book.toml", &stage.book("test", "", contracts));
        stage.run(&["book", "apply", "book.toml"]);
        stage.token = stage.run(&["token", "create", "--role", "admin"]).trim().to_owned();
        stage.start();
        stage
    }

    /// Replaces the test's own flow.
    pub(crate) fn change_flow(&self, steps: &str) {
        self.write("flow.part", &format!("<Flow name='test'>{steps}</Flow>"));
        let home = self.home();
        fs::rename(home.join("flow.part"), home.join("flows/test.xml")).unwrap();
    }

    /// Returns a flow as the switch shows it.
    pub(crate) fn flow(&self, name: &str) -> Value {
        let (status, body) = http::fetch(self.api(), "/v1/flows", &self.token);
        assert_eq!(status, 200, "{body}");
        let list: Value = serde_json::from_str(&body).unwrap();
        let found = list["items"].as_array().unwrap().iter().find(|flow| flow["name"] == name);
        found.unwrap_or_else(|| panic!("no flow {name} in {body}")).clone()
    }

    /// The default: the caller is not answered before a buyer is.
    pub(crate) fn direct(contracts: &[Contract<'_>]) -> Self {
        Self::new("direct", "", contracts)
    }

    /// The same, with more settings.
    pub(crate) fn direct_with(settings: &str, contracts: &[Contract<'_>]) -> Self {
        Self::with_settings(settings, "direct", "", contracts)
    }

    /// Like [`Stage::direct`], with changed settings and a changed book.
    pub(crate) fn changed(
        contracts: &[Contract<'_>],
        settings: impl FnOnce(&Stage, String) -> String,
        book: impl FnOnce(&Stage, String) -> String,
    ) -> Self {
        Self::at((network(), 1), contracts, settings, book)
    }

    /// Starts another node in the network of this one, with a database of its own.
    pub(crate) fn beside(
        &self,
        own: u8,
        contracts: &[Contract<'_>],
        settings: impl FnOnce(&Stage, String) -> String,
        book: impl FnOnce(&Stage, String) -> String,
    ) -> Self {
        Self::at((self.network, own), contracts, settings, book)
    }

    /// Prepares another node in the network of this one, without a book and a token.
    pub(crate) fn unstarted_beside(
        &self,
        own: u8,
        settings: impl FnOnce(String) -> String,
    ) -> Self {
        let stage = Self {
            home: tempfile::tempdir().unwrap(),
            network: self.network,
            own,
            token: String::new(),
            log: Arc::default(),
            variables: Vec::new(),
            switch: None,
            traces: Mutex::default(),
        };
        stage.write("strowger.toml", &settings(stage.settings()));
        stage
    }

    fn at(
        (network, own): ([u8; 3], u8),
        contracts: &[Contract<'_>],
        settings: impl FnOnce(&Stage, String) -> String,
        book: impl FnOnce(&Stage, String) -> String,
    ) -> Self {
        let mut stage = Self {
            home: tempfile::tempdir().unwrap(),
            network,
            own,
            token: String::new(),
            log: Arc::default(),
            variables: Vec::new(),
            switch: None,
            traces: Mutex::default(),
        };
        stage.write("strowger.toml", &settings(&stage, stage.settings()));
        stage.write("book.toml", &book(&stage, stage.book("direct", "", contracts)));
        stage.run(&["book", "apply", "book.toml"]);
        stage.token = stage.run(&["token", "create", "--role", "admin"]).trim().to_owned();
        stage.start();
        stage
    }

    /// Returns what the switch has logged.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Returns the address of a host in the test's network.
    pub(crate) fn ip(&self, host: u8) -> IpAddr {
        let [a, b, c] = self.network;
        Ipv4Addr::new(a, b, c, host).into()
    }

    /// Returns the directory in which everything runs.
    pub(crate) fn home(&self) -> PathBuf {
        self.home.path().to_owned()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.home().join(name), text).unwrap();
    }

    fn settings(&self) -> String {
        let ip = self.ip(self.own);
        format!(
            "[sip]\nlisten = [\"udp:{ip}:5060\", \"tcp:{ip}:5060\"]\n\
             max_calls = 10000\ncalls_per_second = 10000\n\
             [media]\naddress = \"{ip}\"\nports = \"20000-29999\"\nprompts = \"prompts\"\n\
             speech_command = \"\"\n\
             [http]\nlisten = \"{ip}:8080\"\npublic_url = \"http://{ip}:8080\"\n\
             [database]\nurl = \"sqlite:strowger.db\"\n\
             [flows]\ndirectory = \"{ROOT}/ivr-flows\"\n"
        )
    }

    /// Callers are .20 to .23; the trunk accepts no other address.
    fn book(&self, flow: &str, offer: &str, contracts: &[Contract<'_>]) -> String {
        // A buyer's SIPp on a busy machine may take seconds to ring.
        let ring_timeout =
            if offer.contains("ring_timeout") { "" } else { "ring_timeout = \"20s\"" };
        let mut text = format!(
            "[[trunk]]\nid = \"carrier\"\naccept_from = [\"{}/30\"]\n\
             [[source]]\nid = \"ads\"\npayout = {{ amount = \"2.00\", currency = \"USD\" }}\n\
             [[offer]]\nid = \"service\"\n[[offer]]\nid = \"night-service\"\n\
             [[offer]]\nid = \"auto\"\n{ring_timeout}\n{offer}\n\
             [[number]]\nnumber = \"{NUMBER}\"\noffer = \"auto\"\nsource = \"ads\"\n\
             flow = \"{flow}\"\n",
            self.ip(20)
        );
        for (at, Contract { id, host, more }) in contracts.iter().enumerate() {
            let ip = self.ip(*host);
            let prepaid = more.contains("# prepaid");
            let host = if more.contains("# no route") {
                "[2001:db8::7]".to_owned()
            } else {
                ip.to_string()
            };
            let transport = if more.contains("# tcp") { ";transport=tcp" } else { "" };
            // Only connected time counts with a buffer.
            let buffer = if more.contains("by = ") { "" } else { "buffer = \"1s\"" };
            write!(
                text,
                "[[buyer]]\nid = \"{id}\"\ntimezone = \"America/New_York\"\n\
                 caps = {{ concurrent = 100000 }}\nprepaid = {prepaid}\n\
                 [[contract]]\nid = \"{id}\"\nbuyer = \"{id}\"\noffer = \"auto\"\n\
                 priority = {}\nprice = {{ amount = \"5.00\", currency = \"USD\" }}\n\
                 {buffer}\ndestination = {{ sip = \"sip:{id}@{host}:5060{transport}\" }}\n\
                 {more}\n",
                at + 1
            )
            .unwrap();
        }
        text
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.current_dir(self.home()).args(["-c", "strowger.toml"]).args(arguments);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        if self.home().join("ca.pem").exists() {
            command.env("SSL_CERT_FILE", self.home().join("ca.pem"));
        }
        if let Ok(level) = fs::read_to_string(self.home().join("log-level")) {
            command.env("STROWGER_LOG", level);
        }
        command
    }

    /// Checks that database, journal, and ledger agree, and with `logs` of callers. Returns what
    /// `strowger verify` prints.
    #[track_caller]
    pub(crate) fn verify(&self, logs: &[&Path]) -> String {
        let mut command = self.command(&["verify"]);
        if !logs.is_empty() {
            command.arg("--sip-logs").args(logs);
        }
        let done = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (printed, said) = (text(&done.stdout), text(&done.stderr));
        assert_eq!(done.status.code(), Some(0), "strowger verify: {printed}{said}");
        printed
    }

    /// Runs a command to its end and returns its output.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let done = self.command(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "strowger {arguments:?}: {said}");
        String::from_utf8(done.stdout).unwrap()
    }

    /// Starts another node on the database of this one, prepared by [`Stage::unstarted_beside`].
    pub(crate) fn start_with(&self, mut other: Stage) -> Stage {
        other.token = self.token.clone();
        other.start();
        other
    }

    /// Starts the switch and waits until it is ready.
    pub(crate) fn start(&mut self) {
        let mut child = self.command(&["serve"]).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = Arc::clone(&self.log);
        let (ready, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                writeln!(log.lock().unwrap(), "{line}").unwrap();
                if line.contains(" ready ") {
                    let _ = ready.send(());
                }
            }
        });
        self.switch = Some(child);
        receiver.recv_timeout(START).expect("the switch should become ready");
    }

    /// Applies another book, and waits until the switch uses it.
    pub(crate) fn apply(&self, flow: &str, offer: &str, contracts: &[Contract<'_>]) {
        self.write("book.toml", &self.book(flow, offer, contracts));
        let printed = self.run(&["book", "apply", "book.toml", "--json"]);
        let printed: Value = serde_json::from_str(&printed).unwrap();
        until("the new book is in force", || {
            let (status, body) = http::fetch(self.api(), "/v1/reports/audit", &self.token);
            assert_eq!(status, 200, "{body}");
            let report: Value = serde_json::from_str(&body).unwrap();
            report["book_version"] == printed["version"]
        });
    }

    /// Kills the switch, as a power failure would.
    pub(crate) fn kill(&mut self) {
        let mut switch = self.switch.take().unwrap();
        switch.kill().unwrap();
        switch.wait().unwrap();
    }

    /// Signals the switch to stop.
    pub(crate) fn tell_to_stop(&self) {
        self.signal("-TERM");
        until("the switch is stopping", || self.log.lock().unwrap().contains("stopping: "));
    }

    /// Sends the running switch a signal.
    pub(crate) fn signal(&self, name: &str) {
        signal(self.switch.as_ref().unwrap(), name);
    }

    /// Waits until a stopping switch has ended; returns its exit code.
    pub(crate) fn ended(&mut self) -> Option<i32> {
        let switch = Mutex::new(self.switch.take().unwrap());
        let ended = || switch.lock().unwrap().try_wait().unwrap();
        until("the switch has ended", || ended().is_some());
        ended().and_then(|status| status.code())
    }

    /// Returns the secret of the token that tests use.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Returns the address of its HTTP server.
    pub(crate) fn api(&self) -> SocketAddr {
        SocketAddr::new(self.ip(self.own), 8080)
    }

    /// Returns every record, oldest first.
    pub(crate) fn calls(&self) -> Vec<Value> {
        let mut calls = Vec::new();
        let mut path = "/v1/calls?limit=100".to_owned();
        loop {
            let (status, body) = http::fetch(self.api(), &path, &self.token);
            assert_eq!(status, 200, "{body}");
            let page: Value = serde_json::from_str(&body).unwrap();
            calls.extend(page["items"].as_array().unwrap().iter().cloned());
            let Some(next) = page["next"].as_str() else { break };
            path = format!("/v1/calls?limit=100&cursor={next}");
        }
        calls.reverse();
        calls
    }

    /// Returns the answer of an API route.
    pub(crate) fn fetch(&self, path: &str) -> Value {
        let (status, body) = http::fetch(self.api(), path, &self.token);
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    /// Returns the answer of any route: status and body.
    pub(crate) fn answer(&self, path: &str) -> (u16, String) {
        http::fetch(self.api(), path, &self.token)
    }

    /// Sends a JSON body to a route without a token; returns status and answer.
    pub(crate) fn tell(&self, path: &str, body: &Value) -> (u16, Value) {
        let (status, text) = http::post(self.api(), path, None, &body.to_string());
        (status, serde_json::from_str(&text).unwrap())
    }

    /// Returns the answer of a route whose body is no text: status and body.
    pub(crate) fn answer_bytes(&self, path: &str) -> (u16, Vec<u8>) {
        http::fetch_bytes(self.api(), path, &self.token)
    }

    /// Returns the last decision of a call.
    pub(crate) fn decision(&self, record: &Value) -> Value {
        let path = format!("/v1/calls/{}/decision", record["id"].as_str().unwrap());
        let (status, body) = http::fetch(self.api(), &path, &self.token);
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    /// Returns a metric of the switch.
    pub(crate) fn figure(&self, name: &str) -> f64 {
        let (status, body) = http::fetch(self.api(), "/metrics", &self.token);
        assert_eq!(status, 200, "{body}");
        let line = body.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no figure {name} in\n{body}")).parse().unwrap()
    }

    /// Waits until the switch holds no state of any call, then returns every record.
    pub(crate) fn records(&self) -> Vec<Value> {
        for name in ["strowger_calls_live", "strowger_holds_live", "strowger_sip_sessions"] {
            until(&format!("{name} is 0"), || self.figure(name) == 0.0);
        }
        self.calls()
    }

    /// Returns the single record of a test with one call, as soon as the call has ended. An INVITE
    /// that was never answered may live for 32 seconds (RFC 3261 §17.1.1.2, timer B).
    pub(crate) fn ended_record(&self) -> Value {
        until("the call has ended", || {
            self.calls().first().is_some_and(|call| call["state"] == "ended")
        });
        assert_eq!(self.figure("strowger_holds_live"), 0.0);
        self.calls().remove(0)
    }

    /// Returns the single record of a test with one call.
    pub(crate) fn record(&self) -> Value {
        let records = self.records();
        assert_eq!(records.len(), 1, "one call has one record: {records:#?}");
        records.into_iter().next().unwrap()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if std::thread::panicking() && self.switch.is_some() {
            // A second panic here would abort all tests; the switch itself may have failed.
            let records = std::panic::catch_unwind(AssertUnwindSafe(|| self.calls()));
            eprintln!("── the records\n{records:#?}");
        }
        if let Some(mut switch) = self.switch.take() {
            // It may have ended already.
            let _ = switch.kill();
            let _ = switch.wait();
        }
        if std::thread::panicking() {
            eprintln!("── the switch\n{}", self.log.lock().unwrap());
            for trace in self.traces.lock().unwrap().iter() {
                let text = fs::read_to_string(trace).unwrap_or_default();
                if !text.is_empty() {
                    eprintln!("── {}\n{text}", trace.display());
                }
            }
        } else {
            self.verify(&[]);
        }
    }
}

/// Returns a network that no other test on this machine uses now.
fn network() -> [u8; 3] {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = std::process::id() * 64 + NEXT.fetch_add(1, Ordering::Relaxed);
    let byte = |n: u32| u8::try_from(n % 250).unwrap() + 1;
    [127, byte(number / 250), byte(number)]
}

/// Checks fields of a record; `path` is a JSON pointer.
#[track_caller]
pub(crate) fn assert_fields(record: &Value, wanted: &[(&str, Value)]) {
    for (path, value) in wanted {
        let found = record.pointer(path).unwrap_or_else(|| panic!("no {path} in {record:#}"));
        assert_eq!(found, value, "{path} of {record:#}");
    }
}

/// Returns the outcomes of a record's attempts, as `contract outcome`.
pub(crate) fn attempts(record: &Value) -> Vec<String> {
    let attempts = record["attempts"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    attempts.iter().map(|a| format!("{} {}", text(&a["contract"]), text(&a["outcome"]))).collect()
}
