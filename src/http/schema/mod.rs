//! Schemas of the values that documents are made of.
//!
//! The types stand in pure rooms, which know nothing of OpenAPI. What their JSON looks like is
//! therefore written here, a line a field. `http/documents.rs` holds real answers against it.

/// Declares the schema of types of other rooms: `Type => schema, needs Other, …;`. What a schema
/// refers to is named after `needs`.
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
mod decision;
mod entry;
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
pub(super) use entry::BuyerEntry;
pub(super) use entry::ContractEntry;
pub(super) use entry::Kind;
pub(super) use entry::NumberEntry;
pub(super) use entry::OfferEntry;
pub(super) use entry::SourceEntry;
pub(super) use entry::TrunkEntry;

/// A text.
pub(super) fn text() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).into()
}

/// A text that a regular expression describes.
pub(super) fn pattern(pattern: &str) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).into()
}

/// The id of a call, an attempt or a decision: a UUID.
pub(super) fn event_id() -> RefOr<Schema> {
    let format = SchemaFormat::Custom("uuid".to_owned());
    ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
}

/// The id of an entry of the book.
pub(super) fn slug() -> RefOr<Schema> {
    pattern("^[A-Za-z0-9._-]{1,64}$")
}

/// A phone number (E.164).
pub(super) fn phone() -> RefOr<Schema> {
    pattern(r"^\+[1-9][0-9]{1,14}$")
}

/// A moment in UTC (RFC 3339).
pub(super) fn moment() -> RefOr<Schema> {
    let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
    ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
}

/// A whole number from 0.
pub(super) fn count() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).into()
}

/// A whole number within bounds, both included.
pub(super) fn whole(least: usize, most: usize) -> RefOr<Schema> {
    let number = ObjectBuilder::new().schema_type(Type::Integer);
    number.minimum(Some(least)).maximum(Some(most)).into()
}

/// Seconds, with their fraction.
pub(super) fn seconds() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::Number).minimum(Some(0)).into()
}

/// Anything.
pub(super) fn any() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(SchemaType::AnyValue).into()
}

/// True or false.
pub(super) fn boolean() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::Boolean).into()
}

/// One of these words.
pub(super) fn word<'a>(words: impl IntoIterator<Item = &'a str>) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).into()
}

/// A list.
pub(super) fn list(items: RefOr<Schema>) -> RefOr<Schema> {
    ArrayBuilder::new().items(items).into()
}

/// Values by name.
pub(super) fn map(values: RefOr<Schema>) -> RefOr<Schema> {
    let values = AdditionalProperties::RefOr(values);
    ObjectBuilder::new().additional_properties(Some(values)).into()
}

/// Or `null`.
pub(super) fn nullable(schema: RefOr<Schema>) -> RefOr<Schema> {
    let null = ObjectBuilder::new().schema_type(SchemaType::Type(Type::Null));
    OneOfBuilder::new().item(null).item(schema).into()
}

/// Exactly one of these.
pub(super) fn one_of<const N: usize>(schemas: [RefOr<Schema>; N]) -> RefOr<Schema> {
    schemas.into_iter().fold(OneOfBuilder::new(), OneOfBuilder::item).into()
}

/// A reference to the schema of another document.
pub(super) fn refer<T: ToSchema>() -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(T::name()))
}

/// A field of an object.
#[derive(Clone)]
pub(super) struct Field<'a> {
    name: &'a str,
    schema: RefOr<Schema>,
    /// What it means; empty where the name says it.
    about: &'a str,
}

/// Returns a field with its schema and what it means.
pub(super) fn field<'a>(name: &'a str, schema: RefOr<Schema>, about: &'a str) -> Field<'a> {
    Field { name, schema, about }
}

/// Returns an object whose fields are all there, and no other.
pub(super) fn object(fields: &[Field<'_>]) -> RefOr<Schema> {
    closed(fields, &[])
}

/// An object with fields that are all there, and others that may be missing.
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
