//! Errors as problem documents (RFC 9457).

use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header::ALLOW;
use axum::http::header::CONTENT_TYPE;
use axum::http::header::ETAG;
use axum::http::header::RETRY_AFTER;
use axum::http::header::WWW_AUTHENTICATE;
use axum::response::IntoResponse;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::fault::Fault;
use super::tag::Tag;
use crate::base::End;
use crate::base::LeadId;
use crate::book::Change;
use crate::book::EntryName;
use crate::book::LargeRemoval;
use crate::book::Noun;
use crate::book::Reference;
use crate::journal::JournalError;
use crate::journal::RecallError;
use crate::lead::LeadRecord;
use crate::lead::check::FieldFault;
use crate::store::ActivityOutcome;
use crate::store::KEYS_MAX;
use crate::store::StoreError;
use crate::switch::ForgetError;
use crate::switch::HangUpError;

/// An error of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    /// A part of the request cannot be read; the text says which, and what is expected.
    Unreadable(String),
    /// The token is missing or unknown.
    Unauthorized,
    /// The token's role does not permit the request.
    Forbidden(&'static str),
    /// A webhook without a valid signature of its carrier.
    Forged,
    /// The path is unknown.
    NoRoute,
    /// The named resource does not exist.
    NotFound(&'static str),
    /// The path does not support the method; the text lists the methods that it supports.
    Method(String),
    /// The request conflicts with the current state; the text says how.
    Conflict(String),
    /// Other entries refer to the entry that was to be deleted.
    Referred(String, Vec<Reference>),
    /// The same request is in progress.
    InProgress,
    /// The change was made, but its answer is lost. The number is that of the activity log.
    DoneBefore(u64),
    /// The contents of the request break a rule of the contract; the code and the text say which.
    Disallowed(&'static str, String),
    /// Fields of a lead are missing or wrong. The lead is stored and not sold.
    InvalidLead(Box<InvalidLead>),
    /// The idempotency key belongs to a different request.
    KeyReused,
    /// The token has too many idempotency keys.
    TooManyKeys,
    /// The client asks too often; the code and the text say what.
    TooMany(&'static str, String),
    /// The condition of the request does not hold.
    Stale(Box<Stale>),
    /// The change would remove so much of the book that it is likely a mistake.
    LargeRemoval(LargeRemoval),
    /// The book or flow has errors.
    Refused(Vec<Fault>),
    /// The body exceeds the route's limit, in bytes.
    TooLarge(usize),
    /// The body has a media type other than these.
    MediaType(&'static [&'static str]),
    /// No data of the body arrived for too long.
    Slow,
    /// A limit is reached; the text says which.
    Busy(String),
    /// The carrier of the call did not carry out the request; the text says why.
    Carrier(String),
    /// The request took too long, or the database cannot be used: it is locked or full, or its server
    /// is away. A retry may succeed.
    Unavailable,
    /// An internal error. The log has the details; the client does not get them.
    Internal,
}

/// Delay before a retry after [`Problem::Unavailable`], in seconds.
const RETRY_AFTER_SECONDS: &str = "5";

/// A problem document (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct ProblemDocument {
    /// Always `about:blank`; `reason` has the kind of problem.
    r#type: &'static str,
    /// The status in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// A stable code.
    reason: &'static str,
    /// What is wrong, with a remedy.
    detail: String,
    /// All faults of the rejected document.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    faults: Vec<Fault>,
    /// All faults of the fields of a lead.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    fields: Vec<WrongField>,
    /// The lead that was stored and is not sold.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, value_type = String)]
    lead: Option<LeadId>,
    /// Changes since the version that `If-Match` names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    changes: Vec<Change>,
    /// All references to the entry that was to be deleted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    referred_by: Vec<Referrer>,
}

/// A place of the book that refers to an entry.
#[derive(Serialize, ToSchema)]
pub(super) struct Referrer {
    /// Kind of entry.
    #[schema(value_type = String)]
    noun: Noun,
    /// Id of the entry.
    id: String,
    /// JSON pointer (RFC 6901) into the entry.
    pointer: String,
}

/// A lead with fields that are missing or wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct InvalidLead {
    /// The lead that was stored; `None` for a ping.
    id: Option<LeadId>,
    faults: Vec<FieldFault>,
}

