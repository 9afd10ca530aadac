//! Runs one machine in simulated time. A script is a list of words:
//!
//! | word | what happens |
//! |---|---|
//! | `opened` `unopened` `ack` `ack:ANSWER` `cancel` `bye` `noack` `bye:done` | the caller and the record |
//! | `c:rings` `c:answers` `c:babbles` `c:g729` `c:486` `c:timeout` `c:late` `c:gone` `c:bye` `c:lost` `c:done` | contract `c`'s leg |
//! | `c:heard` `c:key:1` `heard` `heard:OLD` `key:1` | ends of plays and keys |
//! | `c:misleads` `c:reoffers-astray` `c:reanswers-astray` `reoffers-astray` `ack:ASTRAY` | SDP that names multicast |
//! | `c:reoffers` `c:asks` `c:reanswers` `reoffers` | re-INVITEs: with an offer, without, and its ACK |
//! | `later` `give` | delay the answers for holds and routes; deliver the next one |
//! | `portless` `mute` | no leg can be prepared from now on; the media give no reports |
//! | `c:488-codec` `c:488-bandwidth` `c:606-codec` | the offer is not accepted, and why |
//! | `holds` `c:holds` `c:zeros` `alive` `c:alive` | re-INVITEs that hold; answers to OPTIONS |
//! | `bye:Q.850;cause=16` `cancel:…` `c:bye:…` `c:503<…>` | the same with a Reason |
//! | `c:refers:sip:x@h` | REFER |
//! | `speaks` `c:speaks` | audio of a bridged leg |
//! | `silent:30` `stop` `+1500` | 30 s without audio, the switch stops, 1.5 s pass |
//! | `hang-up` | an operator hangs up |
//! | `c:bids:12` `c:bids:12:sip:x@h` `c:passes` | the answer of contract `c`'s bidder |
//! | `c:confirms` `c:confirms:+1…` `c:denies` | its answer to the request that confirms its bid |

use std::collections::HashMap;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::base::AttemptId;
use crate::base::CallId;
use crate::base::Codec;
use crate::base::Currency;
use crate::base::Fields;
use crate::base::GatewayName;
use crate::base::HoldId;
use crate::base::LegId;
use crate::base::Money;
use crate::base::Now;
use crate::base::Origin;
use crate::base::Outcome;
use crate::base::PlayId;
use crate::base::Rng;
use crate::book;
use crate::call::CallRecord;
use crate::call::Input;
use crate::call::Machine;
use crate::call::MediaOrder;
use crate::call::Opening;
use crate::call::Output;
use crate::call::Route;
use crate::call::Setup;
use crate::call::Traffic;
use crate::caps::Ceiling;
use crate::caps::Counters;
use crate::caps::Full;
use crate::caps::Periods;
use crate::caps::Settle;
use crate::caps::Settled;
use crate::caps::TrunkDays;
use crate::delivery::Offered;
use crate::flow;
use crate::flow::Flow;
use crate::routing;
use crate::routing::Bids;
use crate::routing::Snapshot;
use crate::routing::Standing;
use crate::routing::Usage;
use crate::sale::BidReply;
use crate::sale::Confirmation;
use crate::sale::ConversionSecret;
use crate::sale::GivenUp;
use crate::sdp;
use crate::sip;
use crate::sip::CancelWhy;
use crate::sip::Command;
use crate::sip::Event;
use crate::sip::Hangup;
use crate::sip::Objection;
use crate::sip::Refusal;

const START: i64 = 1_767_718_800_000_000;

/// A machine, its surroundings, and the events in order.
pub(super) struct Bench {
    pub(super) machine: Machine,
    pub(super) record: Option<CallRecord>,
    /// SDP that was refused, as the log has it.
    pub(super) refused_sdp: Vec<String>,
    /// What the trunks carry today.
    pub(super) days: TrunkDays,
    /// Contracts and attempts that were asked to confirm a bid.
    confirming: Vec<(String, AttemptId)>,
    /// What was dialled, in order.
    pub(super) targets: Vec<String>,
    snapshot: Snapshot,
    flows: HashMap<String, Arc<Flow>>,
    now: Now,
    rng: Rng,
    quota: Counters,
    /// Legs by the id of their contract: the latest one counts.
    legs: Vec<(String, LegId)>,
    holds: HashMap<HoldId, String>,
    /// Contracts whose hold was granted and whose leg is not prepared yet.
    granted: VecDeque<String>,
    plays: HashMap<LegId, PlayId>,
    later: Option<VecDeque<Input>>,
    portless: bool,
    /// Whether the media give no reports.
    mute: bool,
    /// Leg whose early media was just dropped.
    heard_early: Option<LegId>,
    /// Whether a decision was made.
    decided: bool,
    caller: LegId,
    /// The INVITEs to buyers, in order.
    pub(super) dialled: Vec<sip::Dial>,
    /// Number of updates of the stored record.
    pub(super) updates: u32,
    pub(super) story: Vec<String>,
}

