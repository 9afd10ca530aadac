//! SIPp, as a caller or as a buyer.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

use jiff::civil::DateTime;

use super::stage::NUMBER;
use super::stage::Stage;
use crate::signals::signal;
use crate::until::until;

/// SIPp ends by itself after this many seconds, as failed.
const TIMEOUT: &str = "40";

/// A SIPp process. It is killed if it still runs when the test ends.
pub(crate) struct Sipp {
    name: String,
    child: Child,
    messages: PathBuf,
}

impl Sipp {
    /// Starts a buyer at host `host` that takes `calls` calls; it is listening when this returns.
    pub(crate) fn buyer(stage: &Stage, host: u8, scenario: &str, calls: u32) -> Self {
        Self::buyer_with(stage, host, scenario, calls, &[])
    }

    /// The same, with more arguments.
    pub(crate) fn buyer_with(
        stage: &Stage,
        host: u8,
        scenario: &str,
        calls: u32,
        more: &[&str],
    ) -> Self {
        let buyer = start(stage, host, scenario, calls, more, &[]);
        let table = if more.contains(&"t1") { "/proc/net/tcp" } else { "/proc/net/udp" };
        let std::net::IpAddr::V4(ip) = stage.ip(host) else { unreachable!() };
        let line = format!("{:08X}:{:04X} ", u32::from_le_bytes(ip.octets()), 5060);
        until("the buyer listens", || {
            fs::read_to_string(table).is_ok_and(|table| table.contains(&line))
        });
        buyer
    }

    /// Starts a caller who places `calls` calls to the book's number, from host 20.
    pub(crate) fn caller(stage: &Stage, scenario: &str, calls: u32) -> Self {
        Self::caller_with(stage, scenario, calls, &[])
    }

    /// The same, with more arguments; later ones win.
    pub(crate) fn caller_with(stage: &Stage, scenario: &str, calls: u32, more: &[&str]) -> Self {
        Self::caller_at(stage, 20, scenario, calls, more)
    }

    /// The same, at another address.
    pub(crate) fn caller_at(
        stage: &Stage,
        host: u8,
        scenario: &str,
        calls: u32,
        more: &[&str],
    ) -> Self {
        let switch = format!("{}:5060", stage.ip(1));
        start(stage, host, scenario, calls, more, &["-s", NUMBER, &switch])
    }

    /// Starts a caller at one host who places one call through a proxy at another.
    pub(crate) fn caller_through(
        stage: &Stage,
        proxy: u8,
        host: u8,
        scenario: &str,
        more: &[&str],
    ) -> Self {
        let proxy = format!("{}:5060", stage.ip(proxy));
        start(stage, host, scenario, 1, more, &["-s", NUMBER, &proxy])
    }

    /// Starts a caller who places one call from host 20; `more` names what is dialled, with `-s`.
    pub(crate) fn caller_to(stage: &Stage, scenario: &str, more: &[&str]) -> Self {
        let switch = format!("{}:5060", stage.ip(1));
        start(stage, 20, scenario, 1, more, &[&switch])
    }

    /// Waits for its end, and checks that every call followed the scenario.
    #[track_caller]
    pub(crate) fn succeed(mut self) -> Messages {
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{} ended with {status}", self.name);
        self.messages()
    }

    /// Lets a caller place no more calls: it ends when those that it has placed do.
    pub(crate) fn place_no_more(self) -> Self {
        signal(&self.child, "-USR1");
        self
    }

    /// Waits for its end, however its calls went.
    pub(crate) fn end(mut self) {
        self.child.wait().unwrap();
    }

    /// Returns what it has sent and received so far.
    pub(crate) fn messages(&self) -> Messages {
        let bytes = fs::read(&self.messages).unwrap_or_default();
        Messages { text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// Returns the file with the messages that it has sent and received.
    pub(crate) fn log(&self) -> PathBuf {
        self.messages.clone()
    }

    /// Returns whether it has received a message with this text.
    pub(crate) fn has_received(&self, part: &str) -> bool {
        self.messages().received().iter().any(|message| message.contains(part))
    }
}

impl Drop for Sipp {
    fn drop(&mut self) {
        // It has usually ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The messages that a SIPp process sent and received.
pub(crate) struct Messages {
    text: String,
}

impl Messages {
    /// Returns the received messages, in order.
    pub(crate) fn received(&self) -> Vec<&str> {
        self.all().filter(|part| has_come(part)).collect()
    }

    /// Returns the sent messages, in order.
    pub(crate) fn sent(&self) -> Vec<&str> {
        self.all().filter(|part| !has_come(part)).collect()
    }

    fn all(&self) -> impl Iterator<Item = &str> {
        let all = self.text.split("-----------------------------------------------").skip(1);
        // A running SIPp may have written only the beginning of the latest one.
        all.filter(|message| message.lines().count() > 2)
    }
}

/// Returns when a message was sent or received, by this machine's clock.
pub(crate) fn moment(message: &str) -> DateTime {
    message.lines().next().unwrap().trim().parse().unwrap()
}

fn has_come(message: &str) -> bool {
    message.lines().nth(1).is_some_and(|line| line.contains("received"))
}

fn start(
    stage: &Stage,
    host: u8,
    scenario: &str,
    calls: u32,
    more: &[&str],
    target: &[&str],
) -> Sipp {
    let name = format!("{scenario}-{host}");
    let file = |what: &str| stage.home().join(format!("{name}.{what}"));
    let (errors, messages, output) = (file("errors"), file("messages"), file("output"));
    let (ip, calls) = (stage.ip(host).to_string(), calls.to_string());
    let path = format!("{}/sip-tests/{scenario}.xml", env!("CARGO_MANIFEST_DIR"));
    assert!(fs::exists(&path).unwrap(), "no scenario {path}");
    let child = Command::new("sipp")
        .current_dir(stage.home())
        .args(["-sf", &path, "-i", &ip, "-p", "5060", "-mi", &ip, "-mp", "6000", "-m", &calls])
        // The first of two values of a key counts.
        .args(if more.contains(&"caller") { &[][..] } else { &["-key", "caller", "+13055550123"] })
        .args(["-nostdin", "-timeout", TIMEOUT, "-timeout_error", "-trace_err", "-error_file"])
        .arg(&errors)
        .args(["-trace_msg", "-message_file"])
        .arg(&messages)
        .args(more)
        .args(target)
        .stdin(Stdio::null())
        .stdout(fs::File::create(&output).unwrap())
        .stderr(fs::File::create(file("stderr")).unwrap())
        .spawn();
    let child = match child {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            panic!("sipp is not installed: run `make test` or scripts/install-test-tools.sh")
        }
        child => child.unwrap(),
    };
    stage.traces.lock().unwrap().extend([errors, messages.clone(), file("stderr")]);
    Sipp { name, child, messages }
}
