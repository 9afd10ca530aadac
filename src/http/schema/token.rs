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
        field("name", slug(), "Name; unique among tokens that are not revoked."),
        field(
            "role",
            word(["admin", "operator", "analyst", "buyer", "source"]),
            "Role of its holder.",
        ),
        field("buyer", nullable(slug()), "The buyer of the role `buyer`."),
        field("source", nullable(slug()), "The source of the role `source`."),
        field(
            "state",
            word(["live", "expired", "revoked"]),
            "Whether the token is live, expired, or revoked.",
        ),
        field("created_at", moment(), "When it was made."),
        field("created_by", text(), "Who created it; empty for tokens created by older versions."),
        field("expires_at", nullable(moment()), "Time at which it expires."),
        field("revoked_at", nullable(moment()), "When it was revoked."),
        field("last_used_at", nullable(moment()), "Time of last use, to the hour."),
    ]);
}
