//! The same calls on SIP: the call's own machine and the dispatch, in simulated time, with a caller
//! and phones that follow a carrier's script.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use strowger::base::Codec;
use strowger::base::GatewayName;
use strowger::base::LegId;
use strowger::base::Mono;
use strowger::base::Now;
use strowger::base::Outcome;
use strowger::base::Rng;
use strowger::base::Wall;
use strowger::book;
use strowger::book::Target;
use strowger::call::CallEvent;
use strowger::call::CallRecord;
use strowger::call::Ingress;
use strowger::call::Input;
use strowger::call::Machine;
use strowger::call::MediaOrder;
use strowger::call::Output;
use strowger::call::Route;
use strowger::call::Setup;
use strowger::call::Traffic;
use strowger::demo::carrier::AtWhisper;
use strowger::demo::carrier::Behaviour;
use strowger::demo::carrier::Reply;
use strowger::demo::carrier::Script;
use strowger::demo::carrier::Side;
use strowger::demo::carrier::Then;
use strowger::flow;
use strowger::flow::Flow;
use strowger::flow::Sound;
use strowger::lead::OpenPings;
use strowger::library::Library;
use strowger::placing::Arrival;
use strowger::placing::Opened;
use strowger::placing::Placed;
use strowger::placing::place;
use strowger::publish::Shelf;
use strowger::routing;
use strowger::routing::Simulation;
use strowger::routing::Snapshot;
use strowger::sale::BidReply;
use strowger::sale::Confirmation;
use strowger::sale::ConversionSecret;
use strowger::sdp;
use strowger::sip;
use strowger::sip::Command;
use strowger::sip::Event;
use strowger::sip::Hangup;
use strowger::sip::Refusal;

/// The length of a sentence or sound, and the delay until a phone rings.
const SOUND: Duration = Duration::from_secs(4);
const SETUP: Duration = Duration::from_millis(500);
/// Maximum inputs of one call.
const INPUTS_MAX: usize = 1_000;

/// A switch with its book and flows; calls arrive one after another.
pub(crate) struct Switchboard {
    simulation: Simulation,
    snapshot: Arc<Snapshot>,
    library: Library,
    rng: Rng,
    now: Now,
    /// When the caller last called.
    last: Option<Wall>,
}

/// The result of a call.
pub(crate) struct Played {
    pub(crate) record: CallRecord,
    pub(crate) events: Vec<CallEvent>,
}

/// A live call.
struct Call<'s> {
    board: &'s mut Switchboard,
    machine: Machine,
    script: Script,
    replies: VecDeque<Reply>,
    caller: LegId,
    /// Every prompt that ends with a question.
    questions: Vec<Vec<Sound>>,
    due: Vec<(Mono, Input)>,
    legs: HashMap<LegId, Behaviour>,
    bridged: Option<LegId>,
    played: Played,
    over: bool,
}

impl Switchboard {
    /// Returns a switch with this book and the flows of a directory.
    pub(crate) fn new(text: &str, flows: &Path, now: Now) -> Self {
        let (read, faults) = book::parse("book.toml", text);
        let book = Arc::new(read.unwrap_or_else(|| panic!("{faults:?}")));
        let simulation = Simulation::new(Snapshot::compile(book, 1));
        let flows = flows.to_owned();
        let prompts = flows.with_file_name("prompts");
        let library = Shelf::of(flows, prompts).load();
        let snapshot = simulation.snapshot().clone();
        Self { simulation, snapshot, library, rng: Rng::seeded(3), now, last: None }
    }

    /// Returns the number of open holds.
    pub(crate) fn held(&self) -> usize {
        self.simulation.live()
    }

    /// Plays a call to its end.
    pub(crate) fn call(&mut self, script: Script) -> Played {
        let arrival = Arrival {
            ingress: Ingress::Trunk("t".parse().unwrap()),
            called: vec![script.to.clone()],
            callers: vec![script.from.clone()],
            home: None,
            attestation: None,
            diverted_from: None,
        };
        let placed = place(
            &self.snapshot,
            &self.library,
            &mut OpenPings::default(),
            arrival,
            self.now,
            &mut self.rng,
        );
        let Placed { opened, flow, .. } = placed.unwrap();
        let Opened { record, fields, source, refusal } = opened;
        let incoming = incoming();
        let caller = incoming.session;
        let setup = Setup {
            incoming,
            local: address(),
            host: "192.0.2.2".to_owned(),
            own_ports: std::sync::Arc::default(),
            record: record.clone(),
            fields,
            flow: flow.clone(),
            source,
            refusal,
            unbilled_silence: BTreeSet::new(),
            conversions: ConversionSecret::new([7; 32]),
            book: self.snapshot.book().clone(),
        };
        let machine = Machine::new(setup, self.rng.fork(), self.now);
        let mut call = Call {
            board: self,
            machine,
            replies: script.replies.clone().into(),
            script,
            caller,
            questions: questions(&flow),
            due: Vec::new(),
            legs: HashMap::new(),
            bridged: None,
            played: Played { record, events: Vec::new() },
            over: false,
        };
        call.run();
        let played = call.played;
        self.last = Some(played.record.started_at);
        played
    }
}

