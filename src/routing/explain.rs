//! A decision as a table for operators.

use std::fmt::Write as _;

use super::Decision;
use super::Disqualified;
use super::detail::shown;

/// Returns an aligned table: the picks in the order in which they are tried, the contracts passed
/// over with their reasons, the known fields, and what happens if no buyer takes the inquiry.
pub fn explain(decision: &Decision) -> String {
    let mut rows: Vec<[String; 5]> = Vec::new();
    for pick in decision.picks() {
        rows.push([
            pick.wave.to_string(),
            pick.contract.to_string(),
            pick.buyer.to_string(),
            pick.tier.name().to_owned(),
            pick.price.to_string(),
        ]);
    }
    let mut out = format!(
        "{} at {}, book version {}\n\n",
        decision.offer, decision.at, decision.book_version
    );
    if rows.is_empty() {
        out.push_str("No contract can take it.\n");
    } else {
        table(&mut out, ["wave", "contract", "buyer", "tier", "price"], &rows);
    }
    for pick in decision.picks() {
        let contract = &pick.contract;
        let _: std::fmt::Result = match (pick.had_at, pick.unbilled()) {
            (Some(at), None) => write!(out, "\n{contract} is first: it had the person at {at}.\n"),
            (None, Some(at)) => write!(out, "\n{contract} is owed nothing: sold at {at}.\n"),
            (Some(had), Some(at)) => write!(
                out,
                "\n{contract} is first: it had the person at {had}; it owes nothing: sold at {at}.\n"
            ),
            (None, None) => Ok(()),
        };
    }
    let passed: Vec<[String; 3]> = decision
        .passed_over()
        .map(|p| [p.contract.to_string(), p.reason.to_string(), p.detail.to_string()])
        .collect();
    if !passed.is_empty() {
        out.push('\n');
        table(&mut out, ["passed over", "reason", "detail"], &passed);
    }
    let fields = decision.fields();
    let rows = fields.iter().map(|(name, field)| {
        let value = shown(name.as_str(), &field.value);
        [name.to_string(), value, field.from.name().to_owned()]
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        out.push('\n');
        table(&mut out, ["field", "value", "from"], &rows);
    }
    let _: std::fmt::Result = match (decision.parked_until(), decision.opens_at()) {
        (Some(until), _) => write!(out, "\nIt waits until {until}, when the first opens.\n"),
        (None, Some(at)) => write!(out, "\nThe first opens at {at}.\n"),
        (None, None) => Ok(()),
    };
    let _: std::fmt::Result = write!(out, "\nIf no buyer takes it: {}\n", resort(&decision.dq()));
    out
}

fn resort(dq: &Disqualified) -> String {
    match dq {
        Disqualified::Reject => "the caller is turned away".to_owned(),
        Disqualified::Offer(offer) => format!("offer {offer} decides"),
        Disqualified::Buyer(pick) => format!("buyer {} by contract {}", pick.buyer, pick.contract),
        Disqualified::Recording(name) => format!("the recording {name} is played"),
    }
}

/// Writes columns as wide as their widest cell, separated by two spaces, without trailing spaces.
fn table<const N: usize>(out: &mut String, head: [&str; N], rows: &[[String; N]]) {
    let head = head.map(str::to_owned);
    let lines = || std::iter::once(&head).chain(rows);
    let mut widths = [0; N];
    for line in lines() {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for line in lines() {
        let mut text = String::new();
        for (width, cell) in widths.iter().zip(line) {
            let _: std::fmt::Result = write!(text, "{cell:<width$}  ");
        }
        out.push_str(text.trim_end());
        out.push('\n');
    }
}
