//! Reads `dq = { offer | buyer | recording | reject }`, and checks for loops.

use std::collections::BTreeSet;

use crate::base::OfferId;
use crate::base::toml::Value;
use crate::book::Dq;
use crate::book::Noun;

use super::context::Context;

const KEYS: &[&str] = &["offer", "buyer", "recording", "reject"];

/// Maximum length of a recording's name, in bytes.
pub(super) const RECORDING_BYTES_MAX: usize = 200;

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
                cx.report.error(only.at(), "`reject = false` has no effect", hint);
            }
            reject.then_some(Dq::Reject)
        }
    }
}

/// Checks for loops among offers, and for catch-all buyers without a contract.
pub(super) fn check(cx: &mut Context<'_, '_>) {
    let mut settled: BTreeSet<OfferId> = BTreeSet::new();
    let starts: Vec<OfferId> = cx.hand_overs.keys().cloned().collect();
    for start in starts {
        let mut path: Vec<OfferId> = Vec::new();
        let mut here = start;
        // Each step adds an offer to the path, or ends it.
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
    let message = format!("`dq` forms a loop: {}", ring.join(" → "));
    cx.report.error(at, message, "change one of them to end elsewhere");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::read::book::tests::book;
    use crate::book::read::book::tests::check;

    #[test]
    fn four_ends() {
        for (dq, expected) in [
            ("{ reject = true }", Dq::Reject),
            (r#"{ offer = "shares" }"#, Dq::Offer("shares".parse().unwrap())),
            (r#"{ buyer = "acme" }"#, Dq::Buyer("acme".parse().unwrap())),
            (r#"{ recording = "sorry" }"#, Dq::Recording("sorry".to_owned())),
        ] {
            let text = format!("[[offer]]\nid = \"x\"\ndq = {dq}");
            assert_eq!(book(&text).offers[0].dq, expected);
        }
    }

    #[test]
    fn faults() {
        for (dq, expected) in [
            (
                "{}",
                "3:6: error: `dq` must have one of offer, buyer, recording, reject (for example { \
                 reject = true })",
            ),
            (
                r#"{ reject = true, offer = "shares" }"#,
                "3:6: error: `dq` must have one of offer, buyer, recording, reject (for example { \
                 reject = true })",
            ),
            (
                "{ reject = false }",
                "3:17: error: `reject = false` has no effect (write true, or say where inquiries \
                 go instead)",
            ),
            (
                r#"{ offer = "share" }"#,
                "3:16: error: offer `share` is unknown (did you mean `shares`?)",
            ),
            (r#"{ recording = " " }"#, "3:20: error: `recording` is empty (fill it, or remove it)"),
            (
                r#"{ offer = "x" }"#,
                "3:6: error: `dq` forms a loop: x → x (change one of them to end elsewhere)",
            ),
        ] {
            check(&format!("[[offer]]\nid = \"x\"\ndq = {dq}"), &[expected]);
        }
        check(
            "[[buyer]]\nid = \"b\"\ntimezone = \"UTC\"\n[[offer]]\nid = \"x\"\ndq = { buyer = \
             \"b\" }",
            &["6:16: error: catch-all buyer `b` has no contract (a contract says where the \
               buyer's calls go)"],
        );
    }

    #[test]
    fn each_loop_is_reported_once() {
        let hand_over = |(from, to): &(&str, &str)| {
            format!("[[offer]]\nid = \"{from}\"\ndq = {{ offer = \"{to}\" }}\n")
        };
        // `a` and `e` lead into a loop, but are not part of it.
        let text: String = [
            ("a", "b"),
            ("b", "c"),
            ("c", "d"),
            ("d", "b"),
            ("e", "c"),
            ("f", "shares"),
            ("g", "f"),
        ]
        .iter()
        .map(hand_over)
        .collect();
        check(
            &text,
            &["6:6: error: `dq` forms a loop: b → c → d → b (change one of them to end \
               elsewhere)"],
        );
    }
}
