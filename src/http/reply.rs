//! Answers: status, schema and writing.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::ContentBuilder;
use utoipa::openapi::RefOr;
use utoipa::openapi::ResponseBuilder;
use utoipa::openapi::Schema;

use super::body::JSON;
use super::openapi::Sheet;

/// The answer of a route that succeeds.
pub(super) trait Reply: Send + 'static {
    /// Returns the description of each status.
    fn describe(sheet: &mut Sheet) -> Vec<(StatusCode, ResponseBuilder)>;

    /// Writes the answer.
    fn reply(self) -> Response;
}

/// 200 with a JSON document.
impl<T: Serialize + ToSchema + Send + 'static> Reply for Json<T> {
    fn describe(sheet: &mut Sheet) -> Vec<(StatusCode, ResponseBuilder)> {
        vec![(StatusCode::OK, content(JSON, sheet.refer::<T>()))]
    }

    fn reply(self) -> Response {
        self.into_response()
    }
}

/// A JSON document: 201 if the request created something, 200 if it already existed.
pub(super) enum Made<T> {
    /// Created by this request.
    Now(T),
    /// Created by an earlier, equal request.
    Before(T),
}

impl<T: Serialize + ToSchema + Send + 'static> Reply for Made<T> {
    fn describe(sheet: &mut Sheet) -> Vec<(StatusCode, ResponseBuilder)> {
        let made = content(JSON, sheet.refer::<T>()).description("It was created.");
        let before = content(JSON, sheet.refer::<T>()).description("It existed already.");
        vec![(StatusCode::CREATED, made), (StatusCode::OK, before)]
    }

    fn reply(self) -> Response {
        match self {
            Made::Now(document) => (StatusCode::CREATED, Json(document)).into_response(),
            Made::Before(document) => Json(document).into_response(),
        }
    }
}

/// Returns a response with content of one media type.
pub(super) fn content(media_type: &str, schema: RefOr<Schema>) -> ResponseBuilder {
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new().content(media_type, content)
}
