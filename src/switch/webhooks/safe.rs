//! Documents for requests that no call stands behind. A carrier that gets no document reads an
//! error to the caller, so that there is always one.

use std::time::Duration;

use crate::carrier::Document;
use crate::carrier::Rejection;
use crate::carrier::Verb;

/// What the caller hears when the call cannot continue.
const SORRY: &str = "We're sorry. Your call cannot be completed. Goodbye.";
const LANGUAGE: &str = "en-US";
/// How long a call pauses before it asks for its step again.
const PAUSE: Duration = Duration::from_secs(1);

/// Ends a call that was answered before.
pub(super) fn sorry() -> Document {
    let (language, text) = (LANGUAGE.to_owned(), SORRY.to_owned());
    Document { verbs: vec![Verb::Say { language, text }, Verb::Hangup] }
}

/// Rejects a call that was not answered yet, so that it costs nothing.
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

/// Nothing to do: the answer to a report of a state.
pub(super) fn noted() -> Document {
    Document::default()
}

/// Hangs up on a leg.
pub(super) fn hung_up() -> Document {
    Document { verbs: vec![Verb::Hangup] }
}
