//! Two agents and a network that loses, duplicates and reorders messages. A failing test names its
//! seed.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;

use super::bench::dial;
use super::bench::line;
use super::bench::short;
use super::bench::trusted;
use crate::base::LegId;
use crate::base::Mono;
use crate::base::Now;
use crate::base::Prack;
use crate::base::Rng;
use crate::sip::Agent;
use crate::sip::AgentConfig;
use crate::sip::CancelWhy;
use crate::sip::Command;
use crate::sip::ConnectionId;
use crate::sip::Declined;
use crate::sip::Event;
use crate::sip::Input;
use crate::sip::Output;
use crate::sip::Peer;
use crate::sip::Transport;
use crate::sip::wire::Framing;
use crate::sip::wire::Message;
use crate::sip::wire::Uri;

const SEEDS: u64 = 3_000;
const CALLS: u64 = 3;

/// One of the two agents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Side {
    Left,
    Right,
}

impl Side {
    fn address(self) -> SocketAddr {
        match self {
            Side::Left => ([192, 0, 2, 1], 5060).into(),
            Side::Right => ([192, 0, 2, 2], 5060).into(),
        }
    }

    fn other(self) -> Side {
        match self {
            Side::Left => Side::Right,
            Side::Right => Side::Left,
        }
    }
}

#[derive(Debug)]
enum Step {
    Deliver { to: Side, bytes: Bytes },
    Order { side: Side, command: Command },
}

/// State of a session as its owner sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Ringing,
    Up,
    Over,
}

struct World {
    left: Agent,
    right: Agent,
    now: Now,
    rng: Rng,
    steps: BTreeMap<(Mono, u64), Step>,
    count: u64,
    standings: HashMap<(Side, LegId), Standing>,
    transport: Transport,
    loss_percent: u64,
    endings: Vec<String>,
}

#[test]
fn every_session_ends_once_and_nothing_is_left() {
    let mut seen = BTreeMap::new();
    for seed in 0..SEEDS {
        match std::panic::catch_unwind(|| World::new(seed).run()) {
            Ok(endings) => {
                for ending in endings {
                    *seen.entry(ending).or_insert(0) += 1;
                }
            }
            Err(panic) => {
                eprintln!("failing seed: {seed}");
                std::panic::resume_unwind(panic);
            }
        }
    }
    for ending in [
        "Canceled",
        "Ended Bye",
        "Ended ByeAnswered",
        "Ended Lost",
        "Ended NoAck",
        "Refused AnsweredLate",
        "Refused Canceled",
        "Refused Status(486)",
        "Refused Timeout",
    ] {
        assert!(seen.contains_key(ending), "no story ends with {ending}: {seen:?}");
    }
}

impl World {
    fn new(seed: u64) -> World {
        let mut rng = Rng::seeded(seed);
        let agent =
            |side: Side, rng: &mut Rng| Agent::new(AgentConfig::new(side.address()), rng.fork());
        let transport = if rng.chance(1, 5) { Transport::Tcp } else { Transport::Udp };
        World {
            left: agent(Side::Left, &mut rng),
            right: agent(Side::Right, &mut rng),
            now: Now::default(),
            steps: BTreeMap::new(),
            count: 0,
            standings: HashMap::new(),
            transport,
            loss_percent: [0, 5, 20, 40][usize::try_from(rng.below(4)).unwrap()],
            rng,
            endings: Vec::new(),
        }
    }

    fn agent(&mut self, side: Side) -> &mut Agent {
        match side {
            Side::Left => &mut self.left,
            Side::Right => &mut self.right,
        }
    }

