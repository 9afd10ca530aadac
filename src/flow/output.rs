//! The outputs of a run.

use std::time::Duration;

use crate::base::FieldName;
use crate::base::FlowName;
use crate::base::OfferId;
use crate::base::Phone;

use super::DialTo;
use super::NotRouted;
use super::Pointer;
use super::Ringing;
use super::Sound;
use super::StepId;

/// One action or record, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// The caller enters this step.
    Step(StepId),
    /// Play these in sequence, in place of the current playback; then pass in
    /// [`super::Input::Played`] once. A call that is not answered yet is answered first.
    Play(Vec<Sound>),
    /// Stop playback at once: a key was pressed. No `Played` follows.
    StopPlaying,
    /// Keys that the caller typed at a question, without the finish key: for the call's events.
    Digits(String),
    /// A key that was ignored outside a question: for the call's events.
    DigitIgnored(char),
    /// Set this field, refresh the facts, then pass in [`super::Input::FieldSet`].
    Field {
        /// Name of the field.
        name: FieldName,
        /// New value of the field.
        value: String,
    },
    /// Route the call, to this offer or else to the number's own. Either the call is bridged and
    /// the flow is over, or the caller of the run passes in [`super::Input::NotRouted`].
    Route {
        /// Offer that the step names.
        offer: Option<OfferId>,
        /// Ring settings that override the offer's.
        ringing: Ringing,
    },
    /// Record the caller from now on (after a beep, if set), then pass in
    /// [`super::Input::Recorded`]. A call that is not answered yet is answered first.
    Record {
        /// Field for the recording's name; the run itself sets it.
        field: Option<FieldName>,
        /// Maximum length of the recording.
        max: Duration,
        /// Silence that ends the recording.
        silence: Duration,
        /// Key that ends the recording; the run sends the stop. Carriers that detect keys
        /// themselves get it too.
        finish: Option<char>,
        /// Whether the caller hears a beep first.
        beep: bool,
    },
    /// Stop the recording, as its finish key was pressed, and pass in [`super::Input::Recorded`].
    StopRecording,
    /// Connect the caller to a fixed destination. Either they are bridged and the flow is over, or
    /// the caller of the run passes in [`super::Input::NotDialled`].
    Dial {
        /// Destination to ring.
        to: DialTo,
        /// Ring timeout.
        timeout: Duration,
        /// Caller id to show; the caller's own number when absent.
        caller_id: Option<Phone>,
    },
    /// Query a web server, and pass in [`super::Input::LookedUp`].
    Lookup {
        /// `https` URL, with its variables filled in.
        url: String,
        /// Timeout of the whole answer, at most 5 s.
        timeout: Duration,
        /// Pointers into the JSON answer, and the fields that they fill.
        sets: Vec<(Pointer, FieldName)>,
    },
    /// Store this tag in the call record, in place of an earlier value.
    Tag {
        /// Name of the tag.
        name: FieldName,
        /// Value of the tag.
        value: String,
    },
    /// The call was not routed and the flow has no branch for it: the offer's own rule for such
    /// calls applies. The flow is over.
    Unrouted(NotRouted),
    /// Continue in another flow: [`super::Run::redirected`]. This flow is over.
    Redirect(FlowName),
    /// End the call. The flow is over.
    Hangup,
    /// Reject the call with this SIP status; end it when it is already answered. The flow is over.
    Reject {
        /// A SIP final status from 400 to 699.
        status: u16,
    },
}
