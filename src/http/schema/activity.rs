//! Entries of the activity log.

use super::closed;
use super::count;
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
        ("number", count(), "Its place in the log: later ones have higher numbers."),
        ("at", moment(), "When it was asked for."),
        (
            "by",
            one_of([
                closed(
                    &[(
                        "token",
                        object(&[
                            ("id", pattern("^tok_[0-9a-f]{12}$"), "The token's id."),
                            ("name", slug(), "Its name at that time."),
                        ]),
                        "The holder of a token.",
                    )],
                    &[],
                ),
                closed(
                    &[(
                        "user",
                        object(&[("name", text(), "The user's name.")]),
                        "A user of the operating system, at the command line.",
                    )],
                    &[],
                ),
            ]),
            "Who asked for it.",
        ),
        ("action", word(Verb::ALL.iter().map(|verb| verb.name())), "What is done."),
        ("kind", word(EntityKind::ALL.iter().map(|kind| kind.name())), "To what kind of thing."),
        ("id", nullable(text()), "Its id."),
        ("via", text(), "The request or the command."),
        ("address", nullable(text()), "Where the request came from."),
        ("idempotency_key", nullable(text()), "The request's key."),
        (
            "outcome",
            word(["done", "refused", "failed", "unknown"]),
            "`unknown`: under way, or the program was killed at it.",
        ),
        ("status", nullable(whole(100, 599)), "The HTTP status of what was not done."),
        ("reason", nullable(text()), "Why it was not done."),
        ("book_version", nullable(count()), "The version of the book that it made."),
    ]);
}
