//! The switch in simulated time: what `strowger::switch` does with tasks, step by step.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use strowger::base::GatewayName;
use strowger::base::HoldId;
use strowger::base::LegId;
use strowger::base::Mono;
use strowger::base::Outcome;
use strowger::base::Rng;
use strowger::base::Skip;
use strowger::book::Destination;
use strowger::book::Target;
use strowger::call::CallRecord;
use strowger::call::Input;
use strowger::call::Machine;
use strowger::call::MediaOrder;
use strowger::call::Output;
use strowger::call::Route;
use strowger::call::Setup;
use strowger::call::Traffic;
use strowger::caps::Settle;
use strowger::caps::Settled;
use strowger::lead::OpenPings;
use strowger::library::Library;
use strowger::placing;
use strowger::placing::Arrival;
use strowger::placing::Opened;
use strowger::placing::Placed;
use strowger::placing::place;
use strowger::routing;
use strowger::routing::Pick;
use strowger::routing::Simulation;
use strowger::routing::Snapshot;
use strowger::sale::BidReply;
use strowger::sale::Confirmation;
use strowger::sale::ConversionSecret;
use strowger::sip;
use strowger::sip::Agent;
use strowger::sip::Command;
use strowger::sip::Declined;
use strowger::sip::Event;
use strowger::sip::Incoming;
use strowger::sip::Transport;
use strowger::sip::Uri;

use super::audit::Audit;
use super::sabotage::Sabotage;
use super::studio::Studio;
use super::usage::Usage;
use super::world::SWITCH;
use super::world::Step;
use super::world::World;

/// Our RTP port in every description. No packet is sent.
const RTP_PORT: u16 = 30_000;
/// Maximum silence of a party.
const SILENCE: Duration = Duration::from_secs(30);

/// A write of a call's record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Write {
    /// The call waits for it.
    Open,
    /// The same, but it fails.
    Fails,
    /// The call does not wait for it.
    Later,
}

pub(crate) struct Switch {
    pub(crate) agent: Agent,
    pub(crate) simulation: Simulation,
    snapshot: Arc<Snapshot>,
    library: Library,
    pub(crate) calls: Vec<Call>,
    /// Whose leg a session is; like the mailboxes of the SIP task.
    legs: HashMap<LegId, usize>,
    pub(crate) usage: Usage,
    pub(crate) drains: bool,
    rng: Rng,
}

pub(crate) struct Call {
    pub(crate) machine: Machine,
    pub(crate) audit: Audit,
    pub(crate) studio: Studio,
}

impl Switch {
    pub(crate) fn new(agent: Agent, simulation: Simulation, library: Library, rng: Rng) -> Switch {
        Switch {
            agent,
            snapshot: simulation.snapshot().clone(),
            simulation,
            library,
            calls: Vec::new(),
            legs: HashMap::new(),
            usage: Usage::default(),
            drains: false,
            rng,
        }
    }

    pub(crate) fn sender(&self, address: std::net::IpAddr) -> sip::Sender {
        placing::sender(self.snapshot.book(), address)
    }

    /// The call that a leg belongs to.
    pub(crate) fn call_of(&self, leg: LegId) -> Option<usize> {
        self.legs.get(&leg).copied()
    }

    /// Returns when the next call must be woken.
    pub(crate) fn deadline(&self) -> Option<Mono> {
        self.calls.iter().filter_map(|call| call.machine.deadline()).min()
    }
}

impl World {
    /// The agent of the switch reports an event of a leg.
    pub(crate) fn switch_event(&mut self, event: Event) {
        let session = event.session();
        if let Event::Incoming(incoming) = event {
            return self.incoming(incoming);
        }
        let Some(call) = self.switch.legs.get(&session).copied() else { return };
        if event.is_terminal() {
            self.switch.calls[call].audit.leg_over(session, self.now);
        }
        let delay = Duration::from_millis(self.plan.mailbox_ms);
        self.after(delay, Step::Tell { call, input: Input::Sip(event) });
    }

