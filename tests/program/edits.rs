//! Changes by the command line go live at once in a running switch, through its socket.

use std::fs;
use std::io::BufRead as _;
use std::io::BufReader;
use std::net::SocketAddr;
use std::os::unix::fs::FileTypeExt as _;
use std::os::unix::fs::PermissionsExt as _;
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

const PROGRAM: &str = env!("CARGO_BIN_EXE_strowger");
/// Maximum time for the switch to start, or to pick up an edit.
const PATIENCE: Duration = Duration::from_secs(30);
/// Number of timed edits.
const EDITS: u64 = 20;

/// A switch in its own directory.
struct Switch {
    home: TempDir,
    database: &'static str,
    token: String,
    child: Option<Child>,
    address: SocketAddr,
    /// Its log since the last start, up to the line `ready`.
    said: String,
}

impl Switch {
    /// Starts a switch with book version 1.
    fn new(database: &'static str) -> Self {
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
        let mut switch = Self { home, database, token, child: None, address, said };
        assert_eq!(switch.apply(1), 1);
        switch.token = switch.run("token create --role admin").trim().to_owned();
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
    fn run(&self, arguments: &str) -> String {
        let done = self.command(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "strowger {arguments}: {said}");
        String::from_utf8(done.stdout).unwrap()
    }

    /// Applies a new book and returns its version.
    fn apply(&self, price: u64) -> u64 {
        let book = format!(
            "[[buyer]]\nid = \"acme\"\ntimezone = \"UTC\"\nprepaid = true\n[[offer]]\nid = \"o\"\n\
             [[contract]]\nid = \"c\"\nbuyer = \"acme\"\noffer = \"o\"\n\
             price = {{ amount = \"{price}.00\", currency = \"USD\" }}\n\
             destination = {{ sip = \"sip:a@198.51.100.7\" }}\n"
        );
        fs::write(self.home.path().join("book.toml"), book).unwrap();
        let told = self.run("book apply book.toml --json");
        serde_json::from_str::<Value>(&told).unwrap()["version"].as_u64().unwrap()
    }

    /// Starts it, and waits until it is ready.
    fn start(&mut self) {
        let mut child = self.command("serve").stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        self.child = Some(child);
        self.said.clear();
        // The log must be read to the end, or the program blocks on a full pipe.
        let (told, heard) = mpsc::channel();
        std::thread::spawn(move || {
            lines.map_while(Result::ok).for_each(|line| drop(told.send(line)));
        });
        loop {
            let line = heard.recv_timeout(PATIENCE).unwrap();
            self.said.push_str(&line);
            let http = line.split("http=").nth(1).filter(|_| line.contains(" ready "));
            if let Some(http) = http {
                self.address = http.split(' ').next().unwrap().parse().unwrap();
                return;
            }
        }
    }

    /// Ends it with a signal, and waits for its exit.
    fn end(&mut self, signal: &str) {
        let mut child = self.child.take().unwrap();
        let killed = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        child.wait().unwrap();
    }

    /// Sends requests until an answer has a value at a JSON pointer. Each request waits for its
    /// answer.
    fn until(&self, path: &str, pointer: &str, value: &Value) {
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
    fn goes_by(&self, version: u64) {
        self.until("/v1/reports/audit", "/book_version", &version.into());
    }

    fn socket(&self) -> PathBuf {
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
fn now() -> Instant {
    Instant::now()
}

#[test]
fn edits_are_live_at_once() {
    let switch = Switch::new("strowger.db");
    let mut took = Vec::new();
    for edit in 2..2 + EDITS {
        let version = switch.apply(edit);
        assert_eq!(version, edit);
        let applied = now();
        switch.goes_by(version);
        took.push(applied.elapsed());
    }
    took.sort_unstable();
    let (median, longest) = (took[took.len() / 2], took[took.len() - 1]);
    println!(
        "from the end of `book apply` to a switch that goes by it: {EDITS} edits, median {median:?}, longest {longest:?}"
    );
}

#[test]
fn a_payment_counts_at_once() {
    let switch = Switch::new("strowger.db");
    for (paid, available) in [("25.00", "25.00"), ("-5.00", "20.00")] {
        switch.run(&format!("balance credit acme {paid}"));
        switch.until("/v1/balances/acme", "/available/amount", &available.into());
    }
}

#[test]
fn the_socket_is_private_and_goes_with_the_switch() {
    let mut switch = Switch::new("strowger.db");
    let data = fs::metadata(switch.socket()).unwrap();
    assert!(data.file_type().is_socket());
    assert_eq!(data.permissions().mode() & 0o777, 0o600);

    // A killed switch leaves the socket behind. Commands work without it, and the next start
    // replaces it.
    switch.end("-KILL");
    assert!(switch.socket().exists());
    assert_eq!(switch.apply(2), 2);
    switch.start();
    switch.goes_by(2);
    assert_eq!(switch.apply(3), 3);
    switch.goes_by(3);

    switch.end("-TERM");
    assert!(!switch.socket().exists());
}

/// Longer than a socket's address may be.
const DEEP: &str = "a-directory-with-a-name-of-forty-letters/a-directory-with-a-name-of-forty-letters/\
                    a-directory-with-a-name-of-forty-letters/strowger.db";

#[test]
fn without_a_socket_an_edit_is_found_by_looking() {
    let switch = Switch::new(DEEP);
    assert!(switch.said.contains("too long for a Unix socket"), "{}", switch.said);
    assert_eq!(switch.apply(2), 2);
    switch.goes_by(2);
}
