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
use super::field;
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
        field("trunk", nullable(list(refer::<TrunkEntry>())), "Carriers' SIP connections."),
        field("source", nullable(list(refer::<SourceEntry>())), "Who is paid for calls."),
        field("buyer", nullable(list(refer::<BuyerEntry>())), "Who pays for calls."),
        field("offer", nullable(list(refer::<OfferEntry>())), "What is sold."),
        field("contract", nullable(list(refer::<ContractEntry>())), "One buyer for one offer."),
        field("number", nullable(list(refer::<NumberEntry>())), "The numbers that are called."),
    ]), needs TrunkEntry, SourceEntry, BuyerEntry, OfferEntry, ContractEntry, NumberEntry;
    Edition => object(&[
        field("version", count(), "Its number."),
        field("applied_by", text(), "Who applied it."),
        field("applied_at", moment(), "When."),
    ]);
    Change => closed(&[
        field(
            "noun",
            word(["trunk", "source", "buyer", "offer", "contract", "number"]),
            "Which list of the book.",
        ),
        field("id", text(), "Which entry of it."),
        field("change", word(["added", "removed", "changed", "listed"]), "What happens to it."),
    ], &[
        field("key", text(), "The key that differs, with dots: `caps.day`."),
        field("from", nullable(text()), "What it was; null when it was not set."),
        field("to", nullable(text()), "What it is; null when it is not set."),
        field("added", list(text()), "What came into a long list."),
        field("removed", list(text()), "What went from a long list."),
    ]);
}
