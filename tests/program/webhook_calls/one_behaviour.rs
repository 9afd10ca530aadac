//! One behavior: the example flows with the same callers on SIP and at every carrier. The fields,
//! the pool, the picks and the reasons, the attempts, the winner, and the amounts owed are the same
//! everywhere.

use std::collections::BTreeMap;

use strowger::base::Now;
use strowger::call::CallEvent;
use strowger::call::CallQuery;
use strowger::call::CallRecord;
use strowger::demo::carrier::Kind;
use strowger::demo::carrier::Script;
use strowger::demo::carrier::Transcript;
use strowger::events::Followed;
use strowger::events::Follower;
use strowger::events::Subject;

use std::time::Duration;
use strowger::base::Rng;
use strowger::demo::Phones;
use strowger::net::Clock;
use strowger::net::rtp::PortRange;

use super::plays::DESK_2;
use super::plays::PLAYS;
use super::plays::Play;
use super::stage;
use super::stage::Plot;
use super::stage::START;
use super::stage::Stage;
use super::stage::caller;
use super::stage::phone;
use super::stage::s;
use super::switchboard::Switchboard;

/// Maximum wait for anything over real sockets.
const PATIENCE: Duration = Duration::from_secs(30);

/// Differences of a carrier from SIP.
struct Difference {
    kinds: &'static [Kind],
    /// The beginning of the line that only SIP has.
    line: &'static str,
    why: &'static str,
}

const DIFFERENCES: &[Difference] = &[Difference {
    kinds: &Kind::ALL,
    line: "tried beside canceled",
    why: "no carrier says what becomes of the other legs during a whisper, so that a buyer who \
          hears one rings alone: the next in line is not tried when the first accepts",
}];

/// The caller's script.
fn script(play: &Play<'_>, keys: &[&str]) -> Script {
    let reply = |call: Script, keys: &&str| match *keys {
        "-" => call.is_silent(),
        "off" => call.hangs_up(),
        keys => call.presses(keys),
    };
    (play.phones)(keys.iter().fold(caller(), reply))
}

/// The field in which `voicemail` stores the recording's name.
const MESSAGE: &str = "message";
/// The beginning of the line with the connected time.
const TALK: &str = "talk ";

/// The compared part of a call.
fn account(events: &[CallEvent], record: &CallRecord) -> Vec<String> {
    let mut lines: Vec<String> = events.iter().filter_map(line).collect();
    let mut fields: BTreeMap<&str, &str> =
        record.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.entry(MESSAGE).and_modify(|place| *place = "kept");
    lines.push(format!("fields {fields:?}"));
    lines.extend(record.attempts.iter().map(|row| {
        format!("tried {} {}", row.contract, row.outcome.map_or("-", |outcome| outcome.code()))
    }));
    lines.extend(record.dials.iter().map(|dial| {
        format!("dialled {} {}", dial.to, dial.outcome.map_or("-", |outcome| outcome.code()))
    }));
    lines.push(format!("tags {:?}", record.tags));
    lines.push(format!(
        "{} by {:?}, won by {}, billable {}, {}",
        record.reason.map_or("-", |reason| reason.code()),
        record.ended_by,
        record.winner.as_ref().map_or("none", |winner| winner.contract.as_str()),
        record.billable,
        record.revenue.map_or("-".to_owned(), |revenue| revenue.to_string()),
    ));
    lines.push(format!("{TALK}{:?}", record.talk));
    lines
}

