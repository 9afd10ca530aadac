//! Findings of the book's audit.

use super::object;
use super::text;
use super::word;
use crate::audit::Finding;

schemas! {
    Finding => object(&[
        ("severity", word(["error", "warning", "hint"]), "How grave it is."),
        ("kind", text(), "What kind it is: a stable code."),
        ("subject", text(), "What it is about: `contract acme`, `offer solar`, `book`."),
        ("sentence", text(), "What is the matter."),
        ("remedy", text(), "What to do."),
    ]);
}