    fn incoming(&mut self, incoming: Box<Incoming>) {
        let session = incoming.session;
        let refuse = |status| Command::Reject {
            session,
            declined: Declined::plain(status),
            retry_after: None,
        };
        let Switch { snapshot, library, rng, .. } = &mut self.switch;
        let placed = place(
            snapshot,
            library,
            &mut OpenPings::default(),
            Arrival::of_invite(&incoming, snapshot.book()),
            self.now,
            rng,
        );
        if self.switch.drains {
            return self.after(Duration::ZERO, Step::Order(refuse(503)));
        }
        let Ok(Placed { opened, flow, .. }) = placed else {
            return self.after(Duration::ZERO, Step::Order(refuse(404)));
        };
        let Opened { record, fields, source, refusal } = opened;
        let call = self.switch.calls.len();
        self.note(|| format!("call {call}: from {}", incoming.peer.remote));
        self.far_leg(&incoming, call);
        let local = std::net::SocketAddr::new(SWITCH.ip(), RTP_PORT);
        let host = SWITCH.ip().to_string();
        let unbilled_silence = BTreeSet::new();
        let conversions = ConversionSecret::new([7; 32]);
        let own_ports = std::sync::Arc::default();
        let setup = Setup {
            incoming,
            local,
            host,
            record,
            fields,
            flow,
            own_ports,
            source,
            refusal,
            unbilled_silence,
            conversions,
            book: self.switch.snapshot.book().clone(),
        };
        let machine = Machine::new(setup, self.switch.rng.fork(), self.now);
        let mut studio = Studio::default();
        studio.bind(session);
        let audit = Audit::new(session, self.now);
        self.switch.calls.push(Call { machine, audit, studio });
        self.switch.legs.insert(session, call);
        self.carry_out(call);
    }

    /// Gives an input to a machine and carries out its outputs.
    pub(crate) fn tell(&mut self, call: usize, input: Input) {
        if let Input::Sip(event) = &input {
            self.note(|| format!("call {call}: {:.90}", format!("{event:?}")));
        } else {
            self.note(|| format!("call {call}: {:.90}", format!("{input:?}")));
        }
        self.handle(call, input);
        self.carry_out(call);
    }

    fn handle(&mut self, call: usize, input: Input) {
        let now = self.now;
        let Call { machine, audit, .. } = &mut self.switch.calls[call];
        audit.input(&input);
        machine.handle(input, now);
    }

    /// Answers a request of the machine, at once or after at most `longest_ms`.
    fn reply(&mut self, call: usize, input: Input, longest_ms: u64) {
        if longest_ms == 0 {
            return self.handle(call, input);
        }
        let delay = Duration::from_millis(self.rng.below(longest_ms));
        self.after(delay, Step::Tell { call, input });
    }

    fn carry_out(&mut self, call: usize) {
        while let Some(output) = self.switch.calls[call].machine.poll() {
            self.switch.calls[call].audit.output(&output, self.now);
            self.carry_out_one(call, output);
        }
    }

    /// Decides, or asks bidders.
    fn route(&mut self, call: usize, output: Output) {
        match output {
            Output::Survey(inquiry) => {
                let made = self.switch.simulation.preview(&inquiry, self.now);
                self.reply(call, Input::Surveyed(Box::new(made)), 0);
            }
            // No bidder can be asked.
            Output::Ask { contracts, .. } => {
                for contract in contracts {
                    let reason = "nobody is there".to_owned();
                    self.reply(call, Input::Bid(contract, BidReply::Failed { reason }), 0);
                }
            }
            Output::Confirm { attempt, .. } => {
                let refused = Confirmation::Refused { reason: None };
                self.reply(call, Input::Confirmed(attempt, refused), 0);
            }
            Output::Decide(inquiry, bids) => {
                let (now, switch) = (self.now, &mut self.switch);
                let made = switch.simulation.auction(&inquiry, &bids, now, &mut switch.rng);
                let longest = self.plan.hold_ms;
                self.reply(call, Input::Decided(Box::new(made)), longest);
            }
            other => panic!("{other:?}"),
        }
    }

    fn note_srtp(&mut self, order: &MediaOrder) {
        if let MediaOrder::Open { media, .. } = order
            && media.security.is_some()
        {
            self.saw("srtp".to_owned());
        }
    }