    /// Runs until all sessions have ended and returns how they ended.
    fn run(mut self) -> Vec<String> {
        for _ in 0..CALLS {
            let side = if self.rng.chance(1, 2) { Side::Left } else { Side::Right };
            self.call(side);
        }
        while let Some(at) = self.next() {
            self.now = self.now.later(at.since(self.now.mono));
            let due = self.steps.first_key_value().is_some_and(|((t, _), _)| *t <= at);
            match due.then(|| self.steps.pop_first()).flatten() {
                Some((_, Step::Deliver { to, bytes })) => self.deliver(to, bytes),
                Some((_, Step::Order { side, command })) => self.order(side, command),
                None => {
                    self.handle(Side::Left, Input::Tick);
                    self.handle(Side::Right, Input::Tick);
                }
            }
            assert!(self.now.mono < Mono::default() + Duration::from_secs(3_600), "it ends");
        }
        for side in [Side::Left, Side::Right] {
            let agent = self.agent(side);
            assert_eq!((agent.sessions(), agent.transactions()), (0, 0), "{side:?} is empty");
            assert!(agent.carried.is_empty());
        }
        for (who, standing) in &self.standings {
            assert_eq!(*standing, Standing::Over, "{who:?} has ended");
        }
        self.endings
    }

    fn next(&self) -> Option<Mono> {
        let step = self.steps.first_key_value().map(|((at, _), _)| *at);
        [step, self.left.deadline(), self.right.deadline()].into_iter().flatten().min()
    }

    fn after(&mut self, ms: u64, step: Step) {
        self.count += 1;
        self.steps.insert((self.now.mono + Duration::from_millis(ms), self.count), step);
    }

    fn order_after(&mut self, ms: u64, side: Side, command: Command) {
        self.after(ms, Step::Order { side, command });
    }

    /// Peer of the other side.
    fn peer(&self, from: Side) -> Peer {
        Peer {
            transport: self.transport,
            remote: from.other().address(),
            local: from.address(),
            connection: (self.transport == Transport::Tcp).then_some(ConnectionId(1)),
        }
    }

    fn call(&mut self, side: Side) {
        let session = LegId::random(&mut self.rng);
        let mut order = dial(session, self.peer(side));
        order.target = Uri::parse(&format!("sip:x@{}", side.other().address())).unwrap();
        let start = self.rng.below(2_000);
        self.standings.insert((side, session), Standing::Ringing);
        self.order_after(start, side, Command::Dial(Box::new(order)));
        if self.rng.chance(1, 3) {
            let at = start + self.rng.below(4_000);
            self.order_after(at, side, Command::Cancel { session, why: CancelWhy::Plain });
        }
        self.order_after(100_000, side, Command::Cancel { session, why: CancelWhy::Plain });
        self.order_after(150_000, side, Command::Bye { session, cause: None });
    }

    fn order(&mut self, side: Side, command: Command) {
        let rejected = match &command {
            Command::Reject { session, .. } => Some(*session),
            _ => None,
        };
        let accepted = match &command {
            Command::Accept { session, .. } => Some(*session),
            _ => None,
        };
        let rings = |s: LegId| self.standings.get(&(side, s)) == Some(&Standing::Ringing);
        let (waits, takes) = (rejected.is_some_and(rings), accepted.filter(|s| rings(*s)));
        if let Some(session) = takes {
            self.standings.insert((side, session), Standing::Up);
        }
        self.handle(side, Input::Command(command));
        if let (Some(session), true) = (rejected, waits) {
            self.standings.insert((side, session), Standing::Over);
        }
    }

    fn deliver(&mut self, to: Side, bytes: Bytes) {
        let message = Message::parse(bytes.clone(), Framing::Datagram).unwrap();
        let is_answer = line(&message) == "200 INVITE";
        let unmatched = self.agent(to).counters().unmatched_responses;
        let peer = self.peer(to);
        let sent = self.handle(to, Input::Message { peer, sender: trusted(), bytes });
        if is_answer && self.agent(to).counters().unmatched_responses == unmatched {
            let acks = sent.iter().filter(|line| *line == "ACK").count();
            assert_eq!(acks, 1, "each 200 that came gets its ACK");
        }
    }

