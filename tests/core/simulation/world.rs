//! The world of one seed: one clock, one queue of steps, the switch, the phones, the wire.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use strowger::base::LegId;
use strowger::base::Mono;
use strowger::base::Now;
use strowger::base::PlayId;
use strowger::base::Prack;
use strowger::base::Rng;
use strowger::base::Srtp;
use strowger::book::Book;
use strowger::call::CallRecord;
use strowger::call::Input;
use strowger::routing::Simulation;
use strowger::routing::Snapshot;
use strowger::sip;
use strowger::sip::Agent;
use strowger::sip::AgentConfig;
use strowger::sip::Command;
use strowger::sip::Declined;
use strowger::sip::Dial;
use strowger::sip::Event;
use strowger::sip::Incoming;
use strowger::sip::Peer;
use strowger::sip::Transport;
use strowger::sip::Uri;

use super::book::BUYERS;
use super::book::buyer_address;
use super::book::library;
use super::ledger::Ledger;
use super::phone::Phone;
use super::phone::Standing;
use super::plan::Manner;
use super::plan::Offer;
use super::plan::Plan;
use super::plan::Script;
use super::sabotage::Sabotage;
use super::switch::Switch;
use super::switch::Write;
use super::wire;

/// Where the switch listens.
pub(crate) const SWITCH: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 100)), 5060);
/// A Tuesday in winter, around noon in every zone of the book.
const NOON: i64 = 1_767_718_800_000_000;
/// Maximum callers of one world.
const CALLERS: u64 = 6;
/// Maximum duration of a world: callers, prompts, and rings take minutes, a lost leg a minute more.
const WORLD_ENDS: Duration = Duration::from_secs(3_600);
/// How long a phone rings before it stops by itself.
const RINGS_OUT: Duration = Duration::from_secs(70);
/// Maximum steps at one instant.
const STEPS_AT_ONCE: usize = 5_000;

/// The endpoints that send and receive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Switch,
    Phone(usize),
}

/// Something that happens at a given time.
#[derive(Debug)]
pub(crate) enum Step {
    /// A caller dials.
    Dial(usize),
    /// A message arrives.
    Deliver { to: Place, peer: Peer, bytes: Bytes },
    /// A phone's owner acts.
    Act { phone: usize, command: Command },
    /// A call's command reaches the SIP task of the switch.
    Order(Command),
    /// An input reaches a call's task.
    Tell { call: usize, input: Input },
    /// A sound has played to its end, unless it was stopped.
    Heard { call: usize, leg: LegId, play: PlayId },
    /// A phone's owner presses a key.
    Key { phone: usize, session: LegId, key: char },
    /// A vanished party has been silent for too long.
    Silence { call: usize },
    /// A record is on disk, or the write failed.
    Written { call: usize, record: Box<CallRecord>, write: Write },
    /// The switch stops.
    Stop,
    /// The switch is killed: the world ends.
    Crash,
    /// A phone loses power.
    Vanish(usize),
}

/// What a world covered, and how often.
pub(crate) type Seen = BTreeMap<String, usize>;

pub(crate) struct World {
    pub(crate) now: Now,
    pub(crate) rng: Rng,
    pub(crate) plan: Plan,
    pub(crate) sabotage: Sabotage,
    pub(crate) switch: Switch,
    phones: Vec<Phone>,
    scripts: Vec<Script>,
    places: HashMap<SocketAddr, usize>,
    /// The switch's call and leg behind a phone's session.
    far: HashMap<(usize, LegId), (usize, LegId)>,
    /// The phone behind a leg of the switch.
    near: HashMap<LegId, usize>,
    steps: BTreeMap<(Mono, u64), Step>,
    count: u64,
    pub(crate) ledger: Ledger,
    crashed: bool,
    traced: bool,
    seen: Seen,
}

