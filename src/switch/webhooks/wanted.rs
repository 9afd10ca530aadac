//! What a request asks for: one step of one call, which has a name and a URL.

use super::ask::part;
use super::live::key;
use super::safe;
use crate::carrier::Addresses;
use crate::carrier::Callback;
use crate::carrier::Carrier;
use crate::carrier::Document;
use crate::carrier::Request;
use crate::carrier::Token;

/// A request with a valid signature.
#[derive(Debug)]
pub enum WebhookRequest {
    /// A call's first request, for the number of the path or else the one that the request names.
    Voice(Option<String>),
    /// The state of a call, without our token in the path.
    Status,
    /// A callback at one of our URLs.
    Call {
        /// The token.
        token: String,
        /// The callback's part of the path.
        callback: String,
    },
}

/// A step that a carrier asks for.
#[derive(Debug, Clone)]
pub(super) enum Wanted {
    /// The first one, for the number of the path, else for the one that the request names.
    Enter(Option<String>),
    /// The state of a call that the path does not name.
    Status,
    /// A callback of a document.
    Of(Token, Callback),
}

impl Wanted {
    /// Returns the step of a request; `None` when no document of ours has such a URL.
    pub(super) fn read(asked: WebhookRequest, request: &Request) -> Option<Self> {
        match asked {
            // Plivo reports the end of a call at the URL where the call came in, by default.
            WebhookRequest::Voice(_) if request.state.is_some_and(|state| state.is_final()) => {
                Some(Self::Status)
            }
            WebhookRequest::Voice(number) => Some(Self::Enter(number)),
            WebhookRequest::Status => Some(Self::Status),
            WebhookRequest::Call { token, callback } => {
                Some(Self::Of(Token::parse(&token)?, Callback::parse(&callback)?))
            }
        }
    }

    /// Returns the step's name: requests of one name have one answer.
    pub(super) fn name(&self, request: &Request) -> String {
        let Request { carrier, call, .. } = request;
        match self {
            Self::Enter(_) => format!("{carrier} {call} {}", key(&Callback::Enter, request)),
            Self::Status => format!("{carrier} {call} {}", key(&Callback::Status, request)),
            Self::Of(token, callback) => format!("{token} {}", key(callback, request)),
        }
    }

    /// Returns the document for a carrier that may not wait any longer while the step is still in
    /// progress: it is sent back to the step, and to a report there is nothing to answer.
    pub(super) fn deferred(&self, public: &str, carrier: Carrier) -> Document {
        match self {
            Self::Enter(number) => {
                let number = number.as_deref().map(part);
                safe::again(Addresses::voice(public, carrier, number.as_deref()))
            }
            Self::Of(token, callback) => {
                let url = Addresses::new(public, carrier, token).step(callback);
                match callback {
                    Callback::Enter | Callback::Leave(_) => safe::wait(url),
                    // Plivo's whispers only speak.
                    Callback::Whisper(..) | Callback::Accept(..) if carrier.whispers_by_noun() => {
                        safe::again_or_hung_up(url)
                    }
                    Callback::Whisper(..) | Callback::Accept(..) => safe::hung_up(),
                    Callback::Leg(_) | Callback::Status => safe::noted(),
                }
            }
            Self::Status => safe::noted(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;
    use crate::carrier::Verb;
    use crate::sale::AttemptKey;

    const PUBLIC: &str = "https://calls.example/";

    fn of(callback: Callback) -> Wanted {
        Wanted::Of(Token::parse(&"a".repeat(32)).unwrap(), callback)
    }

    /// A call's documents never hang up, and lead back to the same step.
    #[test]
    fn a_carrier_that_may_not_wait_is_sent_back_to_the_same_step() {
        let step = format!("https://calls.example/carriers/telnyx/call/{}/next/3", "a".repeat(32));
        let voice = "https://calls.example/carriers/telnyx/voice";
        for (wanted, expected) in [
            (Wanted::Enter(None), voice.to_owned()),
            (Wanted::Enter(Some("+1 800".to_owned())), format!("{voice}/%2B1%20800")),
            (of(Callback::Leave(3)), step),
        ] {
            let document = wanted.deferred(PUBLIC, Carrier::Telnyx);
            let (last, before) = document.verbs.split_last().unwrap();
            assert_eq!(*last, Verb::Redirect { url: expected }, "{wanted:?}");
            let pauses = before.iter().all(|verb| matches!(verb, Verb::Pause { .. }));
            assert!(pauses, "{before:?}");
            // A pause would answer a call that rings, and cost.
            assert_eq!(before.is_empty(), matches!(wanted, Wanted::Enter(_)), "{wanted:?}");
        }
    }

    /// At the end of a whisper's document the two legs are joined.
    #[test]
    fn a_leg_that_may_not_wait_is_never_joined() {
        let leg = AttemptKey::random(&mut Rng::seeded(1));
        for callback in [Callback::Whisper(leg, 1), Callback::Accept(leg, 1)] {
            for carrier in Carrier::ALL {
                let document = of(callback.clone()).deferred(PUBLIC, carrier);
                assert_eq!(document.verbs.last(), Some(&Verb::Hangup), "{carrier} {callback}");
            }
        }
        for callback in [Callback::Leg(leg), Callback::Status] {
            assert_eq!(of(callback).deferred(PUBLIC, Carrier::Twilio), Document::default());
        }
    }
}