    fn carry_out_one(&mut self, call: usize, output: Output) {
        match output {
            Output::Sip(command) => self.command(call, command),
            Output::Media(order) => {
                self.note_srtp(&order);
                let soundless = self.plan.soundless;
                let studio = &mut self.switch.calls[call].studio;
                if let Some(playing) = studio.order(&order, soundless, &mut self.rng) {
                    let (leg, play) = (playing.leg, playing.play);
                    self.after(playing.lasts, Step::Heard { call, leg, play });
                }
                if let Some(answer) = media_answer(&order) {
                    self.reply(call, answer, 0);
                }
                if studio_bridged(&order) {
                    self.watch_silence(call);
                }
            }
            Output::CountPool(inquiry) => {
                let (switch, now) = (&self.switch, self.now);
                let seen = switch.simulation.pool(&inquiry, now);
                self.reply(call, Input::Pool(seen), 0);
            }
            Output::FindNeeded { inquiry, flow: _ } => {
                let switch = &self.switch;
                let offers = [inquiry.offer.clone()];
                let needed = routing::needed(&switch.snapshot, &inquiry, &offers);
                self.reply(call, Input::Needed(needed), 0);
            }
            Output::FindLastCall(_) => self.reply(call, Input::LastCall(None), 0),
            Output::Lookup { .. } => self.reply(call, Input::LookedUp(None), 0),
            output @ (Output::Survey(_)
            | Output::Ask { .. }
            | Output::Confirm { .. }
            | Output::Decide(..)) => self.route(call, output),
            Output::Hold { hold, pick } => self.hold(call, hold, &pick),
            Output::Settle { hold, how } => self.settle(hold, how),
            Output::Prepare { leg, destination, failed } => {
                self.prepare(call, leg, &destination, failed.len());
            }
            Output::Open(record) => {
                let opened = !self.rng.chance(self.plan.not_opened, 100);
                self.write(call, *record, if opened { Write::Open } else { Write::Fails });
            }
            Output::Beat { holds } => {
                for hold in holds {
                    let renewed = self.switch.simulation.renew(hold, self.now);
                    assert_eq!(renewed, Settled::Done, "a heartbeat finds its hold");
                }
                self.ledger.beat(call, self.now);
            }
            Output::Load(name) => {
                let flow = self.switch.library.flow(&name);
                self.reply(call, Input::Loaded(flow), 0);
            }
            Output::Event(line) => {
                self.note(|| format!("call {call}:   {:.150}", format!("{line:?}")));
            }
            Output::Attempted { .. } | Output::SdpRefused { .. } | Output::SrtpRefused { .. } => {}
            Output::Update(record) => self.write(call, *record, Write::Later),
            Output::Finish(finished) => {
                self.tally(&finished.record);
                self.write(call, finished.record, Write::Later);
            }
            Output::Done => {
                self.note(|| format!("call {call}: done"));
                self.switch.calls[call].studio.assert_all_closed();
            }
        }
    }

    /// Queues a write behind those before it.
    fn write(&mut self, call: usize, record: CallRecord, write: Write) {
        let takes = Duration::from_millis(self.rng.below(self.plan.open_ms));
        let done = self.ledger.queue(call, takes, self.now);
        self.after(done, Step::Written { call, record: Box::new(record), write });
    }

    /// A write is on disk, or has failed.
    pub(crate) fn written(&mut self, call: usize, record: CallRecord, write: Write) {
        if write != Write::Fails {
            self.ledger.write(call, record, self.now);
        }
        match write {
            Write::Open => self.tell(call, Input::Opened),
            Write::Fails => self.tell(call, Input::NotOpened),
            Write::Later => {}
        }
    }

    fn tally(&mut self, record: &CallRecord) {
        let reason = record.reason.map_or("none", |reason| reason.code());
        self.saw(format!("call {reason}"));
        for attempt in &record.attempts {
            let outcome = attempt.outcome.map_or("none", |outcome| outcome.code());
            self.saw(format!("attempt {outcome}"));
        }
        for dial in &record.dials {
            let outcome = dial.outcome.expect("a transfer has an outcome").code();
            self.saw(format!("transfer {outcome}"));
        }
        if record.transferred_to.is_some() {
            self.saw("transferred".to_owned());
        }
        if record.billable {
            self.saw("billed".to_owned());
        }
    }

    fn command(&mut self, call: usize, command: Command) {
        self.note(|| format!("call {call}:   -> {:.90}", format!("{command:?}")));
        if let Command::Dial(dial) = &command {
            self.switch.legs.insert(dial.session, call);
        }
        if self.sabotage == Sabotage::ByeIsLost && matches!(command, Command::Bye { .. }) {
            return;
        }
        let delay = Duration::from_millis(self.plan.mailbox_ms);
        self.after(delay, Step::Order(command));
    }

    /// A command of a call reaches the agent.
    pub(crate) fn order(&mut self, command: Command) {
        if let Command::Accept { session, .. } = &command
            && let Some(call) = self.switch.legs.get(session)
        {
            self.switch.calls[*call].audit.accepted();
        }
        self.switch_input(sip::Input::Command(command));
    }

