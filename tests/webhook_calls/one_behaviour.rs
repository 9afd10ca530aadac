//! One behaviour: the example flows with the same callers on SIP and at every carrier. What was
//! learned, how the pool shrank, who was picked and why others were not, who was tried, who won
//! and what is owed are the same everywhere.

use std::collections::BTreeMap;

use strowger::base::Now;
use strowger::call::CallRecord;
use strowger::call::Story;
use strowger::demo::carrier::Behaviour;
use strowger::demo::carrier::Kind;
use strowger::demo::carrier::Script;
use strowger::demo::carrier::Side;
use strowger::demo::carrier::Transcript;
use strowger::switch::Told;
use tokio::sync::broadcast::Receiver;

use super::stage;
use super::stage::Plot;
use super::stage::START;
use super::stage::Stage;
use super::stage::caller;
use super::stage::phone;
use super::stage::s;
use super::switchboard::Switchboard;

/// A flow, the contracts behind it, and its callers: at each question keys, `-` for none, or `off`
/// to hang up.
struct Play<'a> {
    flow: &'a str,
    offer: &'a str,
    contracts: &'a [(&'a str, &'a str)],
    callers: &'a [&'a [&'a str]],
}

const QUOTES: &[(&str, &str)] = &[
    ("zip", "filters = { zips = [\"23456\"] }"),
    ("new", "filters = { fields = [{ field = \"intent\", equals = \"new\" }] }"),
    ("old", "filters = { fields = [{ field = \"intent\", equals = \"existing\" }] }"),
    ("busy", "filters = { states = [\"VA\"] }\ncaps = { day = 4 }"),
    ("south", "filters = { states = [\"FL\"] }"),
    ("service", "offer = \"service\""),
];
const HOMES: &[(&str, &str)] = &[
    (
        "roof",
        "filters = { fields = [{ field = \"trade\", equals = \"roofing\" }], zips = [\"23456\"] }",
    ),
    ("pipes", "filters = { fields = [{ field = \"trade\", equals = \"plumbing\" }] }"),
    (
        "owners",
        "filters = { fields = [{ field = \"owner\", equals = \"yes\" }, \
         { field = \"trade\", in = [\"roofing\", \"windows\"] }], states = [\"VA\"] }",
    ),
    ("tenants", "filters = { fields = [{ field = \"owner\", equals = \"no\" }] }"),
];
const SPEAKERS: &[(&str, &str)] = &[
    ("english", "filters = { fields = [{ field = \"language\", equals = \"en\" }] }"),
    ("spanish", "filters = { fields = [{ field = \"language\", equals = \"es\" }] }"),
    ("callback", "filters = { required = [\"callback\"] }"),
];
/// Mondays are closed.
const CLOSED: &[(&str, &str)] = &[
    ("day", "schedule = { weekly = { tue = [\"09:00-18:00\"] } }"),
    ("night", "offer = \"night-service\""),
];
const CAPPED: &[(&str, &str)] = &[("one", "caps = { day = 1 }")];
const ELSEWHERE: &[(&str, &str)] = &[("alaska", "filters = { states = [\"AK\"] }")];

const PLAYS: &[Play<'_>] = &[
    Play { flow: "direct", offer: "", contracts: &[("a", ""), ("b", "")], callers: &[&[], &[]] },
    Play { flow: "direct", offer: "", contracts: ELSEWHERE, callers: &[&[]] },
    Play {
        flow: "auto-quote",
        offer: "",
        contracts: QUOTES,
        callers: &[
            &["1", "23456"],
            &["1", "33101"],
            &["1", "-", "-"],
            &["1", "999", "23456"],
            &["2"],
            &["7", "-", "1", "23456"],
            &["-", "-", "-"],
            &["off"],
            &["1", "off"],
        ],
    },
    Play {
        flow: "home-services",
        offer: "",
        contracts: HOMES,
        callers: &[
            &["1", "23456", "1", "12#"],
            &["1", "23456", "1", "3#"],
            &["1", "23456", "2"],
            &["1", "23456", "-", "-", "-", "-"],
            &["2", "33101"],
            &["3", "23456", "1"],
            &["3", "99501", "2"],
            &["3", "00000", "99999", "1"],
            &["9", "4", "-"],
            &["-", "1", "off"],
        ],
    },
    Play {
        flow: "two-languages",
        offer: "",
        contracts: SPEAKERS,
        callers: &[
            &["1", "3055550199"],
            &["2", "-", "-"],
            &["2", "123", "3055550199"],
            &["3", "-", "-", "-"],
            &["1", "off"],
        ],
    },
    Play {
        flow: "after-hours",
        offer: "",
        contracts: CLOSED,
        callers: &[&["1"], &["2"], &["-", "-"], &["5", "1"], &["off"]],
    },
    Play { flow: "after-hours", offer: "", contracts: CAPPED, callers: &[&[], &[]] },
    Play { flow: "after-hours", offer: "", contracts: ELSEWHERE, callers: &[&[]] },
    Play { flow: "menu", offer: "", contracts: &[("a", "")], callers: &[&["1"], &["-", "-"]] },
    Play { flow: "refuse", offer: "", contracts: &[("a", "")], callers: &[&[]] },
];

