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
    /// What the caller typed at a question, without the finishing key: for the call's events.
    Digits(String),
    /// A key that was pressed outside a question, and so does nothing: for the call's events.
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
        /// How buyers are rung, where the step wants it otherwise than the offer.
        ringing: Ringing,
    },
    /// Keep what the caller says from now on (after a beep, where asked for), then hand in
    /// [`super::Input::Recorded`]. A call that is not answered yet is answered first.
    Record {
        /// The field that will hold the recording's name; set by the run itself.
        field: Option<FieldName>,
        /// Longest recording.
        max: Duration,
        /// It ends after so much silence.
        silence: Duration,
        /// The key that ends it; the run asks to stop when it is pressed. It is sent to
        /// carriers that detect the keys themselves.
        finish: Option<char>,
        /// Whether the caller hears a tone first.
        beep: bool,
    },
    /// The key that ends the recording was pressed: end it, and hand in
    /// [`super::Input::Recorded`].
    StopRecording,
    /// Connect the caller to a fixed destination. Either they are bridged and the flow is over, or
    /// [`super::Input::NotDialled`] is handed in.
    Dial {
        /// Whom to ring.
        to: DialTo,
        /// How long it rings.
        timeout: Duration,
        /// The number to show; the caller's own when there is none.
        caller_id: Option<Phone>,
    },
    /// Ask a web server, and hand in [`super::Input::LookedUp`].
    Lookup {
        /// An `https` URL, with its variables filled in.
        url: String,
        /// How long to wait for the whole answer, at most 5 s.
        timeout: Duration,
        /// What is taken out of the JSON answer, and which fields it becomes.
        sets: Vec<(Pointer, FieldName)>,
    },
    /// Keep this in the call's record, in place of an earlier value.
    Tag {
        /// Its name.
        name: FieldName,
        /// Its value.
        value: String,
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
