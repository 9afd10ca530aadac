//! Documents for requests without a call. A carrier without a document reads an error to the
//! caller, so every request gets one.

use std::time::Duration;

use crate::carrier::Document;
use crate::carrier::Rejection;
use crate::carrier::Verb;

/// Announcement when the call cannot continue.
const SORRY: &str = "We're sorry. Your call cannot be completed. Goodbye.";
const LANGUAGE: &str = "en-US";
/// How long a call pauses before it asks for its step again.
const PAUSE: Duration = Duration::from_secs(1);

/// Returns the document that ends an answered call.
pub(super) fn sorry() -> Document {
    let (language, text) = (LANGUAGE.to_owned(), SORRY.to_owned());
    Document { verbs: vec![Verb::Say { language, text }, Verb::Hangup] }
}

/// Returns the document that rejects a call before it is answered, so that it costs nothing.
pub(super) fn refused(how: Rejection) -> Document {
    Document { verbs: vec![Verb::Reject(how)] }
}

/// Sends a call that was not answered yet back to its step: nothing is heard, and nothing costs.
pub(super) fn again(url: String) -> Document {
    Document { verbs: vec![Verb::Redirect { url }] }
}

/// Sends a call back to its step, which is still worked on.
pub(super) fn wait(url: String) -> Document {
    Document { verbs: vec![Verb::Pause { length: PAUSE }, Verb::Redirect { url }] }
}

/// Sends a buyer's leg back to its step. A carrier that takes no `<Redirect>` there hangs up on the
/// leg: at the end of a whisper it would join the two.
pub(super) fn again_or_hung_up(url: String) -> Document {
    Document { verbs: vec![Verb::Redirect { url }, Verb::Hangup] }
}

/// Returns the document with no instructions: the answer to a report of a state.
pub(super) fn noted() -> Document {
    Document::default()
}

/// Returns the document that hangs up a leg.
pub(super) fn hung_up() -> Document {
    Document { verbs: vec![Verb::Hangup] }
}