/// The caller's script. Who is called `busy`, the third place of the book, is busy.
fn script(keys: &[&str]) -> Script {
    let reply = |call: Script, keys: &&str| match *keys {
        "-" => call.is_silent(),
        "off" => call.hangs_up(),
        keys => call.presses(keys),
    };
    let call = keys.iter().fold(caller(), reply);
    (0..6).fold(call, |call, place| {
        let talk = Behaviour::answers(s(4), s(60)).ended_by(Side::Dialled);
        call.phone(&phone(place), if place == 3 { Behaviour::busy() } else { talk })
    })
}

/// What is compared of a call.
fn account(story: &[Story], record: &CallRecord) -> Vec<String> {
    let mut lines: Vec<String> = story.iter().filter_map(line).collect();
    let fields: BTreeMap<&str, &String> =
        record.fields.iter().map(|(name, value)| (name.as_str(), value)).collect();
    lines.push(format!("fields {fields:?}"));
    lines.extend(record.attempts.iter().map(|row| {
        format!("tried {} {}", row.contract, row.outcome.map_or("-", |outcome| outcome.code()))
    }));
    lines.push(format!(
        "{} by {:?}, won by {}, billable {}, {} talk {:?}",
        record.reason.map_or("-", |reason| reason.code()),
        record.ended_by,
        record.winner.as_ref().map_or("nobody", |winner| winner.contract.as_str()),
        record.billable,
        record.revenue.map_or("-".to_owned(), |revenue| revenue.to_string()),
        record.talk,
    ));
    lines
}

fn line(line: &Story) -> Option<String> {
    match line {
        Story::Step(step) => Some(format!("step {step}")),
        Story::Digits(keys) => Some(format!("keys {keys}")),
        Story::Learned { field, value, pool_before, pool_after } => {
            Some(format!("{field} = {value}: {pool_before} -> {pool_after}"))
        }
        Story::Decided(decision) => {
            let picks: Vec<String> =
                decision.picks().map(|pick| pick.contract.to_string()).collect();
            let others: Vec<String> = decision
                .passed_over()
                .map(|other| format!("{} {}", other.contract, other.reason.code()))
                .collect();
            Some(format!("decided {picks:?}, not {others:?}"))
        }
        Story::CapFull { contract, cap } => Some(format!("full {contract} {}", cap.code())),
        Story::Disqualified { offer, what } => Some(format!("disqualified {offer}: {what}")),
        Story::Bridged { contract, buyer } => Some(format!("bridged {contract} {buyer}")),
        Story::Arrived { .. }
        | Story::Dialled { .. }
        | Story::Ringing { .. }
        | Story::Attempt { .. }
        | Story::Ended { .. } => None,
    }
}

/// What was told of a call since the last one.
fn heard(lines: &mut Receiver<Told>) -> Vec<Story> {
    std::iter::from_fn(|| lines.try_recv().ok()).map(|told| told.line).collect()
}

async fn at_a_carrier(kind: Kind, play: &Play<'_>) -> Vec<(Vec<String>, Transcript)> {
    let Play { flow, offer, contracts, callers } = play;
    let mut stage = Stage::new(&Plot { kind, flow, offer, contracts }).await;
    let mut lines = stage.node().shared.teller.listen();
    let mut told = Vec::new();
    for keys in *callers {
        let seen = stage.call(script(keys)).await;
        let page = stage.node().shared.store.call_list(None, 1).await.unwrap();
        told.push((account(&heard(&mut lines), &page.items[0]), seen));
    }
    stage.assert_free();
    stage.stop().await;
    told
}

fn on_sip(play: &Play<'_>) -> Vec<Vec<String>> {
    let Play { flow, offer, contracts, callers } = play;
    let home = tempfile::tempdir().unwrap();
    stage::shelve(home.path());
    let book = stage::book(&Plot { kind: Kind::Twilio, flow, offer, contracts });
    let now = Now::at(START.parse().unwrap());
    let mut board = Switchboard::new(&book, &home.path().join("flows"), now);
    let told = callers.iter().map(|keys| {
        let played = board.call(script(keys));
        account(&played.story, &played.record)
    });
    let told = told.collect();
    assert_eq!(board.held(), 0);
    told
}

async fn compare(kind: Kind) {
    let mut differ = Vec::new();
    for play in PLAYS {
        let sip = on_sip(play);
        let other = at_a_carrier(kind, play).await;
        for ((keys, sip), (other, seen)) in play.callers.iter().zip(sip).zip(other) {
            let complaints = seen.complaints();
            if sip == other && complaints.is_empty() {
                continue;
            }
            let lines: Vec<String> = (0..sip.len().max(other.len()))
                .filter(|place| sip.get(*place) != other.get(*place))
                .map(|place| format!("  sip {:?}\n  now {:?}", sip.get(place), other.get(place)))
                .collect();
            differ.push(format!("── {} {keys:?}\n{}\n{complaints}", play.flow, lines.join("\n")));
        }
    }
    assert!(differ.is_empty(), "{} and SIP:\n{}", kind.name(), differ.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn twilio_is_as_sip() {
    compare(Kind::Twilio).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn telnyx_is_as_sip() {
    compare(Kind::Telnyx).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signalwire_is_as_sip() {
    compare(Kind::SignalWire).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn plivo_is_as_sip() {
    compare(Kind::Plivo).await;
}