impl World {
    pub(crate) fn new(seed: u64, books: &[Arc<Book>], sabotage: Sabotage, traced: bool) -> World {
        let mut rng = Rng::seeded(seed);
        let callers = 1 + usize::try_from(rng.below(CALLERS)).unwrap_or(0);
        let mut phones = Vec::new();
        for buyer in 0..BUYERS + 2 {
            let (name, at) = (format!("buyer {buyer}"), buyer_address(buyer));
            phones.push(Phone::new(name, phones.len(), (at, Srtp::Off), &mut rng));
        }
        for caller in 0..callers {
            let last = u8::try_from(caller + 1).unwrap_or(1);
            let net = if rng.chance(1, 20) { [203, 0, 113, last] } else { [192, 0, 2, last] };
            let name = format!("caller {caller}");
            let srtp = if rng.chance(1, 4) { Srtp::Required } else { Srtp::Off };
            let at = (net, 5060).into();
            phones.push(Phone::new(name, phones.len(), (at, srtp), &mut rng));
        }
        let book = books[super::book::pick(&mut rng, books.len())].clone();
        let simulation = Simulation::new(Snapshot::compile(book, 1));
        let agent = Agent::new(AgentConfig::new(SWITCH), rng.fork());
        let places = phones.iter().enumerate().map(|(at, phone)| (phone.address, at)).collect();
        let plan = Plan::draw(&mut rng, phones.len());
        let mut world = World {
            now: Now::at(strowger::base::Wall::from_micros(NOON)),
            plan,
            sabotage,
            switch: Switch::new(agent, simulation, library(), rng.fork()),
            scripts: (0..callers).map(|_| Script::draw(&mut rng)).collect(),
            phones,
            places,
            far: HashMap::new(),
            near: HashMap::new(),
            steps: BTreeMap::new(),
            count: 0,
            ledger: Ledger::default(),
            crashed: false,
            traced,
            seen: Seen::new(),
            rng,
        };
        world.begin();
        world
    }

    fn begin(&mut self) {
        self.note(|| String::from("the plan follows"));
        let plan = self.plan.clone();
        self.note(|| format!("{plan:?}"));
        for caller in 0..self.scripts.len() {
            self.after(self.scripts[caller].dial, Step::Dial(caller));
        }
        if let Some(at) = self.plan.stop {
            self.after(at, Step::Stop);
        }
        if let Some(at) = self.plan.crash {
            self.after(at, Step::Crash);
        }
        if let Some((at, phone)) = self.plan.vanish {
            self.after(at, Step::Vanish(phone));
        }
    }

    /// Plays the world to its end and returns what it covered.
    pub(crate) fn run(mut self) -> Seen {
        let mut at_once = 0;
        while !self.crashed
            && let Some(at) = self.next()
        {
            at_once = if at > self.now.mono { 0 } else { at_once + 1 };
            assert!(at_once < STEPS_AT_ONCE, "the world runs in circles");
            self.now = self.now.later(at.since(self.now.mono));
            assert!(self.now.mono < Mono::default() + WORLD_ENDS, "the world does not end");
            self.step();
            let expired = self.switch.simulation.sweep(self.now);
            assert_eq!(expired, 0, "a hold expires although its call lives");
        }
        if !self.crashed {
            self.assert_over();
        }
        self.seen
    }

    fn next(&self) -> Option<Mono> {
        let step = self.steps.first_key_value().map(|((at, _), _)| *at);
        let agents = self.phones.iter().filter_map(|phone| phone.agent.deadline());
        let calls = self.switch.deadline().filter(|_| self.sabotage != Sabotage::NobodyTicks);
        agents.chain(step).chain(self.switch.agent.deadline()).chain(calls).min()
    }

