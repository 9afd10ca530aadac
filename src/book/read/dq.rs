//! `dq = { offer | buyer | recording | reject }`, and that no chain of them is a loop.

use std::collections::BTreeSet;

use crate::base::OfferId;
use crate::base::table::Value;
use crate::book::Dq;

use super::context::Context;
use super::names::Noun;

const KEYS: &[&str] = &["offer", "buyer", "recording", "reject"];

/// Longest name of a recording, in bytes.
const RECORDING_BYTES_MAX: usize = 200;

pub(super) fn read<'d>(value: &Value<'d>, cx: &mut Context<'d, '_>) -> Option<Dq> {
    let table = value.table(&mut cx.report)?;
    table.check_keys(KEYS, &[], &mut cx.report);
    let given: Vec<Value<'_>> = KEYS.iter().filter_map(|key| table.value(key)).collect();
    let [only] = given.as_slice() else {
        let message = format!("`dq` must have one of {}", KEYS.join(", "));
        cx.report.error(value.at(), message, "for example { reject = true }");
        return None;
    };
    match only.key() {
        "offer" => cx.names.refer(Noun::Offer, only, &mut cx.report).map(Dq::Offer),
        "buyer" => {
            let buyer = cx.names.refer(Noun::Buyer, only, &mut cx.report).map(Dq::Buyer);
            if let Some(Dq::Buyer(buyer)) = &buyer {
                cx.catch_alls.push((buyer.clone(), only.at()));
            }
            buyer
        }
        "recording" => {
            let name = only.words(RECORDING_BYTES_MAX, &mut cx.report)?;
            Some(Dq::Recording(name.to_owned()))
        }
        _ => {
            let reject = only.boolean(&mut cx.report)?;
            if !reject {
                let hint = "write true, or say where inquiries go instead";
                cx.report.error(only.at(), "`reject = false` says nothing", hint);
            }
            reject.then_some(Dq::Reject)
        }
    }
}

/// Looks for loops among offers, and for catch-all buyers that nothing can be sent to.
pub(super) fn check(cx: &mut Context<'_, '_>) {
    let mut settled: BTreeSet<OfferId> = BTreeSet::new();
    let starts: Vec<OfferId> = cx.hand_overs.keys().cloned().collect();
    for start in starts {
        let mut path: Vec<OfferId> = Vec::new();
        let mut here = start;
        // Each step either adds an offer to the path or is the last.
        while !settled.contains(&here) {
            if let Some(first) = path.iter().position(|seen| *seen == here) {
                report_loop(path.get(first..).unwrap_or_default(), cx);
                break;
            }
            path.push(here.clone());
            match cx.hand_overs.get(&here) {
                Some((next, _)) => here = next.clone(),
                None => break,
            }
        }
        settled.extend(path);
    }
    for (buyer, at) in &cx.catch_alls {
        if !cx.pairs.keys().any(|(with, _)| with == buyer) {
            let message = format!("catch-all buyer `{buyer}` has no contract");
            cx.report.error(*at, message, "a contract says where the buyer's calls go");
        }
    }
}

fn report_loop(offers: &[OfferId], cx: &mut Context<'_, '_>) {
    let Some((first, at)) =
        offers.first().and_then(|first| Some((first, cx.hand_overs.get(first)?.1)))
    else {
        return;
    };
    let ring: Vec<&str> = offers.iter().chain([first]).map(OfferId::as_str).collect();
    let message = format!("`dq` goes round in a loop: {}", ring.join(" → "));
    cx.report.error(at, message, "let one of them end elsewhere");
}
