//! `strowger demo`: its calls go as expected, fit a terminal, and the user's own calls are shown.

use std::io::BufRead as _;
use std::io::BufReader;
use std::net::SocketAddr;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::mpsc;
use std::time::Duration;

use crate::refused::dial;
use crate::switch::now;

const PROGRAM: &str = env!("CARGO_BIN_EXE_strowger");
/// Longest time for the demo's calls.
const PATIENCE: Duration = Duration::from_secs(120);
/// Most time from the start to the first call.
const FIRST_CALL_MAX: Duration = Duration::from_secs(10);
/// Width of a terminal.
const COLUMNS: usize = 80;

/// One demo at a time: two that start together may take the same port.
static ALONE: Mutex<()> = Mutex::new(());

/// A demo, and the lines that it prints.
struct Demo {
    child: Child,
    lines: mpsc::Receiver<String>,
    seen: Vec<String>,
    _alone: MutexGuard<'static, ()>,
}

impl Demo {
    fn start(options: &[&str]) -> Self {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let mut command = Command::new(PROGRAM);
        let command = command.arg("demo").args(options);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            output.map_while(Result::ok).for_each(|line| drop(sender.send(line)));
        });
        Self { child, lines, seen: Vec::new(), _alone: alone }
    }

    /// Waits for a line with a text and returns it.
    fn prints(&mut self, text: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("no {text:?} in {:#?}", self.seen));
            self.seen.push(line.clone());
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Waits for its end; returns whether it succeeded.
    fn ends(&mut self) -> bool {
        self.seen.extend(self.lines.iter());
        let wide = self.seen.iter().filter(|line| line.chars().count() > COLUMNS);
        assert_eq!(wide.collect::<Vec<_>>(), Vec::<&String>::new(), "lines are too long");
        self.child.wait().unwrap().success()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_fast_demo_goes_as_expected_and_fits_a_terminal() {
    let mut demo = Demo::start(&["--once", "--fast"]);
    demo.prints("10 of 10 calls went as expected.");
    assert!(demo.ends(), "{:#?}", demo.seen);
    let total = demo.seen.iter().find(|line| line.trim_start().starts_with("total")).unwrap();
    let cells: Vec<&str> = total.split_whitespace().collect();
    assert_eq!(cells[1..3], ["8", "bridged"], "{total}");
    assert_eq!(cells[5], "260.00", "{total}");
    // Profit and loss is that of the calls less the returned one: calls, connected, billable,
    // revenue, payout, margin.
    let line = |text: &str| {
        let found = demo.seen.iter().rfind(|line| line.trim_start().starts_with(text));
        found.unwrap_or_else(|| panic!("no {text:?} in {:#?}", demo.seen)).clone()
    };
    let amount = |text: &str| text.parse::<f64>().unwrap();
    let returned = demo.seen.iter().find(|line| line.contains(" is returned: ")).unwrap();
    let (_, returned) = returned.split_once(" is returned: ").unwrap();
    let returned: Vec<&str> = returned.split_whitespace().collect();
    assert_eq!(returned[..2], ["45.00", "USD"], "{returned:?}");
    let profit = line("total");
    let report: Vec<&str> = profit.split_whitespace().collect();
    assert_eq!(report[1..3], ["10", "8"], "{profit}");
    // The calls without the returned one, and the leads: 31 of the auction, 20 and 18 of the shared
    // one, half of which is the source's.
    assert_eq!(amount(report[4]), amount(cells[5]) - 45.0 + 69.0, "{profit}");
    assert_eq!(amount(report[5]), amount(cells[6]) - 7.0 + 34.5, "{profit}");
    assert_eq!(amount(report[6]), amount(report[4]) - amount(report[5]), "{profit}");
    assert!(line("postback call.converted of call ").ends_with("payout 7.00"));
    assert!(line("postback sale.returned of call ").contains(" of call 1, payout "));
    let leads =
        demo.seen.iter().position(|line| line.contains("A form lead is auctioned")).unwrap();
    let leads = demo.seen[leads..].join("\n");
    for part in [
        "bid of fox-solar-forms: 36.50 USD rejected",
        "bid of elm-solar-forms: 31.00 USD won",
        "bid of acme-solar-forms:",
        "A form lead is shared",
    ] {
        assert!(leads.contains(part), "{part}: {leads}");
    }
    assert_eq!(leads.matches("as expected").count(), 2, "{leads}");
    let text = demo.seen.join("\n");
    assert!(!text.contains('\u{1b}'), "no colours without a terminal: {text}");
}

#[test]
fn the_demo_begins_with_a_call_at_once_and_shows_the_users_own() {
    let begun = now();
    let mut demo = Demo::start(&[]);
    let listens = demo.prints("listens for SIP on");
    let (_, rest) = listens.split_once("SIP on ").unwrap();
    let sip: SocketAddr = rest.split(' ').next().unwrap().parse().unwrap();
    demo.prints("calls +18005550100");
    assert!(begun.elapsed() < FIRST_CALL_MAX, "{:?}", begun.elapsed());
    // Not a number of the book: refused. The second one has no contract that takes this caller.
    assert_eq!(dial("127.0.0.1", sip, "+18005550199"), 404);
    let call = std::thread::spawn(move || dial("127.0.0.2", sip, "+18005550102"));
    demo.prints("Your call from +13055550123 to +18005550102");
    let line = demo.prints("calls +18005550102");
    assert!(line.starts_with("11 "), "{line}");
    call.join().unwrap();
}

#[test]
fn a_demo_on_an_address_takes_calls_of_its_network() {
    // The address that the route to a documentation address begins with (RFC 5737): nothing is sent.
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").unwrap();
    let routed = socket.connect("192.0.2.1:9").and_then(|()| socket.local_addr());
    let Some(own) = routed.ok().map(|own| own.ip()).filter(|own| !own.is_loopback()) else {
        // A machine without a network has no such address.
        return;
    };
    let own = own.to_string();
    let mut demo = Demo::start(&["--fast", "--address", &own]);
    let listens = demo.prints(&format!("and {own}:"));
    let (_, rest) = listens.split_once(" and ").unwrap();
    let sip: SocketAddr = rest.split(' ').next().unwrap().parse().unwrap();
    let (from, to) = (own.clone(), sip);
    let call = std::thread::spawn(move || dial(&from, to, "+18005550102"));
    demo.prints("by trunk your-phones");
    call.join().unwrap();
}