    /// Runs the first due step, or else every due timer.
    fn step(&mut self) {
        let now = self.now.mono;
        if self.steps.first_key_value().is_some_and(|((at, _), _)| *at <= now) {
            if let Some((_, step)) = self.steps.pop_first() {
                self.take(step);
            }
            return;
        }
        let due = |deadline: Option<Mono>| deadline.is_some_and(|at| at <= now);
        for phone in 0..self.phones.len() {
            if due(self.phones[phone].agent.deadline()) {
                self.phone_input(phone, sip::Input::Tick);
            }
        }
        if due(self.switch.agent.deadline()) {
            self.switch_input(sip::Input::Tick);
        }
        for call in 0..self.switch.calls.len() {
            if due(self.switch.calls[call].machine.deadline()) {
                self.tell(call, Input::Tick);
                let next = self.switch.calls[call].machine.deadline();
                assert!(!due(next), "call {call} asks for a time that has passed");
            }
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Dial(caller) => self.dial(caller),
            Step::Deliver { to: Place::Switch, peer, bytes } => {
                let sender = self.switch.sender(peer.remote.ip());
                self.switch_input(sip::Input::Message { peer, sender, bytes });
            }
            Step::Deliver { to: Place::Phone(phone), peer, bytes } => {
                if self.phones[phone].vanished.is_none() {
                    let sender = sip::Sender::Trusted("switch".parse().unwrap());
                    self.phone_input(phone, sip::Input::Message { peer, sender, bytes });
                }
            }
            Step::Act { phone, command } => self.act(phone, command),
            Step::Order(command) => self.order(command),
            Step::Tell { call, input } => self.tell(call, input),
            Step::Heard { call, leg, play } => {
                if self.switch.calls[call].studio.ends(leg, play) {
                    let delay = Duration::from_millis(self.plan.mailbox_ms);
                    self.after(delay, Step::Tell { call, input: Input::Played { play } });
                }
            }
            Step::Key { phone, session, key } => self.key(phone, session, key),
            Step::Silence { call } => {
                if let Some(vanished) = self.vanished_party(call) {
                    let since = self.now.mono.since(vanished);
                    self.tell(call, Input::Silent { since });
                }
            }
            Step::Written { call, record, write } => self.written(call, *record, write),
            Step::Crash => self.crash(),
            Step::Stop => {
                self.switch.drains = true;
                for call in 0..self.switch.calls.len() {
                    self.tell(call, Input::Stop);
                }
            }
            Step::Vanish(phone) => self.vanish(phone),
        }
    }

    pub(crate) fn after(&mut self, delay: Duration, step: Step) {
        self.count += 1;
        self.steps.insert((self.now.mono + delay, self.count), step);
    }

    /// Writes a line of the trace; formats it only when the trace is printed.
    pub(crate) fn note(&self, line: impl FnOnce() -> String) {
        if self.traced {
            let at = self.now.mono.since(Mono::default());
            println!("{:>10.3} {}", at.as_secs_f64(), line());
        }
    }

    pub(crate) fn saw(&mut self, what: String) {
        *self.seen.entry(what).or_default() += 1;
    }

    pub(crate) fn phone_at(&self, address: SocketAddr) -> Option<&Phone> {
        self.phones.get(*self.places.get(&address)?)
    }

    pub(crate) fn phone_of(&self, leg: LegId) -> Option<&Phone> {
        self.phones.get(*self.near.get(&leg)?)
    }

    /// Remembers which phone is behind a leg: the far end's session is its tag.
    pub(crate) fn far_leg(&mut self, incoming: &Incoming, call: usize) {
        if let (Some(phone), Some(far)) = (self.places.get(&incoming.peer.remote), tag(incoming)) {
            self.far.insert((*phone, far), (call, incoming.session));
            self.near.insert(incoming.session, *phone);
        }
    }

    pub(crate) fn switch_input(&mut self, input: sip::Input) {
        self.switch.agent.handle(input, self.now);
        while let Some(output) = self.switch.agent.poll() {
            match output {
                sip::Output::Close { .. } => {}
                sip::Output::NotUnderstood { error, .. } => panic!("switch: {error}"),
                sip::Output::Send { peer, bytes } => self.transmit(Place::Switch, peer, bytes),
                sip::Output::Event(event) => {
                    if self.sabotage == Sabotage::EndIsToldTwice && event.is_terminal() {
                        self.switch_event(event.clone());
                    }
                    self.switch_event(event);
                }
                sip::Output::Refused(_)
                | sip::Output::Registered { .. }
                | sip::Output::Pinged { .. } => {}
            }
        }
    }

    fn phone_input(&mut self, phone: usize, input: sip::Input) {
        self.phones[phone].agent.handle(input, self.now);
        while let Some(output) = self.phones[phone].agent.poll() {
            match output {
                sip::Output::Send { peer, bytes } => {
                    if self.phones[phone].vanished.is_none() {
                        self.transmit(Place::Phone(phone), peer, bytes);
                    }
                }
                sip::Output::Event(event) => self.phone_event(phone, event),
                sip::Output::Refused(_)
                | sip::Output::Registered { .. }
                | sip::Output::Pinged { .. }
                | sip::Output::Close { .. } => {}
                sip::Output::NotUnderstood { error, .. } => panic!("phone {phone}: {error}"),
            }
        }
    }

