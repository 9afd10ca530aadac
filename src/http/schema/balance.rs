//! Entries of a balance.

use super::count;
use super::field;
use super::moment;
use super::object;
use super::refer;
use super::slug;
use super::text;
use super::word;
use crate::base::Money;
use crate::store::BalanceEntry;

schemas! {
    BalanceEntry => object(&[
        field(
            "sequence",
            count(),
            "Position among all entries; later entries have higher numbers.",
        ),
        field("kind", word(["credit", "charge", "return"]), "Kind of entry."),
        field("reference", text(), "Id of the call; for a credit, its own id."),
        field("buyer", slug(), "The buyer."),
        field("amount", refer::<Money>(), "Amount; a charge is negative."),
        field("note", text(), "Note; may be empty."),
        field("made_by", text(), "Who entered it."),
        field("made_at", moment(), "When."),
    ]), needs Money;
}
