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
        field("sequence", count(), "Its place among all entries: later ones have higher numbers."),
        field("kind", word(["credit", "charge", "return"]), "What it is."),
        field("reference", text(), "The call that it is for; of a credit, its own id."),
        field("buyer", slug(), "Whose balance."),
        field("amount", refer::<Money>(), "What it adds: a charge is below zero."),
        field("note", text(), "Why, in words; may be empty."),
        field("made_by", text(), "Who made it."),
        field("made_at", moment(), "When."),
    ]), needs Money;
}