    fn hold(&mut self, call: usize, hold: HoldId, pick: &Pick) {
        let result = if self.rng.chance(self.plan.refused, 100) {
            Err(Skip::CapConcurrent)
        } else if self.sabotage == Sabotage::CapsAreIgnored {
            let free = Pick { caps: Arc::from([]), ..pick.clone() };
            self.switch.simulation.hold(&free, hold, self.now).map_err(|refused| refused.skip())
        } else {
            self.switch.simulation.hold(pick, hold, self.now).map_err(|refused| refused.skip())
        };
        self.switch.calls[call].audit.held(hold, result.is_ok());
        if result.is_ok() {
            self.switch.usage.hold(hold, &pick.caps);
        }
        let longest = self.plan.hold_ms;
        self.reply(call, Input::Held(result), longest);
    }

    fn settle(&mut self, hold: HoldId, how: Settle) {
        if self.sabotage == Sabotage::ReleaseIsForgotten
            && matches!(how, Settle::Release | Settle::Unanswered)
        {
            return;
        }
        self.switch.usage.settle(hold, how);
        let settled = self.switch.simulation.settle(hold, how, self.now);
        assert_eq!(settled, Settled::Done, "{how:?} of hold {hold}");
    }

    fn prepare(&mut self, call: usize, leg: LegId, destination: &Destination, way: usize) {
        let found = self.address(destination, way);
        let found = found.filter(|_| !self.rng.chance(self.plan.unprepared, 100));
        let input = match found {
            None => Input::Unprepared { leg, outcome: Outcome::Failed },
            Some((peer, target)) => {
                self.switch.calls[call].studio.bind(leg);
                let sources = sip::Sources::default();
                let local = std::net::SocketAddr::new(SWITCH.ip(), RTP_PORT);
                Input::Prepared {
                    leg,
                    route: Route {
                        local,
                        peer,
                        takes_tcp: false,
                        sources,
                        from_domain: None,
                        target,
                        gateway: GatewayName::new(
                            peer.transport.name(),
                            &peer.remote.ip().to_string(),
                            peer.remote.port(),
                        ),
                    },
                }
            }
        };
        let longest = self.plan.prepare_ms;
        self.reply(call, input, longest);
    }

    fn address(&self, destination: &Destination, way: usize) -> Option<(sip::Peer, Uri)> {
        let text = match &destination.to {
            Target::Sip { uri } => [uri.as_str()].get(way).copied()?,
            Target::Phone { trunk, .. } => {
                self.switch.snapshot.book().trunk(trunk)?.outbound.get(way)?.uri.as_str()
            }
        };
        let uri = Uri::parse(text).ok()?;
        let ip = uri.host()?.parse().ok()?;
        let remote = std::net::SocketAddr::new(ip, uri.port().unwrap_or(5060));
        let transport = match uri.param("transport") {
            Some("tcp") => Transport::Tcp,
            _ => Transport::Udp,
        };
        Some((self.phone_at(remote)?.peer(transport, SWITCH, remote), uri))
    }

    /// A bridged party that has vanished sends nothing more, which is reported after a while.
    pub(crate) fn watch_silence(&mut self, call: usize) {
        let Some(vanished) = self.vanished_party(call) else { return };
        let due = vanished + SILENCE;
        let delay = due.since(self.now.mono).max(Duration::from_millis(20));
        self.after(delay, Step::Silence { call });
    }

    /// Returns since when one of the two bridged parties has been gone.
    pub(crate) fn vanished_party(&self, call: usize) -> Option<Mono> {
        let (caller, buyer) = self.switch.calls.get(call)?.studio.bridge?;
        [caller, buyer].into_iter().filter_map(|leg| self.phone_of(leg)?.vanished).min()
    }
}

/// Returns the media task's immediate answer to an order: nothing was recorded, nothing was sent.
fn media_answer(order: &MediaOrder) -> Option<Input> {
    match order {
        MediaOrder::Record { .. } => Some(Input::Recorded { place: None, length: Duration::ZERO }),
        MediaOrder::Report { leg } => {
            Some(Input::Traffic { leg: *leg, traffic: Traffic::default() })
        }
        _ => None,
    }
}

fn studio_bridged(order: &MediaOrder) -> bool {
    matches!(order, MediaOrder::Bridge { .. })
}
