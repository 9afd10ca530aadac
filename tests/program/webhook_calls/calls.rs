//! Whole calls, the same at every carrier: what the caller hears, who rings, what is recorded.

use strowger::demo::carrier::AtWhisper;
use strowger::demo::carrier::Behaviour;
use strowger::demo::carrier::Kind;
use strowger::demo::carrier::Script;
use strowger::demo::carrier::Side;
use strowger::demo::carrier::Transcript;

use super::stage::Plot;
use super::stage::Stage;
use super::stage::caller;
use super::stage::phone;
use super::stage::s;
use super::stage::summary;

/// A call, and its expected result.
struct Case<'a> {
    name: &'a str,
    flow: &'a str,
    offer: &'a str,
    contracts: &'a [(&'a str, &'a str)],
    script: fn(Script) -> Script,
    expected: &'a str,
    /// The last thing that the caller heard from us.
    heard: Option<&'a str>,
    /// Where the carrier's result differs.
    but: &'a [(Kind, &'a str)],
}

const TOGETHER: &str = "ring = \"simultaneous\"\nring_width = 3";
const GATED: &str = "destination = { phone = \"+13055550100\", trunk = \"t\", \
     whisper = \"A call for roofing.\", accept = \"press-1\" }";
const AB: &[(&str, &str)] = &[("a", ""), ("b", "")];
const GATED_A: &[(&str, &str)] = &[("a", GATED), ("b", "")];

fn buyer() -> Behaviour {
    Behaviour::answers(s(4), s(60)).ended_by(Side::Dialled)
}

const CASES: &[Case<'_>] = &[
    Case {
        name: "a menu, a buyer, a talk",
        flow: "menu",
        offer: "",
        contracts: AB,
        script: |call| call.presses("1").phone(&phone(0), buyer()),
        expected: "bridged by buyer [1a:won] 60.0s 10.00",
        heard: Some("Press 1."),
        but: &[],
    },
    Case {
        name: "a wrong key, then silence: the flow's own end",
        flow: "menu",
        offer: "",
        contracts: AB,
        script: |call| call.presses("7").is_silent(),
        expected: "rejected_caller by switch [] 0.0s -",
        heard: Some("Goodbye."),
        but: &[],
    },
    Case {
        name: "busy, then the next",
        flow: "direct",
        offer: "",
        contracts: AB,
        script: |call| call.phone(&phone(0), Behaviour::busy()).phone(&phone(1), buyer()),
        expected: "bridged by buyer [1a:busy 2b:won] 60.0s 10.00",
        heard: None,
        but: &[],
    },
    Case {
        name: "not reached, and no answer",
        flow: "direct",
        offer: "",
        contracts: AB,
        script: |call| call.phone(&phone(0), Behaviour::fails(503)),
        expected: "no_contract by switch [1a:failed 2b:no_answer] 0.0s -",
        heard: None,
        but: &[],
    },
    Case {
        name: "three ring, the quickest wins",
        flow: "direct",
        offer: TOGETHER,
        contracts: &[("a", ""), ("b", ""), ("c", "")],
        script: |call| {
            let slow = Behaviour::answers(s(9), s(60));
            call.phone(&phone(0), slow).phone(&phone(1), buyer())
        },
        expected: "bridged by buyer [1a:canceled 1b:won 1c:canceled] 60.0s 10.00",
        heard: None,
        but: &[],
    },
    Case {
        name: "the whisper is accepted; the talk begins with the key",
        flow: "direct",
        offer: TOGETHER,
        contracts: GATED_A,
        script: |call| call.phone(&phone(0), buyer()),
        expected: "bridged by buyer [1a:won] 60.0s 10.00",
        heard: None,
        but: &[],
    },
    Case {
        name: "another key is no acceptance",
        flow: "direct",
        offer: TOGETHER,
        contracts: GATED_A,
        script: |call| {
            let other = buyer().at_whisper(AtWhisper::Presses("5".to_owned()));
            call.phone(&phone(0), other).phone(&phone(1), buyer())
        },
        expected: "bridged by buyer [1a:not_accepted 2b:won] 60.0s 10.00",
        heard: None,
        but: &[],
    },
    Case {
        name: "voicemail is no buyer",
        flow: "direct",
        offer: TOGETHER,
        contracts: GATED_A,
        script: |call| {
            call.phone(&phone(0), Behaviour::voicemail(s(4), s(90))).phone(&phone(1), buyer())
        },
        expected: "bridged by buyer [1a:not_accepted 2b:won] 60.0s 10.00",
        heard: None,
        but: &[],
    },
    Case {
        name: "the buyer hangs up on the whisper",
        flow: "direct",
        offer: TOGETHER,
        contracts: GATED_A,
        script: |call| {
            let gone = buyer().at_whisper(AtWhisper::HangsUp);
            call.phone(&phone(0), gone).phone(&phone(1), Behaviour::busy())
        },
        expected: "no_contract by switch [1a:not_accepted 2b:busy] 0.0s -",
        heard: None,
        but: &[],
    },
    Case {
        name: "the caller hangs up in the menu",
        flow: "menu",
        offer: "",
        contracts: AB,
        script: Script::hangs_up,
        expected: "abandoned by caller [] 0.0s -",
        heard: Some("Press 1."),
        but: &[],
    },
    Case {
        name: "the caller hangs up while it rings",
        flow: "direct",
        offer: "",
        contracts: AB,
        script: |call| call.gives_up(s(9)),
        expected: "abandoned by caller [1a:canceled] 0.0s -",
        heard: None,
        but: &[],
    },
    Case {
        name: "the caller hangs up in the talk, before it is billed",
        flow: "direct",
        offer: "",
        contracts: AB,
        script: |call| call.phone(&phone(0), Behaviour::answers(s(4), s(3))),
        expected: "bridged by caller [1a:won] 3.0s 0.00",
        heard: None,
        but: &[],
    },
    Case {
        name: "no buyer is eligible, and the flow says so",
        flow: "menu",
        offer: "",
        contracts: &[("a", "filters = { states = [\"AK\"] }")],
        script: |call| call.presses("1"),
        expected: "no_contract by switch [] 0.0s -",
        heard: Some("Goodbye."),
        but: &[],
    },
    Case {
        name: "refused before it is answered",
        flow: "refuse",
        offer: "",
        contracts: AB,
        script: |call| call,
        expected: "rejected_caller by switch [] 0.0s -",
        heard: None,
        but: &[],
    },
    Case {
        name: "the offer hands it on",
        flow: "direct",
        offer: "dq = { offer = \"service\" }",
        contracts: &[("a", ""), ("b", "offer = \"service\"")],
        script: |call| call.phone(&phone(0), Behaviour::busy()).phone(&phone(1), buyer()),
        expected: "bridged by buyer [1a:busy 2b:won] 60.0s 10.00",
        heard: None,
        but: &[],
    },
    Case {
        name: "a SIP address beside a phone",
        flow: "direct",
        offer: TOGETHER,
        contracts: &[("a", "destination = { sip = \"sip:a@198.51.100.7\" }"), ("b", "")],
        script: |call| call.phone("sip:a@198.51.100.7", buyer()),
        expected: "bridged by buyer [1a:won 1b:canceled] 60.0s 10.00",
        heard: None,
        but: &[
            (Kind::SignalWire, "bridged by buyer [1a:won] 60.0s 10.00"),
            (Kind::Plivo, "no_contract by switch [1a:failed 1b:no_answer] 0.0s -"),
        ],
    },
];

