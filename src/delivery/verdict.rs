//! The verdict on a buyer's answer to a lead.

use crate::base::Currency;
use crate::base::tree::Tree;
use crate::book::Judge;
use crate::book::Mark;
use crate::book::MarkTest;
use crate::book::Marks;
use crate::book::Otherwise;
use crate::book::ResponseRule;

use super::Answer;
use super::AnsweredPrice;
use super::answer::ANSWER_BYTES_MAX;
use super::answer::Content;
use super::answer::Document;
use super::answer::Unread;
use super::answer::read;
use super::part;
use super::words::Said;
use super::words::has_phrase;
use super::words::said;

/// Names under which answers usually hold a verdict.
const STATUSES: &[&str] = &[
    "status",
    "result",
    "outcome",
    "success",
    "accepted",
    "sold",
    "matched",
    "isvalidpost",
    "response",
];
/// Names under which answers usually hold what went wrong.
const ERRORS: &[&str] = &["errors", "error", "error_message", "errormessage"];
/// Texts that say that nothing went wrong.
const NO_ERRORS: &[&str] = &["0", "false", "none", "no", "null", "no error", "no errors", "ok"];

/// What a buyer's answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The buyer accepts the lead.
    Accepted(Acceptance),
    /// The buyer has the lead, and gives no verdict.
    Delivered(Acceptance),
    /// The buyer rejects the lead.
    Rejected {
        /// The reason.
        reason: Option<String>,
    },
    /// The buyer rejects the lead because it has it already.
    Duplicate {
        /// The reason.
        reason: Option<String>,
    },
    /// There is no verdict.
    Trouble(Trouble),
}

/// What a buyer says of a lead that it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// The buyer's id of the lead.
    pub reference: Option<String>,
    /// The price.
    pub price: AnsweredPrice,
    /// The page to which the consumer is sent: an `http` or `https` URL.
    pub redirect: Option<String>,
}

/// Why there is no verdict.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The HTTP status reports a failure.
    #[error("the answer has status {0}")]
    Status(u16),
    /// The answer leads elsewhere; requests do not follow.
    #[error("the answer has status {0} and leads elsewhere")]
    Redirected(u16),
    /// The buyer reports an error of its own.
    #[error("the buyer reports an error: {}", .0.as_deref().unwrap_or("no reason given"))]
    Reported(Option<String>),
    /// The answer does not have the expected format.
    #[error("the answer is not {0}: {1}")]
    Unreadable(&'static str, String),
    /// The answer says neither yes nor no.
    #[error("the answer says neither yes nor no")]
    Unclear,
    /// The answer is too long.
    #[error("the answer is over {ANSWER_BYTES_MAX} bytes")]
    Long,
}

impl Trouble {
    /// Returns whether the buyer may have taken the lead all the same, so that it must not be sold
    /// elsewhere before that is known.
    pub const fn may_have_it(&self) -> bool {
        match self {
            Trouble::Status(status) => *status >= 500,
            Trouble::Reported(_) => false,
            Trouble::Redirected(_)
            | Trouble::Unreadable(_, _)
            | Trouble::Unclear
            | Trouble::Long => true,
        }
    }
}

/// Returns what an answer means by a rule. Amounts are in the currency of the contract.
///
/// A status from 500 is always trouble. Below it the body decides, because most buyers reject with
/// status 200.
pub fn verdict(rule: &ResponseRule, money: Currency, answer: Answer<'_>) -> Verdict {
    let status = answer.status;
    if !(200..500).contains(&status) {
        return Verdict::Trouble(Trouble::Status(status));
    }
    let document = match read(answer.body, rule.format) {
        Ok(document) => document,
        Err(_) if rule.judge == Judge::Nothing && status < 400 => {
            return Verdict::Delivered(Acceptance::default());
        }
        Err(_) if status >= 400 => return by_status(status, None),
        Err(Unread::Long) => return Verdict::Trouble(Trouble::Long),
        Err(Unread::Not(format, why)) => {
            return Verdict::Trouble(Trouble::Unreadable(format.name(), why));
        }
    };
    let taken = || Acceptance {
        reference: part::reference(rule, &document),
        price: part::price(rule, &document, money),
        redirect: part::redirect(rule, &document),
    };
    let reason = || part::reason(rule, &document);
    let found = match &rule.judge {
        Judge::Nothing if status < 400 => return Verdict::Delivered(taken()),
        Judge::Nothing => None,
        Judge::Words => by_words(&document, status),
        Judge::Marks(marks) => by_marks(marks, &document, status),
    };
    match found {
        Some(Finding::Accepted) => Verdict::Accepted(taken()),
        Some(Finding::Delivered) => Verdict::Delivered(taken()),
        Some(Finding::Rejected) => Verdict::Rejected { reason: reason() },
        Some(Finding::Duplicate) => Verdict::Duplicate { reason: reason() },
        Some(Finding::Error) => Verdict::Trouble(Trouble::Reported(reason())),
        None => by_status(status, reason()),
    }
}

impl Default for Acceptance {
    fn default() -> Self {
        Self { reference: None, price: AnsweredPrice::Unsaid, redirect: None }
    }
}

/// What a body says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finding {
    Accepted,
    Delivered,
    Rejected,
    Duplicate,
    Error,
}

