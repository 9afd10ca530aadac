//! The schemas of the OpenAPI document, gathered while routes are described.

use std::collections::BTreeMap;

use utoipa::ToSchema;
use utoipa::openapi::Ref;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

/// The schemas that the document names.
#[derive(Default)]
pub(super) struct Sheet {
    pub(super) schemas: BTreeMap<String, RefOr<Schema>>,
}

impl Sheet {
    /// A reference to a type's schema, which becomes part of the document with all that it needs.
    pub(super) fn refer<T: ToSchema>(&mut self) -> RefOr<Schema> {
        let mut needed = Vec::new();
        T::schemas(&mut needed);
        self.schemas.extend(needed);
        match T::schema() {
            reference @ RefOr::Ref(_) => reference,
            RefOr::T(schema) => {
                self.schemas.insert(T::name().into_owned(), RefOr::T(schema));
                RefOr::Ref(Ref::from_schema_name(T::name()))
            }
        }
    }
}