impl InvalidLead {
    /// Creates the problem of a lead that was refused for its fields.
    pub(super) fn of(record: &LeadRecord) -> Self {
        Self { id: Some(record.id), faults: record.faults().to_vec() }
    }

    /// Creates the problem of a ping that was refused for its fields.
    pub(super) const fn of_ping(faults: Vec<FieldFault>) -> Self {
        Self { id: None, faults }
    }
}

/// A field of a lead that is missing or wrong.
#[derive(Serialize, ToSchema)]
pub(super) struct WrongField {
    /// Name of the field.
    field: String,
    /// A stable code.
    code: &'static str,
    /// What is wrong. The value is not repeated.
    detail: String,
    /// What to do about it.
    remedy: &'static str,
}

impl From<FieldFault> for WrongField {
    fn from(fault: FieldFault) -> Self {
        let FieldFault { field, code, sentence: detail } = fault;
        let detail = sentence(&detail);
        Self { field, code: code.code(), detail, remedy: code.remedy() }
    }
}

/// A condition that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stale {
    /// The reason, in words.
    pub(super) detail: String,
    /// The current tag, which the client would have to send; `None` if the target does not exist.
    pub(super) tag: Option<Tag>,
    /// Changes since the version that the client named.
    pub(super) changes: Vec<Change>,
}

/// The reason of a problem, for the activity log: an extension of the answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReasonCode(pub(super) &'static str);

/// Returns the outcome of a request in the activity log, by the status and the reason code of its
/// answer.
pub(super) fn outcome_of(status: StatusCode, reason: &str) -> ActivityOutcome {
    let (code, reason) = (Some(status.as_u16()), reason.to_owned());
    if status.is_server_error() {
        ActivityOutcome::Failed { status: code, reason }
    } else if status.is_client_error() {
        ActivityOutcome::Refused { status: code, reason }
    } else {
        ActivityOutcome::Done { book_version: None }
    }
}

impl Problem {
    fn status(&self) -> StatusCode {
        match self {
            Problem::Unreadable(_) => StatusCode::BAD_REQUEST,
            Problem::Unauthorized => StatusCode::UNAUTHORIZED,
            Problem::Forbidden(_) | Problem::Forged => StatusCode::FORBIDDEN,
            Problem::NoRoute | Problem::NotFound(_) => StatusCode::NOT_FOUND,
            Problem::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Problem::Conflict(_)
            | Problem::Referred(..)
            | Problem::LargeRemoval(_)
            | Problem::InProgress
            | Problem::DoneBefore(_) => StatusCode::CONFLICT,
            Problem::Stale(_) => StatusCode::PRECONDITION_FAILED,
            Problem::KeyReused | Problem::Disallowed(..) | Problem::InvalidLead(_) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Problem::TooManyKeys | Problem::TooMany(..) => StatusCode::TOO_MANY_REQUESTS,
            Problem::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Problem::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Problem::MediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Problem::Slow => StatusCode::REQUEST_TIMEOUT,
            Problem::Busy(_) | Problem::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Problem::Carrier(_) => StatusCode::BAD_GATEWAY,
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
            Problem::Method(_) => "method_not_allowed",
            Problem::Conflict(_) => "conflict",
            Problem::Referred(..) => "referred_to",
            Problem::InProgress => "in_progress",
            Problem::DoneBefore(_) => "done_before",
            Problem::Disallowed(code, _) | Problem::TooMany(code, _) => code,
            Problem::InvalidLead(_) => End::InvalidLead.code(),
            Problem::KeyReused => "key_reused",
            Problem::TooManyKeys => "too_many_keys",
            Problem::Stale(_) => "precondition_failed",
            Problem::LargeRemoval(_) => "large_removal",
            Problem::Refused(_) => "refused",
            Problem::TooLarge(_) => "too_large",
            Problem::MediaType(_) => "media_type",
            Problem::Slow => "slow",
            Problem::Busy(_) => "busy",
            Problem::Carrier(_) => "carrier_failed",
            Problem::Unavailable => "unavailable",
            Problem::Internal => "internal",
        }
    }

