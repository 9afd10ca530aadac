//! Schemas of the values in the documents.
//!
//! Their types are in pure rooms, which know nothing of OpenAPI. The form of their JSON is
//! therefore declared here, one line per field. `http/documents.rs` checks real answers against it.

/// Declares the schemas of types of other rooms: `Type => schema, needs Other, …;`. The types after
/// `needs` are those that the schema refers to.
macro_rules! schemas {
    ($($type:ty => $schema:expr $(, needs $($needed:ty),+)?;)+) => {$(
        impl utoipa::PartialSchema for $type {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                $schema
            }
        }

        impl utoipa::ToSchema for $type {
            fn schemas(
                schemas: &mut Vec<(
                    String,
                    utoipa::openapi::RefOr<utoipa::openapi::Schema>,
                )>,
            ) {
                $($(
                    schemas.push((
                        <$needed as utoipa::ToSchema>::name().into_owned(),
                        <$needed as utoipa::PartialSchema>::schema(),
                    ));
                    <$needed as utoipa::ToSchema>::schemas(schemas);
                )+)?
                let _ = schemas;
            }
        }
    )+};
}

#[cfg(test)]
pub(super) mod accord;
mod activity;
mod audit;
mod balance;
mod book;
mod call;
mod cost;
mod decision;
mod delivery;
mod entrance;
mod entry;
mod form_field;
mod keys;
mod lead;
mod statement;
mod report;
mod postback;
mod score;
mod token;

use utoipa::ToSchema;
use utoipa::openapi::ArrayBuilder;
use utoipa::openapi::KnownFormat;
use utoipa::openapi::ObjectBuilder;
use utoipa::openapi::OneOfBuilder;
use utoipa::openapi::Ref;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;
use utoipa::openapi::SchemaFormat;
use utoipa::openapi::schema::AdditionalProperties;
use utoipa::openapi::schema::SchemaType;
use utoipa::openapi::schema::Type;

use crate::base::Money;

pub(super) use book::BookDocument;
pub(super) use decision::DecisionDocument;
pub(super) use decision::ExplanationDocument;
pub(super) use entry::BuyerEntry;
pub(super) use entry::ContractEntry;
pub(super) use entry::Kind;
pub(super) use entry::NumberEntry;
pub(super) use entry::OfferEntry;
pub(super) use entry::PostbackEntry;
pub(super) use entry::SourceEntry;
pub(super) use entry::TrunkEntry;

/// Returns the schema of a text.
pub(super) fn text() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).into()
}

/// Returns the schema of a text that matches a regular expression.
pub(super) fn pattern(pattern: &str) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).into()
}

/// Returns the schema of the id of a call, an attempt or a decision: a UUID.
pub(super) fn event_id() -> RefOr<Schema> {
    let format = SchemaFormat::Custom("uuid".to_owned());
    ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
}

/// Returns the schema of the id of an entry of the book.
pub(super) fn slug() -> RefOr<Schema> {
    pattern("^[A-Za-z0-9._-]{1,64}$")
}

/// Returns the schema of a phone number (E.164).
pub(super) fn phone() -> RefOr<Schema> {
    pattern(r"^\+[1-9][0-9]{1,14}$")
}

/// Returns the schema of a time in UTC (RFC 3339).
pub(super) fn moment() -> RefOr<Schema> {
    let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
    ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
}

/// Returns the schema of a calendar day (RFC 3339 `full-date`).
pub(super) fn date() -> RefOr<Schema> {
    let format = SchemaFormat::KnownFormat(KnownFormat::Date);
    ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
}

/// Returns the schema of any number.
pub(super) fn number() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::Number).into()
}

/// Returns the schema of an integer from 0.
pub(super) fn count() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).into()
}

/// Returns the schema of an integer within bounds, both inclusive.
pub(super) fn whole(least: usize, most: usize) -> RefOr<Schema> {
    let number = ObjectBuilder::new().schema_type(Type::Integer);
    number.minimum(Some(least)).maximum(Some(most)).into()
}

