//! A lead in simulated time, with buyers who answer as the test says.

use std::sync::Arc;
use std::time::Duration;

use crate::base::AttemptId;
use crate::base::Fields;
use crate::base::LeadId;
use crate::base::Money;
use crate::base::Now;
use crate::base::Origin;
use crate::base::Outcome;
use crate::base::Rng;
use crate::base::Wall;
use crate::book;
use crate::book::Book;
use crate::book::Channel;
use crate::lead::Input;
use crate::lead::Lead;
use crate::lead::LeadRecord;
use crate::lead::Machine;
use crate::lead::Output;
use crate::lead::Pinged;
use crate::lead::Reply;
use crate::lead::Rules;
use crate::lead::UnknownNames;
use crate::lead::What;
use crate::routing::Simulation;
use crate::routing::Snapshot;
use crate::sale::BidRecord;
use crate::sale::BidReply;
use crate::sale::Untold;
use crate::score::Scorer;

/// A Tuesday, 11:00 in Chicago.
const START: i64 = 1_767_718_800_000_000;
pub(super) const RULES: Rules =
    Rules { unknown_after: Duration::from_secs(900), park_max: Duration::from_secs(7 * 86_400) };

/// Returns a book with the offer `o`, and these contracts in order of priority, each with its own
/// buyer.
pub(super) fn book(offer: &str, contracts: &[(&str, &str)]) -> Arc<Book> {
    let mut text = format!(
        "[[source]]\nid = \"web\"\npayout = {{ amount = \"4.00\", currency = \"USD\" }}\n\
         [[offer]]\nid = \"p\"\n[[offer]]\nid = \"o\"\n{offer}\n"
    );
    for (place, (id, more)) in contracts.iter().enumerate() {
        let offer = if more.contains("offer =") { "" } else { "offer = \"o\"" };
        let delivery = if more.contains("delivery =") {
            String::new()
        } else {
            format!("delivery = {{ post = \"https://{id}.example/leads\" }}")
        };
        text += &format!(
            "[[buyer]]\nid = \"{id}\"\ntimezone = \"America/Chicago\"\n\
             [[contract]]\nid = \"{id}\"\nbuyer = \"{id}\"\n{offer}\npriority = {place}\n\
             channels = [\"form\"]\nprice = {{ amount = \"10.00\", currency = \"USD\" }}\n\
             {delivery}\n{more}\n"
        );
    }
    let (book, faults) = book::parse("b", &text);
    Arc::new(book.unwrap_or_else(|| panic!("{faults:#?}")))
}

/// One lead and its counters.
pub(super) struct Bench {
    pub(super) machine: Machine,
    pub(super) simulation: Simulation,
    pub(super) now: Now,
    pub(super) rng: Rng,
    /// Contracts and records: `post a`, `record delivering`.
    pub(super) log: Vec<String>,
    /// Posts in order, by contract.
    pub(super) posts: Vec<(String, AttemptId)>,
}

impl Bench {
    pub(super) fn new(book: &Arc<Book>) -> Self {
        Self::with(book, |_| None)
    }

    /// Returns a bench for a lead that was posted to a ping with these bids; they get the time.
    pub(super) fn pinged(book: &Arc<Book>, bids: impl Fn(Wall) -> Vec<BidRecord>) -> Self {
        let id = "0190a0b0-0000-7000-8000-000000000001".parse().unwrap();
        Self::with(book, |at| Some(Pinged { id, bids: bids(at) }))
    }

    fn with(book: &Arc<Book>, ping: impl Fn(Wall) -> Option<Pinged>) -> Self {
        let mut rng = Rng::seeded(7);
        let now = Now::at(Wall::from_micros(START));
        let mut fields = Fields::default();
        fields.set("phone".parse().unwrap(), "+13055550123", Origin::Form);
        let form = Channel::Form;
        let scored = Scorer::default().score(form, &fields, None, None, &[], now.wall);
        let lead = Lead {
            id: LeadId::new(now, &mut rng),
            offer: "o".parse().unwrap(),
            source: "web".parse().unwrap(),
            fields,
            unknown: UnknownNames::default(),
            at: now.wall,
            book_version: 1,
            scored,
            earlier: Some(0),
            ping: ping(now.wall),
        };
        let machine = Machine::new(&lead, book, RULES);
        let simulation = Simulation::new(Snapshot::compile(book.clone(), 1));
        Self { machine, simulation, now, rng, log: Vec::new(), posts: Vec::new() }
    }

    /// Returns a bench for a record of an earlier run; posts without a result keep their holds.
    pub(super) fn resumed(book: &Arc<Book>, before: &Bench) -> Self {
        let mut rng = Rng::seeded(8);
        let (now, record) = (before.now, before.machine.record().clone());
        let untold = before.machine.holds().filter(|open| {
            record.attempts.iter().any(|row| row.id == open.attempt && row.outcome.is_none())
        });
        let untold: Vec<Untold> = untold
            .map(|open| Untold {
                attempt: open.attempt,
                pick: open.pick.clone(),
                hold: open.id,
                held_at: open.since,
            })
            .collect();
        let mut simulation = Simulation::new(Snapshot::compile(book.clone(), 1));
        for one in &untold {
            simulation.hold(&one.pick, one.hold, now).unwrap();
        }
        let posts = before.posts.clone();
        let machine = Machine::resume(record, book, RULES, untold, now, &mut rng);
        let mut bench = Self { machine, simulation, now, rng, log: Vec::new(), posts };
        bench.carry_out();
        bench
    }