fn line(line: &CallEvent) -> Option<String> {
    match line {
        CallEvent::Step(step) => Some(format!("step {step}")),
        CallEvent::Digits(keys) => Some(format!("keys {keys}")),
        CallEvent::Learned { field, value, pool_before, pool_after } => {
            let value = if field.as_str() == MESSAGE { "kept" } else { value.as_str() };
            Some(format!("{field} = {value}: {pool_before} -> {pool_after}"))
        }
        CallEvent::Decided(decision) => {
            let picks: Vec<String> =
                decision.picks().map(|pick| pick.contract.to_string()).collect();
            let others: Vec<String> = decision
                .passed_over()
                .map(|other| format!("{} {}", other.contract, other.reason.code()))
                .collect();
            Some(format!("decided {picks:?}, not {others:?}"))
        }
        CallEvent::Transfer { to } => Some(format!("transfer {to}")),
        CallEvent::Transferred { outcome, .. } => Some(format!("transferred {}", outcome.code())),
        CallEvent::LookedUp { fields } => Some(format!("looked up {fields:?}")),
        // Recordings are stored in different places: here, or at the carrier.
        CallEvent::Recorded { place } => Some(format!("recorded {}", place.is_some())),
        CallEvent::Converted { contract } => Some(format!("converted by {contract}")),
        CallEvent::Tagged { name, value } => Some(format!("tag {name} = {value}")),
        CallEvent::CapFull { contract, cap } => Some(format!("full {contract} {}", cap.code())),
        CallEvent::Disqualified { offer, what } => Some(format!("disqualified {offer}: {what}")),
        CallEvent::Bridged { contract, buyer } => Some(format!("bridged {contract} {buyer}")),
        CallEvent::Arrived { .. }
        | CallEvent::Dialled { .. }
        | CallEvent::Ringing { .. }
        | CallEvent::Attempt { .. }
        | CallEvent::Ended { .. } => None,
    }
}

/// Returns the events of a call since the last one.
fn heard(follower: &mut Follower) -> Vec<CallEvent> {
    std::iter::from_fn(|| follower.try_next()).filter_map(of_call).collect()
}

/// Returns the event of a call.
fn of_call(followed: Followed) -> Option<CallEvent> {
    let Followed::Event(event) = followed else { panic!("events are lost") };
    match event.subject.clone() {
        Subject::Call(_, event) => Some(event),
        Subject::CapFull(_)
        | Subject::TrunkDown(_)
        | Subject::TrunkUp(_)
        | Subject::GatewayDown(..)
        | Subject::GatewayUp(..)
        | Subject::Book { .. }
        | Subject::Elsewhere(_)
        | Subject::Missed(_) => None,
    }
}

async fn at_a_carrier(kind: Kind, play: &Play<'_>) -> Vec<(Vec<String>, Transcript)> {
    let Play { flow, offer, contracts, callers, .. } = play;
    let mut stage = Stage::new(&Plot { kind, flow, offer, contracts }).await;
    stage.time.pass(s(play.hours * 3_600));
    let mut follower = stage.node().shared.events.follow();
    let mut accounts = Vec::new();
    for keys in *callers {
        let seen = stage.call(script(play, keys)).await;
        let page = stage
            .node()
            .shared
            .records
            .store
            .call_list(CallQuery::default(), None, 1)
            .await
            .unwrap();
        accounts.push((account(&heard(&mut follower), &page.items[0]), seen));
    }
    stage.assert_free();
    stage.stop().await;
    accounts
}

fn on_sip(play: &Play<'_>) -> Vec<Vec<String>> {
    let Play { flow, offer, contracts, callers, .. } = play;
    let home = tempfile::tempdir().unwrap();
    stage::shelve(home.path());
    let book = stage::book(&Plot { kind: Kind::Twilio, flow, offer, contracts });
    let now = Now::at(START.parse().unwrap()).later(s(play.hours * 3_600));
    let mut board = Switchboard::new(&book, &home.path().join("flows"), now);
    let accounts = callers.iter().map(|keys| {
        let played = board.call(script(play, keys));
        account(&played.events, &played.record)
    });
    let accounts = accounts.collect();
    assert_eq!(board.held(), 0);
    accounts
}

/// Returns the known differences of this carrier from SIP.
fn lacking(kind: Kind, sip: &[String], other: &[String]) -> Vec<&'static Difference> {
    let differs = |known: &&Difference| {
        let has = |lines: &[String]| lines.iter().any(|line| line.starts_with(known.line));
        known.kinds.contains(&kind) && has(sip) && !has(other)
    };
    DIFFERENCES.iter().filter(differs).collect()
}