/// A book with the offer `o`, with these lines, and these contracts, each with its own buyer. Calls
/// that the offer `p` cannot sell go to the buyer of the contract `z`, if any.
pub(super) fn book(offer: &str, contracts: &[(&str, &str)]) -> String {
    let catch_all = contracts.iter().any(|(id, _)| *id == "z");
    let catch_all = if catch_all { "dq = { buyer = \"z\" }" } else { "" };
    let mut text = format!(
        "[[trunk]]\nid = \"t\"\naccept_from = \"192.0.2.1\"\n\
         outbound = [\"sip:198.51.100.1\", \"sip:198.51.100.2\"]\n\
         [[source]]\nid = \"s\"\npayout = {{ amount = \"2.00\", currency = \"USD\" }}\n\
         [[offer]]\nid = \"o\"\nstrategy = \"priority\"\nring_timeout = \"10s\"\n{offer}\n\
         [[offer]]\nid = \"p\"\nstrategy = \"priority\"\nring_timeout = \"10s\"\n{catch_all}\n\
         [[number]]\nnumber = \"+18005550100\"\noffer = \"o\"\nsource = \"s\"\nflow = \"f\"\n"
    );
    for (place, (id, more)) in contracts.iter().enumerate() {
        let to = "destination = { sip = \"sip:d@198.51.100.9\" }";
        let to = if more.contains("destination") { "" } else { to };
        let offer = if more.contains("offer =") { "" } else { "offer = \"o\"" };
        // Only connected time counts with a buffer.
        let buffer = if more.contains("by = ") { "" } else { "buffer = \"5s\"" };
        text += &format!(
            "[[buyer]]\nid = \"{id}\"\ntimezone = \"America/Chicago\"\n\
             [[contract]]\nid = \"{id}\"\nbuyer = \"{id}\"\n{offer}\npriority = {place}\n\
             price = {{ amount = \"10.00\", currency = \"USD\" }}\n{buffer}\n{to}\n{more}\n"
        );
    }
    text
}

/// The first decision does not see the used cap units, as if other calls took the last units right
/// after it; later decisions see them.
struct Sight<'a>(Option<&'a Counters>);

impl Usage for Sight<'_> {
    fn full(&self, ceiling: &Ceiling, periods: &Periods) -> Option<Full> {
        self.0?.full(ceiling, periods)
    }
}

impl Standing for Sight<'_> {}

/// As [`Sight`], with the bids on the call.
struct Auction<'a> {
    quota: Option<&'a Counters>,
    bids: &'a Bids,
}

impl Usage for Auction<'_> {
    fn full(&self, ceiling: &Ceiling, periods: &Periods) -> Option<Full> {
        self.quota?.full(ceiling, periods)
    }

    fn bids(&self) -> &Bids {
        self.bids
    }
}

impl Standing for Auction<'_> {}

/// The INVITE of a caller, as the agent creates it from a message.
fn incoming(body: &str) -> Box<sip::Incoming> {
    incoming_with("", body)
}

