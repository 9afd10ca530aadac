//! Complete calls at a carrier on a test bench, and replays of their journals. A script is a list
//! of words:
//!
//! | word | what the carrier does |
//! |---|---|
//! | `enter` | reports a new call |
//! | `keys:12` `keys:` | reports the answer to a question: these keys, or none |
//! | `busy` `no-answer` `failed` `canceled` | ends the dial with this status |
//! | `done:30` `done:30:b` | completes the dial after 30 s; with the leg of `b` |
//! | `bridged:30` `unbridged:30` | the same, as Twilio reports it |
//! | `left:30` | the same as `done:30`, but the caller has hung up |
//! | `b:whisper` `b:press:1` `b:press:` | plays the whisper to `b`, or reports the key of `b` |
//! | `b:ringing` `b:in-progress` `b:busy` … | reports the state of the leg of `b` |
//! | `recorded` `recorded:a` | ends the recording, with this sound |
//! | `gone` | reports that the caller's call is over |
//! | `swept` `swept:30` | (the sweep finds the call ended; its winner was connected for 30 s) |
//! | `full:b` | (the caps of `b` are full from now on) |
//! | `+5` | (5 s pass) |

mod bidding;
mod kept;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::base::CallId;
use crate::base::Fields;
use crate::base::ListName;
use crate::base::Now;
use crate::base::Rng;
use crate::base::Skip;
use crate::base::Wall;
use crate::book;
use crate::book::Book;
use crate::call::CallRecord;
use crate::call::Ingress;
use crate::call::Opening;
use crate::call::RECORDINGS_MAX;
use crate::call::RecordingPlace;
use crate::caps::Ceiling;
use crate::caps::Full;
use crate::caps::Periods;
use crate::carrier::Carrier;
use crate::carrier::Document;
use crate::carrier::Rejection;
use crate::carrier::Target;
use crate::carrier::Verb;
use crate::carrier::read;
use crate::flow;
use crate::flow::Flow;
use crate::routing;
use crate::routing::Bids;
use crate::routing::Decision;
use crate::routing::Snapshot;
use crate::routing::Standing;
use crate::routing::Trace;
use crate::routing::Usage;
use crate::sale::Confirmation;
use crate::sale::GivenUp;

const START: i64 = 1_767_718_800_000_000;

/// Usage that is always zero: on this bench, only holds find full caps.
struct Blind;

impl Usage for Blind {
    fn full(&self, _: &Ceiling, _: &Periods) -> Option<Full> {
        None
    }
}

impl Standing for Blind {}

/// As [`Blind`], with the bids on the call.
struct Auction<'a>(&'a Bids);

impl Usage for Auction<'_> {
    fn full(&self, _: &Ceiling, _: &Periods) -> Option<Full> {
        None
    }

    fn bids(&self) -> &Bids {
        self.0
    }
}

impl Standing for Auction<'_> {}

struct Bench {
    call: Call,
    carrier: Carrier,
    snapshot: Snapshot,
    flows: HashMap<String, Arc<Flow>>,
    at: Wall,
    rng: Rng,
    full: Vec<String>,
    /// What the bidders answer.
    bids: Vec<BidIn>,
    lines: Vec<JournalLine>,
    record: Option<CallRecord>,
    transcript: Vec<String>,
    document: u32,
    sequence: u64,
}

impl World for Bench {
    fn decision(&self, trace: &Trace) -> Option<Decision> {
        Some(trace.replay(&self.snapshot))
    }

    fn flow(&self, hash: &str) -> Option<Arc<Flow>> {
        self.flows.get(hash).cloned()
    }
}

fn book(offer: &str, contracts: &[(&str, &str)]) -> String {
    let mut text = format!(
        "[[trunk]]\nid = \"t\"\noutbound = \"sip:198.51.100.1\"\n\
         [[source]]\nid = \"s\"\npayout = {{ amount = \"2.00\", currency = \"USD\" }}\n\
         [[offer]]\nid = \"o\"\nring_timeout = \"10s\"\n{offer}\n\
         [[offer]]\nid = \"p\"\n\
         [[number]]\nnumber = \"+18005550100\"\noffer = \"o\"\nsource = \"s\"\nflow = \"f\"\n"
    );
    for (place, (id, more)) in contracts.iter().enumerate() {
        let phone = format!("phone = \"+1305555010{place}\", trunk = \"t\"");
        let (to, more) = match more.strip_prefix("to ") {
            Some(to) => (to.replace("PHONE", &phone), ""),
            None => (phone, *more),
        };
        let offer = if more.contains("offer =") { "" } else { "offer = \"o\"" };
        text += &format!(
            "[[buyer]]\nid = \"{id}\"\ntimezone = \"America/Chicago\"\n\
             [[contract]]\nid = \"{id}\"\nbuyer = \"{id}\"\n{offer}\npriority = {place}\n\
             price = {{ amount = \"10.00\", currency = \"USD\" }}\nbuffer = \"5s\"\n\
             destination = {{ {to} }}\n{more}\n"
        );
    }
    text
}