/// Returns the verdict on an answer whose body says nothing.
fn by_status(status: u16, reason: Option<String>) -> Verdict {
    match status {
        409 => Verdict::Duplicate { reason },
        400 | 422 => Verdict::Rejected { reason },
        300..=399 => Verdict::Trouble(Trouble::Redirected(status)),
        200..=299 => Verdict::Trouble(Trouble::Unclear),
        _ => Verdict::Trouble(Trouble::Status(status)),
    }
}

fn by_marks(marks: &Marks, document: &Document, status: u16) -> Option<Finding> {
    let Marks { error, duplicate, rejected, accepted, otherwise } = marks;
    // Errors come first: a lead's id comes back with errors too.
    let order = [
        (error, Finding::Error),
        (duplicate, Finding::Duplicate),
        (rejected, Finding::Rejected),
        (accepted, Finding::Accepted),
    ];
    let has = |marks: &[Mark]| marks.iter().any(|mark| is_marked(mark, document, status));
    if let Some((_, finding)) = order.into_iter().find(|(marks, _)| has(marks)) {
        return Some(finding);
    }
    let all = [error, duplicate, rejected, accepted];
    let reads_text = all.into_iter().flatten().any(|mark| match mark {
        Mark::Text { path, .. } => path.is_none(),
        Mark::Status(_) => false,
    });
    let is_readable = match &document.content {
        Content::Json(_) | Content::Xml(_, _) => true,
        Content::Text => reads_text && !document.text.is_empty(),
        Content::Page => false,
    };
    let rejects = *otherwise == Otherwise::Rejected && is_readable && status < 300;
    rejects.then_some(Finding::Rejected)
}

pub(super) fn is_marked(mark: &Mark, document: &Document, status: u16) -> bool {
    let (path, test) = match mark {
        Mark::Status(statuses) => return statuses.contains(&status),
        Mark::Text { path, test } => (path, test),
    };
    let Some(path) = path else { return passes(test, &document.text) };
    let Some(value) = document.at(path) else { return false };
    match test {
        MarkTest::Present => match &*value {
            Tree::Flag(flag) => *flag,
            Tree::Text(text) if text.trim().eq_ignore_ascii_case("false") => false,
            value => !part::is_empty(value),
        },
        MarkTest::Is(_) | MarkTest::Words(_) | MarkTest::Matches(_) => {
            value.texts().iter().any(|text| passes(test, text))
        }
    }
}

fn passes(test: &MarkTest, text: &str) -> bool {
    match test {
        MarkTest::Is(texts) => {
            texts.iter().any(|one| text.trim().to_lowercase() == one.trim().to_lowercase())
        }
        MarkTest::Words(phrases) => phrases.iter().any(|phrase| has_phrase(text, phrase)),
        MarkTest::Matches(pattern) => pattern.matches(text),
        MarkTest::Present => !text.trim().is_empty(),
    }
}

/// Returns what a body says by the usual words in the usual places.
fn by_words(document: &Document, status: u16) -> Option<Finding> {
    let text = match &document.content {
        // A webhook that answers nothing has the lead.
        _ if document.text.is_empty() => {
            return (status < 300).then_some(Finding::Delivered);
        }
        Content::Page => return None,
        Content::Text => said(&document.text),
        Content::Json(tree @ (Tree::Flag(_) | Tree::Number(_) | Tree::Text(_))) => {
            tree.text().and_then(|text| said(&text))
        }
        Content::Json(_) | Content::Xml(_, _) => said_in(document),
    };
    match text? {
        Said::Duplicate => Some(Finding::Duplicate),
        Said::No => Some(Finding::Rejected),
        // A yes beside a status that refuses is unclear.
        Said::Yes => (status < 300).then_some(Finding::Accepted),
    }
}

/// Returns what a document says: errors first, then its statuses, of which one no outweighs every
/// yes, then its messages.
fn said_in(document: &Document) -> Option<Said> {
    let error = part::usual(document, ERRORS).map(Tree::texts).unwrap_or_default();
    let is_error = |text: &str| !NO_ERRORS.contains(&text.trim().to_lowercase().as_str());
    if error.iter().any(|text| is_error(text)) {
        let is_duplicate = error.iter().any(|text| said(text) == Some(Said::Duplicate));
        return Some(if is_duplicate { Said::Duplicate } else { Said::No });
    }
    let holders = part::holders(document);
    let statuses = holders.iter().flat_map(|holder| {
        STATUSES.iter().filter_map(|name| holder.named(name).and_then(Tree::text))
    });
    let mut heard: Vec<Said> = statuses.filter_map(|text| said(&text)).collect();
    let root = match &document.content {
        Content::Xml(_, tree @ Tree::Text(_)) => tree.text(),
        Content::Xml(_, _) | Content::Json(_) | Content::Page | Content::Text => None,
    };
    heard.extend(root.and_then(|text| said(&text)));
    let message = part::usual(document, part::REASONS).map(Tree::texts).unwrap_or_default();
    let messages: Vec<Said> = message.iter().filter_map(|text| said(text)).collect();
    if heard.contains(&Said::No) && messages.contains(&Said::Duplicate) {
        return Some(Said::Duplicate);
    }
    let heard = if heard.is_empty() { messages } else { heard };
    [Said::Duplicate, Said::No, Said::Yes].into_iter().find(|said| heard.contains(said))
}