    /// Returns what the activity log says of a request that ends with this problem.
    pub(super) fn outcome(&self) -> ActivityOutcome {
        outcome_of(self.status(), self.reason())
    }

    fn detail(&self) -> String {
        match self {
            Problem::Unreadable(what)
            | Problem::Conflict(what)
            | Problem::Disallowed(_, what)
            | Problem::TooMany(_, what)
            | Problem::Busy(what)
            | Problem::Carrier(what) => what.clone(),
            Problem::Unauthorized => {
                "Send a token: `Authorization: Bearer …`. `strowger token create` makes one.".into()
            }
            Problem::Forbidden(role) => format!("The role `{role}` may not do this."),
            Problem::Forged => "The request is not signed by the carrier.".into(),
            Problem::NoRoute => "No route has this path.".into(),
            Problem::NotFound(what) => format!("There is no such {what}."),
            Problem::Method(allowed) => {
                format!("This path does not accept this method; it accepts {allowed}.")
            }
            Problem::Refused(faults) => {
                let count = faults.len();
                let faults = if count == 1 { "fault" } else { "faults" };
                format!("The book has {count} {faults}; nothing was applied.")
            }
            Problem::Referred(what, by) => {
                let entries = if by.len() == 1 { "place refers" } else { "places refer" };
                let count = by.len();
                format!("{count} {entries} to {what}: change those first, see `referred_by`.")
            }
            Problem::LargeRemoval(removal) => format!(
                "The request removes {removal}. Nothing is applied; repeat it with `?force=true` \
                 if that is intended."
            ),
            Problem::InProgress => "The same request is in progress. Try again later.".into(),
            Problem::DoneBefore(number) => format!(
                "The change was made before, and its answer is lost: see entry {number} of the \
                 activity log. Nothing was changed again."
            ),
            Problem::InvalidLead(lead) => {
                let count = lead.faults.len();
                let faults = if count == 1 { "fault" } else { "faults" };
                format!("The lead has {count} {faults}, see `fields`. It is not sold.")
            }
            Problem::KeyReused => {
                "Another request used this `Idempotency-Key`: send a new request with a new key."
                    .into()
            }
            Problem::TooManyKeys => format!(
                "The token used {KEYS_MAX} idempotency keys that are kept: wait, or send no key."
            ),
            Problem::Stale(stale) => stale.detail.clone(),
            Problem::TooLarge(0) => "This route accepts no body.".into(),
            Problem::TooLarge(most) => {
                format!("The body is too large: this route accepts at most {most} bytes.")
            }
            Problem::MediaType(taken) => {
                format!("Unsupported media type: send `{}`.", taken.join("` or `"))
            }
            Problem::Slow => "The body did not arrive in time: no byte for 10 seconds.".into(),
            Problem::Unavailable => {
                "The database cannot be used now, or the request took too long. Try again.".into()
            }
            Problem::Internal => "Internal error: see the program's log.".into(),
        }
    }
}

impl From<Reference> for Referrer {
    fn from(reference: Reference) -> Self {
        let Reference { from: EntryName { noun, id }, pointer } = reference;
        Self { noun, id, pointer }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let (reason, detail) = (self.reason(), self.detail());
        let mut allowed = None;
        if let Problem::Method(methods) = &self {
            allowed = HeaderValue::try_from(methods).ok();
        }
        let (mut faults, mut changes, mut referred_by) = (Vec::new(), Vec::new(), Vec::new());
        let (mut tag, mut fields, mut lead) = (None, Vec::new(), None);
        match self {
            Problem::Refused(found) => faults = found,
            Problem::InvalidLead(invalid) => {
                lead = invalid.id;
                fields = invalid.faults.into_iter().map(WrongField::from).collect();
            }
            Problem::Stale(stale) => (changes, tag) = (stale.changes, stale.tag),
            Problem::Referred(_, by) => {
                referred_by = by.into_iter().map(Referrer::from).collect();
            }
            _ => {}
        }
        let document = ProblemDocument {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            reason,
            detail,
            faults,
            fields,
            lead,
            changes,
            referred_by,
        };
        let body = serde_json::to_string(&document).unwrap_or_default();
        let mut response = (status, body).into_response();
        response.extensions_mut().insert(ReasonCode(reason));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(tag) = tag.and_then(|tag| HeaderValue::try_from(tag.to_string()).ok()) {
            headers.insert(ETAG, tag);
        }
        if let Some(allowed) = allowed {
            headers.insert(ALLOW, allowed);
        }
        if status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer realm=\"strowger\"");
            headers.insert(WWW_AUTHENTICATE, scheme);
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
        }
        response
    }
}

