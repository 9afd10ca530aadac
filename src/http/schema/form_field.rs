//! The form fields of an offer.

use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

use super::any;
use super::boolean;
use super::field;
use super::keys::entry;
use super::keys::one_or_many;
use super::list;
use super::text;
use super::whole;
use super::word;
use crate::book::FormKind;

/// Returns the schema of a form field.
pub(super) fn form_field() -> RefOr<Schema> {
    entry(
        &[
            field("name", text(), "Name of the field."),
            field("type", word(FormKind::NAMES.iter().copied()), "What its values are."),
        ],
        vec![
            field("also", one_or_many(), "Other names under which sources send it."),
            field("required", boolean(), "True: a lead without it is rejected."),
            field("min", any(), "Least number, date, or age."),
            field("max", any(), "Largest number, date, or age."),
            field("in", list(text()), "The choices."),
            field("regex", text(), "Pattern that a text matches."),
            field("max_age", text(), "Of a consent: how long ago it may be, such as `30d`."),
            field("length", list(whole(0, 512)), "Least and largest number of characters."),
        ],
    )
}
