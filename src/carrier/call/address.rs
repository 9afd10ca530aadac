//! Our addresses, as they stand in the documents of one call: always whole ones.

use super::Callback;
use super::Token;
use crate::carrier::Carrier;
use crate::sale::AttemptKey;

/// Builds the addresses of one call.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// The public address without a slash at its end, then `/carriers/NAME/call/TOKEN`.
    call: String,
    /// The public address without a slash at its end.
    public: String,
}

impl Addresses {
    /// Addresses under our public one, `https://calls.example.com`, for a call at a carrier.
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

    /// Returns the URL to request when a document was carried out.
    pub(super) fn next(&self, document: u32) -> String {
        self.of(&Callback::Leave(document))
    }

    /// Returns the URL of what a buyer hears before the bridge.
    pub(super) fn whisper(&self, leg: AttemptKey, nth: u32) -> String {
        self.of(&Callback::Whisper(leg, nth))
    }

    /// Returns the URL that receives the buyer's key.
    pub(super) fn accept(&self, leg: AttemptKey, nth: u32) -> String {
        self.of(&Callback::Accept(leg, nth))
    }

    /// Reports an attempt's states.
    pub(super) fn leg(&self, leg: AttemptKey) -> String {
        self.of(&Callback::Leg(leg))
    }

    /// Returns the URL of a sound file of the flows or prompts; its name is a checked relative
    /// path.
    pub(super) fn sound(&self, name: &str) -> String {
        format!("{}/sounds/{name}", self.public)
    }
}
