//! Request bodies: media type, schema and reading.

use axum::Json;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;
use utoipa::openapi::ContentBuilder;
use utoipa::openapi::Required;
use utoipa::openapi::request_body::RequestBody;
use utoipa::openapi::request_body::RequestBodyBuilder;

use super::body_faults;
use super::openapi::Sheet;
use super::problem::Problem;

/// The body that a route reads.
pub(super) trait Body: Sized + Send + 'static {
    /// Returns the documentation; `None` if the route takes no body.
    fn describe(sheet: &mut Sheet) -> Option<RequestBody>;

    /// Reads a whole body. Fails with 415 for a wrong media type and with 400 for an unreadable
    /// body.
    fn read(headers: &HeaderMap, bytes: Bytes) -> Result<Self, Problem>;
}

/// No body. A body of even one byte is rejected.
impl Body for () {
    fn describe(_: &mut Sheet) -> Option<RequestBody> {
        None
    }

    fn read(_: &HeaderMap, _: Bytes) -> Result<Self, Problem> {
        Ok(())
    }
}

/// A JSON document. A body without a media type is read as JSON.
impl<T: DeserializeOwned + ToSchema + Send + 'static> Body for Json<T> {
    fn describe(sheet: &mut Sheet) -> Option<RequestBody> {
        Some(one_of(&[(JSON, sheet.refer::<T>())]))
    }

    fn read(headers: &HeaderMap, bytes: Bytes) -> Result<Self, Problem> {
        match media_type(headers) {
            None => {}
            Some(sent) if is_json(&sent) => {}
            Some(_) => return Err(Problem::MediaType(&[JSON])),
        }
        let read = serde_json::from_slice(&bytes);
        read.map(Json).map_err(|error| Problem::Unreadable(invalid::<T>(&bytes, &error)))
    }
}

/// Returns every fault that the schema finds in a body. If it finds none, returns the
/// deserializer's first fault.
fn invalid<T: ToSchema>(bytes: &[u8], error: &serde_json::Error) -> String {
    let body = serde_json::from_slice(bytes);
    let faults = body.map(|body| body_faults::faults::<T>(&body)).unwrap_or_default();
    match faults.len() {
        0 | 1 => format!("Invalid body: {error}."),
        _ => format!("Invalid body: {}.", faults.join("; ")),
    }
}

/// The media type of JSON.
pub(super) const JSON: &str = "application/json";

/// Returns a required body in one of several media types, each with its schema.
pub(super) fn one_of(
    types: &[(&str, utoipa::openapi::RefOr<utoipa::openapi::Schema>)],
) -> RequestBody {
    let body = RequestBodyBuilder::new().required(Some(Required::True));
    let body = types.iter().fold(body, |body, (name, schema)| {
        body.content(*name, ContentBuilder::new().schema(Some(schema.clone())).build())
    });
    body.build()
}

/// Returns the media type of the body in lower case without parameters, if the request names one.
pub(super) fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = String::from_utf8_lossy(headers.get(CONTENT_TYPE)?.as_bytes()).into_owned();
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

/// Returns whether a media type is JSON (RFC 6839 §3.1).
pub(super) fn is_json(media_type: &str) -> bool {
    media_type == JSON || media_type.ends_with("+json")
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "no body of this test is accepted")]
    struct Sample {
        name: String,
        count: u8,
    }

    #[test]
    fn a_body_is_rejected_with_all_its_faults() {
        for (body, expected) in [
            (
                r#"{"name": 1, "extra": 2}"#,
                "missing field `count`; unknown field `extra`; invalid \
                value for `name`: expected a string.",
            ),
            (r#"{"name": "x"}"#, "missing field `count` at line 1 column 13."),
            (r#"{"name": "x""#, "EOF while parsing an object at line 1 column 12."),
        ] {
            let read = Json::<Sample>::read(&HeaderMap::new(), Bytes::from(body));
            let Err(Problem::Unreadable(detail)) = read else { panic!("{body}") };
            assert_eq!(detail, format!("Invalid body: {expected}"));
        }
    }
}
