//! Tokens, without their secrets.

use super::field;
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
        field("id", pattern("^tok_[0-9a-f]{12}$"), "Its id, which is no secret."),
        field("name", slug(), "Its name; of no other token that is not revoked."),
        field(
            "role",
            word(["admin", "operator", "analyst", "buyer", "source"]),
            "What its holder may do.",
        ),
        field("buyer", nullable(slug()), "The buyer of the role `buyer`."),
        field("source", nullable(slug()), "The source of the role `source`."),
        field("state", word(["live", "expired", "revoked"]), "Whether it is good."),
        field("created_at", moment(), "When it was made."),
        field("created_by", text(), "Who made it; empty for tokens of older programs."),
        field("expires_at", nullable(moment()), "When it ends by itself."),
        field("revoked_at", nullable(moment()), "When it was revoked."),
        field("last_used_at", nullable(moment()), "When it was used last, to the hour."),
    ]);
}
