//! Findings of the book's audit.

use super::field;
use super::object;
use super::text;
use super::word;
use crate::audit::Finding;

schemas! {
    Finding => object(&[
        field("severity", word(["error", "warning", "hint"]), "How grave it is."),
        field("kind", text(), "What kind it is: a stable code."),
        field("subject", text(), "What it is about: `contract acme`, `offer solar`, `book`."),
        field("sentence", text(), "What is the matter."),
        field("remedy", text(), "What to do."),
    ]);
}
