//! A switch that runs in its own directory.

use std::fs;
use std::io::BufRead as _;
use std::io::BufReader;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;
use tempfile::TempDir;

use crate::http;
use crate::signals::signal;

const PROGRAM: &str = env!("CARGO_BIN_EXE_strowger");
/// Maximum time for the switch to start, or to pick up an edit.
const PATIENCE: Duration = Duration::from_secs(30);

/// A switch in its own directory.
pub(crate) struct Switch {
    pub(crate) home: TempDir,
    database: &'static str,
    pub(crate) token: String,
    pub(crate) child: Option<Child>,
    pub(crate) address: SocketAddr,
    /// Its log since the last start, up to the line `ready`.
    pub(crate) said: String,
    /// The lines of its log after that.
    log: Option<mpsc::Receiver<String>>,
}

impl Switch {
    /// Starts a switch with book version 1.
    pub(crate) fn new(database: &'static str) -> Self {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("flows")).unwrap();
        let settings = format!(
            "[sip]\nlisten = [\"udp:127.0.0.1:0\"]\n[media]\naddress = \"127.0.0.1\"\n\
             [http]\nlisten = \"127.0.0.1:0\"\n[flows]\ndirectory = \"flows\"\n\
             [database]\nurl = \"sqlite:{database}\"\n"
        );
        fs::write(home.path().join("strowger.toml"), settings).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let (token, said) = (String::new(), String::new());
        let mut switch = Self { home, database, token, child: None, address, said, log: None };
        assert_eq!(switch.apply(1), 1);
        switch.token = switch.run("token create --role admin").trim().to_owned();
        switch.start();
        switch
    }

    /// Starts another switch with the settings of this one, changed, on the same database.
    pub(crate) fn beside(&self, change: impl FnOnce(&str) -> String) -> Self {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("flows")).unwrap();
        let settings = fs::read_to_string(self.home.path().join("strowger.toml")).unwrap();
        fs::write(home.path().join("strowger.toml"), change(&settings)).unwrap();
        let (token, said) = (self.token.clone(), String::new());
        let Self { database, address, .. } = *self;
        let mut switch = Self { home, database, token, child: None, address, said, log: None };
        switch.start();
        switch
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(PROGRAM);
        command.current_dir(self.home.path()).args(["-c", "strowger.toml"]);
        command.args(arguments.split(' '));
        command
    }

    /// Runs a command to its end and returns its output.
    pub(crate) fn run(&self, arguments: &str) -> String {
        let done = self.command(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "strowger {arguments}: {said}");
        String::from_utf8(done.stdout).unwrap()
    }

    /// Runs a command to its end and returns what it printed on both outputs.
    pub(crate) fn told(&self, arguments: &str) -> String {
        let done = self.command(arguments).output().unwrap();
        let [out, said] = [done.stdout, done.stderr].map(|text| String::from_utf8(text).unwrap());
        format!("{out}{said}")
    }

    /// Runs a command that fails, and returns what it says.
    pub(crate) fn fails(&self, arguments: &str) -> String {
        let done = self.command(arguments).output().unwrap();
        assert!(!done.status.success(), "strowger {arguments} succeeded");
        String::from_utf8(done.stderr).unwrap()
    }

    /// Applies a new book and returns its version.
    pub(crate) fn apply(&self, price: u64) -> u64 {
        let book = format!(
            "[[buyer]]\nid = \"acme\"\ntimezone = \"UTC\"\nprepaid = true\n[[offer]]\nid = \"o\"\n\
             [[contract]]\nid = \"c\"\nbuyer = \"acme\"\noffer = \"o\"\n\
             price = {{ amount = \"{price}.00\", currency = \"USD\" }}\n\
             destination = {{ sip = \"sip:a@198.51.100.7\" }}\n"
        );
        fs::write(self.home.path().join("book.toml"), book).unwrap();
        let printed = self.run("book apply book.toml --json");
        serde_json::from_str::<Value>(&printed).unwrap()["version"].as_u64().unwrap()
    }

    /// Starts it, and waits until it is ready.
    pub(crate) fn start(&mut self) {
        let mut child = self.command("serve").stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        self.child = Some(child);
        self.said.clear();
        // The log must be read to the end, or the program blocks on a full pipe.
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            lines.map_while(Result::ok).for_each(|line| drop(sender.send(line)));
        });
        loop {
            let line = receiver.recv_timeout(PATIENCE).unwrap();
            self.said.push_str(&line);
            let http = line.split("http=").nth(1).filter(|_| line.contains(" ready "));
            if let Some(http) = http {
                self.address = http.split(' ').next().unwrap().parse().unwrap();
                self.log = Some(receiver);
                return;
            }
        }
    }

    /// Returns its address for SIP over UDP.
    pub(crate) fn sip(&self) -> SocketAddr {
        let (_, rest) = self.said.rsplit_once("udp:").unwrap();
        let end = rest.find(['"', ' ', '\u{1b}']).unwrap_or(rest.len());
        rest[..end].parse().unwrap()
    }

    /// Waits for a line of its log that has a text, and returns it.
    pub(crate) fn logs(&self, text: &str) -> String {
        let log = self.log.as_ref().unwrap();
        loop {
            let line = log.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no line: {text}"));
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Ends it with a signal, and waits for its exit.
    pub(crate) fn end(&mut self, name: &str) {
        let mut child = self.child.take().unwrap();
        signal(&child, name);
        child.wait().unwrap();
    }

    /// Sends requests until an answer has a value at a JSON pointer. Each request waits for its
    /// answer.
    pub(crate) fn until(&self, path: &str, pointer: &str, value: &Value) {
        let begun = now();
        loop {
            let (status, body) = http::fetch(self.address, path, &self.token);
            assert_eq!(status, 200, "{path}: {body}");
            let body: Value = serde_json::from_str(&body).unwrap();
            if body.pointer(pointer) == Some(value) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{path}: {pointer} should be {value}: {body}");
        }
    }

    /// Waits until it uses a version of the book.
    pub(crate) fn goes_by(&self, version: u64) {
        self.until("/v1/reports/audit", "/book_version", &version.into());
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.home.path().join(format!("{}.sock", self.database))
    }
}

impl Drop for Switch {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "measures another process")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
