//! Tokens, without their secrets.

use super::moment;
use super::nullable;
use super::object;
use super::pattern;
use super::slug;
use super::text;
use super::word;
use crate::store::TokenDocument;

schemas! {
    TokenDocument => object(&[
        ("id", pattern("^tok_[0-9a-f]{12}$"), "Its id, which is no secret."),
        ("name", slug(), "Its name; of no other token that is not revoked."),
        (
            "role",
            word(["admin", "operator", "analyst", "buyer", "source"]),
            "What its holder may do.",
        ),
        ("buyer", nullable(slug()), "The buyer of the role `buyer`."),
        ("source", nullable(slug()), "The source of the role `source`."),
        ("state", word(["live", "expired", "revoked"]), "Whether it is good."),
        ("created_at", moment(), "When it was made."),
        ("created_by", text(), "Who made it; empty for tokens of older programs."),
        ("expires_at", nullable(moment()), "When it ends by itself."),
        ("revoked_at", nullable(moment()), "When it was revoked."),
        ("last_used_at", nullable(moment()), "When it was used last, to the hour."),
    ]);
}
