//! Faults as problem documents (RFC 9457).

use axum::extract::rejection::BytesRejection;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::http::header::RETRY_AFTER;
use axum::http::header::WWW_AUTHENTICATE;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;

use crate::journal::JournalError;
use crate::journal::RecallError;
use crate::store::StoreError;

/// Every fault that a request can meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    /// Something in the request cannot be read; the text says what, and what would be right.
    Unreadable(String),
    /// No token, or one that is not known.
    Unauthorized,
    /// The token's role may not do this.
    Forbidden(&'static str),
    /// A webhook whose carrier did not sign it.
    Forged,
    /// No such route.
    NoRoute,
    /// No such thing.
    NotFound(&'static str),
    /// The route does not take this method.
    Method,
    /// It contradicts what is there; the text says what.
    Conflict(String),
    /// A book with faults: each as a JSON object.
    Refused(Vec<Value>),
    /// The body is larger than is read.
    TooLarge,
    /// It took too long, or the database is locked: trying again may help.
    Unavailable,
    /// A fault of ours. The log says which; the client is not told.
    Internal,
}

/// When to try again after [`Problem::Unavailable`], in seconds.
const RETRY_AFTER_SECONDS: &str = "5";

#[derive(Serialize)]
struct Document<'a> {
    r#type: &'a str,
    title: &'a str,
    status: u16,
    reason: &'a str,
    detail: &'a str,
    #[serde(skip_serializing_if = "<[Value]>::is_empty")]
    faults: &'a [Value],
}

impl Problem {
    fn status(&self) -> StatusCode {
        match self {
            Problem::Unreadable(_) => StatusCode::BAD_REQUEST,
            Problem::Unauthorized => StatusCode::UNAUTHORIZED,
            Problem::Forbidden(_) | Problem::Forged => StatusCode::FORBIDDEN,
            Problem::NoRoute | Problem::NotFound(_) => StatusCode::NOT_FOUND,
            Problem::Method => StatusCode::METHOD_NOT_ALLOWED,
            Problem::Conflict(_) => StatusCode::CONFLICT,
            Problem::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Problem::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Problem::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Problem::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Problem::Unreadable(_) => "unreadable",
            Problem::Unauthorized => "unauthorized",
            Problem::Forbidden(_) => "forbidden",
            Problem::Forged => "forged",
            Problem::NoRoute => "no_route",
            Problem::NotFound(_) => "not_found",
            Problem::Method => "method_not_allowed",
            Problem::Conflict(_) => "conflict",
            Problem::Refused(_) => "refused",
            Problem::TooLarge => "too_large",
            Problem::Unavailable => "unavailable",
            Problem::Internal => "internal",
        }
    }

    fn faults(&self) -> &[Value] {
        match self {
            Problem::Refused(faults) => faults,
            Problem::Unreadable(_)
            | Problem::Unauthorized
            | Problem::Forbidden(_)
            | Problem::Forged
            | Problem::NoRoute
            | Problem::NotFound(_)
            | Problem::Method
            | Problem::Conflict(_)
            | Problem::TooLarge
            | Problem::Unavailable
            | Problem::Internal => &[],
        }
    }

    /// Of a body that could not be read.
    pub(super) fn of_body(error: &BytesRejection) -> Self {
        match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::TooLarge,
            _ => Problem::Unreadable("The body cannot be read.".to_owned()),
        }
    }

    fn detail(&self) -> String {
        match self {
            Problem::Unreadable(what) | Problem::Conflict(what) => what.clone(),
            Problem::Unauthorized => {
                "Send a token: `Authorization: Bearer …`. `strowger token create` makes one.".into()
            }
            Problem::Forbidden(role) => format!("The role `{role}` may not do this."),
            Problem::Forged => "The request is not signed by the carrier.".into(),
            Problem::NoRoute => "There is nothing at this path.".into(),
            Problem::NotFound(what) => format!("There is no such {what}."),
            Problem::Method => "This path does not take this method.".into(),
            Problem::Refused(faults) => {
                let count = faults.len();
                let faults = if count == 1 { "fault" } else { "faults" };
                format!("The book has {count} {faults}; nothing was applied.")
            }
            Problem::TooLarge => "The request's body is too large.".into(),
            Problem::Unavailable => "It took too long. Try again.".into(),
            Problem::Internal => "The log of the program says more.".into(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let document = Document {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            reason: self.reason(),
            detail: &self.detail(),
            faults: self.faults(),
        };
        let body = serde_json::to_string(&document).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        match self {
            Problem::Unauthorized => {
                let scheme = HeaderValue::from_static("Bearer realm=\"strowger\"");
                headers.insert(WWW_AUTHENTICATE, scheme);
            }
            Problem::Unavailable => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
            }
            Problem::Unreadable(_)
            | Problem::Forbidden(_)
            | Problem::Forged
            | Problem::NoRoute
            | Problem::NotFound(_)
            | Problem::Method
            | Problem::Conflict(_)
            | Problem::Refused(_)
            | Problem::TooLarge
            | Problem::Internal => {}
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "a request could not be answered");
        match error {
            StoreError::Busy | StoreError::Closed | StoreError::Abandoned => Problem::Unavailable,
            StoreError::Url(_)
            | StoreError::Directory { .. }
            | StoreError::File { .. }
            | StoreError::NotSqlite(_)
            | StoreError::NoWal { .. }
            | StoreError::Newer { .. }
            | StoreError::Claimed(_)
            | StoreError::Full
            | StoreError::Unreadable { .. }
            | StoreError::WrongState
            | StoreError::TooLarge(_)
            | StoreError::Panicked
            | StoreError::Sql(_) => Problem::Internal,
        }
    }
}

impl From<RecallError> for Problem {
    fn from(error: RecallError) -> Self {
        match error {
            RecallError::Store(error) => error.into(),
            RecallError::Journal(error) => {
                tracing::error!(%error, "a request could not be answered");
                match error {
                    JournalError::Closed => Problem::Unavailable,
                    JournalError::Directory { .. }
                    | JournalError::File { .. }
                    | JournalError::NotAJournal { .. }
                    | JournalError::InUse(_)
                    | JournalError::NoWal { .. }
                    | JournalError::Full
                    | JournalError::Unencodable(_)
                    | JournalError::Sql(_) => Problem::Internal,
                }
            }
        }
    }
}
