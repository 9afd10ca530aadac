//! Journals of an earlier program, `tests/data/webhook-journals`, are replayed: the same requests,
//! the same answers to the carrier, the same holds, and the same final record.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use strowger::base::CallId;
use strowger::base::Fields;
use strowger::base::Now;
use strowger::base::Rng;
use strowger::base::Wall;
use strowger::base::millis;
use strowger::book;
use strowger::call::CallRecord;
use strowger::call::Ingress;
use strowger::call::Opening;
use strowger::carrier::Addresses;
use strowger::carrier::Call;
use strowger::carrier::Callback;
use strowger::carrier::Carrier;
use strowger::carrier::Input;
use strowger::carrier::JournalLine;
use strowger::carrier::Output;
use strowger::carrier::Reply;
use strowger::carrier::Setup;
use strowger::carrier::Source;
use strowger::carrier::Swept;
use strowger::carrier::Token;
use strowger::carrier::World;
use strowger::carrier::read;
use strowger::carrier::replay;
use strowger::flow;
use strowger::flow::Flow;
use strowger::routing::Decision;
use strowger::routing::Snapshot;
use strowger::routing::Trace;
use strowger::sale::GivenUp;

/// One call, as the earlier program played it.
#[derive(Deserialize)]
struct Journal {
    carrier: String,
    /// The number's flow, for people.
    flow: String,
    /// What the carrier did, for people.
    script: String,
    book: String,
    /// Texts of the flows; `f` is the number's flow.
    flows: BTreeMap<String, String>,
    seed: u64,
    lines: Vec<JournalLine>,
    /// The answers to the carrier, in order.
    answers: Vec<String>,
    /// `hold HOLD CONTRACT` and `settle HOLD how`, in order.
    done: Vec<String>,
    /// The final record; none during the call.
    record: Option<Value>,
}

/// What its lines refer to.
struct Named {
    snapshot: Snapshot,
    flows: BTreeMap<String, Arc<Flow>>,
}

impl World for Named {
    fn decision(&self, trace: &Trace) -> Option<Decision> {
        Some(trace.replay(&self.snapshot))
    }

    fn flow(&self, hash: &str) -> Option<Arc<Flow>> {
        self.flows.get(hash).cloned()
    }
}

/// The result of a call.
#[derive(Default)]
struct Played {
    answers: Vec<String>,
    done: Vec<String>,
    record: Option<Value>,
}

impl Journal {
    fn named(&self) -> Named {
        let (book, faults) = book::parse("t.toml", &self.book);
        let book = book.unwrap_or_else(|| panic!("{faults:?}"));
        let flow = |(name, text): (&String, &String)| {
            let (_, rest) = text.split_once("<Flow name=").unwrap();
            let file = rest[1..].split(['"', '\'']).next().unwrap();
            let (flow, faults) = flow::parse(&format!("{file}.xml"), text);
            (name.clone(), Arc::new(flow.unwrap_or_else(|| panic!("{faults:?}"))))
        };
        let flows = self.flows.iter().map(flow).collect();
        Named { snapshot: Snapshot::compile(Arc::new(book), 1), flows }
    }

    fn call(&self, named: &Named) -> Call {
        let at = self.lines[0].at;
        let carrier: Carrier = self.carrier.parse().unwrap();
        let mut rng = Rng::seeded(3);
        let record = CallRecord::open(Opening {
            id: CallId::new(Now::from_origin(at, at), &mut rng),
            number: "+18005550100".parse().unwrap(),
            caller: "+13055550123".parse().ok(),
            ingress: Ingress::Webhook(carrier),
            offer: "o".parse().unwrap(),
            source: "s".parse().unwrap(),
            flow: "f".parse().unwrap(),
            book_version: 1,
            at,
        });
        let token = Token::random(&mut rng);
        let setup = Setup {
            carrier,
            addresses: Addresses::new("https://x.example", carrier, &token),
            record,
            fields: Fields::default(),
            flow: named.flows["f"].clone(),
            source: None,
            refusal: GivenUp::TurnedAway,
            book: named.snapshot.book().clone(),
        };
        Call::new(setup, Rng::seeded(self.seed))
    }

    /// Plays the lines; each request of the machine must be the one that was answered then.
    fn play(&self, call: &mut Call, named: &Named) -> Played {
        let mut played = Played::default();
        let started_at = self.lines[0].at;
        for line in &self.lines {
            let now = Now::from_origin(started_at, line.at);
            let mut replies = line.replies.iter();
            call.handle(input(call.carrier(), &line.source), now);
            while let Some(output) = call.poll() {
                if let Some(asked) = played.note(output, call.carrier()) {
                    call.handle(answered(&asked, replies.next(), named), now);
                }
            }
            assert_eq!(replies.next(), None, "a question was not asked");
        }
        played
    }
}

impl Played {
    /// Records the effects and returns the requests.
    fn note(&mut self, output: Output, carrier: Carrier) -> Option<Output> {
        match output {
            Output::Hold { hold, ref pick } => {
                self.done.push(format!("hold {hold} {}", pick.contract));
                Some(output)
            }
            Output::Settle { hold, how } => {
                let how = format!("{how:?}").to_lowercase();
                self.done.push(format!("settle {hold} {how}"));
                None
            }
            Output::Answer(document) => {
                self.answers.push(document.print(carrier));
                None
            }
            Output::Finish(finished) => {
                let record = serde_json::to_value(&finished.record).unwrap();
                assert!(self.record.replace(record).is_none(), "two records");
                None
            }
            Output::Event(_) => None,
            question => Some(question),
        }
    }
}

