//! Entity tags of the book and its entries, and requests on condition of them (RFC 9110 §13).

use std::fmt;

use axum::http::HeaderMap;
use axum::http::HeaderName;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header::ETAG;
use axum::http::header::IF_MATCH;
use axum::http::header::IF_NONE_MATCH;
use axum::response::IntoResponse as _;
use axum::response::Response;
use serde_json::Value;
use sha2::Digest as _;
use sha2::Sha256;
use utoipa::openapi::ResponseBuilder;

use super::openapi::Sheet;
use super::problem::Problem;
use super::reply::Reply;

/// Most tags that a condition may name.
const TAGS_MAX: usize = 64;

/// Bytes of a content's digest in a tag.
const DIGEST_BYTES: usize = 8;

/// The tag of the book or of an entry. Prints as a header shows it: `"12"` of the book, and
/// `"12-9f86d081884c7d65"` of an entry, whose content alone is compared. The version says where
/// the content can be found that the client has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag {
    /// The version of the book that was read.
    pub(super) version: u64,
    /// A digest of the entry's content; `None` for the whole book.
    content: Option<String>,
}

impl Tag {
    /// Of a version of the book.
    pub(super) const fn book(version: u64) -> Self {
        Self { version, content: None }
    }

    /// Of an entry as a version of the book has it.
    pub(super) fn entry(version: u64, entry: &Value) -> Self {
        // The keys of an object are sorted: equal entries have one text.
        let digest = Sha256::digest(entry.to_string());
        let digest = digest.iter().take(DIGEST_BYTES).map(|byte| format!("{byte:02x}"));
        Self { version, content: Some(digest.collect()) }
    }

    /// Whether what has this tag is what a client saw that names the other.
    fn is(&self, seen: &Tag) -> bool {
        match (&self.content, &seen.content) {
            (Some(own), Some(seen)) => own == seen,
            (Some(_) | None, None) => self.version == seen.version,
            (None, Some(_)) => false,
        }
    }

    /// Puts it into an answer.
    pub(super) fn set(&self, response: &mut Response) {
        if let Ok(value) = HeaderValue::try_from(self.to_string()) {
            response.headers_mut().insert(ETAG, value);
        }
    }

    fn read(text: &str) -> Option<Self> {
        let text = text.strip_prefix('"')?.strip_suffix('"')?;
        let (version, content) = match text.split_once('-') {
            Some((version, content)) => (version, Some(content.to_owned())),
            None => (text, None),
        };
        Some(Self { version: version.parse().ok()?, content })
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.content {
            Some(content) => write!(f, "\"{}-{content}\"", self.version),
            None => write!(f, "\"{}\"", self.version),
        }
    }
}

/// What a client may have already.
pub(super) enum Tagged<T> {
    /// It has not.
    Fresh(Tag, T),
    /// It has.
    NotModified(Tag),
}

impl<T> Tagged<T> {
    /// A document, unless the client has it.
    pub(super) fn of(headers: &HeaderMap, tag: Tag, document: T) -> Result<Self, Problem> {
        let has = Condition::if_none_match(headers)?.matches(Some(&tag));
        Ok(if has { Tagged::NotModified(tag) } else { Tagged::Fresh(tag, document) })
    }
}

impl<T: Reply> Reply for Tagged<T> {
    fn describe(sheet: &mut Sheet) -> Vec<(StatusCode, ResponseBuilder)> {
        let mut replies = T::describe(sheet);
        let unchanged = "What `If-None-Match` names is the latest.";
        let unchanged = ResponseBuilder::new().description(unchanged);
        replies.push((StatusCode::NOT_MODIFIED, unchanged));
        replies
    }

    fn reply(self) -> Response {
        let (tag, mut response) = match self {
            Tagged::Fresh(tag, document) => (tag, document.reply()),
            Tagged::NotModified(tag) => (tag, StatusCode::NOT_MODIFIED.into_response()),
        };
        tag.set(&mut response);
        response
    }
}

/// What a header asks of the current tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    /// Nothing.
    None,
    /// `*`: that there is something.
    Exists,
    /// That it is one of these.
    OneOf(Vec<Tag>),
}

impl Condition {
    /// Of `If-Match`. Fails when it cannot be read.
    pub(super) fn if_match(headers: &HeaderMap) -> Result<Self, Problem> {
        Self::read(headers, &IF_MATCH)
    }

