//! Entries of a balance.

use super::count;
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
        ("sequence", count(), "Its place among all entries: later ones have higher numbers."),
        ("kind", word(["credit", "charge", "return"]), "What it is."),
        ("reference", text(), "The call that it is for; of a credit, its own id."),
        ("buyer", slug(), "Whose balance."),
        ("amount", refer::<Money>(), "What it adds: a charge is below zero."),
        ("note", text(), "Why, in words; may be empty."),
        ("made_by", text(), "Who made it."),
        ("made_at", moment(), "When."),
    ]), needs Money;
}
