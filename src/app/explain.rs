//! `strowger route explain`: decides without side effects.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::Fault;
use super::book;
use super::command::Route;
use super::live_book;
use super::open_store;
use super::out;
use super::out::out;
use crate::base::ContractId;
use crate::base::Now;
use crate::base::Wall;
use crate::base::suggest;
use crate::book::Book;
use crate::book::Channel;
use crate::book::Number;
use crate::config::Settings;
use crate::dispatch::Dispatch;
use crate::dispatch::restore;
use crate::intake::Explained;
use crate::intake::Objection;
use crate::intake::Owed;
use crate::intake::Unexplained;
use crate::intake::explain;
use crate::net::Clock;
use crate::quota::Quota;
use crate::routing;
use crate::routing::Question;
use crate::routing::Snapshot;

pub(super) async fn run(settings: &Settings, command: Route) -> Result<(), Fault> {
    let Route::Explain { offer, number, channel, fields, source, at, zone, book, json } = command;
    let (version, book) = match book {
        Some(file) => (0, book::read(settings, &file)?.1),
        None => live_book::needed(settings).await?,
    };
    let (offer, source) = match number {
        Some(number) => {
            let number = dialled(&book, &number)?;
            (number.offer.to_string(), Some(number.source.to_string()))
        }
        None => (offer.unwrap_or_default(), source),
    };
    let now = moment(&book, &offer, at.as_deref(), zone.as_deref())?;
    let fields = fields.iter().map(|given| pair(given)).collect::<Result<_, _>>()?;
    let question = Question { offer, channel, source, fields };
    let snapshot = Snapshot::compile(Arc::new(book), version);
    let dispatch = Dispatch::new(snapshot, Quota::memory());
    let store = open_store(settings)?;
    restore(store.as_ref(), &dispatch, now.wall).await.map_err(Fault::of)?;
    let snapshot = dispatch.snapshot();
    let explained = explain(store.as_ref(), &dispatch, &snapshot, question, now).await;
    let explained = explained.map_err(|error| match error {
        Unexplained::Question(sentence) => Fault::Sentence(sentence),
        Unexplained::Store(error) => Fault::of(error),
    })?;
    note_refused(&explained);
    if json {
        out!("{}", serde_json::to_string_pretty(&explained).map_err(Fault::of)?);
    } else {
        out::print(format_args!("{}", routing::explain(&explained.decision)));
        print_owed(&explained);
    }
    Ok(())
}

/// Says beside the decision why such an inquiry never gets one.
fn note_refused(explained: &Explained) {
    let what = match explained.decision.channel() {
        Channel::Call => "call",
        Channel::Form => "lead",
    };
    for Objection { reason, code, detail, field: _ } in &explained.refused {
        let code = code.map_or(String::new(), |code| format!(" ({})", code.code()));
        let reason = reason.code();
        eprintln!(
            "note: {detail}{code}: such a {what} ends with the reason {reason} before any contract \
             is looked at"
        );
    }
}

/// Prints what is owed if the first ones buy, and whose bids are unknown.
fn print_owed(explained: &Explained) {
    for Owed { contract, price, payout } in &explained.owed {
        let payout = payout.map_or("nothing".to_owned(), |payout| payout.to_string());
        out!("If {contract} buys, its buyer owes {price}, and the source is owed {payout}.");
    }
    if !explained.bids_unknown.is_empty() {
        let asked: Vec<&str> = explained.bids_unknown.iter().map(ContractId::as_str).collect();
        let asked = asked.join(", ");
        out!("Bids are unknown: {asked} would be asked, and may bid other prices than the above.");
    }
}

/// Returns the number of the book that a text names.
fn dialled<'b>(book: &'b Book, text: &str) -> Result<&'b Number, Fault> {
    book.dialled(text, None).ok_or_else(|| {
        let known = book.numbers.iter().map(|number| number.number.e164());
        let hint =
            suggest(text, known).map_or(String::new(), |name| format!(": did you mean {name}?"));
        Fault::of(format!("--number {text}: the book has no such number{hint}"))
    })
}

/// Returns the time of a decision: now, an RFC 3339 time, or a local time in `zone` or else the zone
/// that all buyers of the offer share. In a gap the time is the one after it, in a fold the first.
fn moment(book: &Book, offer: &str, at: Option<&str>, zone: Option<&str>) -> Result<Now, Fault> {
    let Some(local) = at.and_then(|at| at.replace(' ', "T").parse::<DateTime>().ok()) else {
        return instant(at);
    };
    if at.is_some_and(|at| at.parse::<Wall>().is_ok()) {
        return instant(at);
    }
    let zone = match zone {
        Some(name) => TimeZone::get(name).map_err(|_| {
            Fault::of(format!("--zone {name}: not a time zone, like America/Denver"))
        })?,
        None => shared_zone(book, offer)?,
    };
    let zoned = zone.to_zoned(local).map_err(Fault::of)?;
    Ok(Now { wall: Wall::from_micros(zoned.timestamp().as_microsecond()), ..Clock::system().now() })
}

/// Returns the zone of the buyers of an offer.
fn shared_zone(book: &Book, offer: &str) -> Result<TimeZone, Fault> {
    let contracts = book.contracts.iter().filter(|contract| contract.offer.as_str() == offer);
    let buyers = contracts.filter_map(|contract| book.buyer(&contract.buyer));
    let zones: BTreeMap<&str, &TimeZone> = buyers
        .map(|buyer| (buyer.timezone.iana_name().unwrap_or("UTC"), &buyer.timezone))
        .collect();
    match zones.iter().next() {
        Some((_, zone)) if zones.len() == 1 => Ok((*zone).clone()),
        Some(_) => {
            let names: Vec<&str> = zones.keys().copied().collect();
            let names = names.join(", ");
            Err(Fault::of(format!(
                "--at is a local time, and the buyers of offer {offer} are in several zones \
                 ({names}): give one by --zone"
            )))
        }
        None => Err(Fault::of(format!(
            "--at is a local time, and offer {offer} has no buyers: give a zone by --zone"
        ))),
    }
}

/// Returns the time of `--at`, else the current time.
pub(super) fn instant(at: Option<&str>) -> Result<Now, Fault> {
    let now = Clock::system().now();
    let Some(at) = at else { return Ok(now) };
    let wall = at.parse().map_err(|error| {
        Fault::of(format!("--at {at} is not a time (2026-11-20T15:00:00Z): {error}"))
    })?;
    Ok(Now { wall, ..now })
}

/// Splits a `--field` into name and value.
pub(super) fn pair(given: &str) -> Result<(String, String), Fault> {
    let (name, value) = given
        .split_once('=')
        .ok_or_else(|| Fault::of(format!("--field {given}: write it as name=value")))?;
    Ok((name.to_owned(), value.to_owned()))
}