    /// Of `If-None-Match`. Fails when it cannot be read.
    pub(super) fn if_none_match(headers: &HeaderMap) -> Result<Self, Problem> {
        Self::read(headers, &IF_NONE_MATCH)
    }

    /// Whether the current tag is one that is named; `None` is the tag of what does not exist.
    pub(super) fn matches(&self, current: Option<&Tag>) -> bool {
        match self {
            Condition::None => false,
            Condition::Exists => current.is_some(),
            Condition::OneOf(tags) => {
                current.is_some_and(|current| tags.iter().any(|seen| current.is(seen)))
            }
        }
    }

    /// The last version that the client has seen.
    pub(super) fn seen(&self) -> Option<u64> {
        match self {
            Condition::None | Condition::Exists => None,
            Condition::OneOf(tags) => tags.iter().map(|tag| tag.version).max(),
        }
    }

    fn read(headers: &HeaderMap, name: &HeaderName) -> Result<Self, Problem> {
        let mut tags = Vec::new();
        for value in headers.get_all(name) {
            let value = value.to_str().unwrap_or("?").trim();
            if value == "*" {
                return Ok(Condition::Exists);
            }
            for text in value.split(',').map(str::trim).filter(|text| !text.is_empty()) {
                // A tag is compared by what it says, so that a weak one is as good (§13.1.2); but
                // it promises too little for a change (§13.1.1).
                let weak = text.strip_prefix("W/").filter(|_| *name == IF_NONE_MATCH);
                let tag = Tag::read(weak.unwrap_or(text));
                tags.push(tag.ok_or_else(|| unreadable(name, text))?);
            }
        }
        if tags.len() > TAGS_MAX {
            let most = format!("`{name}` names more than {TAGS_MAX} tags.");
            return Err(Problem::Unreadable(most));
        }
        Ok(if headers.contains_key(name) { Condition::OneOf(tags) } else { Condition::None })
    }
}

fn unreadable(name: &HeaderName, text: &str) -> Problem {
    let shown: String = text.chars().take(80).collect();
    Problem::Unreadable(format!(
        "`{name}`: `{shown}` is not an `ETag` of this API: send one that a GET answered, with its \
         quotes, or `*`."
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn headers(name: HeaderName, values: &[&str]) -> HeaderMap {
        let pairs = values.iter().map(|value| (name.clone(), value.parse().unwrap()));
        pairs.collect()
    }

    #[test]
    fn conditions_are_read_and_compared() {
        let entry = Tag::entry(12, &json!({"id": "x", "caps": {"day": 1}}));
        let (own, same) = (entry.to_string(), entry.to_string().replace("12-", "7-"));
        let other = Tag::entry(12, &json!({"id": "y"})).to_string();
        let book = Tag::book(12);
        let cases: [(HeaderName, &[&str], &Tag, bool); 11] = [
            (IF_MATCH, &[], &entry, false),
            (IF_MATCH, &["*"], &entry, true),
            (IF_MATCH, &[&own], &entry, true),
            (IF_MATCH, &[&same], &entry, true),
            (IF_MATCH, &[&other], &entry, false),
            (IF_MATCH, &[&format!("{other}, {own}")], &entry, true),
            (IF_MATCH, &[&other, &own], &entry, true),
            (IF_MATCH, &["\"12\""], &entry, true),
            (IF_MATCH, &["\"11\""], &book, false),
            (IF_MATCH, &[&own], &book, false),
            (IF_NONE_MATCH, &["W/\"12\""], &book, true),
        ];
        for (name, values, current, expected) in cases {
            let condition = Condition::read(&headers(name.clone(), values), &name).unwrap();
            assert_eq!(condition.matches(Some(current)), expected, "{values:?} {current}");
            assert!(!condition.matches(None), "{values:?}: nothing is there");
        }
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        let many = vec!["\"1\""; TAGS_MAX + 1].join(",");
        for text in ["12", "\"x\"", "\"-1\"", "\"", "W/\"12\"", "*, \"1\"", &many] {
            let refused = Condition::if_match(&headers(IF_MATCH, &[text]));
            assert!(matches!(refused, Err(Problem::Unreadable(_))), "{text}");
        }
        let most = vec!["\"1\""; TAGS_MAX].join(",");
        assert!(Condition::if_match(&headers(IF_MATCH, &[&most])).is_ok());
    }
}
