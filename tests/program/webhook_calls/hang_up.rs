//! An operator hangs up a call that a carrier holds: its API is asked to, and the record names that end.

use std::sync::Arc;
use std::sync::Mutex;

use strowger::call::CallQuery;
use strowger::call::CallRecord;
use strowger::call::LiveCall;
use strowger::call::Phase;
use strowger::demo::carrier::Behaviour;
use strowger::demo::carrier::Kind;
use strowger::demo::carrier::Script;
use strowger::demo::carrier::Side;
use strowger::switch::HangUpError;
use strowger::switch::KnownCall;
use strowger::switch::Operator;
use tokio::runtime::Handle;

use super::stage::Plot;
use super::stage::Stage;
use super::stage::book;
use super::stage::caller;
use super::stage::phone;
use super::stage::s;
use super::stage::summary;

/// What came of hanging up, once that was done.
type Done = Arc<Mutex<Option<Result<CallRecord, HangUpError>>>>;

/// Hangs the call up before the first request of the carrier at which `when` is so.
fn hang_up_when(stage: &Stage, when: impl Fn(&LiveCall) -> bool + Send + 'static) -> Done {
    let (operator, handle) = (stage.operator(), Handle::current());
    let done = Done::default();
    let mine = done.clone();
    stage.meets(move |_| {
        let live = handle.block_on(operator.list(&CallQuery::default(), None, 1)).unwrap();
        let live = live.items.into_iter().map(KnownCall::into_live).collect::<Vec<_>>();
        let mut done = mine.lock().unwrap();
        if let [call] = live.as_slice()
            && done.is_none()
            && when(call)
        {
            *done = Some(handle.block_on(operator.hang_up(call.record.id)));
        }
        None
    });
    done
}

/// Plays a call that is hung up; returns how it ended.
async fn hung_up(
    plot: &Plot<'_>,
    script: Script,
    when: impl Fn(&LiveCall) -> bool + Send + 'static,
) -> String {
    let mut stage = Stage::new(plot).await;
    let done = hang_up_when(&stage, when);
    let seen = stage.call(script).await;
    assert_eq!(seen.complaints(), "", "{:?}", plot.kind);
    let record = done.lock().unwrap().take().expect("the call was hung up").unwrap();
    let operator: Operator = stage.operator();
    assert_eq!(operator.hang_up(record.id).await.unwrap(), record, "twice is as once");
    assert!(operator.find(record.id).is_none(), "it is not live any more");
    let records = stage.records().await;
    let [shown] = records.as_slice() else { panic!("{records:#?}") };
    assert_eq!(*shown, serde_json::to_value(&record).unwrap());
    stage.assert_free();
    let ended = summary(shown);
    stage.stop().await;
    ended
}

async fn while_they_talk(kind: Kind) {
    let plot = Plot { kind, flow: "direct", offer: "", contracts: &[("a", "")] };
    let talk = Behaviour::answers(s(4), s(60)).ended_by(Side::Dialled);
    let script = caller().phone(&phone(0), talk);
    let is_bridged = |call: &LiveCall| call.live.phase == Phase::Bridged;
    let ended = Box::pin(hung_up(&plot, script, is_bridged)).await;
    // The others' next request comes when the talk ends. Plivo has one at its beginning, so that
    // this call is hung up as soon as it is bridged.
    let expected = match kind {
        Kind::Plivo => "hung_up by switch [1a:won] 0.0s 0.00",
        Kind::Twilio | Kind::Telnyx | Kind::SignalWire => "hung_up by switch [1a:won] 60.0s 10.00",
    };
    assert_eq!(ended, expected, "{kind:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_they_talk_at_twilio() {
    while_they_talk(Kind::Twilio).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_they_talk_at_telnyx() {
    while_they_talk(Kind::Telnyx).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_they_talk_at_signalwire() {
    while_they_talk(Kind::SignalWire).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_they_talk_at_plivo() {
    while_they_talk(Kind::Plivo).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_flow_and_while_a_buyer_rings() {
    let contracts = &[("a", "")];
    let plot = Plot { kind: Kind::Twilio, flow: "menu", offer: "", contracts };
    let script = || caller().presses("1").phone(&phone(0), Behaviour::answers(s(4), s(60)));
    let in_flow = |call: &LiveCall| call.live.phase == Phase::Flow;
    let ended = Box::pin(hung_up(&plot, script(), in_flow)).await;
    assert_eq!(ended, "hung_up by switch [] 0.0s -");
    let rings = |call: &LiveCall| call.live.phase == Phase::Ringing;
    let ended = Box::pin(hung_up(&plot, script(), rings)).await;
    assert_eq!(ended, "hung_up by switch [1a:canceled] 0.0s -");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_credentials_of_the_api_the_call_continues() {
    let plot = Plot { kind: Kind::Telnyx, flow: "direct", offer: "", contracts: &[("a", "")] };
    let without = |settings: String| {
        let lines = settings.lines().filter(|line| !line.starts_with("api_key"));
        lines.collect::<Vec<_>>().join("\n")
    };
    let mut stage = Stage::with(&plot, book(&plot), without).await;
    let done = hang_up_when(&stage, |call| call.live.phase == Phase::Bridged);
    let talk = Behaviour::answers(s(4), s(60)).ended_by(Side::Dialled);
    stage.call(caller().phone(&phone(0), talk)).await;
    let error = done.lock().unwrap().take().expect("it was tried").unwrap_err();
    assert_eq!(
        error.to_string(),
        "Telnyx holds the call, and its API cannot be used: set the API's credentials under \
         [carriers.telnyx]"
    );
    let records = stage.records().await;
    let [shown] = records.as_slice() else { panic!("{records:#?}") };
    assert_eq!(summary(shown), "bridged by buyer [1a:won] 60.0s 10.00");
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_has_ended_is_not_hung_up() {
    let plot = Plot { kind: Kind::Twilio, flow: "refuse", offer: "", contracts: &[("a", "")] };
    let mut stage = Stage::new(&plot).await;
    stage.call(caller()).await;
    let id = stage.records().await[0]["id"].as_str().unwrap().parse().unwrap();
    let error = stage.operator().hang_up(id).await.unwrap_err();
    assert_eq!(error.to_string(), "the call has ended already: rejected_caller");
    stage.stop().await;
}