/// The same, with more headers.
pub(super) fn incoming_with(headers: &str, body: &str) -> Box<sip::Incoming> {
    let text = format!(
        "INVITE sip:+18005550100@192.0.2.2 SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\n\
         From: <sip:+13055550123@192.0.2.1>;tag=1\r\nTo: <sip:+18005550100@192.0.2.2>\r\n\
         Call-ID: c\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:192.0.2.1>\r\n\
         {headers}Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let local: SocketAddr = ([192, 0, 2, 2], 5060).into();
    let remote = ([192, 0, 2, 1], 5060).into();
    let peer = sip::Peer { transport: sip::Transport::Udp, remote, local, connection: None };
    let mut agent = sip::Agent::new(sip::AgentConfig::new(local), Rng::seeded(1));
    let (sender, bytes) = (sip::Sender::Trusted("t".parse().unwrap()), text.into());
    let message = sip::Input::Message { peer, sender, bytes };
    agent.handle(message, Now::default());
    loop {
        match agent.poll() {
            Some(sip::Output::Event(Event::Incoming(incoming))) => return incoming,
            Some(_) => {}
            None => panic!("the INVITE was refused"),
        }
    }
}

pub(super) fn description() -> Bytes {
    let (address, peer) = (([192, 0, 2, 9], 4_000).into(), [192, 0, 2, 2].into());
    let local = sdp::Local::new((address, peer), 1, sdp::Secrecy::plain());
    sdp::offer(&local, Codec::ALL)
}

/// A description of a codec that the switch does not have.
fn g729() -> Bytes {
    let text = String::from_utf8(description().to_vec()).unwrap();
    text.replace("RTP/AVP 0 8 9 101", "RTP/AVP 18").into()
}

/// A description of A-law alone.
fn alaw() -> Bytes {
    let text = String::from_utf8(description().to_vec()).unwrap();
    text.replace("RTP/AVP 0 8 9 101", "RTP/AVP 8 101").into()
}

/// A description whose audio would go to a whole network.
pub(super) fn misleading() -> Bytes {
    let text = String::from_utf8(description().to_vec()).unwrap();
    text.replace("c=IN IP4 192.0.2.9", "c=IN IP4 224.0.0.1").into()
}

/// A reason, as the agent reads it.
fn reason(line: &str) -> Option<sip::Reason> {
    Some(sip::Reason::of_line(line).expect("a Reason header"))
}

/// An offer that holds by its direction.
fn held(direction: &str) -> Bytes {
    let text = String::from_utf8(description().to_vec()).unwrap();
    text.replace("a=sendrecv", &format!("a={direction}")).into()
}

/// An offer that holds by an address of zeros (RFC 3264 §8.4).
fn zeros() -> Bytes {
    let text = String::from_utf8(description().to_vec()).unwrap();
    text.replace("c=IN IP4 192.0.2.9", "c=IN IP4 0.0.0.0").into()
}

impl Bench {
    /// An incoming call; `body` is the SDP of its INVITE.
    pub(super) fn with_body(book: &str, flows: &[(&str, &str)], body: &str) -> Bench {
        Self::with_setup(book, flows, body, |_| {})
    }

    /// An incoming call whose caller is on a suppression list.
    pub(super) fn suppressed(refusal: &GivenUp, body: &str) -> Bench {
        Self::with_setup(&book("", &[("a", "")]), &[("f", "<Route/>")], body, |setup| {
            setup.record.suppressed_by = Some("dnc".parse().unwrap());
            setup.refusal = refusal.clone();
        })
    }

    pub(super) fn with_setup(
        book: &str,
        flows: &[(&str, &str)],
        body: &str,
        change: impl FnOnce(&mut Setup),
    ) -> Bench {
        let (book, faults) = book::parse("book.toml", book);
        let book = Arc::new(book.unwrap_or_else(|| panic!("{faults:?}")));
        let flows: HashMap<String, Arc<Flow>> = flows
            .iter()
            .map(|(name, xml)| {
                let xml = format!("<Flow name='{name}'>{xml}</Flow>");
                let (flow, faults) = flow::parse(&format!("{name}.xml"), &xml);
                let flow = flow.unwrap_or_else(|| panic!("{faults:?}"));
                ((*name).to_owned(), Arc::new(flow))
            })
            .collect();
        let now = Now::at(crate::base::Wall::from_micros(START));
        let mut rng = Rng::seeded(7);
        let incoming = incoming(body);
        let caller = incoming.session;
        let mut fields = Fields::default();
        fields.set("phone".parse().unwrap(), "+13055550123", Origin::Caller);
        let mut setup = Setup {
            incoming,
            local: ([192, 0, 2, 2], 30_000).into(),
            host: "192.0.2.2".to_owned(),
            own_ports: Arc::default(),
            record: record(CallId::new(now, &mut rng), now),
            fields,
            flow: flows["f"].clone(),
            source: Some(book.sources[0].clone()),
            refusal: GivenUp::TurnedAway,
            unbilled_silence: book
                .offers
                .iter()
                .filter(|offer| !offer.bill_silent)
                .map(|offer| offer.id.clone())
                .collect(),
            conversions: ConversionSecret::new([7; 32]),
            book: book.clone(),
        };
        change(&mut setup);
        let machine = Machine::new(setup, rng.fork(), now);
        let mut bench = Bench {
            machine,
            record: None,
            refused_sdp: Vec::new(),
            days: TrunkDays::default(),
            confirming: Vec::new(),
            targets: Vec::new(),
            snapshot: Snapshot::compile(book, 1),
            flows,
            now,
            rng,
            quota: Counters::new(),
            legs: Vec::new(),
            holds: HashMap::new(),
            granted: VecDeque::new(),
            plays: HashMap::new(),
            later: None,
            portless: false,
            mute: false,
            heard_early: None,
            decided: false,
            caller,
            dialled: Vec::new(),
            updates: 0,
            story: Vec::new(),
        };
        bench.drain();
        bench
    }

    /// An incoming call with a usual offer.
    pub(super) fn with_flow(book: &str, flow: &str) -> Bench {
        let body = String::from_utf8(description().to_vec()).unwrap();
        Bench::with_body(book, &[("f", flow)], &body)
    }

    /// Runs a script and returns the events of the machine.
    pub(super) fn play(book: &str, flow: &str, script: &str) -> String {
        let flows = [("f", flow), ("g", "<Route/>")];
        let body = String::from_utf8(description().to_vec()).unwrap();
        Bench::with_body(book, &flows, &body).words(script)
    }

    pub(super) fn words(mut self, script: &str) -> String {
        for word in script.split_whitespace() {
            self.word(word);
        }
        self.story.join(" ")
    }

    pub(super) fn word(&mut self, word: &str) {
        let session = self.caller;
        let event = |event| Input::Sip(event);
        let input = match word.split_once(':') {
            None if word.starts_with('+') => return self.pass(word[1..].parse().unwrap()),
            None => match word {
                "opened" => Input::Opened,
                "unopened" => Input::NotOpened,
                "ack" => event(Event::Confirmed { session, body: None }),
                "cancel" => event(Event::Canceled { session, reason: None }),
                "bye" => event(Event::Ended { session, how: Hangup::Bye, reason: None }),
                "noack" => event(Event::Ended { session, how: Hangup::NoAck, reason: None }),
                "heard" => Input::Played { play: self.plays[&session] },
                "holds" => event(Event::Reoffered { session, body: Some(held("sendonly")) }),
                "speaks" => Input::Heard { leg: session },
                "alive" => event(Event::Alive { session }),
                "lost" => event(Event::Ended { session, how: Hangup::Lost, reason: None }),
                "reoffers" => event(Event::Reoffered { session, body: Some(description()) }),
                "reoffers-astray" => event(Event::Reoffered { session, body: Some(misleading()) }),
                "reoffers-alaw" => event(Event::Reoffered { session, body: Some(alaw()) }),
                "hang-up" => Input::HangUp,
                "stop" => Input::Stop,
                "mute" => return self.mute = true,
                "portless" => return self.portless = true,
                "later" => return self.later = Some(VecDeque::new()),
                "give" => self.later.as_mut().and_then(VecDeque::pop_front).expect("a question"),
                _ => panic!("{word}"),
            },
            Some(("cancel", why)) => event(Event::Canceled { session, reason: reason(why) }),
            Some(("bye", why)) if why != "done" => {
                event(Event::Ended { session, how: Hangup::Bye, reason: reason(why) })
            }
            Some(("ack", "ANSWER")) => {
                event(Event::Confirmed { session, body: Some(description()) })
            }
            Some(("ack", "G729")) => event(Event::Confirmed { session, body: Some(g729()) }),
            Some(("ack", "ASTRAY")) => {
                event(Event::Confirmed { session, body: Some(misleading()) })
            }
            Some(("ack", "GARBAGE")) => {
                event(Event::Confirmed { session, body: Some("v=0\r\n".into()) })
            }
            Some(("bye", "done")) => {
                event(Event::Ended { session, how: Hangup::ByeAnswered, reason: None })
            }
            Some(("heard", number)) => Input::Played { play: PlayId(number.parse().unwrap()) },
            Some(("found", "-")) => Input::LookedUp(None),
            Some(("found", pair)) => {
                let (name, value) = pair.split_once('=').unwrap();
                Input::LookedUp(Some(vec![(name.parse().unwrap(), value.to_owned())]))
            }
            Some(("recorded", place)) => {
                let place = (place != "-").then(|| place.to_owned());
                Input::Recorded { place, length: Duration::from_secs(1) }
            }
            Some(("last", days)) => {
                let days = Duration::from_secs(86_400 * days.parse::<u64>().unwrap());
                let micros = self.now.wall.micros() - i64::try_from(days.as_micros()).unwrap();
                Input::LastCall(Some(crate::base::Wall::from_micros(micros)))
            }
            Some(("key", key)) => Input::Digit { leg: session, digit: key.parse().unwrap() },
            Some(("silent", seconds)) => {
                Input::Silent { since: Duration::from_secs(seconds.parse().unwrap()) }
            }
            Some((contract, what)) => {
                self.bidder(contract, what).unwrap_or_else(|| self.buyer(contract, what))
            }
        };
        self.handle(input);
    }

    /// Returns what a bidder says; `None` if the word is about a leg.
    fn bidder(&self, contract: &str, what: &str) -> Option<Input> {
        let (what, rest) = what.split_once(':').unwrap_or((what, ""));
        let destinations = |to: &str| Some(to.to_owned()).filter(|to| !to.is_empty());
        let reply = match what {
            "bids" => {
                let (amount, to) = rest.split_once(':').unwrap_or((rest, ""));
                let (amount, buffer) = amount.split_once('/').unwrap_or((amount, ""));
                let amount = Money::parse(amount, Currency::USD).unwrap();
                BidReply::Offered(Box::new(Offered {
                    ping_id: Some(format!("p-{contract}")),
                    destinations: destinations(to).into_iter().collect(),
                    buffer: buffer.parse().ok().map(Duration::from_secs),
                    ..Offered::of(amount)
                }))
            }
            "passes" => BidReply::Declined { reason: Some("no".to_owned()) },
            "confirms" | "denies" => {
                let of = |(name, _): &&(String, AttemptId)| name == contract;
                let attempt = self.confirming.iter().rev().find(of).expect("it was asked").1;
                let answer = match what {
                    "denies" => Confirmation::Refused { reason: Some("full".to_owned()) },
                    _ => {
                        let destinations = destinations(rest).into_iter().collect();
                        Confirmation::Confirmed { destinations }
                    }
                };
                return Some(Input::Confirmed(attempt, answer));
            }
            _ => return None,
        };
        Some(Input::Bid(contract.parse().unwrap(), reply))
    }

    fn buyer(&self, contract: &str, what: &str) -> Input {
        let leg = self.legs.iter().rev().find(|(name, _)| name == contract);
        let session = leg.unwrap_or_else(|| panic!("{contract} was never rung")).1;
        let refused = |cause| Event::Refused { session, cause, reason: None };
        Input::Sip(match what {
            "rings" => Event::Ringing { session, status: 180, body: None },
            "sounds" => Event::Ringing { session, status: 183, body: Some(description()) },
            "sounds-g729" => Event::Ringing { session, status: 183, body: Some(g729()) },
            "answers-bare" => Event::Answered { session, body: None },
            "answers" => Event::Answered { session, body: Some(description()) },
            "g729" => Event::Answered { session, body: Some(g729()) },
            "babbles" => Event::Answered { session, body: Some("hello".into()) },
            "misleads" => Event::Answered { session, body: Some(misleading()) },
            "reoffers-astray" => Event::Reoffered { session, body: Some(misleading()) },
            "reanswers-astray" => Event::Confirmed { session, body: Some(misleading()) },
            to if to.starts_with("302:") => Event::Redirected {
                session,
                status: 302,
                to: to[4..].split(',').map(|uri| sip::Uri::parse(uri).unwrap()).collect(),
            },
            to if to.starts_with("refers:") => {
                Event::Referred { session, to: sip::Uri::parse(&to[7..]).unwrap() }
            }
            bye if bye.starts_with("bye:") => {
                Event::Ended { session, how: Hangup::Bye, reason: reason(&bye[4..]) }
            }
            status if status.contains('<') => {
                let (status, why) = status.split_once('<').unwrap();
                let cause = Refusal::Status(status.parse().unwrap());
                Event::Refused { session, cause, reason: reason(why.trim_end_matches('>')) }
            }
            "timeout" => refused(Refusal::Timeout),
            "late" => refused(Refusal::AnsweredLate),
            "gone" => refused(Refusal::Canceled),
            "bye" => Event::Ended { session, how: Hangup::Bye, reason: None },
            "lost" => Event::Ended { session, how: Hangup::Lost, reason: None },
            "done" => Event::Ended { session, how: Hangup::ByeAnswered, reason: None },
            "reoffers" => Event::Reoffered { session, body: Some(description()) },
            "holds" => Event::Reoffered { session, body: Some(held("inactive")) },
            "zeros" => Event::Reoffered { session, body: Some(zeros()) },
            "alive" => Event::Alive { session },
            "asks" => Event::Reoffered { session, body: None },
            "reanswers" => Event::Confirmed { session, body: Some(description()) },
            "heard" => return Input::Played { play: self.plays[&session] },
            "speaks" => return Input::Heard { leg: session },
            key if key.starts_with("key:") => {
                return Input::Digit { leg: session, digit: key[4..].parse().unwrap() };
            }
            "488-bandwidth" => refused(Refusal::NotAcceptable(488, Objection::Other)),
            "488-codec" => refused(Refusal::NotAcceptable(488, Objection::Media)),
            "606-codec" => refused(Refusal::NotAcceptable(606, Objection::Media)),
            status => refused(Refusal::Status(status.parse().unwrap())),
        })
    }

    /// Advances time, stopping at every deadline.
    fn pass(&mut self, ms: u64) {
        let end = self.now.mono + Duration::from_millis(ms);
        while let Some(due) = self.machine.deadline().filter(|due| *due <= end) {
            self.now = self.now.later(due.since(self.now.mono));
            self.handle(Input::Tick);
            assert!(self.machine.deadline().is_none_or(|next| next > due), "time stands still");
        }
        self.now = self.now.later(end.since(self.now.mono));
    }

    fn handle(&mut self, input: Input) {
        self.machine.handle(input, self.now);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.machine.poll() {
            self.carry_out(output);
        }
    }

    fn reply(&mut self, input: Input) {
        match &mut self.later {
            Some(later) => later.push_back(input),
            None => self.machine.handle(input, self.now),
        }
    }

    fn note(&mut self, what: impl Into<String>) {
        self.story.push(what.into());
    }

    fn name(&self, leg: LegId) -> String {
        let own = self.legs.iter().find(|(_, known)| *known == leg);
        own.map_or_else(|| "caller".to_owned(), |(name, _)| name.clone())
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Sip(command) => self.command(command),
            Output::Media(order) => self.media(order),
            Output::CountPool(inquiry) => {
                let pool = routing::pool(&self.snapshot, &inquiry, &Sight(None), self.now);
                self.machine.handle(Input::Pool(pool), self.now);
            }
            Output::FindNeeded { inquiry, flow: _ } => {
                let offers = [inquiry.offer.clone()];
                let needed = routing::needed(&self.snapshot, &inquiry, &offers);
                self.machine.handle(Input::Needed(needed), self.now);
            }
            Output::FindLastCall(_) => self.note("last?"),
            Output::Lookup { url, .. } => self.note(format!("lookup:{url}")),
            output @ (Output::Survey(_)
            | Output::Ask { .. }
            | Output::Confirm { .. }
            | Output::Decide(..)) => self.route(output),
            Output::Hold { hold, pick } => {
                let ttl = Duration::from_secs(60);
                let result = self.quota.reserve(hold, &pick.caps, pick.claim(), self.now, ttl);
                let result = result.map(|_| ()).map_err(|refused| refused.skip());
                let name = pick.contract.to_string();
                if let Err(skip) = result {
                    self.note(format!("{skip}:{name}"));
                }
                self.holds.insert(hold, name.clone());
                if result.is_ok() {
                    self.granted.push_back(name);
                }
                self.reply(Input::Held(result));
            }
            Output::Settle { hold, how } => {
                let settled = match how {
                    Settle::Commit => self.quota.commit(hold),
                    Settle::Release | Settle::Unanswered => self.quota.release(hold),
                    Settle::End => self.quota.end(hold),
                    Settle::Unbilled => self.quota.end_unbilled(hold),
                };
                assert_eq!(settled, Settled::Done, "{how:?} of {}", self.holds[&hold]);
                self.forget_undialled(hold, how);
                let how = format!("{how:?}").to_lowercase();
                self.note(format!("{how}:{}", self.holds[&hold]));
            }
            Output::Prepare { leg, failed, destination } => {
                self.prepare(leg, failed.len(), &destination.to);
            }
            Output::Load(name) => {
                let flow = self.flows.get(name.as_str()).cloned();
                self.machine.handle(Input::Loaded(flow), self.now);
            }
            Output::Beat { holds } => {
                for hold in holds {
                    let renewed = self.quota.renew(hold, self.now, Duration::from_secs(60));
                    assert_eq!(renewed, Settled::Done);
                }
            }
            Output::Finish(finished) => self.finish(finished.record),
            Output::Done => {
                assert_eq!(self.quota.live(), 0, "no hold is left");
                self.note("done");
            }
            Output::SdpRefused { peer, error } => {
                self.refused_sdp.push(format!("{peer}: {error}"));
            }
            Output::Update(_) => self.updates += 1,
            Output::Open(_) | Output::Attempted { .. } | Output::Event(_) => {}
            Output::SrtpRefused { .. } => self.begin_again(),
        }
    }

    /// The next leg to be prepared is of the same contract.
    fn begin_again(&mut self) {
        self.note("plain");
        let (name, _) = self.legs.last().cloned().expect("a leg");
        self.granted.push_front(name);
    }

    /// Forgets the name of a buyer whose hold was released before it was dialled.
    fn forget_undialled(&mut self, hold: HoldId, how: Settle) {
        let name = &self.holds[&hold];
        let place = self.granted.iter().position(|granted| granted == name);
        if let Some(place) = place.filter(|_| how == Settle::Release) {
            self.granted.remove(place);
        }
    }

    /// Decides, or asks bidders.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the caller matches the others")]
    fn route(&mut self, output: Output) {
        match output {
            Output::Survey(inquiry) => {
                let sight = Sight(self.decided.then_some(&self.quota));
                let mut rng = Rng::seeded(1);
                let made = routing::decide(&self.snapshot, &inquiry, &sight, self.now, &mut rng);
                self.machine.handle(Input::Surveyed(Box::new(made)), self.now);
            }
            Output::Ask { contracts, window, .. } => {
                let names: Vec<&str> = contracts.iter().map(|id| id.as_str()).collect();
                self.note(format!("ask:{}:{}", names.join("+"), window.as_millis()));
            }
            Output::Confirm { attempt, contract, price, ping_id, .. } => {
                let ping_id = ping_id.unwrap_or_default();
                self.note(format!("confirm:{contract}:{}:{ping_id}", price.amount()));
                self.confirming.push((contract.to_string(), attempt));
            }
            Output::Decide(inquiry, bids) => {
                let (now, rng) = (self.now, &mut self.rng);
                let quota = self.decided.then_some(&self.quota);
                let sight = Auction { quota, bids: &bids };
                let made = routing::decide(&self.snapshot, &inquiry, &sight, now, rng);
                self.decided = true;
                self.note(format!("decide:{}", inquiry.offer));
                self.machine.handle(Input::Decided(Box::new(made)), now);
            }
            other => panic!("{other:?}"),
        }
    }

    /// Prepares a leg; a trunk has two gateways, a SIP address one.
    fn prepare(&mut self, leg: LegId, way: usize, to: &book::Target) {
        if way == 0 {
            let name = self.granted.pop_front().unwrap_or_else(|| "fixed".to_owned());
            self.legs.push((name, leg));
        }
        if way > 0 {
            if matches!(to, book::Target::Sip { .. }) {
                return self.reply(Input::Unprepared { leg, outcome: Outcome::Failed });
            }
            let (name, _) = self.legs.last().cloned().expect("a leg");
            self.note(format!("way{way}:{name}"));
            self.legs.push((name, leg));
        }
        self.targets.push(to.dialled().to_owned());
        if self.snapshot.book().bars(to).is_some() {
            return self.reply(Input::Unprepared { leg, outcome: Outcome::Barred });
        }
        if way == 0
            && let book::Target::Phone { number, trunk } = to
            && let Some(trunk) = self.snapshot.book().trunk(trunk)
            && self.days.dial(trunk, number, self.now.wall).is_err()
        {
            return self.reply(Input::Unprepared { leg, outcome: Outcome::TrunkLimit });
        }
        if self.portless || way > 1 {
            return self.reply(Input::Unprepared { leg, outcome: Outcome::Failed });
        }
        let remote: SocketAddr = ([198, 51, 100, 9], 5060).into();
        let local = ([192, 0, 2, 2], 5060).into();
        let transport = match to {
            book::Target::Sip { uri } if uri.is_over_tls() => sip::Transport::Tls,
            book::Target::Sip { .. } | book::Target::Phone { .. } => sip::Transport::Udp,
        };
        let peer = sip::Peer { transport, remote, local, connection: None };
        let target = sip::Uri::parse("sip:d@198.51.100.9").unwrap();
        let sources = sip::Sources::default();
        let local = ([192, 0, 2, 2], 30_002).into();
        let (takes_tcp, from_domain) = (false, None);
        let gateway = GatewayName::new("udp", "198.51.100.9", 5060 + u16::try_from(way).unwrap());
        let route = Route { local, peer, takes_tcp, sources, from_domain, target, gateway };
        self.reply(Input::Prepared { leg, route });
    }

    fn command(&mut self, command: Command) {
        let said = match command {
            Command::Ring { status, .. } => status.to_string(),
            Command::Accept { .. } => "200".to_owned(),
            Command::Reject { declined, .. } => declined.status.to_string(),
            Command::Dismiss { status, .. } => status.to_string(),
            Command::Register(_) => "register".to_owned(),
            Command::Ping(_) => "ping".to_owned(),
            Command::Dial(dial) => {
                let said = format!("dial:{}", self.name(dial.session));
                self.dialled.push(*dial);
                said
            }
            Command::Cancel { session, why: CancelWhy::Plain } => {
                format!("cancel:{}", self.name(session))
            }
            Command::Cancel { session, why: CancelWhy::CompletedElsewhere } => {
                format!("elsewhere:{}", self.name(session))
            }
            Command::Cancel { session, why: CancelWhy::Because(reason) } => {
                format!("cancel:{}<{}>", self.name(session), reason.as_str())
            }
            Command::Bye { session, cause: Some(cause) } => {
                format!("bye:{}<{cause}>", self.name(session))
            }
            Command::Bye { session, cause: None } => format!("bye:{}", self.name(session)),
            Command::Admit(_) => "accounts".to_owned(),
            Command::Drain => "drain".to_owned(),
            Command::Probe { session } => format!("options:{}", self.name(session)),
            Command::AnswerRefer { session, answer: Ok(()) } => {
                format!("refer:{}:ok", self.name(session))
            }
            Command::AnswerRefer { session, answer: Err(why) } => {
                format!("refer:{}:{why:?}", self.name(session))
            }
            Command::ReportRefer { session, status } => {
                format!("notify:{}:{status}", self.name(session))
            }
            Command::Answer { session, body } => {
                let what =
                    body.map_or_else(|declined| declined.status.to_string(), |_| "sdp".to_owned());
                format!("answer:{}:{what}", self.name(session))
            }
        };
        self.note(said);
    }

    fn media(&mut self, order: MediaOrder) {
        match order {
            MediaOrder::Play { leg, play, .. } => {
                self.plays.insert(leg, play);
                self.note(format!("play:{}", self.name(leg)));
            }
            MediaOrder::Record { recorder, .. } => {
                let name = recorder.name.rsplit('-').next().unwrap_or_default().to_owned();
                self.note(format!("record:{name}"));
            }
            MediaOrder::StopRecording { .. } => self.note("stop-recording"),
            MediaOrder::Ringback { sound: None, .. } => self.note("tone"),
            MediaOrder::Ringback { sound: Some(_), .. } => self.note("tune"),
            MediaOrder::EarlyMedia { buyer, .. } => {
                self.note(format!("early:{}", self.name(buyer)))
            }
            MediaOrder::Unbridge { .. } => self.note("unbridge"),
            MediaOrder::Bridge { buyer, .. } => self.note(format!("bridge:{}", self.name(buyer))),
            MediaOrder::Update { leg, .. } => self.note(format!("media:{}", self.name(leg))),
            MediaOrder::DropEarly { leg } => self.heard_early = Some(leg),
            MediaOrder::Open { leg, .. } => {
                let dropped = self.heard_early.take();
                assert!(dropped.is_none_or(|dropped| dropped == leg), "it is of this buyer");
                if leg != self.caller && dropped.is_none() {
                    self.note(format!("open:{}", self.name(leg)));
                }
            }
            MediaOrder::Report { leg } => {
                let traffic = Traffic { packets: 7, ..Traffic::default() };
                if !self.mute {
                    self.machine.handle(Input::Traffic { leg, traffic }, self.now);
                }
            }
            MediaOrder::Hold { leg } => self.note(format!("hold:{}", self.name(leg))),
            MediaOrder::Resume { leg } => self.note(format!("resume:{}", self.name(leg))),
            MediaOrder::Close { .. } | MediaOrder::StopPlayback { .. } => {}
        }
    }

    fn finish(&mut self, record: CallRecord) {
        let by = record.ended_by.map(|by| format!("{by:?}").to_lowercase()).unwrap_or_default();
        let reason = record.reason.map_or("none", |reason| reason.code());
        let mut said = format!("[{reason} by {by}");
        for row in &record.attempts {
            let outcome = row.outcome.map_or("open", |outcome| outcome.code());
            said += &format!(" {}={outcome}", row.contract);
            said += &row.sip_status.map(|status| format!("/{status}")).unwrap_or_default();
        }
        for row in &record.dials {
            let outcome = row.outcome.map_or("open", |outcome| outcome.code());
            said += &format!(" {}={outcome}", row.to);
        }
        if let Some(to) = &record.transferred_to {
            said += &format!(" to:{to}");
        }
        for (name, value) in &record.tags {
            said += &format!(" #{name}={value}");
        }
        if record.bridged_at.is_some() {
            let billed = if record.billable { "billed" } else { "free" };
            said += &format!(" {}ms {billed}", record.talk.as_millis());
        }
        self.note(said + "]");
        self.record = Some(record);
    }
}

fn record(id: CallId, now: Now) -> CallRecord {
    CallRecord::open(Opening {
        id,
        number: "+18005550100".parse().unwrap(),
        caller: Some("+13055550123".parse().unwrap()),
        ingress: "t".parse().unwrap(),
        offer: "o".parse().unwrap(),
        source: "s".parse().unwrap(),
        flow: "f".parse().unwrap(),
        book_version: 1,
        at: now.wall,
    })
}