/// A book or a flow with faults.
impl From<Vec<Fault>> for Problem {
    fn from(faults: Vec<Fault>) -> Self {
        Problem::Refused(faults)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "HTTP request failed");
        match error {
            StoreError::Busy
            | StoreError::Full
            | StoreError::Lost(_)
            | StoreError::Closed
            | StoreError::Abandoned => Problem::Unavailable,
            StoreError::Url(_)
            | StoreError::Directory { .. }
            | StoreError::File { .. }
            | StoreError::NotSqlite(_)
            | StoreError::NoWal { .. }
            | StoreError::Network { .. }
            | StoreError::Newer { .. }
            | StoreError::Older { .. }
            | StoreError::SuppressionKey { .. }
            | StoreError::Copy(_)
            | StoreError::Claimed(_)
            | StoreError::Unreadable { .. }
            | StoreError::WrongState
            | StoreError::TooLarge(_)
            | StoreError::Panicked
            | StoreError::Sql(_) => Problem::Internal,
        }
    }
}

impl From<HangUpError> for Problem {
    fn from(error: HangUpError) -> Self {
        let sentence = sentence(&error.to_string());
        match error {
            HangUpError::Unknown => Problem::NotFound("call"),
            HangUpError::Ended(_) | HangUpError::LeftOpen | HangUpError::NoAccount(_) => {
                Problem::Conflict(sentence)
            }
            HangUpError::Carrier { .. } => Problem::Carrier(sentence),
            HangUpError::NotStored | HangUpError::Gone(_) => Problem::Busy(sentence),
            HangUpError::Store(error) => error.into(),
            HangUpError::Recall(error) => error.into(),
        }
    }
}

/// Returns the text with a capital at its beginning and a full stop at its end.
pub(super) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

impl From<RecallError> for Problem {
    fn from(error: RecallError) -> Self {
        match error {
            RecallError::Store(error) => error.into(),
            RecallError::Journal(error) => error.into(),
        }
    }
}

impl From<JournalError> for Problem {
    fn from(error: JournalError) -> Self {
        tracing::error!(%error, "HTTP request failed");
        match error {
            JournalError::Closed => Problem::Unavailable,
            JournalError::Directory { .. }
            | JournalError::File { .. }
            | JournalError::Network { .. }
            | JournalError::NotAJournal { .. }
            | JournalError::InUse(_)
            | JournalError::NoWal { .. }
            | JournalError::Full
            | JournalError::Unencodable(_)
            | JournalError::Sql(_) => Problem::Internal,
        }
    }
}

impl From<ForgetError> for Problem {
    fn from(error: ForgetError) -> Self {
        match error {
            ForgetError::Store(error) => error.into(),
            ForgetError::Journal(error) => error.into(),
            ForgetError::Recording { call, error } => {
                tracing::error!(call.id = %call, %error, "recording not removed");
                Problem::Internal
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carrier::Carrier;

    #[test]
    fn a_hang_up_of_a_call_whose_node_is_gone_is_503() {
        let problem = Problem::from(HangUpError::Gone("one".parse().unwrap()));
        assert_eq!(problem.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(problem.detail().starts_with("Node `one`, which"), "{}", problem.detail());
    }

    #[test]
    fn a_hang_up_without_credentials_of_the_carrier_is_409() {
        for carrier in Carrier::ALL {
            let problem = Problem::from(HangUpError::NoAccount(carrier));
            assert_eq!((problem.status(), problem.reason()), (StatusCode::CONFLICT, "conflict"));
            let place = format!("[carriers.{}].", carrier.name());
            assert!(problem.detail().ends_with(&place), "{}", problem.detail());
        }
    }
}
