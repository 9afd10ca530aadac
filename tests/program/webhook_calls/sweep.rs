//! Calls whose end is never reported: the node asks the carrier's API and ends the record. Only the
//! clock moves.

use std::net::SocketAddr;

use strowger::demo::carrier::Behaviour;
use strowger::demo::carrier::Kind;
use strowger::demo::carrier::Mischief;
use strowger::demo::carrier::Script;

use super::stage::Plot;
use super::stage::Stage;
use super::stage::caller;
use super::stage::look;
use super::stage::phone;
use super::stage::s;
use super::stage::summary;

const DAY_ONE: &[(&str, &str)] = &[("a", "caps = { day = 1 }")];

/// An address without a listener.
fn nowhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 9))
}

/// An environment whose carrier is cut off after this many connections.
async fn silenced(kind: Kind, flow: &str, after: usize) -> Stage {
    let stage = Stage::new(&Plot { kind, flow, offer: "", contracts: DAY_ONE }).await;
    stage.meets(move |number| (number > after).then(nowhere));
    stage
}

async fn ended(stage: &Stage) -> String {
    let records = stage.records().await;
    assert_eq!(records.len(), 1);
    match records[0]["state"].as_str() {
        Some("ended") => summary(&records[0]),
        _ => "live".to_owned(),
    }
}

/// The caller hangs up during a question, and no callback arrives.
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_left_a_question() {
    for kind in Kind::ALL {
        let mut stage =
            Stage::new(&Plot { kind, flow: "menu", offer: "", contracts: DAY_ONE }).await;
        stage.carrier = stage.carrier.with_mischief(Mischief { lose: 100, ..Mischief::NONE });
        let seen = stage.call(caller().hangs_up()).await;
        assert_eq!(seen.complaints(), "", "{kind:?}");
        stage.pass(s(60)).await;
        assert_eq!(ended(&stage).await, "live", "{kind:?}");
        stage.pass(s(61)).await;
        assert_eq!(ended(&stage).await, "abandoned by caller [] 0.0s -", "{kind:?}");
        stage.stop().await;
    }
}

/// The dial's end is lost: the carrier's API gives the winner and the connected time.
#[tokio::test(flavor = "multi_thread")]
async fn a_talk_whose_end_was_lost() {
    for kind in Kind::ALL {
        // The voice request and the callbacks until the answer; Plivo does not report ringing.
        let reported = if kind == Kind::Plivo { 3 } else { 4 };
        let mut stage = silenced(kind, "direct", reported).await;
        let script = caller().phone(&phone(0), Behaviour::answers(s(4), s(60)));
        let seen = stage.call(script).await;
        assert_eq!(seen.bridged().map(|leg| leg.connected), Some(Some(s(60))), "{kind:?}");
        assert_eq!(ended(&stage).await, "live", "{kind:?}");
        assert_eq!(stage.node().shared.dispatch.live(), 1, "{kind:?}");
        stage.pass(s(121)).await;
        let expected = "bridged by caller [1a:won] 60.0s 10.00";
        assert_eq!(ended(&stage).await, expected, "{kind:?}");
        stage.assert_free();
        // Its unit is sold: the next call gets none.
        stage.meets(|_| None);
        stage.call(caller()).await;
        let last = stage.records().await.pop().unwrap();
        assert_eq!(summary(&last), "no_contract by switch [] 0.0s -", "{kind:?}");
        stage.stop().await;
    }
}

/// The caller hangs up while buyers ring: the state is reported, the dial's end is not.
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_left_while_it_rang() {
    for kind in Kind::ALL {
        let mut stage =
            Stage::new(&Plot { kind, flow: "direct", offer: "", contracts: DAY_ONE }).await;
        stage.carrier = stage.carrier.with_mischief(Mischief { lose: 100, ..Mischief::NONE });
        stage.meets(|number| (number > 1).then(nowhere));
        stage.call(caller().gives_up(s(9))).await;
        stage.pass(s(121)).await;
        assert_eq!(ended(&stage).await, "abandoned by caller [1a:canceled] 0.0s -", "{kind:?}");
        stage.assert_free();
        stage.stop().await;
    }
}