fn input(carrier: Carrier, source: &Source) -> Input {
    match source {
        Source::Request { callback, params } if callback == "enter" => {
            Input::Request(Callback::Enter, Box::new(read(carrier, params).unwrap()))
        }
        Source::Request { callback, params } => {
            let callback = Callback::parse(callback).unwrap();
            Input::Request(callback, Box::new(read(carrier, params).unwrap()))
        }
        Source::HungUp {} => Input::HungUp,
        Source::Swept { ended_at, connected_ms } => {
            let connected = connected_ms.map(std::time::Duration::from_millis);
            Input::Swept(Swept { ended_at: *ended_at, connected })
        }
    }
}

fn answered(asked: &Output, reply: Option<&Reply>, named: &Named) -> Input {
    match (asked, reply) {
        (Output::CountPool(_), Some(Reply::Pool(size))) => Input::Pool(*size),
        (Output::Decide(..), Some(Reply::Decided(trace))) => {
            Input::Decided(Box::new(named.decision(trace).unwrap()))
        }
        (Output::Hold { .. }, Some(Reply::Held(full))) => Input::Held(full.map_or(Ok(()), Err)),
        (Output::FindNeeded { .. }, Some(Reply::Needed(needed))) => Input::Needed(needed.clone()),
        (Output::FindLastCall(_), Some(Reply::LastCall(last))) => Input::LastCall(*last),
        (Output::Lookup { .. }, Some(Reply::LookedUp(found))) => Input::LookedUp(found.clone()),
        (Output::FindLeg(_), Some(Reply::LegFound(to))) => Input::LegFound(to.clone()),
        (Output::Load(_), Some(Reply::Loaded(hash))) => {
            Input::Loaded(hash.as_ref().map(|hash| named.flow(hash).unwrap()))
        }
        _ => panic!("{asked:?} was answered by {reply:?}"),
    }
}

/// Returns the events of each hold, in order; holds are independent of each other.
fn by_hold(done: &[String]) -> Vec<String> {
    let mut done = done.to_vec();
    done.sort_by_key(|line| line.split(' ').nth(1).map(str::to_owned));
    done
}

/// A record as the earlier program wrote it. That one did not record why an attempt was canceled;
/// here only canceled attempts have a reason. Nor did it record how a call came in, what else can
/// convert a sale, and the time from the answer to the bridge. It recorded no
/// ringing time for legs that still rang when the sweep found that the call was over; here they
/// rang until the call's end. A call whose caller left a message ended as one without a buyer, and
/// attempts had no tier.
fn as_it_was(mut record: Value, then: &Value, swept: bool) -> Value {
    let wall = |time: &Value| time.as_str().unwrap().parse::<Wall>().unwrap();
    let ended_at = wall(&record["ended_at"]);
    assert_eq!(record.as_object_mut().unwrap().remove("ingress").unwrap(), "webhook");
    const LATER: [&str; 7] = [
        "media",
        "keyed_at",
        "conversion",
        "returned",
        "suppressed_by",
        "transferred_to",
        "hangup_reason",
    ];
    for later in LATER {
        assert!(record.as_object_mut().unwrap().remove(later).unwrap().is_null(), "{later}");
    }
    record.as_object_mut().unwrap().remove("gate_seconds").unwrap();
    let recordings = record.as_object_mut().unwrap().remove("recordings").unwrap();
    if recordings != Value::Array(vec![]) && record["reason"] == "voicemail" {
        let unsold = ["no_contract", "rejected_caller", "abandoned"];
        assert!(unsold.iter().any(|reason| then["reason"] == *reason), "{then}");
        record["reason"] = then["reason"].clone();
    }
    if let Some(winner) = record["winner"].as_object_mut() {
        assert_eq!(winner.remove("conversion").unwrap()["by"], "time");
        assert!(winner.remove("returns").unwrap().is_null());
    }
    for row in record["attempts"].as_array_mut().unwrap() {
        assert!(row.as_object_mut().unwrap().remove("tier").is_some(), "{row}");
        let because = row.as_object_mut().unwrap().remove("canceled_because").unwrap();
        assert_eq!(because.is_string(), row["outcome"] == "canceled", "{row}");
        let rang = millis(ended_at.since(wall(&row["started_at"])));
        if swept && because == "caller_left" && row["ring_ms"] == rang {
            row["ring_ms"] = 0.into();
        }
    }
    record
}

fn journals() -> Vec<Journal> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/webhook-journals");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.flat_map(|path| read_journals(&path)).collect()
}

fn read_journals(path: &Path) -> Vec<Journal> {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn journals_of_an_earlier_program_are_played_on() {
    let journals = journals();
    assert!(journals.len() > 50, "{}", journals.len());
    for journal in &journals {
        let named = journal.named();
        let mut call = journal.call(&named);
        let case = format!("{} {}: {}", journal.carrier, journal.flow, journal.script);
        println!("{case}");
        let played = journal.play(&mut call, &named);
        assert_eq!(played.answers, journal.answers, "{case}");
        assert_eq!(by_hold(&played.done), by_hold(&journal.done), "{case}");
        let swept = journal.lines.iter().any(|line| matches!(line.source, Source::Swept { .. }));
        let then = journal.record.clone().unwrap_or_default();
        let record = played.record.map(|record| as_it_was(record, &then, swept));
        assert_eq!(record, journal.record, "{case}");
        let mut again = journal.call(&named);
        replay(&mut again, &journal.lines, &named).unwrap();
        assert_eq!(format!("{again:?}"), format!("{call:?}"), "{case}");
    }
}