impl Bench {
    fn new(carrier: Carrier, book: &str, flows: &[(&str, &str)]) -> Self {
        let (read, faults) = book::parse("t.toml", book);
        let snapshot = Snapshot::compile(Arc::new(read.unwrap_or_else(|| panic!("{faults:?}"))), 1);
        let flows: HashMap<String, Arc<Flow>> = flows
            .iter()
            .map(|(name, xml)| {
                let text = format!("<Flow name='{name}'>{xml}</Flow>");
                let (flow, faults) = flow::parse(&format!("{name}.xml"), &text);
                ((*name).to_owned(), Arc::new(flow.unwrap_or_else(|| panic!("{faults:?}"))))
            })
            .collect();
        let call = fresh(carrier, &flows, snapshot.book());
        Self {
            call,
            carrier,
            snapshot,
            flows,
            at: Wall::from_micros(START),
            rng: Rng::seeded(7),
            full: Vec::new(),
            bids: Vec::new(),
            lines: Vec::new(),
            record: None,
            transcript: Vec::new(),
            document: 0,
            sequence: 0,
        }
    }

    fn play(&mut self, script: &str) {
        for word in script.split_whitespace() {
            match word.split_once(':').unwrap_or((word, "")) {
                ("full", name) => self.full.push(name.to_owned()),
                ("swept", seconds) => self.sweep(seconds),
                (word, "") if word.starts_with('+') => {
                    self.at = self.at + Duration::from_secs(word[1..].parse().unwrap());
                }
                _ => self.ask(word),
            }
        }
    }

    fn sweep(&mut self, seconds: &str) {
        let connected_ms = seconds.parse().ok().map(|seconds: u64| seconds * 1_000);
        let source = Source::Swept { ended_at: self.at, connected_ms };
        let connected = connected_ms.map(Duration::from_millis);
        self.take_in(source, Input::Swept(Swept { ended_at: self.at, connected }));
    }

    fn ask(&mut self, word: &str) {
        let (callback, params) = self.request(word);
        let request = read(self.carrier, &params).unwrap();
        let source = Source::Request { callback: callback.to_string(), params };
        self.take_in(source, Input::Request(callback, Box::new(request)));
    }

    /// Returns the contract for which a leg is dialled.
    fn contract(&self, leg: &leg::Leg) -> &str {
        self.call.sale.attempt(leg.id).unwrap().pick.contract.as_str()
    }

    /// Returns the leg that was last dialled for a contract.
    fn leg(&self, contract: &str) -> &leg::Leg {
        self.call.legs.iter().find(|leg| self.contract(leg) == contract).unwrap()
    }

