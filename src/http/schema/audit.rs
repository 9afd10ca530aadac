//! Findings of the book's audit.

use super::field;
use super::object;
use super::text;
use super::word;
use crate::audit::Finding;

schemas! {
    Finding => object(&[
        field("severity", word(["error", "warning", "hint"]), "Severity."),
        field("kind", text(), "Kind: a stable code."),
        field("subject", text(), "Subject: `contract acme`, `offer solar`, `book`."),
        field("sentence", text(), "What is wrong."),
        field("remedy", text(), "Remedy."),
    ]);
}