    fn transmit(&mut self, from: Place, peer: Peer, bytes: Bytes) {
        let bytes = match from {
            Place::Switch => wire::as_options(bytes),
            Place::Phone(_) => wire::as_refer(bytes),
        };
        self.note(|| {
            let end = bytes.iter().position(|byte| *byte == b'\r').unwrap_or(0);
            let line = String::from_utf8_lossy(&bytes[..end]);
            let who = match from {
                Place::Switch => "switch",
                Place::Phone(phone) => &self.phones[phone].name,
            };
            format!("{who:>28} -> {}: {line}", peer.remote)
        });
        let (to, source) = match from {
            Place::Switch => match self.places.get(&peer.remote) {
                Some(phone) => (Place::Phone(*phone), SWITCH),
                None => panic!("the switch sends to {}", peer.remote),
            },
            Place::Phone(phone) => (Place::Switch, self.phones[phone].address),
        };
        let phone = match (from, to) {
            (Place::Phone(phone), _) | (_, Place::Phone(phone)) => &self.phones[phone],
            (Place::Switch, Place::Switch) => return,
        };
        let peer = phone.peer(peer.transport, peer.remote, source);
        for way in wire::carry(&self.plan, peer.transport, &mut self.rng) {
            self.after(way, Step::Deliver { to, peer, bytes: bytes.clone() });
        }
    }

    fn dial(&mut self, caller: usize) {
        let phone = BUYERS + 2 + caller;
        let script = self.scripts[caller].clone();
        let session = LegId::random(&mut self.rng);
        let transport = if script.tcp { Transport::Tcp } else { Transport::Udp };
        let at = self.phones[phone].address;
        let from = match script.withheld {
            true => "<sip:anonymous@anonymous.invalid>".to_owned(),
            false => format!("<sip:+1305555012{}@{}>", caller % 10, at.ip()),
        };
        let offer = match script.offer {
            Offer::Good => self.phones[phone].body.clone(),
            Offer::Missing => Bytes::new(),
            Offer::Garbage => Bytes::from_static(b"v=0\r\nnothing\r\n"),
        };
        let dial = Dial {
            session,
            peer: self.phones[phone].peer(transport, at, SWITCH),
            takes_tcp: false,
            target: Uri::parse(&format!("sip:{}@{SWITCH}", script.number)).unwrap(),
            from,
            to: format!("<sip:{}@{SWITCH}>", script.number),
            headers: Vec::new(),
            sources: sip::Sources::default(),
            prack: Prack::Auto,
            max_forwards: 70,
            offer,
        };
        self.phones[phone].stand(session, Standing::Ringing);
        let why = sip::CancelWhy::Plain;
        let patience = script.patience;
        self.after(patience, Step::Act { phone, command: Command::Cancel { session, why } });
        self.act(phone, Command::Dial(Box::new(dial)));
    }

    fn act(&mut self, phone: usize, command: Command) {
        if self.phones[phone].vanished.is_some() {
            return;
        }
        if let Command::Reject { session, .. } = &command
            && self.phones[phone].standings.get(session) == Some(&Standing::Ringing)
        {
            self.phones[phone].stand(*session, Standing::Over);
        }
        if let Command::Accept { session, .. } = &command
            && self.phones[phone].standings.get(session) == Some(&Standing::Ringing)
        {
            self.phones[phone].stand(*session, Standing::Up);
        }
        self.phone_input(phone, sip::Input::Command(command));
    }

    fn phone_event(&mut self, phone: usize, event: Event) {
        match event {
            Event::Incoming(incoming) => self.rings(phone, &incoming),
            Event::Answered { session, .. } => {
                self.phones[phone].stand(session, Standing::Up);
                if let Some(script) = self.scripts.get(phone - BUYERS - 2) {
                    for (after, key) in script.keys.clone() {
                        self.after(after, Step::Key { phone, session, key });
                    }
                }
            }
            Event::Canceled { session, .. }
            | Event::Refused { session, .. }
            | Event::Redirected { session, .. }
            | Event::Ended { session, .. } => self.phones[phone].stand(session, Standing::Over),
            // What became of a REFER.
            Event::Alive { .. } => {}
            Event::Ringing { .. } | Event::Confirmed { .. } => {}
            Event::Reoffered { .. } | Event::Digit { .. } | Event::Referred { .. } => {
                panic!("the simulation sends none of these")
            }
        }
    }