async fn compare(kind: Kind) {
    let (mut differ, mut lacked) = (Vec::new(), Vec::new());
    for play in PLAYS {
        let sip = on_sip(play);
        let other = at_a_carrier(kind, play).await;
        for ((keys, mut sip), (other, seen)) in play.callers.iter().zip(sip).zip(other) {
            // Plivo XML calls only its own SIP endpoints.
            if kind == Kind::Plivo && sip.contains(&format!("transfer {DESK_2}")) {
                assert!(other.contains(&format!("dialled {DESK_2} failed")), "{other:?}");
                assert_eq!(seen.complaints(), "");
                continue;
            }
            for known in lacking(kind, &sip, &other) {
                sip.retain(|line| !line.starts_with(known.line));
                lacked.push(known.line);
            }
            let complaints = seen.complaints();
            if sip == other && complaints.is_empty() {
                continue;
            }
            let lines: Vec<String> = (0..sip.len().max(other.len()))
                .map(|place| (sip.get(place), other.get(place)))
                .filter(|(sip, other)| sip != other)
                .map(|(sip, other)| format!("  sip {sip:?}\n  now {other:?}"))
                .collect();
            differ.push(format!("── {} {keys:?}\n{}\n{complaints}", play.flow, lines.join("\n")));
        }
    }
    assert!(differ.is_empty(), "{} and SIP:\n{}", kind.name(), differ.join("\n"));
    for Difference { kinds, line, why } in DIFFERENCES {
        let is_so = !kinds.contains(&kind) || lacked.contains(line);
        assert!(is_so, "{} has `{line}` now; it is said that {why}", kind.name());
    }
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

/// The same over real sockets: a caller and a buyer that speak SIP and RTP with the node.
#[tokio::test(flavor = "multi_thread")]
async fn real_sip_is_as_the_machine() {
    let is_quotes = |play: &&Play<'_>| play.flow == "auto-quote";
    let play = PLAYS.iter().find(is_quotes).unwrap();
    let expected = on_sip(play).remove(0);
    let Play { flow, offer, contracts, .. } = play;
    let ports = PortRange::new([127, 0, 0, 1].into(), 40_000..=40_999);
    let mut rng = Rng::seeded(1);
    let mut phones =
        |last| Phones::start([127, 0, 0, last].into(), ports, Clock::system(), rng.fork()).unwrap();
    let ((callers, _), (desks, mut arrivals)) = (phones(8), phones(9));
    let trunk = format!("accept_from = \"127.0.0.8\"\noutbound = \"sip:{}\"", desks.address());
    let plot = Plot { kind: Kind::Twilio, flow, offer, contracts };
    let book = stage::book(&plot).replace("outbound = \"sip:198.51.100.1\"", &trunk);
    let book = book.replace("buffer = \"5s\"", "buffer = \"1s\"");
    let stage = Stage::in_real_time(&plot, book).await;
    let mut follower = stage.node().shared.events.follow();
    let buyer = async {
        let arrival = arrivals.recv().await.unwrap();
        assert_eq!(arrival.incoming.called(), phone(0));
        desks.ring(&arrival).await;
        let mut leg = desks.answer(arrival).await.unwrap();
        leg.hum(500).await;
        leg.hear_tone(1_000, s(2), PATIENCE).await.unwrap();
        leg.hang_up().await;
        leg.until_over(PATIENCE).await.unwrap();
    };
    let caller = async {
        let (_, sip) = stage.node().sip[0];
        let mut leg = callers.dial(sip, stage::NUMBER, stage::CALLER).await.unwrap();
        leg.answered(PATIENCE).await.unwrap();
        // The greeting plays before the first question.
        for (keys, sound) in play.callers[0].iter().zip([1_900, 700]) {
            leg.hear_sound(Duration::from_millis(sound), PATIENCE).await.unwrap();
            leg.press(keys).await;
        }
        leg.hum(1_000).await;
        leg.until_over(PATIENCE).await.unwrap();
    };
    tokio::join!(buyer, caller);
    let mut events = Vec::new();
    while !events.iter().any(|line| matches!(line, CallEvent::Ended { .. })) {
        let followed = tokio::time::timeout(PATIENCE, follower.next()).await.unwrap();
        events.extend(of_call(followed.unwrap()));
    }
    let Some(CallEvent::Ended { .. }) = events.last() else { panic!("{events:?}") };
    let record = loop {
        let page = stage
            .node()
            .shared
            .records
            .store
            .call_list(CallQuery::default(), None, 1)
            .await
            .unwrap();
        let record = page.items.into_iter().next().unwrap();
        if record.ended_at.is_some() {
            break record;
        }
        tokio::task::yield_now().await;
    };
    let expected_lines = |lines: Vec<String>| -> Vec<String> {
        lines.into_iter().filter(|line| !line.starts_with(TALK)).collect()
    };
    assert_eq!(expected_lines(account(&events, &record)), expected_lines(expected));
    stage.stop().await;
}
