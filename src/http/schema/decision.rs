//! A routing decision.

use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

use super::Field;
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
use crate::base::End;
use crate::base::Money;
use crate::base::Skip;
use crate::lead::check::FaultCode;

/// A routing decision as JSON: a new one, or one rebuilt from stored data.
#[derive(Serialize)]
#[serde(transparent)]
pub(in crate::http) struct DecisionDocument(pub(in crate::http) Value);

/// What would become of an inquiry, as JSON.
#[derive(Serialize)]
#[serde(transparent)]
pub(in crate::http) struct ExplanationDocument(pub(in crate::http) Value);

schemas! {
    DecisionDocument => closed(&decided(), &undecided()), needs Money;
    ExplanationDocument => closed(
        &decided().into_iter().chain([
            field(
                "refused",
                list(objection()),
                "Why it would end before any contract is looked at; empty if it would not.",
            ),
            field(
                "bids_unknown",
                list(slug()),
                "Contracts whose buyers would be asked for bids; `picks` has the prices of their \
                 contracts.",
            ),
            field(
                "owed",
                list(owed()),
                "What would be owed if those who are tried first bought it; without those whose \
                 bids are unknown.",
            ),
        ]).collect::<Vec<_>>(),
        &undecided(),
    ), needs Money;
}

fn decided() -> Vec<Field<'static>> {
    vec![
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
    ]
}

fn undecided() -> Vec<Field<'static>> {
    vec![
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
    ]
}

fn objection() -> RefOr<Schema> {
    closed(
        &[
            field("reason", word(End::ALL.iter().map(|end| end.code())), ""),
            field("field", text(), ""),
            field("detail", text(), "The reason as a sentence, without the value."),
        ],
        &[field("code", word(FaultCode::ALL.iter().map(|code| code.code())), "")],
    )
}

fn owed() -> RefOr<Schema> {
    object(&[
        field("contract", slug(), ""),
        field("price", refer::<Money>(), "What its buyer would owe."),
        field("payout", nullable(refer::<Money>()), "What the source would be owed."),
    ])
}

fn pick() -> RefOr<Schema> {
    closed(
        &[field("contract", slug(), "")],
        &[
            field("tier", word(["primary", "secondary", "overflow", "fallback"]), ""),
            field("price", refer::<Money>(), ""),
            field("wave", count(), "Wave, from 1; buyers of one wave ring together."),
            field(
                "same_buyer",
                moment(),
                "When this contract had the person before, if it comes first for that.",
            ),
            field(
                "not_billed",
                moment(),
                "When the person was sold before, if nothing is owed for that.",
            ),
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