    fn request(&mut self, word: &str) -> (Callback, Vec<(String, String)>) {
        let mut form: Vec<(&str, String)> =
            vec![("From", "+13055550123".to_owned()), ("To", "+18005550100".to_owned())];
        let parts: Vec<&str> = word.split(':').collect();
        let next = Callback::Leave(self.document);
        let child = |name: &str| ("DialCallSid", format!("CA{name}"));
        let (callback, call) = match parts.as_slice() {
            ["enter"] => (Callback::Enter, "CA1".to_owned()),
            ["recorded", url @ ..] => {
                let url = url.first().map(|name| format!("https://c.example/{name}"));
                form.extend(url.clone().map(|url| ("RecordingUrl", url)));
                form.extend(url.map(|url| ("RecordUrl", url)));
                (next, "CA1".to_owned())
            }
            ["gone"] => {
                form.push(("CallStatus", "completed".to_owned()));
                (Callback::Status, "CA1".to_owned())
            }
            ["keys", keys] => {
                form.push(("Digits", (*keys).to_owned()));
                (next, "CA1".to_owned())
            }
            [state @ ("busy" | "no-answer" | "failed" | "canceled")] => {
                form.push(("DialCallStatus", (*state).to_owned()));
                (next, "CA1".to_owned())
            }
            [how @ ("done" | "bridged" | "unbridged" | "left"), seconds, leg @ ..] => {
                form.push(("DialCallStatus", "completed".to_owned()));
                form.push(("DialCallDuration", (*seconds).to_owned()));
                form.extend(leg.first().map(|name| child(name)));
                match *how {
                    "bridged" => form.push(("DialBridged", "true".to_owned())),
                    "unbridged" => form.push(("DialBridged", "false".to_owned())),
                    "left" => form.push(("CallStatus", "completed".to_owned())),
                    _done => {}
                }
                (next, "CA1".to_owned())
            }
            [name, rest @ ..] => {
                form.push(("ParentCallSid", "CA1".to_owned()));
                let token = self.leg(name).key;
                let callback = match rest {
                    ["whisper"] => Callback::Whisper(token, 1),
                    ["press", key] => {
                        form.push(("Digits", (*key).to_owned()));
                        Callback::Accept(token, 1)
                    }
                    [state] => {
                        self.sequence += 1;
                        form.push(("CallStatus", (*state).to_owned()));
                        form.push(("SequenceNumber", self.sequence.to_string()));
                        Callback::Leg(token)
                    }
                    _ => panic!("{word}"),
                };
                (callback, format!("CA{name}"))
            }
            [] => panic!("{word}"),
        };
        form.push(("CallUUID", call.clone()));
        form.push(("CallSid", call));
        (callback, form.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// Decides, or asks bidders.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the caller matches the others")]
    fn route(&mut self, output: Output, now: Now) -> (Reply, Input) {
        match output {
            Output::Survey(inquiry) => {
                let made = routing::decide(&self.snapshot, &inquiry, &Blind, now, &mut self.rng);
                let trace = Box::new(Trace::of(&made));
                (Reply::Surveyed(trace), Input::Surveyed(Box::new(made)))
            }
            Output::Ask { contracts, .. } => {
                let names: Vec<&str> = contracts.iter().map(|id| id.as_str()).collect();
                self.transcript.push(format!("ask:{}", names.join("+")));
                let asked = |bid: &BidIn| contracts.contains(&bid.contract);
                let bids: Vec<BidIn> = self.bids.iter().filter(|b| asked(b)).cloned().collect();
                (Reply::Bids(bids.clone()), Input::Bids(bids))
            }
            Output::Confirm { contract, price, ping_id, .. } => {
                let ping_id = ping_id.unwrap_or_default();
                let said = format!("confirm:{contract}:{}:{ping_id}", price.amount());
                self.transcript.push(said);
                let answer = match self.full.iter().any(|name| *name == format!("-{contract}")) {
                    true => Confirmation::Refused { reason: None },
                    false => Confirmation::Confirmed { destinations: Vec::new() },
                };
                (Reply::Confirmed(answer.clone()), Input::Confirmed(answer))
            }
            Output::Decide(inquiry, bids) => {
                let sight = Auction(&bids);
                let made = routing::decide(&self.snapshot, &inquiry, &sight, now, &mut self.rng);
                let trace = Box::new(Trace::of(&made));
                (Reply::Decided(trace), Input::Decided(Box::new(made)))
            }
            other => panic!("{other:?}"),
        }
    }

    fn take_in(&mut self, source: Source, input: Input) {
        let way = matches!(&input, Input::Request(Callback::Enter | Callback::Leave(_), _));
        let now = Now::from_origin(Wall::from_micros(START), self.at);
        let mut line = JournalLine { at: self.at, source, replies: Vec::new() };
        self.call.handle(input, now);
        while let Some(output) = self.call.poll() {
            let (reply, input) = match output {
                Output::CountPool(inquiry) => {
                    let size = routing::pool(&self.snapshot, &inquiry, &Blind, now);
                    (Reply::Pool(size), Input::Pool(size))
                }
                output @ (Output::Survey(_)
                | Output::Ask { .. }
                | Output::Confirm { .. }
                | Output::Decide(..)) => self.route(output, now),
                Output::FindNeeded { inquiry, .. } => {
                    let offers = [inquiry.offer.clone()];
                    let needed = routing::needed(&self.snapshot, &inquiry, &offers);
                    (Reply::Needed(needed.clone()), Input::Needed(needed))
                }
                Output::FindLeg(leg) => {
                    let name = leg.as_str().strip_prefix("CA").unwrap_or_default().to_owned();
                    let leg = self.call.legs.iter().find(|leg| self.contract(leg) == name);
                    let to = leg.map(|leg| match ringing::target(&leg.destination) {
                        Target::Phone(number) => number.e164().to_owned(),
                        Target::Sip(uri) => uri,
                    });
                    (Reply::LegFound(to.clone()), Input::LegFound(to))
                }
                Output::FindLastCall(_) => (Reply::LastCall(None), Input::LastCall(None)),
                Output::Lookup { sets, .. } => {
                    let one = |(_, field)| (field, "1".to_owned());
                    let found = Some(sets.into_iter().map(one).collect::<Vec<_>>());
                    (Reply::LookedUp(found.clone()), Input::LookedUp(found))
                }
                Output::Hold { pick, .. } => {
                    let full = self.full.iter().any(|name| name == pick.contract.as_str());
                    let refused = full.then_some(Skip::CapDay);
                    (Reply::Held(refused), Input::Held(refused.map_or(Ok(()), Err)))
                }
                Output::Load(name) => {
                    let flow = self.flows.get(name.as_str()).cloned();
                    let hash = flow.as_ref().map(|_| name.to_string());
                    (Reply::Loaded(hash), Input::Loaded(flow))
                }
                Output::Settle { how, .. } => {
                    self.transcript.push(format!("{how:?}").to_lowercase());
                    continue;
                }
                Output::Finish(finished) => {
                    assert!(self.record.is_none(), "two records");
                    self.record = Some(finished.record);
                    continue;
                }
                Output::Answer(document) => {
                    self.document += u32::from(way);
                    self.transcript.push(self.shown(&document));
                    continue;
                }
                Output::Event(_) => continue,
            };
            line.replies.push(reply);
            self.call.handle(input, now);
        }
        // The journal is stored as text.
        let text = serde_json::to_string(&line).unwrap();
        self.lines.push(serde_json::from_str(&text).unwrap());
    }

    fn shown(&self, document: &Document) -> String {
        let verbs: Vec<String> = document.verbs.iter().map(|verb| self.verb(verb)).collect();
        format!("<{}>", verbs.join(" "))
    }

    fn verb(&self, verb: &Verb) -> String {
        match verb {
            Verb::Say { text, .. } => format!("\"{text}\""),
            Verb::Play { url } => url.rsplit('/').next().unwrap().to_owned(),
            Verb::Pause { length } => format!("{}s", length.as_secs()),
            Verb::Gather(gather) => {
                let prompts: Vec<String> =
                    gather.prompts.iter().map(|prompt| self.verb(&prompt.clone().into())).collect();
                let keys = gather.digits.map(|n| n.to_string()).unwrap_or_default();
                format!("ask{keys}({})", prompts.join(" "))
            }
            Verb::Record(_) => "record".to_owned(),
            Verb::Dial(dial) => {
                let names: Vec<String> = dial.nouns.iter().map(|noun| self.noun(noun)).collect();
                format!("dial({})", names.join(" "))
            }
            Verb::Redirect { .. } => "redirect".to_owned(),
            Verb::Hangup => "hangup".to_owned(),
            Verb::Reject(Rejection::Busy) => "reject:busy".to_owned(),
            Verb::Reject(Rejection::Rejected) => "reject".to_owned(),
        }
    }

    fn noun(&self, noun: &crate::carrier::Noun) -> String {
        let of = |leg: &&leg::Leg| match (&noun.target, &leg.destination.to) {
            (Target::Phone(dialled), book::Target::Phone { number, .. }) => dialled == number,
            (Target::Sip(dialled), book::Target::Sip { uri }) => *dialled == uri.to_string(),
            _ => false,
        };
        let Some(leg) = self.call.legs.iter().rev().find(of) else {
            return match &noun.target {
                Target::Phone(number) => number.e164().to_owned(),
                Target::Sip(uri) => uri.clone(),
            };
        };
        let whisper = if noun.url.is_some() { "?" } else { "" };
        format!("{}{whisper}", self.contract(leg))
    }

    /// Returns the reason of the end, who ended the call, the attempts, the connected time and the
    /// revenue.
    fn ended(&self) -> String {
        let Some(record) = &self.record else { return "live".to_owned() };
        let reason = record.reason.unwrap().code();
        let by = format!("{:?}", record.ended_by.unwrap()).to_lowercase();
        let attempts: Vec<String> = record
            .attempts
            .iter()
            .map(|row| format!("{}{}:{}", row.wave, row.contract, row.outcome.unwrap().code()))
            .collect();
        let talk = record.talk.as_secs();
        let owed = record.revenue.map(|revenue| revenue.to_string()).unwrap_or_default();
        format!("{reason} by {by} [{}] {talk}s {owed}", attempts.join(" "))
    }
}

fn fresh(carrier: Carrier, flows: &HashMap<String, Arc<Flow>>, book: &Arc<Book>) -> Call {
    fresh_but(carrier, flows, book, (None, GivenUp::TurnedAway))
}

/// A call whose caller is on a suppression list, if there is one.
fn fresh_but(
    carrier: Carrier,
    flows: &HashMap<String, Arc<Flow>>,
    book: &Arc<Book>,
    (suppressed_by, refusal): (Option<ListName>, GivenUp),
) -> Call {
    let mut rng = Rng::seeded(3);
    let now = Now::from_origin(Wall::from_micros(START), Wall::from_micros(START));
    let mut record = CallRecord::open(Opening {
        id: CallId::new(now, &mut rng),
        number: "+18005550100".parse().unwrap(),
        caller: "+13055550123".parse().ok(),
        ingress: Ingress::Webhook(carrier),
        offer: "o".parse().unwrap(),
        source: "s".parse().unwrap(),
        flow: "f".parse().unwrap(),
        book_version: 1,
        at: now.wall,
    });
    record.suppressed_by = suppressed_by;
    let token = Token::random(&mut rng);
    let setup = Setup {
        carrier,
        addresses: Addresses::new("https://x.example", carrier, &token),
        record,
        fields: Fields::default(),
        flow: flows.get("f").unwrap().clone(),
        source: None,
        refusal,
        book: book.clone(),
    };
    Call::new(setup, Rng::seeded(5))
}

const ROUTE: &str = "<Route/>";
const MENU: &str = "<Step id='a'><Say>Hi</Say><Gather field='x' numDigits='1' attempts='2'>\
    <Say>Q</Say><NoInput><Say>I</Say></NoInput><NoMatch><Say>M</Say></NoMatch>\
    <Option digits='1' value='one' goto='r'/></Gather></Step><Step id='r'><Route/></Step>";
const TOGETHER: &str = "ring = \"simultaneous\"\nring_width = 3";
const GATED: &str = "to PHONE, whisper = \"W\", accept = \"press-1\"";
const SIP: &str = "to sip = \"sip:d@198.51.100.9\"";

/// Plays a call and replays its journal. Both machines must be the same.
fn outcome(
    carrier: Carrier,
    offer: &str,
    contracts: &[(&str, &str)],
    flow: &str,
    script: &str,
) -> (String, String) {
    let mut bench = Bench::new(carrier, &book(offer, contracts), &[("f", flow), ("g", ROUTE)]);
    bench.play(script);
    let mut again = fresh(carrier, &bench.flows, bench.snapshot.book());
    replay(&mut again, &bench.lines, &bench).unwrap();
    assert_eq!(format!("{:?}", again), format!("{:?}", bench.call), "{script}");
    (bench.transcript.join(" "), bench.ended())
}

#[derive(Clone, Copy)]
struct Row<'a>(Carrier, &'a str, &'a [(&'a str, &'a str)], &'a str, &'a str, &'a str, &'a str);

/// Checks each row: carrier, lines of the offer, contracts, flow and script, then the expected
/// transcript and end.
fn check(rows: &[Row<'_>]) {
    let mut differ = Vec::new();
    for Row(carrier, offer, contracts, flow, script, transcript, ended) in rows.iter().copied() {
        let found = outcome(carrier, offer, contracts, flow, script);
        let expected = (transcript.to_owned(), ended.to_owned());
        if found != expected {
            differ.push(format!("{script}\n  found    {found:?}\n  expected {expected:?}"));
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

const AB: &[(&str, &str)] = &[("a", ""), ("b", "")];
const GATED_A: &[(&str, &str)] = &[("a", GATED), ("b", "")];

#[test]
fn questions() {
    // A question and its answers.
    check(&[
        Row(Carrier::Twilio, "", AB, MENU, "enter", "<\"Hi\" ask1(\"Q\")>", "live"),
        Row(
            Carrier::Twilio,
            "",
            AB,
            MENU,
            "enter keys: keys:7",
            "<\"Hi\" ask1(\"Q\")> <ask1(\"I\" \"Q\")> <hangup>",
            "rejected_caller by switch [] 0s ",
        ),
        Row(
            Carrier::Twilio,
            "",
            AB,
            MENU,
            "enter keys:1 done:30",
            "<\"Hi\" ask1(\"Q\")> <dial(a)> commit end <hangup>",
            "bridged by buyer [1a:won] 30s 10.00 USD",
        ),
        Row(
            Carrier::Twilio,
            "",
            AB,
            MENU,
            "enter gone",
            "<\"Hi\" ask1(\"Q\")> <>",
            "abandoned by caller [] 0s ",
        ),
    ]);
}

#[test]
fn one_after_the_other() {
    // Buyers ring one after another.
    check(&[
        Row(
            Carrier::Telnyx,
            "",
            AB,
            ROUTE,
            "enter busy done:9",
            "<dial(a)> release <dial(b)> commit end <hangup>",
            "bridged by buyer [1a:busy 2b:won] 9s 10.00 USD",
        ),
        Row(
            Carrier::Telnyx,
            "",
            AB,
            ROUTE,
            "enter no-answer failed",
            "<dial(a)> unanswered <dial(b)> release <reject>",
            "no_contract by switch [1a:no_answer 2b:failed] 0s ",
        ),
        Row(
            Carrier::Twilio,
            "",
            AB,
            ROUTE,
            "enter left:4",
            "<dial(a)> commit unbilled <hangup>",
            "bridged by caller [1a:won] 4s 0.00 USD",
        ),
        Row(
            Carrier::Twilio,
            "",
            AB,
            ROUTE,
            "enter gone canceled",
            "<dial(a)> <> release <hangup>",
            "abandoned by caller [1a:canceled] 0s ",
        ),
    ]);
}

#[test]
fn what_the_dial_says_outweighs_hints() {
    // The result of the dial overrides the states of its leg.
    check(&[
        Row(
            Carrier::Twilio,
            "",
            AB,
            ROUTE,
            "enter a:in-progress unbridged:30 bridged:30",
            "<dial(a)> <> release <dial(b)> commit end <hangup>",
            "bridged by buyer [1a:not_accepted 2b:won] 30s 10.00 USD",
        ),
        Row(
            Carrier::Telnyx,
            "",
            AB,
            ROUTE,
            "enter done:0 done:30",
            "<dial(a)> release <dial(b)> commit end <hangup>",
            "bridged by buyer [1a:not_accepted 2b:won] 30s 10.00 USD",
        ),
    ]);
}

#[test]
fn full_caps_leave_their_place() {
    // When the caps of a contract are full, the next contract takes its place.
    check(&[Row(
        Carrier::Twilio,
        "",
        AB,
        ROUTE,
        "full:a enter done:30",
        "<dial(b)> commit end <hangup>",
        "bridged by buyer [1b:won] 30s 10.00 USD",
    )]);
}

#[test]
fn together_the_winner_is_named() {
    // Buyers ring together: the action names the winner.
    check(&[
        Row(
            Carrier::Twilio,
            TOGETHER,
            AB,
            ROUTE,
            "enter b:ringing a:ringing bridged:30:b",
            "<dial(a b)> <> <> release commit end <hangup>",
            "bridged by buyer [1a:canceled 1b:won] 30s 10.00 USD",
        ),
        Row(
            Carrier::SignalWire,
            TOGETHER,
            AB,
            ROUTE,
            "enter b:in-progress a:busy done:30",
            "<dial(a b)> <> <> release commit end <hangup>",
            "bridged by buyer [1a:busy 1b:won] 30s 10.00 USD",
        ),
        // The flow's width overrides the offer's.
        Row(Carrier::Twilio, "", AB, "<Route ringWidth='2'/>", "enter", "<dial(a b)>", "live"),
        Row(Carrier::Twilio, TOGETHER, AB, "<Route ringWidth='1'/>", "enter", "<dial(a)>", "live"),
        // All reports about the legs are lost, so the carrier is asked.
        Row(
            Carrier::Telnyx,
            TOGETHER,
            AB,
            ROUTE,
            "enter done:30:b",
            "<dial(a b)> release commit end <hangup>",
            "bridged by buyer [1a:canceled 1b:won] 30s 10.00 USD",
        ),
        Row(
            Carrier::Twilio,
            TOGETHER,
            AB,
            ROUTE,
            "enter bridged:30:z",
            "<dial(a b)> release release <hangup>",
            "no_contract by switch [1a:not_accepted 1b:not_accepted] 0s ",
        ),
        // The first to answer is gone before the bridge: the other, whom the carrier canceled for
        // it, is rung again.
        Row(
            Carrier::Twilio,
            TOGETHER,
            AB,
            ROUTE,
            "enter a:in-progress b:canceled unbridged:1:a bridged:30:b",
            "<dial(a b)> <> <> release release <dial(b)> commit end <hangup>",
            "bridged by buyer [1a:not_accepted 1b:canceled 2b:won] 30s 10.00 USD",
        ),
        Row(
            Carrier::Telnyx,
            TOGETHER,
            AB,
            ROUTE,
            "enter a:in-progress b:canceled done:0:a done:30:b",
            "<dial(a b)> <> <> release release <dial(b)> commit end <hangup>",
            "bridged by buyer [1a:not_accepted 1b:canceled 2b:won] 30s 10.00 USD",
        ),
        Row(
            Carrier::Twilio,
            TOGETHER,
            AB,
            ROUTE,
            "enter a:busy no-answer",
            "<dial(a b)> <> release unanswered <reject>",
            "no_contract by switch [1a:busy 1b:no_answer] 0s ",
        ),
    ]);
}

#[test]
fn a_whisper_rings_alone_and_its_key_wins() {
    // A buyer with a whisper rings alone, and wins only with the key.
    check(&[
        Row(
            Carrier::Twilio,
            TOGETHER,
            GATED_A,
            ROUTE,
            "enter +5 a:whisper +4 a:press:1 +30 bridged:34",
            "<dial(a?)> <ask1(\"W\") ask1(\"W\") ask1(\"W\")> <> commit end <hangup>",
            "bridged by buyer [1a:won] 30s 10.00 USD",
        ),
        Row(
            Carrier::Twilio,
            TOGETHER,
            GATED_A,
            ROUTE,
            "enter a:whisper a:press:7 bridged:9 bridged:8",
            "<dial(a?)> <ask1(\"W\") ask1(\"W\") ask1(\"W\")> <ask1(\"W\") ask1(\"W\")> release <dial(b)> commit end <hangup>",
            "bridged by buyer [1a:not_accepted 2b:won] 8s 10.00 USD",
        ),
        Row(
            Carrier::Telnyx,
            TOGETHER,
            GATED_A,
            ROUTE,
            "enter a:whisper done:9 done:8",
            "<dial(a?)> <ask1(\"W\") ask1(\"W\") ask1(\"W\")> release <dial(b)> commit end <hangup>",
            "bridged by buyer [1a:not_accepted 2b:won] 8s 10.00 USD",
        ),
    ]);
}

#[test]
fn what_a_carrier_cannot_dial_is_passed_over() {
    // Targets that the carrier cannot dial are skipped; SignalWire does not mix nouns.
    check(&[
        Row(Carrier::Plivo, "", &[("a", SIP), ("b", "")], ROUTE, "enter", "<dial(b)>", "live"),
        Row(
            Carrier::SignalWire,
            TOGETHER,
            &[("a", SIP), ("b", "")],
            ROUTE,
            "enter busy",
            "<dial(a)> release <dial(b)>",
            "live",
        ),
        Row(
            Carrier::Twilio,
            TOGETHER,
            &[("a", SIP), ("b", "")],
            ROUTE,
            "enter",
            "<dial(a b)>",
            "live",
        ),
    ]);
}

/// No flow runs, and a replay of the journal answers the same.
#[test]
fn a_caller_on_a_suppression_list_gets_the_offers_answer() {
    let recording = GivenUp::Recording("sorry".into());
    for carrier in [Carrier::Twilio, Carrier::Telnyx, Carrier::SignalWire, Carrier::Plivo] {
        for (refusal, transcript) in
            [(&GivenUp::TurnedAway, "<reject>"), (&recording, "<sorry hangup>")]
        {
            let mut bench = Bench::new(carrier, &book("", AB), &[("f", MENU)]);
            let list: Option<ListName> = "dnc".parse().ok();
            let fresh = |bench: &Bench| {
                let suppressed = (list.clone(), refusal.clone());
                fresh_but(carrier, &bench.flows, bench.snapshot.book(), suppressed)
            };
            bench.call = fresh(&bench);
            bench.play("enter gone");
            let mut again = fresh(&bench);
            replay(&mut again, &bench.lines, &bench).unwrap();
            assert_eq!(format!("{again:?}"), format!("{:?}", bench.call));
            assert_eq!(bench.ended(), "suppressed_caller by switch [] 0s ", "{carrier}");
            assert_eq!(bench.transcript.join(" "), format!("{transcript} <>"), "{carrier}");
            assert_eq!(bench.record.as_ref().unwrap().suppressed_by, list);
        }
    }
}

#[test]
fn handed_on_and_turned_away() {
    // Redirected, disqualified and rejected calls.
    check(&[
        Row(
            Carrier::Twilio,
            "dq = { offer = \"p\" }",
            &[("a", ""), ("b", "offer = \"p\"")],
            ROUTE,
            "enter busy busy",
            "<dial(a)> release <dial(b)> release <reject>",
            "no_contract by switch [1a:busy 2b:busy] 0s ",
        ),
        Row(
            Carrier::Twilio,
            "dq = { recording = \"sorry\" }",
            &[],
            ROUTE,
            "enter",
            "<sorry hangup>",
            "no_contract by switch [] 0s ",
        ),
        Row(
            Carrier::Twilio,
            "",
            AB,
            "<Redirect flow='g'/>",
            "enter done:9",
            "<dial(a)> commit end <hangup>",
            "bridged by buyer [1a:won] 9s 10.00 USD",
        ),
        Row(
            Carrier::Twilio,
            "",
            AB,
            "<Reject reason='busy'/>",
            "enter",
            "<reject:busy>",
            "rejected_caller by switch [] 0s ",
        ),
    ]);
}

const DIAL: &str = "<Step id='a'><Dial to='+13055550199'><Busy goto='b'/></Dial><Hangup/></Step>\
    <Step id='b'><Say>B</Say><Hangup/></Step>";
const BARRED: &str = "<Dial to='+881631234567'/><Say>S</Say><Hangup/>";
const KEEP: &str = "<Record field='m'/><Tag name='t' value='{m}'/><Hangup/>";
const ASK: &str = "<Lookup url='https://h.example/'><Field name='x' pointer='/x'/></Lookup>\
    <Say>{x}</Say><Hangup/>";

#[test]
fn what_the_flow_reaches_past_the_caller() {
    check(&[
        Row(
            Carrier::Twilio,
            "",
            AB,
            DIAL,
            "enter bridged:30",
            "<dial(+13055550199)> <hangup>",
            "transferred by buyer [] 30s ",
        ),
        Row(
            Carrier::Telnyx,
            "",
            AB,
            DIAL,
            "enter busy",
            "<dial(+13055550199)> <\"B\" hangup>",
            "rejected_caller by switch [] 0s ",
        ),
        Row(
            Carrier::Twilio,
            "",
            AB,
            BARRED,
            "enter",
            "<\"S\" hangup>",
            "rejected_caller by switch [] 0s ",
        ),
        Row(
            Carrier::Twilio,
            "",
            AB,
            KEEP,
            "enter recorded:a",
            "<record> <hangup>",
            "voicemail by switch [] 0s ",
        ),
        Row(
            Carrier::Twilio,
            "",
            AB,
            ASK,
            "enter",
            "<\"one\" hangup>",
            "rejected_caller by switch [] 0s ",
        ),
    ]);
}

/// A message at each carrier, and callers who hang up while they leave it. A carrier may report the
/// end of the call before it reports the recording.
#[test]
fn a_message_makes_an_unsold_call_a_voicemail_at_every_carrier() {
    for carrier in Carrier::ALL {
        for (script, transcript, ended) in [
            ("enter recorded:a", "<record> <hangup>", "voicemail by switch [] 0s "),
            ("enter recorded", "<record> <hangup>", "rejected_caller by switch [] 0s "),
            ("enter gone recorded:a", "<record> <> <hangup>", "voicemail by caller [] 0s "),
            ("enter gone recorded", "<record> <> <hangup>", "abandoned by caller [] 0s "),
            ("enter gone swept", "<record> <>", "abandoned by caller [] 0s "),
        ] {
            let book = book("", AB);
            let mut bench = Bench::new(carrier, &book, &[("f", KEEP)]);
            bench.play(script);
            assert_eq!(bench.transcript.join(" "), transcript, "{carrier:?} {script}");
            assert_eq!(bench.ended(), ended, "{carrier:?} {script}");
            let record = bench.record.as_ref().unwrap();
            let places: Vec<&RecordingPlace> =
                record.recordings.iter().map(|one| &one.place).collect();
            let url = RecordingPlace::Carrier { url: "https://c.example/a".to_owned() };
            let kept = if script.ends_with(":a") { vec![&url] } else { vec![] };
            assert_eq!(places, kept, "{carrier:?} {script}");
        }
    }
}

#[test]
fn a_call_keeps_a_bounded_number_of_recordings() {
    let flow = "<Step id='a'><Record/><If poolAtMost='9' goto='a' else='a'/></Step>";
    let mut bench = Bench::new(Carrier::Twilio, &book("", AB), &[("f", flow)]);
    bench.play(&format!("enter{}", " recorded:a".repeat(RECORDINGS_MAX)));
    let record = bench.record.as_ref().expect("the flow ends by its own bound");
    assert_eq!(record.recordings.len(), RECORDINGS_MAX);
    assert_eq!(bench.transcript.join(" ").matches("<record>").count(), RECORDINGS_MAX);
}

#[test]
fn the_sweep() {
    // The sweep ends calls.
    check(&[
        Row(
            Carrier::Twilio,
            "",
            AB,
            MENU,
            "enter swept",
            "<\"Hi\" ask1(\"Q\")>",
            "abandoned by caller [] 0s ",
        ),
        Row(
            Carrier::Twilio,
            "",
            AB,
            ROUTE,
            "enter a:in-progress +60 swept:40",
            "<dial(a)> <> commit end",
            "bridged by caller [1a:won] 40s 10.00 USD",
        ),
        Row(
            Carrier::Twilio,
            "",
            AB,
            ROUTE,
            "enter a:ringing swept",
            "<dial(a)> <> release",
            "abandoned by caller [1a:canceled] 0s ",
        ),
    ]);
}

#[test]
fn after_the_end_everybody_is_sent_away() {
    // After the end of the call, every request is answered with a hang-up.
    check(&[Row(
        Carrier::Twilio,
        "",
        AB,
        ROUTE,
        "enter done:9 a:whisper keys:1",
        "<dial(a)> commit end <hangup> <hangup> <hangup>",
        "bridged by buyer [1a:won] 9s 10.00 USD",
    )]);
}

#[test]
fn a_journal_of_another_program_is_refused() {
    let mut bench = Bench::new(Carrier::Twilio, &book("", &[("a", "")]), &[("f", ROUTE)]);
    bench.play("enter");
    for (place, replies) in [(1, vec![]), (1, vec![Reply::Held(None)])] {
        let mut lines = bench.lines.clone();
        lines[0].replies = replies;
        let mut again = fresh(Carrier::Twilio, &bench.flows, bench.snapshot.book());
        let diverged = replay(&mut again, &lines, &bench).unwrap_err();
        assert_eq!(diverged.line, place);
    }
}

#[test]
fn a_reply_without_a_question_is_rejected() {
    let mut bench = Bench::new(Carrier::Twilio, &book("", &[("a", "")]), &[("f", ROUTE)]);
    bench.play("enter");
    let mut lines = bench.lines.clone();
    lines[0].replies.push(Reply::Pool(1));
    let mut again = fresh(Carrier::Twilio, &bench.flows, bench.snapshot.book());
    let diverged = replay(&mut again, &lines, &bench).unwrap_err();
    assert_eq!(
        diverged.to_string(),
        "line 1 of the call's journal cannot be played back: a reply was not asked for"
    );
}

#[test]
fn a_format_that_is_not_known_is_refused() {
    assert_eq!(Format::of(Format::CURRENT.number()), Ok(Format::CURRENT));
    for found in [0, Format::CURRENT.number() + 1] {
        let unknown = Format::of(found).unwrap_err();
        assert_eq!(unknown, UnknownFormat { found, known: Format::CURRENT.number() });
    }
}
