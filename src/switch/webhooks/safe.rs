//! Documents for requests that no call stands behind. A carrier that gets no document reads an
//! error to the caller, so that there is always one.

use crate::carrier::Document;
use crate::carrier::Rejection;
use crate::carrier::Verb;

/// What the caller hears when the call cannot continue.
const SORRY: &str = "We're sorry. Your call cannot be completed. Goodbye.";
const LANGUAGE: &str = "en-US";

/// Ends a call that was answered before.
pub(super) fn sorry() -> Document {
    let (language, text) = (LANGUAGE.to_owned(), SORRY.to_owned());
    Document { verbs: vec![Verb::Say { language, text }, Verb::Hangup] }
}

/// Rejects a call that was not answered yet, so that it costs nothing.
pub(super) fn refused(how: Rejection) -> Document {
    Document { verbs: vec![Verb::Reject(how)] }
}

/// Nothing to do: the answer to a report of a state.
pub(super) fn noted() -> Document {
    Document::default()
}

/// Hangs up on a leg.
pub(super) fn hung_up() -> Document {
    Document { verbs: vec![Verb::Hangup] }
}
