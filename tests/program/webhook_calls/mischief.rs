//! Requests that arrive twice, concurrently, late, out of order, or not at all, with forged ones
//! among them: the same answers, one record per call, one unit per sale.

use strowger::demo::carrier::AtWhisper;
use strowger::demo::carrier::Behaviour;
use strowger::demo::carrier::Kind;
use strowger::demo::carrier::Mischief;
use strowger::demo::carrier::Purpose;
use strowger::demo::carrier::Script;
use strowger::demo::carrier::Sending;
use strowger::demo::carrier::Side;

use super::stage::Plot;
use super::stage::Stage;
use super::stage::caller;
use super::stage::phone;
use super::stage::s;
use super::stage::summary;

/// How often each fault occurs, in percent.
const OFTEN: u8 = 40;
const SEEDS: u64 = 4;
const TOGETHER: &str = "ring = \"simultaneous\"\nring_width = 3";
const GATED: &str = "destination = { phone = \"+13055550100\", trunk = \"t\", \
     whisper = \"A call for roofing.\", accept = \"press-1\" }\ncaps = { day = 1 }";

fn buyer() -> Behaviour {
    Behaviour::answers(s(4), s(60)).ended_by(Side::Dialled)
}

/// Two calls for contracts with one unit each: the second call gets the second contract.
struct Case<'a> {
    flow: &'a str,
    offer: &'a str,
    contracts: &'a [(&'a str, &'a str)],
    mischief: Mischief,
    script: fn(Script) -> Script,
    expected: [&'a str; 2],
}

const ONE_EACH: &[(&str, &str)] = &[("a", "caps = { day = 1 }"), ("b", "caps = { day = 1 }")];

fn cases(kind: Kind) -> Vec<Case<'static>> {
    let mut all = Mischief::all(OFTEN);
    if kind == Kind::Plivo {
        // On Plivo, only callbacks report the connected time and the pressed key.
        all = Mischief { lose: 0, late: 0, ..all };
    }
    vec![
        Case {
            flow: "menu",
            offer: "",
            contracts: ONE_EACH,
            mischief: all,
            script: |call| call.presses("1").phone(&phone(0), buyer()).phone(&phone(1), buyer()),
            expected: [
                "bridged by buyer [1a:won] 60.0s 10.00",
                "bridged by buyer [1b:won] 60.0s 10.00",
            ],
        },
        Case {
            flow: "direct",
            offer: "",
            contracts: ONE_EACH,
            mischief: all,
            script: |call| call.phone(&phone(0), Behaviour::busy()).phone(&phone(1), buyer()),
            expected: [
                "bridged by buyer [1a:busy 2b:won] 60.0s 10.00",
                "no_contract by switch [1a:busy] 0.0s -",
            ],
        },
        Case {
            flow: "direct",
            offer: TOGETHER,
            contracts: &[("a", GATED), ("b", "caps = { day = 1 }")],
            mischief: all,
            script: |call| {
                let other = buyer().at_whisper(AtWhisper::Presses("5".to_owned()));
                call.phone(&phone(0), other).phone(&phone(1), buyer())
            },
            expected: [
                "bridged by buyer [1a:not_accepted 2b:won] 60.0s 10.00",
                "no_contract by switch [1a:not_accepted] 0.0s -",
            ],
        },
        Case {
            flow: "direct",
            offer: TOGETHER,
            contracts: ONE_EACH,
            // Callbacks report whose leg is whose.
            mischief: Mischief { lose: 0, late: 0, ..all },
            script: |call| {
                let slow = Behaviour::answers(s(9), s(60)).ended_by(Side::Dialled);
                call.phone(&phone(0), slow).phone(&phone(1), buyer())
            },
            expected: [
                "bridged by buyer [1a:canceled 1b:won] 60.0s 10.00",
                "bridged by buyer [1a:won] 60.0s 10.00",
            ],
        },
    ]
}

async fn play(kind: Kind, case: &Case<'_>, seed: u64) {
    let Case { flow, offer, contracts, .. } = case;
    let stage = Stage::new(&Plot { kind, flow, offer, contracts }).await;
    let account = stage.carrier.account().clone();
    let path = |what| format!("/carriers/{}/{what}", kind.name());
    let status = format!("{}{}", super::stage::BASE, path("status"));
    // The REST API does not know these calls: a call without news ends by timeout.
    let mut carrier = stage.asks(account, &path("voice"), seed).reporting_to(&status);
    carrier = carrier.with_mischief(case.mischief);
    let (mut sent, mut forged) = (0, 0);
    for _ in 0..2 {
        let seen = carrier.call((case.script)(caller())).await;
        assert_eq!(seen.complaints(), "", "{kind:?} seed {seed}");
        let requests = [Purpose::Document, Purpose::Callback];
        let is_sent = |sending| sending != Sending::Lost;
        let of = |purpose| seen.exchanges.iter().filter(move |e| e.purpose == purpose);
        sent +=
            requests.map(|p| of(p).filter(|e| is_sent(e.sending)).count()).iter().sum::<usize>();
        forged += of(Purpose::Forgery).count();
    }
    let ended: Vec<String> = stage.records().await.iter().map(summary).collect();
    assert_eq!(ended, case.expected, "{kind:?} seed {seed}");
    stage.assert_free();
    let of_stage = &stage;
    let figure = |name: String| async move { of_stage.figure(&name).await };
    let of = |what: &str| format!("strowger_webhooks_total{{what=\"{what}\"}}");
    assert_eq!(figure(of("answered")).await, sent as f64, "{kind:?} seed {seed}");
    assert!(figure(of("repeated")).await > 0.0, "{kind:?} seed {seed}");
    assert_eq!(figure(of("unknown")).await, 0.0, "{kind:?} seed {seed}");
    assert_eq!(figure(of("failed")).await, 0.0, "{kind:?} seed {seed}");
    let name = format!("strowger_webhooks_forged_total{{carrier=\"{}\"}}", kind.name());
    assert_eq!(figure(name).await, forged as f64, "{kind:?} seed {seed}");
    stage.stop().await;
}

async fn play_all(kind: Kind) {
    for case in cases(kind) {
        for seed in 0..SEEDS {
            play(kind, &case, seed).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn at_twilio() {
    play_all(Kind::Twilio).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_telnyx() {
    play_all(Kind::Telnyx).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_signalwire() {
    play_all(Kind::SignalWire).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_plivo() {
    play_all(Kind::Plivo).await;
}

/// Callbacks report whose leg is whose. If none of them arrived, the carrier's API is asked.
#[tokio::test(flavor = "multi_thread")]
async fn a_winner_of_whom_no_callback_came_is_asked_for() {
    for kind in [Kind::Twilio, Kind::Telnyx, Kind::SignalWire] {
        let plot = Plot { kind, flow: "direct", offer: TOGETHER, contracts: ONE_EACH };
        let lossy = Mischief { lose: 100, ..Mischief::NONE };
        let mut stage = Stage::new(&plot).await.troubled(lossy);
        let slow = Behaviour::answers(s(9), s(60)).ended_by(Side::Dialled);
        let script = caller().phone(&phone(0), slow).phone(&phone(1), buyer());
        let seen = stage.carrier.call(script).await;
        assert_eq!(seen.complaints(), "", "{kind:?}");
        let ended: Vec<String> = stage.records().await.iter().map(summary).collect();
        let won = "bridged by buyer [1a:canceled 1b:won] 60.0s 10.00";
        assert_eq!(ended, [won], "{kind:?}");
        stage.assert_free();
        stage.stop().await;
    }
}