/// Returns the prompts of a flow's questions.
fn questions(flow: &Flow) -> Vec<Vec<Sound>> {
    let verbs = flow.steps.iter().flat_map(|step| &step.verbs);
    verbs
        .filter_map(|verb| match &verb.what {
            flow::Verb::Gather(gather) => Some(gather.prompt.clone()),
            _ => None,
        })
        .collect()
}

fn address() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 2], 30_000))
}

fn description() -> Bytes {
    let (address, peer) = (([192, 0, 2, 9], 4_000).into(), [192, 0, 2, 2].into());
    let local = sdp::Local::new((address, peer), 1, sdp::Secrecy::plain());
    sdp::offer(&local, Codec::ALL)
}

fn peer() -> sip::Peer {
    let (remote, local) = (([192, 0, 2, 1], 5060).into(), ([192, 0, 2, 2], 5060).into());
    sip::Peer { transport: sip::Transport::Udp, remote, local, connection: None }
}

/// Returns an INVITE as the agent makes it from a message.
fn incoming() -> Box<sip::Incoming> {
    let body = String::from_utf8(description().to_vec()).unwrap();
    let text = format!(
        "INVITE sip:+18005550100@192.0.2.2 SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\n\
         From: <sip:+13055550123@192.0.2.1>;tag=1\r\nTo: <sip:+18005550100@192.0.2.2>\r\n\
         Call-ID: c\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:192.0.2.1>\r\n\
         Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let local: SocketAddr = ([192, 0, 2, 2], 5060).into();
    let mut agent = sip::Agent::new(sip::AgentConfig::new(local), Rng::seeded(1));
    let (sender, bytes) = (sip::Sender::Trusted("t".parse().unwrap()), text.into());
    agent.handle(sip::Input::Message { peer: peer(), sender, bytes }, Now::default());
    loop {
        match agent.poll() {
            Some(sip::Output::Event(Event::Incoming(incoming))) => return incoming,
            Some(_) => {}
            None => panic!("the INVITE was refused"),
        }
    }
}

impl Call<'_> {
    fn run(&mut self) {
        let begun = self.board.now.mono;
        if let Some(after) = self.script.hangs_up_at {
            let session = self.caller;
            // Whether this is a CANCEL or a BYE is known when it arrives.
            self.due.push((begun + after, Input::Sip(Event::Canceled { session, reason: None })));
        }
        self.drain();
        for _ in 0..INPUTS_MAX {
            if self.over {
                return;
            }
            let first = self.due.iter().enumerate().min_by_key(|(_, (at, _))| *at);
            let first = first.map(|(place, (at, _))| (place, *at));
            let (at, input) = match (first, self.machine.deadline()) {
                (Some((place, at)), deadline) if deadline.is_none_or(|due| at <= due) => {
                    (at, self.due.remove(place).1)
                }
                (_, Some(due)) => (due, Input::Tick),
                (_, None) => panic!("nothing more happens: {:?}", self.played.record),
            };
            let now = &mut self.board.now;
            *now = now.later(at.since(now.mono));
            self.handle(input);
        }
        panic!("the call does not end: {:?}", self.played.record);
    }

    fn handle(&mut self, input: Input) {
        let input = match input {
            Input::Sip(Event::Canceled { session, .. }) if self.is_answered() => {
                Input::Sip(Event::Ended { session, how: Hangup::Bye, reason: None })
            }
            input => input,
        };
        self.machine.handle(input, self.board.now);
        self.drain();
    }

    fn is_answered(&self) -> bool {
        self.played.record.answered_at.is_some()
    }

    fn after(&mut self, delay: Duration, input: Input) {
        self.due.push((self.board.now.mono + delay, input));
    }

    fn drain(&mut self) {
        while let Some(output) = self.machine.poll() {
            self.carry_out(output);
        }
    }

    fn reply(&mut self, input: Input) {
        self.machine.handle(input, self.board.now);
    }

    /// Decides, or asks bidders.
    fn route(&mut self, output: Output) {
        let now = self.board.now;
        match output {
            Output::Survey(inquiry) => {
                let made = self.board.simulation.preview(&inquiry, now);
                self.reply(Input::Surveyed(Box::new(made)));
            }
            // No bidder can be asked.
            Output::Ask { contracts, .. } => {
                for contract in contracts {
                    let reason = "nobody is there".to_owned();
                    self.reply(Input::Bid(contract, BidReply::Failed { reason }));
                }
            }
            Output::Confirm { attempt, .. } => {
                let refused = Confirmation::Refused { reason: None };
                self.reply(Input::Confirmed(attempt, refused));
            }
            Output::Decide(inquiry, bids) => {
                let Switchboard { simulation, rng, .. } = &mut *self.board;
                let made = simulation.auction(&inquiry, &bids, now, rng);
                self.reply(Input::Decided(Box::new(made)));
            }
            other => panic!("{other:?}"),
        }
    }

    fn carry_out(&mut self, output: Output) {
        let now = self.board.now;
        match output {
            Output::Sip(command) => self.command(command),
            Output::Media(order) => self.media(order),
            Output::CountPool(inquiry) => {
                let size = self.board.simulation.pool(&inquiry, now);
                self.reply(Input::Pool(size));
            }
            output @ (Output::Survey(_)
            | Output::Ask { .. }
            | Output::Confirm { .. }
            | Output::Decide(..)) => self.route(output),
            Output::Hold { hold, pick } => {
                let result = self.board.simulation.hold(&pick, hold, now);
                self.reply(Input::Held(result.map_err(|full| full.skip())));
            }
            Output::Settle { hold, how } => {
                let _known = self.board.simulation.settle(hold, how, now);
            }
            Output::Prepare { leg, destination, failed } => {
                if !failed.is_empty() {
                    return self.reply(Input::Unprepared { leg, outcome: Outcome::Failed });
                }
                let behaviour = match &destination.to {
                    Target::Phone { number, .. } => self.behaviour(number.e164()),
                    Target::Sip { uri } => self.behaviour(&uri.to_string()),
                };
                self.legs.insert(leg, behaviour);
                let target = sip::Uri::parse("sip:b@192.0.2.1").unwrap();
                let sources = sip::Sources::default();
                let (local, takes_tcp) = (address(), false);
                let (peer, from_domain) = (peer(), None);
                let gateway = GatewayName::new("udp", "192.0.2.1", 5060);
                let route = Route { local, peer, takes_tcp, sources, from_domain, target, gateway };
                self.reply(Input::Prepared { leg, route });
            }
            Output::Open(record) => {
                self.played.record = *record;
                self.reply(Input::Opened);
            }
            Output::Attempted { .. } | Output::SdpRefused { .. } | Output::SrtpRefused { .. } => {}
            Output::Update(record) => self.played.record = *record,
            Output::Beat { holds } => {
                for hold in holds {
                    let _known = self.board.simulation.renew(hold, now);
                }
            }
            Output::Finish(finished) => self.played.record = finished.record,
            Output::Load(name) => {
                let flow = self.board.library.flow(&name);
                self.questions.extend(flow.iter().flat_map(|flow| questions(flow)));
                self.reply(Input::Loaded(flow));
            }
            Output::FindNeeded { inquiry, flow } => {
                let Switchboard { snapshot, library, .. } = &*self.board;
                let mut offers = library.offers_of(&flow);
                offers.push(inquiry.offer.clone());
                let needed = routing::needed(snapshot, &inquiry, &offers);
                self.reply(Input::Needed(needed));
            }
            Output::FindLastCall(_) => self.reply(Input::LastCall(self.board.last)),
            // There is no answer at the example's address.
            Output::Lookup { .. } => self.reply(Input::LookedUp(None)),
            Output::Event(line) => self.played.events.push(line),
            Output::Done => self.over = true,
        }
    }

    fn behaviour(&self, number: &str) -> Behaviour {
        let listed = self.script.targets.iter().find(|(target, _)| target == number);
        listed.map_or_else(Behaviour::no_answer, |(_, behaviour)| behaviour.clone())
    }

    fn command(&mut self, command: Command) {
        let event = |event| Input::Sip(event);
        match command {
            Command::Ring { .. } => {}
            Command::Accept { session, .. } => {
                self.played.record.answered_at.get_or_insert(self.board.now.wall);
                self.after(Duration::ZERO, event(Event::Confirmed { session, body: None }));
            }
            // No event follows a rejection; the machine knows that.
            Command::Reject { .. } | Command::Dismiss { .. } => {}
            Command::Dial(dial) => self.dial(dial.session),
            Command::Cancel { session, .. } => {
                self.remove(session);
                let cause = Refusal::Canceled;
                self.after(Duration::ZERO, event(Event::Refused { session, cause, reason: None }));
            }
            Command::Bye { session, .. } => {
                self.remove(session);
                let how = Hangup::ByeAnswered;
                self.after(Duration::ZERO, event(Event::Ended { session, how, reason: None }));
            }
            Command::Answer { .. }
            | Command::Admit(_)
            | Command::Register(_)
            | Command::Ping(_)
            | Command::Drain
            | Command::AnswerRefer { .. }
            | Command::ReportRefer { .. }
            | Command::Probe { .. } => {}
        }
    }

    /// Removes the pending steps of a leg.
    fn remove(&mut self, leg: LegId) {
        self.due.retain(|(_, input)| match input {
            Input::Sip(event) => event.session() != leg,
            Input::Digit { leg: of, .. } => *of != leg,
            _ => true,
        });
    }

    fn dial(&mut self, session: LegId) {
        let behaviour = self.legs[&session].clone();
        let refused = |cause| Input::Sip(Event::Refused { session, cause, reason: None });
        match behaviour.then {
            Then::Busy => self.after(SETUP, refused(Refusal::Status(486))),
            Then::Fails(status) => self.after(SETUP, refused(Refusal::Status(status))),
            Then::RingsOn => self.rings(session),
            Then::Answers { .. } => {
                self.rings(session);
                let body = Some(description());
                let answered = Input::Sip(Event::Answered { session, body });
                self.after(SETUP + behaviour.rings, answered);
            }
        }
    }

    fn rings(&mut self, session: LegId) {
        self.after(SETUP, Input::Sip(Event::Ringing { session, status: 180, body: None }));
    }

    fn media(&mut self, order: MediaOrder) {
        match order {
            MediaOrder::Play { leg, sounds, play } => {
                let length: Duration = sounds.iter().map(length).sum();
                self.after(length, Input::Played { play });
                if leg == self.caller {
                    self.ask(&sounds, length);
                } else {
                    self.whisper(leg, length);
                }
            }
            MediaOrder::Bridge { buyer, .. } => self.talk(buyer),
            MediaOrder::Record { recorder, .. } => {
                let length = self.script.speaks.min(recorder.max);
                let place = Some(recorder.name);
                self.after(length + recorder.silence, Input::Recorded { place, length });
            }
            MediaOrder::Report { leg } => {
                let traffic = Traffic::default();
                self.after(Duration::ZERO, Input::Traffic { leg, traffic });
            }
            MediaOrder::Hold { .. }
            | MediaOrder::Resume { .. }
            | MediaOrder::StopRecording { .. }
            | MediaOrder::DropEarly { .. }
            | MediaOrder::EarlyMedia { .. }
            | MediaOrder::Unbridge { .. }
            | MediaOrder::Open { .. }
            | MediaOrder::Update { .. }
            | MediaOrder::Close { .. }
            | MediaOrder::Ringback { .. }
            | MediaOrder::StopPlayback { .. } => {}
        }
    }

    /// Sets the caller's reply to each question, in order.
    fn ask(&mut self, sounds: &[Sound], length: Duration) {
        let is_asked =
            self.questions.iter().any(|prompt| !prompt.is_empty() && sounds.ends_with(prompt));
        let Some(reply) = self.replies.pop_front_if(|_| is_asked) else { return };
        let leg = self.caller;
        match reply {
            Reply::Press { keys, after, gap } => {
                for (place, digit) in keys.chars().enumerate() {
                    let delay = length + after + gap * u32::try_from(place).unwrap();
                    self.after(delay, Input::Digit { leg, digit });
                }
            }
            Reply::Silence => {}
            Reply::HangUp { after } => {
                let session = leg;
                self.after(
                    after,
                    Input::Sip(Event::Ended { session, how: Hangup::Bye, reason: None }),
                );
            }
        }
    }

    fn whisper(&mut self, leg: LegId, length: Duration) {
        let Then::Answers { whisper, .. } = &self.legs[&leg].then else { return };
        match whisper.clone() {
            AtWhisper::Listens => {}
            AtWhisper::Presses(keys) => {
                if let Some(digit) = keys.chars().next() {
                    self.after(length, Input::Digit { leg, digit });
                }
            }
            AtWhisper::HangsUp => {
                let over = Event::Ended { session: leg, how: Hangup::Bye, reason: None };
                self.after(Duration::from_secs(1), Input::Sip(over));
            }
        }
    }

    fn talk(&mut self, buyer: LegId) {
        if self.bridged.replace(buyer).is_some() {
            return;
        }
        let Then::Answers { length, ends, .. } = self.legs[&buyer].then else { return };
        let session = match ends {
            Side::Caller => self.caller,
            Side::Dialled => buyer,
        };
        self.after(length, Input::Sip(Event::Ended { session, how: Hangup::Bye, reason: None }));
    }
}

fn length(sound: &Sound) -> Duration {
    match sound {
        Sound::Silence(length) => *length,
        Sound::Say { .. }
        | Sound::Template { .. }
        | Sound::Spoken { .. }
        | Sound::File(_)
        | Sound::Url(_) => SOUND,
    }
}
