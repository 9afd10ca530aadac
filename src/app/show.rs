//! The terminal output of the demo.

use std::net::SocketAddr;

use crate::base::Wall;
use crate::book::Summary;
use crate::call::CallEvent;
use crate::call::CallRecord;
use crate::call::Ingress;
use crate::demo::Scene;
use crate::routing::Decision;

/// Line of a call in the summary.
pub(super) struct Row {
    pub(super) number: usize,
    pub(super) title: &'static str,
    pub(super) record: Option<CallRecord>,
    /// Differences from the expected result.
    pub(super) differences: Vec<String>,
}

pub(super) fn begin(sip: SocketAddr, http: SocketAddr, book: &Summary) {
    println!("Strowger demo: a switch, its callers and its buyers, all on loopback.");
    println!("The switch listens for SIP on {sip} and HTTP on {http}.");
    println!("Its book: {book}.");
}

pub(super) fn scene(number: usize, scene: &Scene) {
    println!("\n{number}. {}", scene.title);
}

/// Prints one event of a call, with the time since the first event.
pub(super) fn line(since: Wall, at: Wall, event: &CallEvent) {
    let at = format!("{:>7.3} s", at.since(since).as_secs_f64());
    match event {
        CallEvent::Decided(decision) => {
            println!("   {at}  decision: {}", picks(decision));
            for passed in decision.passed_over() {
                println!(
                    "              passed over {:<18} {:<16} {}",
                    passed.contract, passed.reason, passed.detail
                );
            }
        }
        line => println!("   {at}  {}", words(line)),
    }
}

fn picks(decision: &Decision) -> String {
    let names: Vec<String> = decision.picks().map(|pick| pick.contract.to_string()).collect();
    match names.as_slice() {
        [] => format!("no contract for offer {}", decision.offer),
        names => format!("offer {}: {}", decision.offer, names.join(", then ")),
    }
}

fn words(line: &CallEvent) -> String {
    match line {
        CallEvent::Arrived { number, caller, ingress, offer } => {
            let caller = caller.as_ref().map_or("anonymous".to_owned(), ToString::to_string);
            let by = match ingress {
                Ingress::Trunk(trunk) => format!("trunk {trunk}"),
                Ingress::Webhook(carrier) => carrier.title().to_owned(),
            };
            format!("{caller} calls {} by {by}, offer {offer}", number.e164())
        }
        CallEvent::Step(step) => format!("step {step}"),
        CallEvent::Digits(digits) => format!("digits {digits}"),
        CallEvent::Learned { field, value, pool_before, pool_after } => {
            format!("{field} is {value}: pool {pool_before} → {pool_after}")
        }
        CallEvent::Decided(decision) => picks(decision),
        CallEvent::CapFull { contract, cap } => format!("{contract} is full: {cap}"),
        CallEvent::Dialled { contract, wave } => format!("wave {wave}: dials {contract}"),
        CallEvent::Ringing { contract, post_dial_delay_ms } => {
            format!("{contract} rings after {post_dial_delay_ms} ms")
        }
        CallEvent::Attempt { contract, outcome, status } => {
            let status = status.map_or(String::new(), |status| format!(" ({status})"));
            format!("{contract}: {outcome}{status}")
        }
        CallEvent::Transfer { to } => format!("dials {to}, a fixed destination"),
        CallEvent::Transferred { outcome, status } => {
            let status = status.map_or(String::new(), |status| format!(" ({status})"));
            format!("the fixed destination: {outcome}{status}")
        }
        CallEvent::LookedUp { fields: Some(fields) } => format!("looked up: {fields} fields"),
        CallEvent::LookedUp { fields: None } => "looked up: no answer".to_owned(),
        CallEvent::Recorded { place: Some(place) } => format!("recorded {place}"),
        CallEvent::Recorded { place: None } => "recorded no audio".to_owned(),
        CallEvent::Tagged { name, value } => format!("tag {name} is {value}"),
        CallEvent::Disqualified { offer, what } => format!("DQ of offer {offer}: {what}"),
        CallEvent::Bridged { contract, buyer } => format!("bridged to {buyer} by {contract}"),
        CallEvent::Ended { reason, talk_ms, billable, revenue } => {
            let talk = *talk_ms as f64 / 1e3;
            let bill = if *billable { "billable" } else { "not billable" };
            let revenue = revenue.map_or("none".to_owned(), |revenue| revenue.to_string());
            format!("ended: {reason}, connected {talk:.1} s, {bill}, revenue {revenue}")
        }
    }
}

pub(super) fn verdict(differences: &[String]) {
    if differences.is_empty() {
        println!("   as expected");
    }
    for difference in differences {
        println!("   NOT AS EXPECTED: {difference}");
    }
}

/// Prints the table at the end.
pub(super) fn summary(rows: &[Row]) {
    println!(
        "\n{:>2}  {:<13} {:<16} {:>8} {:>9} {:>10} {:>10}  as expected",
        "#", "reason", "winner", "PDD", "connected", "revenue", "payout"
    );
    for row in rows {
        let ok = if row.differences.is_empty() { "yes" } else { "NO" };
        match &row.record {
            Some(record) => println!("{:>2}  {}  {ok}", row.number, cells(record)),
            None => println!("{:>2}  {:<72}  {ok}", row.number, row.title),
        }
    }
    let good = rows.iter().filter(|row| row.differences.is_empty()).count();
    println!("{good} of {} calls went as expected", rows.len());
}

fn cells(record: &CallRecord) -> String {
    let dash = || "-".to_owned();
    let winner = record.winner.as_ref();
    let won = winner.and_then(|winner| {
        record.attempts.iter().find(|attempt| attempt.contract == winner.contract)
    });
    let delay = won.and_then(|attempt| attempt.post_dial_delay_ms);
    format!(
        "{:<13} {:<16} {:>8} {:>9} {:>10} {:>10}",
        record.reason.map_or_else(dash, |reason| reason.to_string()),
        winner.map_or_else(dash, |winner| winner.contract.to_string()),
        delay.map_or_else(dash, |millis| format!("{millis} ms")),
        format!("{:.1} s", record.talk.as_secs_f64()),
        record.revenue.map_or_else(dash, |revenue| revenue.amount()),
        record.payout.map_or_else(dash, |payout| payout.amount()),
    )
}

pub(super) fn stay(sip: SocketAddr, http: SocketAddr, token: &str) {
    println!(
        "\nThe switch keeps running; Ctrl-C stops it. Call it with any softphone on this machine:"
    );
    println!("  sip:+18005550100@{sip}   auto quotes: press 1, then a zip code like 90210");
    println!("  sip:+18005550101@{sip}   home services: press 1, then a zip code");
    println!("Its calls: curl -H 'Authorization: Bearer {token}' http://{http}/v1/calls");
}
