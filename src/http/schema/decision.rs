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

/// A routing decision as JSON: a new one, or one rebuilt from stored data.
#[derive(Serialize)]
#[serde(transparent)]
pub(in crate::http) struct DecisionDocument(pub(in crate::http) Value);

schemas! {
    DecisionDocument => closed(&[
        field("id", event_id(), "The decision."),
        field("offer", slug(), "The offer."),
        field("book_version", count(), "Version of the book; 0 for a draft."),
        field("picks", list(pick()), "All eligible contracts, in dialling order."),
        field(
            "passed_over",
            list(passed_over()),
            "Every other contract of the offer, with a reason.",
        ),
        field("fields", map(known_field()), "Known fields, with their origin."),
        field("at", moment(), "When it was made."),
        field("seed", pattern("^[0-9a-f]{16}$"), "Seed of its random numbers."),
    ], &[
        field(
            "ring",
            word(["sequential", "simultaneous"]),
            "Ring mode: one after another, or in waves.",
        ),
        field("ring_width", count(), "Number of buyers that ring together."),
        field(
            "opens_at",
            moment(),
            "Earliest opening time of a contract that only its hours exclude.",
        ),
        field("parked_until", nullable(moment()), "Time until which a form lead is parked."),
        field("replayed", boolean(), "True if a replay gives the stored picks and reasons."),
    ]), needs Money;
}

fn pick() -> RefOr<Schema> {
    closed(
        &[field("contract", slug(), "")],
        &[
            field("tier", word(["primary", "secondary", "overflow", "fallback"]), ""),
            field("price", refer::<Money>(), ""),
            field("wave", count(), "Wave, from 1; buyers of one wave ring together."),
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
    let origins =
        ["ivr", "form", "caller", "phone", "zip", "state", "area_code", "history", "score"];
    object(&[field("value", text(), ""), field("from", word(origins), "")])
}
