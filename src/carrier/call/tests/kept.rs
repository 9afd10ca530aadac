//! Journals of earlier versions, kept as data: this version must replay them with the same result.
//! Never regenerate the files of the first format; a call that no longer follows from them needs a
//! new format.

use serde::Deserialize;

use super::AB;
use super::Bench;
use super::GATED_A;
use super::MENU;
use super::ROUTE;
use super::TOGETHER;
use super::book;
use super::fresh;
use crate::carrier::Carrier;
use crate::carrier::JournalLine;
use crate::carrier::replay;

const FIRST: &str = include_str!("../../../../tests/data/journals/first.json");

#[derive(Deserialize)]
struct Kept {
    /// How the call ended.
    ended: String,
    lines: Vec<JournalLine>,
}

struct Case {
    offer: &'static str,
    contracts: &'static [(&'static str, &'static str)],
    flow: &'static str,
    /// Script of the carrier when the journal was written.
    script: &'static str,
}

const CASES: [Case; 6] = [
    Case { offer: "", contracts: AB, flow: MENU, script: "enter keys:7 keys:1 busy done:30" },
    Case {
        offer: "",
        contracts: GATED_A,
        flow: ROUTE,
        script: "enter +5 a:whisper +4 a:press:1 +30 bridged:34",
    },
    Case {
        offer: TOGETHER,
        contracts: AB,
        flow: ROUTE,
        script: "enter a:ringing b:ringing b:in-progress +20 done:20:b",
    },
    Case { offer: "", contracts: AB, flow: "<Redirect flow='g'/>", script: "enter done:9" },
    Case { offer: "", contracts: AB, flow: ROUTE, script: "full:a enter no-answer" },
    Case { offer: "", contracts: AB, flow: ROUTE, script: "enter a:in-progress +60 swept:40" },
];

#[test]
fn journals_of_the_first_format_are_played() {
    let kept: Vec<Kept> = serde_json::from_str(FIRST).unwrap();
    assert_eq!(kept.len(), CASES.len());
    for (Kept { ended, lines }, case) in kept.iter().zip(CASES) {
        let Case { offer, contracts, flow, script } = case;
        let flows = [("f", flow), ("g", ROUTE)];
        let mut bench = Bench::new(Carrier::Twilio, &book(offer, contracts), &flows);
        let mut call = fresh(Carrier::Twilio, &bench.flows, bench.snapshot.book());
        replay(&mut call, lines, &bench).unwrap_or_else(|error| panic!("{script}: {error}"));
        assert!(call.is_over(), "{script}");
        bench.record = Some(call.record().clone());
        assert_eq!(bench.ended(), *ended, "{script}");
    }
}
