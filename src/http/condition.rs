//! Conditional requests with entity tags (RFC 9110 §13).

use axum::http::HeaderMap;
use axum::http::HeaderName;
use axum::http::StatusCode;
use axum::http::header::IF_MATCH;
use axum::http::header::IF_NONE_MATCH;
use axum::response::IntoResponse as _;
use axum::response::Response;
use utoipa::openapi::ResponseBuilder;

use super::openapi::Sheet;
use super::problem::Problem;
use super::reply::Reply;
use super::tag::Tag;
use crate::call::Sight;

/// Most tags that a condition may name.
const TAGS_MAX: usize = 64;

/// A document, unless the client already has it.
pub(super) enum Tagged<T> {
    /// The client does not have the document.
    Fresh(Tag, T),
    /// The client has the document.
    NotModified(Tag),
}

impl<T> Tagged<T> {
    /// Returns the document, unless `If-None-Match` says that the client has it.
    pub(super) fn of(headers: &HeaderMap, tag: Tag, document: T) -> Result<Self, Problem> {
        let has = Condition::if_none_match(headers)?.matches(Some(&tag));
        Ok(if has { Tagged::NotModified(tag) } else { Tagged::Fresh(tag, document) })
    }
}

impl<T: Reply> Reply for Tagged<T> {
    fn describe(sheet: &mut Sheet) -> Vec<(StatusCode, ResponseBuilder)> {
        let mut replies = T::describe(sheet);
        let unchanged = "The client has the latest version.";
        let unchanged = ResponseBuilder::new().description(unchanged);
        replies.push((StatusCode::NOT_MODIFIED, unchanged));
        replies
    }

    fn reply(self) -> Response {
        self.shown(Sight::Whole)
    }

    fn masked(self) -> Response {
        self.shown(Sight::Masked)
    }

    fn shown(self, sight: Sight) -> Response {
        let (tag, mut response) = match self {
            Tagged::Fresh(tag, document) => (tag, document.shown(sight)),
            Tagged::NotModified(tag) => (tag, StatusCode::NOT_MODIFIED.into_response()),
        };
        tag.set(&mut response);
        response
    }
}

/// The condition of a header on the current tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    /// No condition.
    None,
    /// `*`: the target exists.
    Exists,
    /// The current tag is one of these.
    OneOf(Vec<Tag>),
}

impl Condition {
    /// Reads `If-Match`. Fails when it cannot be read.
    pub(super) fn if_match(headers: &HeaderMap) -> Result<Self, Problem> {
        Self::read(headers, &IF_MATCH)
    }

    /// Reads `If-None-Match`. Fails when it cannot be read.
    pub(super) fn if_none_match(headers: &HeaderMap) -> Result<Self, Problem> {
        Self::read(headers, &IF_NONE_MATCH)
    }

    /// Returns whether the condition names the current tag; `None` stands for a target that does
    /// not exist.
    pub(super) fn matches(&self, current: Option<&Tag>) -> bool {
        match self {
            Condition::None => false,
            Condition::Exists => current.is_some(),
            Condition::OneOf(tags) => {
                current.is_some_and(|current| tags.iter().any(|seen| current.is(seen)))
            }
        }
    }

    /// Returns the last version that the client has seen, if the condition names one.
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
                // `If-None-Match` compares weakly, so a weak tag is accepted (§13.1.2). A change
                // needs a strong tag (§13.1.1).
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