    /// A buyer's phone rings: schedules its reaction.
    fn rings(&mut self, phone: usize, incoming: &Incoming) {
        let session = incoming.session;
        self.phones[phone].stand(session, Standing::Ringing);
        let call = tag(incoming).and_then(|leg| {
            self.near.insert(leg, phone);
            Some((self.switch.call_of(leg)?, leg))
        });
        if let Some(far) = call {
            self.far.insert((phone, session), far);
        }
        let manner = Manner::draw(&mut self.rng);
        self.note(|| format!("buyer {phone}: {manner:?}"));
        let ring = Duration::from_millis(self.rng.below(1_500));
        let is_early = self.rng.chance(30, 100);
        let early = self.phones[phone].body.clone();
        let mut act = |after, command| self.after(after, Step::Act { phone, command });
        let (status, body) = if is_early { (183, Some(early)) } else { (180, None) };
        act(ring, Command::Ring { session, status, body, prack: Prack::Auto });
        // No phone rings forever: a CANCEL is not sent before a 180 has arrived.
        act(
            RINGS_OUT,
            Command::Reject { session, declined: Declined::plain(480), retry_after: None },
        );
        let accept = |body: Bytes| Command::Accept { session, body };
        match manner {
            Manner::Refuses { after, status } => {
                act(
                    after,
                    Command::Reject {
                        session,
                        declined: Declined::plain(status),
                        retry_after: None,
                    },
                );
            }
            Manner::Rings => {}
            Manner::Babbles { after } => act(after, accept(Bytes::from_static(b"hello"))),
            Manner::Answers { after, talks } => {
                let body = self.phones[phone].body.clone();
                let bye = Command::Bye { session, cause: None };
                self.after(after, Step::Act { phone, command: accept(body) });
                self.after(after + talks, Step::Act { phone, command: bye });
                if self.rng.chance(1, 4) {
                    let command = Command::Probe { session };
                    let then = Duration::from_millis(self.rng.below(10_000));
                    self.after(after + then.min(talks), Step::Act { phone, command });
                }
                for _ in 0..self.rng.below(4) {
                    let key = if self.rng.chance(1, 2) { '1' } else { '5' };
                    let then = after + Duration::from_millis(self.rng.below(12_000));
                    self.after(then, Step::Key { phone, session, key });
                }
            }
        }
    }

    fn key(&mut self, phone: usize, session: LegId, key: char) {
        let Some((call, leg)) = self.far.get(&(phone, session)).copied() else { return };
        let gone = self.phones[phone].vanished.is_some();
        if !gone && self.switch.calls[call].studio.is_open(leg) {
            self.tell(call, Input::Digit { leg, digit: key });
        }
    }

    fn vanish(&mut self, phone: usize) {
        self.note(|| format!("{} vanishes", self.phones[phone].name));
        self.phones[phone].vanished = Some(self.now.mono);
        for call in 0..self.switch.calls.len() {
            self.watch_silence(call);
        }
    }

    /// The switch is killed and started again with what is on disk.
    fn crash(&mut self) {
        self.crashed = true;
        self.saw("crash".to_owned());
        let (calls, now) = (&self.switch.calls, self.now);
        for (number, call) in calls.iter().enumerate() {
            let known = self.ledger.knows(number);
            assert!(known || !call.audit.was_accepted(), "answered call {number} has no record");
        }
        self.ledger.restart(|call| calls[call].audit.talked(now));
    }

    /// Checks the invariants at the end of a world.
    fn assert_over(&self) {
        let switch = &self.switch;
        let left = (switch.agent.sessions(), switch.agent.transactions());
        assert_eq!(left, (0, 0), "the switch has sessions and transactions left");
        for phone in &self.phones {
            phone.assert_idle();
        }
        let mut won = 0;
        for (number, call) in switch.calls.iter().enumerate() {
            assert!(call.audit.is_done(), "call {number} is not done");
            let Some(record) = self.ledger.finished(number) else { panic!("no record") };
            let answered = record.answered_at.is_some();
            assert_eq!(
                answered,
                call.audit.was_accepted(),
                "call {number}: whether it was answered"
            );
            won += usize::from(record.winner.is_some());
        }
        switch.usage.assert_all_over();
        assert_eq!(switch.simulation.live(), 0, "holds are left");
        assert_eq!(switch.usage.committed, won, "units spent and calls won");
    }
}

/// The far end's session, by the tag in From.
fn tag(incoming: &Incoming) -> Option<LegId> {
    let from = incoming.request.from().ok()?;
    u64::from_str_radix(from.tag?, 16).ok().map(LegId)
}
