//! Entries of the activity log.

use super::closed;
use super::count;
use super::field;
use super::moment;
use super::nullable;
use super::object;
use super::one_of;
use super::pattern;
use super::slug;
use super::text;
use super::whole;
use super::word;
use crate::store::Activity;
use crate::store::EntityKind;
use crate::store::Verb;

schemas! {
    Activity => object(&[
        field("number", count(), "Its place in the log: later ones have higher numbers."),
        field("at", moment(), "When it was asked for."),
        field(
            "by",
            one_of([
                closed(
                    &[field(
                        "token",
                        object(&[
                            field("id", pattern("^tok_[0-9a-f]{12}$"), "The token's id."),
                            field("name", slug(), "Its name at that time."),
                        ]),
                        "The holder of a token.",
                    )],
                    &[],
                ),
                closed(
                    &[field(
                        "user",
                        object(&[field("name", text(), "The user's name.")]),
                        "A user of the operating system, at the command line.",
                    )],
                    &[],
                ),
            ]),
            "Who asked for it.",
        ),
        field("action", word(Verb::ALL.iter().map(|verb| verb.name())), "What is done."),
        field("kind", word(EntityKind::ALL.iter().map(|kind| kind.name())), "To what kind of thing."),
        field("id", nullable(text()), "Its id."),
        field("via", text(), "The request or the command."),
        field("address", nullable(text()), "Where the request came from."),
        field("idempotency_key", nullable(text()), "The request's key."),
        field(
            "outcome",
            word(["done", "refused", "failed", "unknown"]),
            "`unknown`: under way, or the program was killed at it.",
        ),
        field("status", nullable(whole(100, 599)), "The HTTP status of what was not done."),
        field("reason", nullable(text()), "Why it was not done."),
        field("book_version", nullable(count()), "The version of the book that it made."),
    ]);
}