/// Returns the schema of seconds with a fraction.
pub(super) fn seconds() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::Number).minimum(Some(0)).into()
}

/// Returns the schema of any value.
pub(super) fn any() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(SchemaType::AnyValue).into()
}

/// Returns the schema of a boolean.
pub(super) fn boolean() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::Boolean).into()
}

/// Returns the schema of a word that is one of these.
pub(super) fn word<'a>(words: impl IntoIterator<Item = &'a str>) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).into()
}

/// Returns the schema of a list.
pub(super) fn list(items: RefOr<Schema>) -> RefOr<Schema> {
    ArrayBuilder::new().items(items).into()
}

/// Returns the schema of a map from names to values.
pub(super) fn map(values: RefOr<Schema>) -> RefOr<Schema> {
    let values = AdditionalProperties::RefOr(values);
    ObjectBuilder::new().additional_properties(Some(values)).into()
}

/// Returns the schema, extended by `null`.
pub(super) fn nullable(schema: RefOr<Schema>) -> RefOr<Schema> {
    let null = ObjectBuilder::new().schema_type(SchemaType::Type(Type::Null));
    OneOfBuilder::new().item(null).item(schema).into()
}

/// Returns the schema of a value that fits exactly one of these schemas.
pub(super) fn one_of<const N: usize>(schemas: [RefOr<Schema>; N]) -> RefOr<Schema> {
    schemas.into_iter().fold(OneOfBuilder::new(), OneOfBuilder::item).into()
}

/// Returns a reference to the schema of another document.
pub(super) fn refer<T: ToSchema>() -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(T::name()))
}

/// A field of an object.
#[derive(Clone)]
pub(super) struct Field<'a> {
    name: &'a str,
    schema: RefOr<Schema>,
    /// Meaning; empty if the name is clear.
    about: &'a str,
}

/// Returns a field with its schema and meaning.
pub(super) fn field<'a>(name: &'a str, schema: RefOr<Schema>, about: &'a str) -> Field<'a> {
    Field { name, schema, about }
}

/// Returns the schema of an object with exactly these fields, all required.
pub(super) fn object(fields: &[Field<'_>]) -> RefOr<Schema> {
    closed(fields, &[])
}

/// Returns the schema of an object with exactly these fields, some required and some optional.
pub(super) fn closed(fields: &[Field<'_>], optional: &[Field<'_>]) -> RefOr<Schema> {
    let shut = AdditionalProperties::FreeForm(false);
    let object = ObjectBuilder::new().schema_type(Type::Object).additional_properties(Some(shut));
    let property = |object: ObjectBuilder, field: &Field<'_>| {
        object.property(field.name, described(field.schema.clone(), field.about))
    };
    let object =
        fields.iter().fold(object, |object, field| property(object, field).required(field.name));
    optional.iter().fold(object, property).into()
}

fn described(schema: RefOr<Schema>, about: &str) -> RefOr<Schema> {
    if about.is_empty() {
        return schema;
    }
    match schema {
        RefOr::Ref(mut reference) => {
            reference.description = about.to_owned();
            RefOr::Ref(reference)
        }
        RefOr::T(Schema::Object(mut object)) => {
            object.description = Some(about.to_owned());
            RefOr::T(Schema::Object(object))
        }
        RefOr::T(Schema::Array(mut array)) => {
            array.description = Some(about.to_owned());
            RefOr::T(Schema::Array(array))
        }
        RefOr::T(Schema::OneOf(mut one_of)) => {
            one_of.description = Some(about.to_owned());
            RefOr::T(Schema::OneOf(one_of))
        }
        other => other,
    }
}

schemas! {
    Money => object(&[
        field("amount", pattern(r"^-?[0-9]+(\.[0-9]{1,6})?$"), "Decimal; at most six places."),
        field("currency", pattern("^[A-Z]{3}$"), "ISO 4217."),
    ]);
}
