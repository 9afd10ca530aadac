//! Costs of traffic.

use super::count;
use super::date;
use super::field;
use super::moment;
use super::object;
use super::refer;
use super::slug;
use super::text;
use crate::base::Money;
use crate::store::Cost;

schemas! {
    Cost => object(&[
        field("number", count(), "Position among all costs; later entries have higher numbers."),
        field("id", text(), "Its id: the idempotency key of its request, or a random one."),
        field("source", slug(), "The source whose traffic cost the amount."),
        field("offer", slug(), "The offer that the traffic was for."),
        field("day", date(), "The calendar day that it belongs to."),
        field("amount", refer::<Money>(), "Amount; negative for a correction."),
        field("note", text(), "Note; may be empty."),
        field("made_by", text(), "Who entered it."),
        field("made_at", moment(), "When."),
    ]), needs Money;
}
