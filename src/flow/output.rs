//! What a run wants done.

use crate::base::FieldName;
use crate::base::FlowName;
use crate::base::OfferId;

use super::NotRouted;
use super::Sound;
use super::StepId;

/// One thing to do or to note, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// The caller enters this step.
    Step(StepId),
    /// Play these, one after the other, in place of whatever plays; then hand in
    /// [`super::Input::Played`] once. A call that is not answered yet is answered first.
    Play(Vec<Sound>),
    /// Fall silent at once: a key was pressed. No `Played` follows.
    StopPlaying,
    /// What the caller typed at a question, without the finishing key: for the call's story.
    Digits(String),
    /// A key that was pressed while nothing was asked, and so does nothing: for the story.
    DigitIgnored(char),
    /// Set this field, refresh the facts, then hand in [`super::Input::FieldSet`].
    Field {
        /// Which field.
        name: FieldName,
        /// Its new value.
        value: String,
    },
    /// Route the call, to this offer or else to the number's own. Either the call is bridged and
    /// the flow is over, or [`super::Input::NotRouted`] is handed in.
    Route {
        /// The offer that the step names.
        offer: Option<OfferId>,
    },
    /// The call was not routed and the flow has no answer to it: the offer's own rule for such
    /// calls decides. The flow is over.
    Unrouted(NotRouted),
    /// Go on in another flow: [`super::Run::redirected`]. This flow is over.
    Redirect(FlowName),
    /// End the call. The flow is over.
    Hangup,
    /// Refuse the call with this SIP status; end it when it is already answered. The flow is over.
    Reject {
        /// A SIP final status from 400 to 699.
        status: u16,
    },
}
