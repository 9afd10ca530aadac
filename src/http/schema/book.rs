//! Versions of the book, and what differs between two.

use serde::Serialize;
use serde_json::Value;

use super::BuyerEntry;
use super::ContractEntry;
use super::NumberEntry;
use super::OfferEntry;
use super::SourceEntry;
use super::TrunkEntry;
use super::closed;
use super::count;
use super::list;
use super::moment;
use super::nullable;
use super::object;
use super::refer;
use super::text;
use super::word;
use crate::book::Change;
use crate::store::Edition;

/// A book as JSON.
#[derive(Serialize)]
#[serde(transparent)]
pub(in crate::http) struct BookDocument(pub(in crate::http) Value);

schemas! {
    BookDocument => closed(&[], &[
        ("trunk", list(refer::<TrunkEntry>()), "Carriers' SIP connections."),
        ("source", list(refer::<SourceEntry>()), "Who is paid for calls."),
        ("buyer", list(refer::<BuyerEntry>()), "Who pays for calls."),
        ("offer", list(refer::<OfferEntry>()), "What is sold."),
        ("contract", list(refer::<ContractEntry>()), "One buyer for one offer."),
        ("number", list(refer::<NumberEntry>()), "The numbers that are called."),
    ]), needs TrunkEntry, SourceEntry, BuyerEntry, OfferEntry, ContractEntry, NumberEntry;
    Edition => object(&[
        ("version", count(), "Its number."),
        ("applied_by", text(), "Who applied it."),
        ("applied_at", moment(), "When."),
    ]);
    Change => closed(&[
        (
            "noun",
            word(["trunk", "source", "buyer", "offer", "contract", "number"]),
            "Which list of the book.",
        ),
        ("id", text(), "Which entry of it."),
        ("change", word(["added", "removed", "changed", "listed"]), "What happens to it."),
    ], &[
        ("key", text(), "The key that differs, with dots: `caps.day`."),
        ("from", nullable(text()), "What it was; null when it was not set."),
        ("to", nullable(text()), "What it is; null when it is not set."),
        ("added", list(text()), "What came into a long list."),
        ("removed", list(text()), "What went from a long list."),
    ]);
}