/// Returns the differences; nothing if the call went as expected.
async fn differences(case: &Case<'_>, kind: Kind) -> Vec<String> {
    let Case { flow, offer, contracts, .. } = case;
    let mut stage = Stage::new(&Plot { kind, flow, offer, contracts }).await;
    let seen = stage.call((case.script)(caller())).await;
    let records = stage.records().await;
    let other = case.but.iter().find(|(of, _)| *of == kind).map(|(_, expected)| *expected);
    let wanted = other.unwrap_or(case.expected);
    let mut found = Vec::new();
    let ended: Vec<String> = records.iter().map(summary).collect();
    if ended != [wanted] {
        found.push(format!("expected {wanted}\n  seen {ended:?}"));
    }
    let heard = heard(&seen);
    if heard.as_deref() != case.heard {
        found.push(format!("the caller heard {heard:?}"));
    }
    if !seen.complaints().is_empty() {
        found.push(seen.complaints());
    }
    if stage.node().shared.dispatch.live() != 0 {
        found.push("holds are left".to_owned());
    }
    let wins = records.iter().filter(|record| record["winner"].is_object()).count();
    if usize::from(seen.bridged().is_some()) != wins {
        found.push(format!("the carrier says {:?}", seen.bridged()));
    }
    stage.stop().await;
    found
}

fn heard(seen: &Transcript) -> Option<String> {
    seen.heard().last().map(|text| (*text).to_owned())
}

async fn play(kind: Kind) {
    let mut found = Vec::new();
    for case in CASES {
        let differ = differences(case, kind).await;
        if !differ.is_empty() {
            found.push(format!("── {}\n  {}", case.name, differ.join("\n  ")));
        }
    }
    assert!(found.is_empty(), "{}:\n{}", kind.name(), found.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn at_twilio() {
    play(Kind::Twilio).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_telnyx() {
    play(Kind::Telnyx).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_signalwire() {
    play(Kind::SignalWire).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_plivo() {
    play(Kind::Plivo).await;
}
