//! Documents for requests without a call. A carrier without a document reads an error to the
//! caller, so every request gets one.

use crate::carrier::Document;
use crate::carrier::Rejection;
use crate::carrier::Verb;

/// Announcement when the call cannot continue.
const SORRY: &str = "We're sorry. Your call cannot be completed. Goodbye.";
const LANGUAGE: &str = "en-US";

/// Returns the document that ends an answered call.
pub(super) fn sorry() -> Document {
    let (language, text) = (LANGUAGE.to_owned(), SORRY.to_owned());
    Document { verbs: vec![Verb::Say { language, text }, Verb::Hangup] }
}

/// Returns the document that rejects a call before it is answered, so that it costs nothing.
pub(super) fn refused(how: Rejection) -> Document {
    Document { verbs: vec![Verb::Reject(how)] }
}

/// Returns the document with no instructions: the answer to a report of a state.
pub(super) fn noted() -> Document {
    Document::default()
}

/// Returns the document that hangs up a leg.
pub(super) fn hung_up() -> Document {
    Document { verbs: vec![Verb::Hangup] }
}