    /// Opens the lead.
    pub(super) fn open(mut self) -> Self {
        self.handle(Input::Opened);
        self
    }

    pub(super) fn handle(&mut self, input: Input) {
        self.machine.handle(input, self.now, &mut self.rng);
        self.carry_out();
    }

    fn carry_out(&mut self) {
        while let Some(output) = self.machine.poll() {
            let (now, rng) = (self.now, &mut self.rng);
            match output {
                Output::Record => {
                    self.log.push(format!("record {}", self.machine.record().status));
                }
                Output::Survey(inquiry) => {
                    let decision = self.simulation.preview(&inquiry, now);
                    self.machine.handle(Input::Surveyed(Box::new(decision)), now, rng);
                }
                Output::Ping { contracts, window } => {
                    let names: Vec<&str> = contracts.iter().map(|id| id.as_str()).collect();
                    self.log.push(format!("ping {} {}", names.join("+"), window.as_millis()));
                }
                Output::Decide(inquiry, bids) => {
                    let decision = self.simulation.auction(&inquiry, &bids, now, rng);
                    self.machine.handle(Input::Decided(Box::new(decision)), now, rng);
                }
                Output::Hold { hold, pick } => {
                    let held = self.simulation.hold(&pick, hold, now);
                    let held = held.map_err(|refused| refused.skip());
                    self.machine.handle(Input::Held(held), now, rng);
                }
                Output::Settle { hold, how } => {
                    let _settled = self.simulation.settle(hold, how, now);
                }
                Output::Post(id) => {
                    let contract = self.machine.attempt(id).unwrap().pick.contract.to_string();
                    self.log.push(format!("post {contract}"));
                    self.posts.push((contract, id));
                }
            }
        }
    }

    /// The buyer of a contract answers its post.
    pub(super) fn answers(&mut self, contract: &str, reply: Reply) {
        let id = self.posts.iter().rev().find(|(own, _)| own == contract).unwrap().1;
        self.handle(Input::Replied(id, reply));
    }

    /// The buyer of a contract answers its ping.
    pub(super) fn bids(&mut self, contract: &str, reply: BidReply) {
        self.handle(Input::Bid(contract.parse().unwrap(), reply));
    }

    /// Time passes without a tick.
    pub(super) fn sleep_through(&mut self, duration: Duration) {
        self.advance(duration);
    }

    pub(super) fn accepts(&mut self, contract: &str) {
        let reference = Some(format!("{contract}-1"));
        self.answers(contract, Reply::Accepted { status: Some(200), reference });
    }

    pub(super) fn rejects(&mut self, contract: &str) {
        let reason = Some("no".to_owned());
        let outcome = Outcome::Declined;
        self.answers(contract, Reply::Lost { outcome, status: Some(200), reason });
    }

    pub(super) fn hangs(&mut self, contract: &str) {
        self.answers(contract, Reply::Unknown { reason: "no answer".to_owned() });
    }

    /// Time passes, with a tick at every deadline.
    pub(super) fn pass(&mut self, duration: Duration) {
        let end = self.now.mono + duration;
        while let Some(at) = self.machine.deadline().filter(|at| *at <= end) {
            self.advance(at.since(self.now.mono));
            self.handle(Input::Tick);
        }
        self.advance(end.since(self.now.mono));
    }

    fn advance(&mut self, duration: Duration) {
        let Now { wall, mono, .. } = self.now;
        self.now = Now { wall: wall + duration, mono: mono + duration };
    }

    pub(super) fn record(&self) -> &LeadRecord {
        self.machine.record()
    }

    /// Returns what happened, in order.
    pub(super) fn take_log(&mut self) -> String {
        std::mem::take(&mut self.log).join(", ")
    }

    /// Returns the time line as words.
    pub(super) fn steps(&self) -> String {
        let word = |what: &What| match what {
            What::Received => "received".to_owned(),
            What::Pinged { .. } => "pinged".to_owned(),
            What::UnknownNames { .. }
            | What::Invalid { .. }
            | What::Suppressed { .. }
            | What::CertificateReused { .. }
            | What::Rehearsed { .. } => "refused".to_owned(),
            What::Scored { scored, .. } => format!("scored:{}", scored.score),
            What::Routed { picks, .. } => format!("routed:{picks}"),
            What::Asked { bidders, cached, .. } => format!("asked:{bidders}+{cached}"),
            What::Bids { bids, highest, .. } => {
                format!("bids:{bids}:{}", highest.map(Money::amount).unwrap_or_default())
            }
            What::CapFull { contract, cap } => format!("{contract}:{cap}"),
            What::HandedOn { to } => to.clone(),
            What::Posted { contract, .. } => format!("{contract}:posted"),
            What::Accepted { contract, .. } => format!("{contract}:accepted"),
            What::Lost { contract, outcome, .. } => format!("{contract}:{outcome}"),
            What::Unknown { contract, .. } => format!("{contract}:unknown"),
            What::Settled { contract, by, .. } => format!("{contract}:settled:{by}"),
            What::Parked { .. } => "parked".to_owned(),
            What::Resumed => "resumed".to_owned(),
            What::Ended { reason } => format!("ended:{reason}"),
        };
        let steps = self.record().steps.iter();
        steps.map(|step| word(&step.what)).collect::<Vec<_>>().join(" ")
    }
}
