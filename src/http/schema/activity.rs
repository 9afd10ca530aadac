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
        field("number", count(), "Position in the log; later entries have higher numbers."),
        field("at", moment(), "Time of the request."),
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
                        "A token holder.",
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
            "Who made the request.",
        ),
        field("action", word(Verb::ALL.iter().map(|verb| verb.name())), "What was done."),
        field("kind", word(EntityKind::ALL.iter().map(|kind| kind.name())), "Kind of entity."),
        field("id", nullable(text()), "Its id."),
        field("via", text(), "The request or the command."),
        field("address", nullable(text()), "Client address of the request."),
        field("idempotency_key", nullable(text()), "The request's key."),
        field(
            "outcome",
            word(["done", "refused", "failed", "unknown"]),
            "`unknown`: in progress, or the program was killed before it finished.",
        ),
        field("status", nullable(whole(100, 599)), "HTTP status of the failed request."),
        field("reason", nullable(text()), "Reason for which it failed."),
        field("book_version", nullable(count()), "Version of the book that the change created."),
    ]);
}
