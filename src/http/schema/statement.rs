//! Statements of buyers and sources.

use super::count;
use super::event_id;
use super::field;
use super::list;
use super::moment;
use super::nullable;
use super::object;
use super::pattern;
use super::phone;
use super::refer;
use super::slug;
use super::text;
use super::word;
use crate::base::Money;
use crate::billing::AccountKind;
use crate::statement::KindTotal;
use crate::statement::Line;
use crate::statement::Statement;

/// Meaning of the kinds.
const KINDS: &str = "`revenue` is to be invoiced; `revenue_prepaid` is paid by a `charge`.";

schemas! {
    AccountKind => word(AccountKind::ALL.map(AccountKind::name));
    KindTotal => object(&[
        field("kind", refer::<AccountKind>(), KINDS),
        field("count", count(), "Number of postings."),
        field("amount", refer::<Money>(), "Their sum."),
    ]), needs AccountKind, Money;
    Line => object(&[
        field("number", count(), "Number of the posting."),
        field("at", moment(), "Time of the posting."),
        field("kind", refer::<AccountKind>(), KINDS),
        field("call", nullable(event_id()), "The call; null for a payment."),
        field("dialled", nullable(phone()), "The number that was dialled."),
        field("caller", nullable(phone()), "The caller's number."),
        field("offer", nullable(slug()), "The offer that the call was routed for."),
        field("contract", nullable(slug()), "The contract; null for the token of a source."),
        field("cause", text(), "Id of the event that caused the posting."),
        field("note", text(), "Note; may be empty."),
        field("amount", refer::<Money>(), "Amount; a charge is negative."),
    ]), needs AccountKind, Money;
    Statement => object(&[
        field("of", word(["buyer", "source"]), "Whose account."),
        field("id", slug(), "Id of the buyer or the source."),
        field("since", moment(), "First instant of the period."),
        field("until", moment(), "First instant after the period."),
        field("zone", text(), "Time zone of dates."),
        field("opening", refer::<Money>(), "Balance at the beginning."),
        field("closing", refer::<Money>(), "Balance at the end."),
        field("due", refer::<Money>(), "Amount of the period to invoice or to pay."),
        field("totals", list(refer::<KindTotal>()), "Totals of the period, by kind."),
        field(
            "other_currencies",
            list(pattern("^[A-Z]{3}$")),
            "Other currencies of the account, each with statements of its own.",
        ),
        field("items", list(refer::<Line>()), "Every posting of the period, in order."),
    ]), needs KindTotal, Line, Money;
}
