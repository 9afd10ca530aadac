//! URLs of ours in the documents of one call. They are always absolute.

use super::Callback;
use super::Token;
use crate::carrier::Carrier;
use crate::sale::AttemptKey;

/// Builds the URLs of one call.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// The public URL without a trailing slash, followed by `/carriers/NAME/call/TOKEN`.
    call: String,
    /// The public URL without a trailing slash.
    public: String,
}

impl Addresses {
    /// Creates the URLs of a call at a carrier below our public URL, such as
    /// `https://calls.example.com`.
    pub fn new(public: &str, carrier: Carrier, token: &Token) -> Self {
        let public = public.trim_end_matches('/').to_owned();
        let call = format!("{public}/carriers/{}/call/{token}", carrier.name());
        Self { call, public }
    }

    /// Returns the URL of a call's first request: under a public address, for the number of the
    /// path, which is percent-encoded, or for any.
    pub fn voice(public: &str, carrier: Carrier, number: Option<&str>) -> String {
        let public = public.trim_end_matches('/');
        let voice = format!("{public}/carriers/{}/voice", carrier.name());
        number.map_or_else(|| voice.clone(), |number| format!("{voice}/{number}"))
    }

    /// Returns the URL of a step.
    pub fn step(&self, callback: &Callback) -> String {
        self.of(callback)
    }

    fn of(&self, callback: &Callback) -> String {
        format!("{}/{callback}", self.call)
    }

    /// Returns the URL that the carrier requests after it has carried out a document.
    pub(super) fn next(&self, document: u32) -> String {
        self.of(&Callback::Leave(document))
    }

    /// Returns the URL of the whisper that a buyer hears before the bridge.
    pub(super) fn whisper(&self, leg: AttemptKey, nth: u32) -> String {
        self.of(&Callback::Whisper(leg, nth))
    }

    /// Returns the URL that receives the key that the buyer pressed.
    pub(super) fn accept(&self, leg: AttemptKey, nth: u32) -> String {
        self.of(&Callback::Accept(leg, nth))
    }

    /// Returns the URL that receives the states of an attempt.
    pub(super) fn leg(&self, leg: AttemptKey) -> String {
        self.of(&Callback::Leg(leg))
    }

    /// Returns the URL of a sound file of the flows or prompts; `name` is a checked relative path.
    pub(super) fn sound(&self, name: &str) -> String {
        format!("{}/sounds/{name}", self.public)
    }
}
