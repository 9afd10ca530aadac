//! What a buyer's answer to a lead means.

use crate::base::tree::TreePath;

use super::Pattern;

/// How an answer is judged, and where its parts are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResponseRule {
    /// The format, whatever the answer's `Content-Type` says; recognized by its first character if
    /// absent.
    pub format: Option<AnswerFormat>,
    /// What decides.
    pub judge: Judge,
    /// Where the reason of a rejection is; all that are found are joined. Empty: the usual names.
    pub reason: Vec<AnswerPart>,
    /// The reason, if the answer has none.
    pub reason_default: Option<String>,
    /// Where the price is; the first that is found. Empty: the usual names.
    pub price: Vec<AnswerPart>,
    /// Where the buyer's id of the lead is; the first that is found. Empty: the usual names.
    pub reference: Vec<AnswerPart>,
    /// Where the consumer is sent next; the first that is found. Empty: the usual names.
    pub redirect: Vec<AnswerPart>,
    /// Where the end of a bid's life is: a time, or seconds from now; the first that is found.
    /// Empty: the usual names.
    pub expires: Vec<AnswerPart>,
    /// Where the destination of a call is, in an answer to a bidder's ping; usual names if empty.
    pub destination: Vec<AnswerPart>,
    /// Where the connected time is from which a call is billable; usual names if empty.
    pub duration: Vec<AnswerPart>,
}

/// Format of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerFormat {
    /// JSON.
    Json,
    /// XML.
    Xml,
    /// Plain text.
    Text,
}

impl AnswerFormat {
    /// All formats, by name.
    pub const ALL: &[(&str, AnswerFormat)] =
        &[("json", AnswerFormat::Json), ("xml", AnswerFormat::Xml), ("text", AnswerFormat::Text)];

    /// Returns the name of the format.
    pub const fn name(self) -> &'static str {
        match self {
            AnswerFormat::Json => "json",
            AnswerFormat::Xml => "xml",
            AnswerFormat::Text => "text",
        }
    }
}

/// What decides over an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Judge {
    /// The usual words for yes and no, in the usual places.
    #[default]
    Words,
    /// Nothing: the buyer gives no verdict, and a status below 400 means delivered.
    Nothing,
    /// These marks.
    Marks(Box<Marks>),
}

/// Marks of an answer. They are tried in the order of the fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks {
    /// The buyer could not process the lead, and does not have it.
    pub error: Vec<Mark>,
    /// The buyer has the lead already.
    pub duplicate: Vec<Mark>,
    /// The buyer rejects the lead.
    pub rejected: Vec<Mark>,
    /// The buyer accepts the lead; at least one.
    pub accepted: Vec<Mark>,
    /// What an answer without any mark means.
    pub otherwise: Otherwise,
}

/// What an answer without any mark means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Otherwise {
    /// The buyer rejects the lead.
    #[default]
    Rejected,
    /// It is not known whether the buyer has the lead.
    Unknown,
}

impl Otherwise {
    /// All meanings, by name.
    pub const ALL: &[(&str, Otherwise)] =
        &[("rejected", Otherwise::Rejected), ("unknown", Otherwise::Unknown)];

    /// Returns the name of the meaning.
    pub const fn name(self) -> &'static str {
        match self {
            Otherwise::Rejected => "rejected",
            Otherwise::Unknown => "unknown",
        }
    }
}

/// A mark of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// The HTTP status is one of these.
    Status(Vec<u16>),
    /// A test of the whole text, or of the value at a path.
    Text {
        /// The path; the whole text without one.
        path: Option<TreePath>,
        /// The test.
        test: MarkTest,
    },
}

/// A test of a text. Case does not matter, except in a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MarkTest {
    /// The text is one of these, but for white space around it.
    Is(Vec<String>),
    /// The text has one of these phrases as whole words, and no negation before it.
    Words(Vec<String>),
    /// The pattern matches anywhere.
    Matches(Pattern),
    /// The value is known and neither empty nor `false`, or is a list or object that is not empty.
    Present,
}

/// Where a part of an answer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerPart {
    /// At a path.
    Path(TreePath),
    /// In the first group of a pattern, or its whole match, in the answer's text.
    Capture(Pattern),
}