    /// Passes an input to an agent, and acts as the network and the owner.
    fn handle(&mut self, side: Side, input: Input) -> Vec<String> {
        let now = self.now;
        self.agent(side).handle(input, now);
        let mut sent = Vec::new();
        while let Some(output) = self.agent(side).poll() {
            match output {
                Output::Send { peer, bytes } => {
                    assert_eq!(peer.remote, side.other().address());
                    sent.push(line(&Message::parse(bytes.clone(), Framing::Stream).unwrap()));
                    self.transmit(side.other(), bytes);
                }
                Output::Event(event) => self.react(side, event),
                Output::Refused(invite) => panic!("both sides are trunks: {invite:?}"),
                Output::NotUnderstood { error, .. } => panic!("{error}"),
                Output::Registered { .. } | Output::Pinged { .. } | Output::Close { .. } => {}
            }
        }
        sent
    }

    fn transmit(&mut self, to: Side, bytes: Bytes) {
        if self.transport == Transport::Tcp {
            return self.after(20, Step::Deliver { to, bytes });
        }
        let copies = if self.rng.chance(1, 10) { 2 } else { 1 };
        for _ in 0..copies {
            if self.rng.chance(self.loss_percent, 100) {
                continue;
            }
            let slow = if self.rng.chance(1, 10) { 900 } else { 30 };
            let delay = self.rng.below(slow);
            self.after(delay, Step::Deliver { to, bytes: bytes.clone() });
        }
    }

    fn stand(&mut self, side: Side, session: LegId, to: Standing) {
        let before = self.standings.insert((side, session), to);
        let allowed = match to {
            Standing::Ringing => before.is_none(),
            Standing::Up => before == Some(Standing::Ringing),
            Standing::Over => matches!(before, Some(Standing::Ringing | Standing::Up)),
        };
        assert!(allowed, "{side:?} {session}: {before:?} to {to:?}");
    }

    fn react(&mut self, side: Side, event: Event) {
        match event {
            Event::Incoming(incoming) => self.pick_up(side, incoming.session),
            Event::Ringing { session, .. } => {
                assert_eq!(self.standings[&(side, session)], Standing::Ringing);
            }
            Event::Confirmed { session, .. } => {
                assert_ne!(self.standings[&(side, session)], Standing::Over);
                self.maybe_hang_up(side, session);
            }
            Event::Answered { session, .. } => {
                self.stand(side, session, Standing::Up);
                self.maybe_hang_up(side, session);
            }
            Event::Canceled { session, .. }
            | Event::Refused { session, .. }
            | Event::Redirected { session, .. }
            | Event::Ended { session, .. } => {
                self.endings.push(short(&event));
                self.stand(side, session, Standing::Over);
            }
            Event::Reoffered { .. }
            | Event::Digit { .. }
            | Event::Referred { .. }
            | Event::Alive { .. } => {
                panic!("neither side sends these")
            }
        }
    }

    fn pick_up(&mut self, side: Side, session: LegId) {
        self.stand(side, session, Standing::Ringing);
        let ring = self.rng.below(3_000);
        let then = ring + self.rng.below(6_000);
        let accept = Command::Accept { session, body: "answer".into() };
        match self.rng.below(8) {
            0 => self.order_after(then, side, reject(session)),
            1 => self.order_after(0, side, accept),
            2 => {}
            _ => {
                let early = self.rng.chance(1, 4).then(|| "early".into());
                self.order_after(
                    ring,
                    side,
                    Command::Ring { session, status: 180, body: early, prack: Prack::Auto },
                );
                self.order_after(then, side, accept);
            }
        }
        if self.rng.chance(1, 6) {
            // The owner hangs up at once, perhaps before the ACK.
            self.order_after(then + 1, side, Command::Bye { session, cause: None });
        }
        self.order_after(70_000, side, reject(session));
        self.order_after(150_000, side, Command::Bye { session, cause: None });
    }

    fn maybe_hang_up(&mut self, side: Side, session: LegId) {
        if self.rng.chance(1, 2) {
            let at = self.rng.below(20_000);
            self.order_after(at, side, Command::Bye { session, cause: None });
        }
    }
}

fn reject(session: LegId) -> Command {
    Command::Reject { session, declined: Declined::plain(486), retry_after: None }
}
