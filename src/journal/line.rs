//! A fact as one line of text in the journal. The call it is about comes first, so that it is known
//! even if the fact cannot be read.

use crate::base::CallId;
use crate::base::Mono;
use crate::store::Fact;
use crate::store::UnreadableFact;

use super::JournalError;
use super::waiting::About;

/// Stands for the call in a fact that is not about a single call.
const NODE: &str = "-";
/// Follows the id of a live call.
const LIVE: &str = "live";
/// Follows the id of an ended call.
const END: &str = "end";

/// A fact that is ready to be written.
#[derive(Debug, Clone)]
pub(super) struct JournalLine {
    pub(super) bytes: Vec<u8>,
    pub(super) about: About,
    /// Time at which it was queued.
    pub(super) since: Mono,
}

/// Why a line has no readable fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// The line is damaged.
    Damaged {
        /// What it is about; `None` if that is damaged too.
        about: Option<About>,
        cause: String,
    },
    /// A newer program wrote the line.
    Newer(UnreadableFact),
}

impl JournalLine {
    /// Encodes a fact.
    pub(super) fn of(fact: &Fact, since: Mono) -> Result<Self, JournalError> {
        let text = fact.write().map_err(|error| JournalError::Unencodable(error.to_string()))?;
        let about = About::of(fact);
        let line = match about {
            About::Node => format!("{NODE} {LIVE} {text}"),
            About::Live(call) => format!("{call} {LIVE} {text}"),
            About::End(call) => format!("{call} {END} {text}"),
        };
        Ok(Self { bytes: line.into_bytes(), about, since })
    }
}

/// Decodes the fact of a line.
pub(super) fn read(bytes: &[u8]) -> Result<Fact, Unreadable> {
    let broken = |about, cause: &str| Unreadable::Damaged { about, cause: cause.to_owned() };
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let whole = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
            return Err(broken(head(whole).map(|(about, _)| about), "it is not UTF-8"));
        }
    };
    let Some((about, fact)) = head(text) else { return Err(broken(None, "it has no call")) };
    Fact::read(fact).map_err(|error| match error {
        newer @ UnreadableFact::Newer { .. } => Unreadable::Newer(newer),
        UnreadableFact::Damaged(cause) => broken(Some(about), &cause),
    })
}

/// Returns what a line is about, and the rest of the line.
pub(super) fn head(line: &str) -> Option<(About, &str)> {
    let (call, rest) = line.split_once(' ')?;
    let (state, fact) = rest.split_once(' ')?;
    let about = match (call, state) {
        (NODE, LIVE) => About::Node,
        (call, LIVE) => About::Live(call.parse().ok()?),
        (call, END) => About::End(call.parse().ok()?),
        _ => return None,
    };
    Some((about, fact))
}

impl About {
    /// Returns what a fact is about.
    pub(super) fn of(fact: &Fact) -> Self {
        match fact {
            Fact::Opened { record, .. } => About::Live(record.id),
            Fact::Decided { call, .. }
            | Fact::Attempted { call, .. }
            | Fact::Carried { call, .. } => About::Live(*call),
            Fact::Bridged(change) => About::Live(change.record.id),
            Fact::Beat { .. } => About::Node,
            Fact::Ended(change) | Fact::Presumed(change) => About::End(change.record.id),
        }
    }

    /// Returns the call, if the fact is about one.
    pub(super) fn call(self) -> Option<CallId> {
        match self {
            About::Node => None,
            About::Live(call) | About::End(call) => Some(call),
        }
    }
}
