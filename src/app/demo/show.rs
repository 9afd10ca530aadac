//! The sentences and tables of the demo.

use std::net::SocketAddr;

use super::screen::Ink;
use super::screen::Screen;

use crate::base::Money;
use crate::base::Phone;
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
    pub(super) record: Option<CallRecord>,
    /// Differences from the expected result.
    pub(super) differences: Vec<String>,
}

/// Indent of a scene's lines.
pub(super) const SCENE: &str = "   ";

pub(super) fn begin(screen: &mut Screen, sip: &[SocketAddr], http: SocketAddr, book: &Summary) {
    let sip: Vec<String> = sip.iter().map(SocketAddr::to_string).collect();
    let sip = sip.join(" and ");
    let title = "Strowger demo: a switch, its callers and its buyers, all on this machine.";
    screen.print(Ink::Title, "", title);
    let places = format!("The switch listens for SIP on {sip} and for HTTP on {http}.");
    screen.print(Ink::Plain, "", &places);
    screen.print(Ink::Plain, "", &format!("Its book: {book}."));
}

pub(super) fn scene(screen: &mut Screen, number: usize, scene: &Scene) {
    screen.gap();
    screen.print(Ink::Title, &format!("{number}. "), scene.title);
}

/// Prints the heading of a call that the user places.
pub(super) fn yours(screen: &mut Screen, number: usize, caller: Option<&Phone>, called: &Phone) {
    let caller = caller.map_or("an anonymous caller", Phone::e164);
    screen.gap();
    let title = format!("Your call from {caller} to {}", called.e164());
    screen.print(Ink::Title, &format!("{number}. "), &title);
}

/// Prints one event of a call behind `indent`, with the time since the first event.
pub(super) fn line(screen: &mut Screen, indent: &str, since: Wall, at: Wall, event: &CallEvent) {
    let head = format!("{indent}{:>7.3} s  ", at.since(since).as_secs_f64());
    match event {
        CallEvent::Decided(decision) => {
            screen.print(Ink::Plain, &head, &format!("decision: {}", picks(decision)));
            let head = " ".repeat(head.chars().count());
            for passed in decision.passed_over() {
                let words =
                    format!("not {}: {}, {}", passed.contract, passed.reason, passed.detail);
                screen.print(Ink::Faint, &format!("{head}  "), &words);
            }
        }
        line => screen.print(Ink::Plain, &head, &words(line)),
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
        CallEvent::Converted { contract } => format!("{contract} pressed its keys: converted"),
        CallEvent::Tagged { name, value } => format!("tag {name} is {value}"),
        CallEvent::Disqualified { offer, what } => format!("DQ of offer {offer}: {what}"),
        CallEvent::Bridged { contract, buyer } => format!("bridged to {buyer} by {contract}"),
        CallEvent::Ended { reason, talk_ms, billable, revenue, .. } => {
            let talk = *talk_ms as f64 / 1e3;
            let bill = if *billable { "billable" } else { "not billable" };
            let revenue = revenue.map_or("none".to_owned(), |revenue| revenue.to_string());
            format!("ended: {reason}, connected {talk:.1} s, {bill}, revenue {revenue}")
        }
    }
}

pub(super) fn verdict(screen: &mut Screen, differences: &[String]) {
    if differences.is_empty() {
        screen.print(Ink::Good, SCENE, "as expected");
    }
    for difference in differences {
        screen.print(Ink::Bad, SCENE, &format!("NOT AS EXPECTED: {difference}"));
    }
}

/// Prints the table at the end, with its totals.
pub(super) fn summary(screen: &mut Screen, rows: &[Row]) {
    screen.gap();
    let head = ["reason", "winner", "PDD", "connected", "revenue", "payout"];
    screen.print(Ink::Title, " #  ", &format!("{}  ok", columns(head)));
    for row in rows {
        let (ink, ok) = match row.differences.as_slice() {
            [] => (Ink::Plain, "yes"),
            _ => (Ink::Bad, "NO"),
        };
        let cells = row.record.as_ref().map_or_else(|| columns(["-"; 6]), cells);
        screen.print(ink, &format!("{:>2}  ", row.number), &format!("{cells}  {ok}"));
    }
    let records: Vec<&CallRecord> = rows.iter().filter_map(|row| row.record.as_ref()).collect();
    screen.print(Ink::Title, "    ", columns_of(&totals(&records)).trim_end());
    let good = rows.iter().filter(|row| row.differences.is_empty()).count();
    let (ink, count) = (if good == rows.len() { Ink::Good } else { Ink::Bad }, rows.len());
    screen.print(ink, "", &format!("{good} of {count} calls went as expected."));
}

/// Returns the cells of the row of totals.
fn totals(records: &[&CallRecord]) -> [String; 6] {
    let bridged = records.iter().filter(|record| record.winner.is_some()).count();
    let connected: f64 = records.iter().map(|record| record.talk.as_secs_f64()).sum();
    [
        "total".to_owned(),
        format!("{bridged} bridged"),
        String::new(),
        format!("{connected:.1} s"),
        sum(records.iter().filter_map(|record| record.revenue)),
        sum(records.iter().filter_map(|record| record.payout)),
    ]
}

/// Returns the sum of amounts of one currency; `-` of none.
fn sum(amounts: impl Iterator<Item = Money>) -> String {
    let sum = amounts.map(Some).reduce(|sum, amount| sum?.checked_add(amount?));
    sum.flatten().map_or_else(|| "-".to_owned(), Money::amount)
}

fn cells(record: &CallRecord) -> String {
    let dash = || "-".to_owned();
    let winner = record.winner.as_ref();
    let won = winner.and_then(|winner| {
        record.attempts.iter().find(|attempt| attempt.contract == winner.contract)
    });
    let delay = won.and_then(|attempt| attempt.post_dial_delay_ms);
    columns_of(&[
        record.reason.map_or_else(dash, |reason| reason.to_string()),
        winner.map_or_else(dash, |winner| winner.contract.to_string()),
        delay.map_or_else(dash, |millis| format!("{millis} ms")),
        format!("{:.1} s", record.talk.as_secs_f64()),
        record.revenue.map_or_else(dash, Money::amount),
        record.payout.map_or_else(dash, Money::amount),
    ])
}

fn columns_of(cells: &[String; 6]) -> String {
    columns(cells.each_ref().map(String::as_str))
}

fn columns([reason, winner, delay, connected, revenue, payout]: [&str; 6]) -> String {
    // Spaces that `wrap` must not break at: the line is shorter than the terminal is wide.
    format!("{reason:<12} {winner:<15} {delay:>8} {connected:>9} {revenue:>9} {payout:>9}")
}

pub(super) fn stay(screen: &mut Screen, sip: &[SocketAddr], http: SocketAddr, token: &str) {
    screen.gap();
    let stays = "The switch keeps running and shows your calls; Ctrl-C stops it. Call it with any \
                 softphone:";
    screen.print(Ink::Title, "", stays);
    for address in sip {
        let quotes = format!("sip:+18005550100@{address}  auto quotes: press 1, then a zip code");
        screen.print(Ink::Plain, "  ", &quotes);
        let home = format!("sip:+18005550101@{address}  home services: press 1, then a zip code");
        screen.print(Ink::Plain, "  ", &home);
    }
    screen.print(Ink::Plain, "", "Its calls, as the HTTP API shows them:");
    screen.print(Ink::Plain, "", &format!("TOKEN={token}"));
    let curl = format!("curl -H \"Authorization: Bearer $TOKEN\" http://{http}/v1/calls");
    screen.print(Ink::Plain, "", &curl);
}
