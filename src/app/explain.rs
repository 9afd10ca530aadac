//! `strowger route explain`: a decision without effect.

use std::sync::Arc;

use super::Fault;
use super::book;
use super::command::Route;
use crate::base::FieldName;
use crate::base::Fields;
use crate::base::Now;
use crate::base::Origin;
use crate::base::Phone;
use crate::book::Book;
use crate::config::Settings;
use crate::dispatch::Dispatch;
use crate::net::Clock;
use crate::quota::Memory;
use crate::routing;
use crate::routing::Inquiry;
use crate::routing::Snapshot;

pub(super) async fn run(settings: &Settings, command: Route) -> Result<(), Fault> {
    let Route::Explain { offer, channel, fields, source, at, book, json } = command;
    let (version, book) = match book {
        Some(file) => (0, book::read(settings, &file)?.1),
        None => book::in_force(settings).await?.ok_or_else(|| {
            Fault::of("there is no book: run `strowger book apply FILE`, or give --book FILE")
        })?,
    };
    let now = match at {
        Some(at) => {
            let wall = at.parse().map_err(|error| {
                Fault::of(format!("--at {at} is not a time (2026-11-20T15:00:00Z): {error}"))
            })?;
            Now { wall, ..Clock::system().now() }
        }
        None => Clock::system().now(),
    };
    let inquiry = inquiry(&book, &offer, &channel, source.as_deref(), &fields)?;
    let snapshot = Snapshot::compile(Arc::new(book), version);
    let dispatch = Dispatch::new(snapshot, Box::new(Memory::default()));
    let decision = dispatch.preview(&dispatch.snapshot(), &inquiry, now);
    if json {
        println!("{}", serde_json::to_string_pretty(&decision).map_err(Fault::of)?);
    } else {
        print!("{}", routing::explain(&decision));
    }
    Ok(())
}

fn inquiry(
    book: &Book,
    offer: &str,
    channel: &str,
    source: Option<&str>,
    given: &[String],
) -> Result<Inquiry, Fault> {
    let unknown = |what: &str, wrong: &str, known: Vec<&str>| {
        let hint = crate::base::suggest(wrong, known)
            .map_or(String::new(), |name| format!(" (did you mean `{name}`?)"));
        Fault::of(format!("{what} `{wrong}` is not in the book{hint}"))
    };
    let known = book.offers.iter().find(|known| known.id.as_str() == offer);
    let offers = || book.offers.iter().map(|offer| offer.id.as_str()).collect();
    let offer = known.ok_or_else(|| unknown("offer", offer, offers()))?.id.clone();
    let source = match source {
        None => None,
        Some(name) => {
            let known = book.sources.iter().find(|known| known.id.as_str() == name);
            let sources = || book.sources.iter().map(|source| source.id.as_str()).collect();
            Some(known.ok_or_else(|| unknown("source", name, sources()))?.id.clone())
        }
    };
    let channel = channel.parse().map_err(Fault::Sentence)?;
    let (mut fields, mut caller) = (Fields::default(), None);
    for pair in given {
        let (name, value) = pair
            .split_once('=')
            .ok_or_else(|| Fault::of(format!("--field {pair}: write it as name=value")))?;
        let name: FieldName = name.parse().map_err(Fault::Sentence)?;
        if name.as_str() == "phone" {
            let phone: Phone =
                value.parse().map_err(|error| Fault::of(format!("--field {pair}: {error}")))?;
            caller = Some(phone);
        }
        fields.set(name, value, Origin::Form);
    }
    Ok(Inquiry { offer, channel, source, caller, fields })
}