/// A call in progress is left alone, however long no news of it arrives.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_up_goes_on() {
    for kind in Kind::ALL {
        let mut stage =
            Stage::new(&Plot { kind, flow: "menu", offer: "", contracts: DAY_ONE }).await;
        let webhooks = stage.node().carriers.webhooks.clone();
        let (time, handle) = (stage.time.clone(), tokio::runtime::Handle::current());
        stage.meets(move |number| {
            if number == 2 {
                for _ in 0..2 {
                    time.pass(s(130));
                    handle.block_on(look(&webhooks));
                }
            }
            None
        });
        let talk = Behaviour::answers(s(4), s(60));
        let seen = stage.call(caller().presses("1").phone(&phone(0), talk)).await;
        assert_eq!(seen.complaints(), "", "{kind:?}");
        let expected = "bridged by caller [1a:won] 60.0s 10.00";
        assert_eq!(ended(&stage).await, expected, "{kind:?}");
        stage.stop().await;
    }
}

/// Without an API answer, the timeouts of a question and of a dial apply.
#[tokio::test(flavor = "multi_thread")]
async fn a_carrier_that_cannot_be_asked() {
    type Line = fn(Script) -> Script;
    let cases: [(&str, Line, u64, &str); 2] = [
        ("menu", |call| call.hangs_up(), 15 * 60, "abandoned by caller [] 0.0s -"),
        (
            "direct",
            |call| call.gives_up(s(9)),
            4 * 3_600 + 600,
            "abandoned by caller [1a:canceled] 0.0s -",
        ),
    ];
    for (flow, script, patience, expected) in cases {
        let mut stage = silenced(Kind::Telnyx, flow, 1).await;
        // A carrier of the same account whose API does not know its calls.
        let account = stage.carrier.account().clone();
        stage.carrier = stage.asks(account, "/carriers/telnyx/voice", 5);
        stage.call(script(caller())).await;
        stage.pass(s(patience - 60)).await;
        assert_eq!(ended(&stage).await, "live", "{flow}");
        stage.pass(s(120)).await;
        assert_eq!(ended(&stage).await, expected, "{flow}");
        stage.assert_free();
        stage.stop().await;
    }
}

/// The disk is full when the dial's end is reported: the call keeps its hold, and the sweep repairs
/// what was not written.
#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_could_not_be_stored() {
    let plot = Plot { kind: Kind::Twilio, flow: "direct", offer: "", contracts: DAY_ONE };
    let mut stage = Stage::new(&plot).await;
    let database = rusqlite::Connection::open(stage.home.path().join("strowger.db")).unwrap();
    // The voice request, four states of the leg, then the dial's end, then the call's.
    stage.meets(move |number| {
        let change = match number {
            6 => {
                "CREATE TRIGGER full BEFORE INSERT ON carrier_line \
                  BEGIN SELECT RAISE(ABORT, 'disk full'); END"
            }
            7 => "DROP TRIGGER full",
            _ => return None,
        };
        database.execute_batch(change).unwrap();
        None
    });
    let talk = Behaviour::answers(s(4), s(60));
    let seen = stage.call(caller().phone(&phone(0), talk)).await;
    assert_eq!(seen.complaints(), "");
    assert_eq!(stage.figure("strowger_webhooks_total{what=\"failed\"}").await, 1.0);
    assert_eq!(ended(&stage).await, "live");
    assert_eq!(stage.node().shared.dispatch.live(), 1);
    stage.pass(s(21)).await;
    assert_eq!(ended(&stage).await, "bridged by caller [1a:won] 60.0s 10.00");
    stage.assert_free();
    stage.call(caller()).await;
    let last = stage.records().await.pop().unwrap();
    assert_eq!(summary(&last), "no_contract by switch [] 0.0s -");
    stage.stop().await;
}
