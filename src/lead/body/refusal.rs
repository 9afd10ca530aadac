//! Why a request is refused before its values are looked at.

use super::bounds::BODY_BYTES_MAX;
use super::bounds::NAME_BYTES_MAX;
use super::bounds::QUERY_BYTES_MAX;
use super::bounds::VALUE_BYTES_MAX;

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyRefusal {
    /// The method is neither `GET` nor `POST`.
    #[error("use GET or POST")]
    Method,
    /// The body has no `Content-Type`.
    #[error("a body needs a Content-Type: a form, JSON, or XML")]
    NoType,
    /// The body's `Content-Type` is not read. Holds it, cut.
    #[error("`{0}` is not read: send a form, JSON, or XML, in UTF-8")]
    Type(String),
    /// No format that the source accepts is written. Holds what it accepts, cut.
    #[error("`{0}` is not written: accept JSON, XML, or text")]
    Accept(String),
    /// The body is too large.
    #[error("the body has over {BODY_BYTES_MAX} bytes")]
    Large,
    /// The query is too long.
    #[error("the query has over {QUERY_BYTES_MAX} bytes")]
    LongQuery,
    /// The text is not UTF-8.
    #[error("the text is not UTF-8")]
    NotUtf8,
    /// The body does not have its format. Holds the format and the reason, in one line.
    #[error("the body is not {0}: {1}")]
    Syntax(&'static str, String),
    /// The document is not an object.
    #[error("the body is not an object of names and values")]
    NoObject,
    /// The document has too many levels.
    #[error("the body has over {0} levels")]
    Deep(usize),
    /// There are too many values.
    #[error("there are over {0} values")]
    Many(usize),
    /// A name is too long.
    #[error("a name has over {max} bytes", max = NAME_BYTES_MAX)]
    LongName,
    /// A value is too long. Holds its name, cut.
    #[error("`{0}` has over {max} bytes", max = VALUE_BYTES_MAX)]
    LongValue(String),
    /// The URL of the next page is none of the Web.
    #[error("the page to return to is not an http or https URL")]
    Redirect,
}

impl BodyRefusal {
    /// Returns the HTTP status of the answer.
    pub const fn status(&self) -> u16 {
        match self {
            BodyRefusal::Method => 405,
            BodyRefusal::NoType | BodyRefusal::Type(_) => 415,
            BodyRefusal::Accept(_) => 406,
            BodyRefusal::Large => 413,
            BodyRefusal::LongQuery => 414,
            BodyRefusal::NotUtf8
            | BodyRefusal::Syntax(_, _)
            | BodyRefusal::NoObject
            | BodyRefusal::Deep(_)
            | BodyRefusal::Many(_)
            | BodyRefusal::LongName
            | BodyRefusal::LongValue(_)
            | BodyRefusal::Redirect => 400,
        }
    }

    /// Returns the stable code of the reason.
    pub const fn code(&self) -> &'static str {
        match self {
            BodyRefusal::Method => "method_not_allowed",
            BodyRefusal::NoType => "content_type_missing",
            BodyRefusal::Type(_) => "content_type_unsupported",
            BodyRefusal::Accept(_) => "not_acceptable",
            BodyRefusal::Large => "body_too_large",
            BodyRefusal::LongQuery => "query_too_long",
            BodyRefusal::NotUtf8 => "not_utf8",
            BodyRefusal::Syntax(_, _) => "malformed_body",
            BodyRefusal::NoObject => "not_an_object",
            BodyRefusal::Deep(_) => "too_many_levels",
            BodyRefusal::Many(_) => "too_many_values",
            BodyRefusal::LongName => "name_too_long",
            BodyRefusal::LongValue(_) => "value_too_long",
            BodyRefusal::Redirect => "invalid_redirect",
        }
    }
}

/// Returns a text of a sender, cut and without control characters.
pub(super) fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}
