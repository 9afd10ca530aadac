//! A routing decision.

use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

use super::boolean;
use super::closed;
use super::count;
use super::event_id;
use super::field;
use super::list;
use super::map;
use super::moment;
use super::nullable;
use super::object;
use super::pattern;
use super::refer;
use super::slug;
use super::text;
use super::word;
use crate::base::Money;
use crate::base::Skip;

/// A routing decision as JSON: made now, or made again from what was stored.
#[derive(Serialize)]
#[serde(transparent)]
pub(in crate::http) struct DecisionDocument(pub(in crate::http) Value);

schemas! {
    DecisionDocument => closed(&[
        field("id", event_id(), "The decision."),
        field("offer", slug(), "The offer."),
        field("book_version", count(), "The version of the book; 0 of a drafted one."),
        field("picks", list(pick()), "All eligible contracts in the order of trying."),
        field("passed_over", list(passed_over()), "Every other contract of the offer, with a reason."),
        field("fields", map(known_field()), "What was known, and from where."),
        field("at", moment(), "When it was made."),
        field("seed", pattern("^[0-9a-f]{16}$"), "The seed of its random numbers."),
    ], &[
        field("ring", word(["sequential", "simultaneous"]), "How the picks are rung."),
        field("ring_width", count(), "How many ring together."),
        field("opens_at", moment(), "When the first contract opens that only its hours exclude."),
        field("parked_until", nullable(moment()), "Until when a form waits."),
        field("replayed", boolean(), "Whether a replay gave the very picks and reasons stored."),
    ]), needs Money;
}

fn pick() -> RefOr<Schema> {
    closed(
        &[field("contract", slug(), "")],
        &[
            field("tier", word(["primary", "secondary", "overflow", "fallback"]), ""),
            field("price", refer::<Money>(), ""),
            field("wave", count(), "The round of ringing."),
        ],
    )
}

fn passed_over() -> RefOr<Schema> {
    object(&[
        field("contract", slug(), ""),
        field("reason", word(Skip::ALL.iter().map(|skip| skip.code())), ""),
        field("detail", text(), "The reason in words, with the values that differ."),
    ])
}

fn known_field() -> RefOr<Schema> {
    let origins = ["ivr", "form", "caller", "phone", "zip", "state", "area_code"];
    object(&[field("value", text(), ""), field("from", word(origins), "")])
}
