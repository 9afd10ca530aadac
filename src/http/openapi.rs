//! The schemas of the OpenAPI document, collected while routes are described.

use std::collections::BTreeMap;

use utoipa::ToSchema;
use utoipa::openapi::Ref;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

/// The schemas that the document refers to.
#[derive(Default)]
pub(super) struct Sheet {
    pub(super) schemas: BTreeMap<String, RefOr<Schema>>,
}

impl Sheet {
    /// Returns a reference to a type's schema and adds it to the document, with every schema that
    /// it refers to.
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
