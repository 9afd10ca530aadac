//! Keys of an entry of the book.

use utoipa::openapi::OneOfBuilder;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

use super::Field;
use super::closed;
use super::list;
use super::nullable;
use super::text;

/// Returns the schema of an object with required keys and keys that may be omitted.
pub(super) fn entry(needed: &[Field<'static>], optional: Vec<Field<'static>>) -> RefOr<Schema> {
    let nullable = |one: Field<'static>| Field { schema: nullable(one.schema), ..one };
    let optional: Vec<_> = optional.into_iter().map(nullable).collect();
    closed(needed, &optional)
}

/// Returns the schema of a text or a list of texts.
pub(super) fn one_or_many() -> RefOr<Schema> {
    OneOfBuilder::new().item(text()).item(list(text())).into()
}
