//! The other calls and leads of a person, recognized by the phone number, beside one of them.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::PartialSchema;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

use super::Site;
use super::problem::Problem;
use crate::base::InquiryId;
use crate::base::Phone;
use crate::call::Scope;
use crate::store::SamePerson;

/// A call or lead, and for staff the others of the same phone number.
#[derive(Serialize)]
pub(super) struct WithOthers<T> {
    #[serde(flatten)]
    shown: T,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    same_person: Vec<SamePerson>,
}

impl<T> WithOthers<T> {
    /// Adds the others. Buyers and sources see none, because they may not be theirs.
    pub(super) async fn find(
        site: &Site,
        scope: &Scope,
        (id, phone): (InquiryId, Option<Phone>),
        shown: T,
    ) -> Result<Self, Problem> {
        let same_person = match (scope, phone) {
            (Scope::All, Some(phone)) => site.store.same_person(phone, id).await?,
            (Scope::All, None) | (Scope::Buyer(_) | Scope::Source(_), _) => Vec::new(),
        };
        Ok(Self { shown, same_person })
    }
}

/// The schemas of calls and leads have the key.
impl<T: ToSchema> PartialSchema for WithOthers<T> {
    fn schema() -> RefOr<Schema> {
        T::schema()
    }
}

impl<T: ToSchema> ToSchema for WithOthers<T> {
    fn name() -> Cow<'static, str> {
        T::name()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
    }
}
