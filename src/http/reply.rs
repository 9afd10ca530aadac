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
use super::problem::Problem;
use crate::call::Sight;
use crate::call::mask;

/// The answer of a route that succeeds.
pub(super) trait Reply: Send + 'static {
    /// Returns the description of each status.
    fn describe(sheet: &mut Sheet) -> Vec<(StatusCode, ResponseBuilder)>;

    /// Writes the answer.
    fn reply(self) -> Response;

    /// Writes the answer for a reader who may not see what tells of a caller. Answers that tell of
    /// none are the same for everyone.
    fn masked(self) -> Response
    where
        Self: Sized,
    {
        self.reply()
    }

    /// Writes the answer for a reader.
    fn shown(self, sight: Sight) -> Response
    where
        Self: Sized,
    {
        match sight {
            Sight::Whole => self.reply(),
            Sight::Masked => self.masked(),
        }
    }
}

/// 200 with a JSON document.
impl<T: Serialize + ToSchema + Send + 'static> Reply for Json<T> {
    fn describe(sheet: &mut Sheet) -> Vec<(StatusCode, ResponseBuilder)> {
        vec![(StatusCode::OK, content(JSON, sheet.refer::<T>()))]
    }

    fn reply(self) -> Response {
        self.into_response()
    }

    fn masked(self) -> Response {
        match serde_json::to_value(self.0) {
            Ok(mut document) => {
                mask(&mut document);
                Json(document).into_response()
            }
            Err(error) => {
                tracing::error!(%error, "HTTP request failed");
                Problem::Internal.into_response()
            }
        }
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
