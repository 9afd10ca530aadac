//! Versions of the book, and the differences between two.

use serde::Serialize;
use serde_json::Value;

use super::BuyerEntry;
use super::ContractEntry;
use super::NumberEntry;
use super::OfferEntry;
use super::PostbackEntry;
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
        field(
            "trunk",
            nullable(list(refer::<TrunkEntry>())),
            "Trunks: SIP connections of carriers.",
        ),
        field("source", nullable(list(refer::<SourceEntry>())), "Sources."),
        field("buyer", nullable(list(refer::<BuyerEntry>())), "Buyers."),
        field("offer", nullable(list(refer::<OfferEntry>())), "Offers."),
        field(
            "contract",
            nullable(list(refer::<ContractEntry>())),
            "Contracts: one buyer's terms for one offer.",
        ),
        field("number", nullable(list(refer::<NumberEntry>())), "Tracking numbers."),
        field("postback", nullable(list(refer::<PostbackEntry>())), "Receivers of events."),
    ]), needs TrunkEntry, SourceEntry, BuyerEntry, OfferEntry, ContractEntry, NumberEntry,
        PostbackEntry;
    Edition => object(&[
        field("version", count(), "Number."),
        field("applied_by", text(), "Who applied it."),
        field("applied_at", moment(), "When."),
    ]);
    Change => closed(&[
        field(
            "noun",
            word(["trunk", "source", "buyer", "offer", "contract", "number"]),
            "Kind of entry.",
        ),
        field("id", text(), "Id of the entry."),
        field("change", word(["added", "removed", "changed", "listed"]), "Kind of change."),
    ], &[
        field("key", text(), "The key that differs, with dots: `caps.day`."),
        field("from", nullable(text()), "Previous value; null if it was not set."),
        field("to", nullable(text()), "New value; null if it is not set."),
        field("added", list(text()), "Items added to a long list."),
        field("removed", list(text()), "Items removed from a long list."),
    ]);
}
