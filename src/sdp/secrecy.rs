//! SRTP of the switch's side of a leg: what it asks for, and what both sides agreed on.

use crate::base::KeySeed;
use crate::base::MasterKey;
use crate::base::Rng;
use crate::base::Security;
use crate::base::Srtp;
use crate::base::Suite;

use super::crypto::Crypto;

/// Whether a leg's audio may or must be SRTP, and its keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Secrecy {
    wish: Wish,
    seed: KeySeed,
    /// Number of the switch's own key: a new key of the far end is answered with a new one.
    generation: u32,
    agreed: Agreed,
}

/// What the switch asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Plain RTP only.
    Plain,
    /// Plain RTP is offered, both are taken.
    Either,
    /// SRTP is offered, both are taken.
    Secure,
    /// SRTP only.
    SecureOnly,
}

/// What both sides agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Agreed {
    Nothing,
    Plain,
    Secure { tag: u32, suite: Suite, theirs: MasterKey },
}

impl Secrecy {
    /// Creates the state of a leg before its first description. `over_tls` says whether its SIP
    /// messages, which carry the keys, are secret.
    pub fn new(srtp: Srtp, over_tls: bool, seed: KeySeed) -> Self {
        let wish = match (srtp, over_tls) {
            (Srtp::Off, _) => Wish::Plain,
            (Srtp::Auto, false) => Wish::Either,
            (Srtp::Auto, true) => Wish::Secure,
            (Srtp::Required, _) => Wish::SecureOnly,
        };
        Self { wish, seed, generation: 0, agreed: Agreed::Nothing }
    }

    /// Creates the state of a leg with plain RTP only.
    pub fn plain() -> Self {
        // No key is made of the seed.
        Self::new(Srtp::Off, false, KeySeed::random(&mut Rng::seeded(0)))
    }

    /// Returns whether SRTP is offered, and plain RTP would do.
    pub fn is_only_preferred(&self) -> bool {
        self.wish == Wish::Secure && self.agreed == Agreed::Nothing
    }

    pub(crate) const fn wish(&self) -> Wish {
        self.wish
    }

    /// Returns the `a=crypto` lines of an offer; none for plain RTP. A later offer has what was
    /// agreed on, and nothing else: a far end that chooses anew may begin anew.
    pub(crate) fn offered(&self) -> Vec<Crypto> {
        let line = |tag: u32, suite: Suite| Crypto { tag, suite, key: self.key(suite) };
        match (self.agreed, self.wish) {
            (Agreed::Secure { tag, suite, .. }, _) => vec![line(tag, suite)],
            (Agreed::Nothing, Wish::Secure | Wish::SecureOnly) => {
                (1..).zip(Suite::ALL).map(|(tag, suite)| line(tag, *suite)).collect()
            }
            (Agreed::Nothing, Wish::Plain | Wish::Either) | (Agreed::Plain, _) => Vec::new(),
        }
    }

    /// Takes a line of the far end's offer and returns what holds from now on. A new key or suite of
    /// the far end is one of a new stream, or of another phone, which does not know how often the
    /// numbers under the switch's key have wrapped: it gets a new key (RFC 4568 §7.1.4).
    pub(crate) fn take_offered(&mut self, crypto: Option<Crypto>) -> Option<Security> {
        if let (Agreed::Secure { suite, theirs, .. }, Some(new)) = (self.agreed, crypto)
            && (suite, theirs) != (new.suite, new.key)
        {
            self.generation = self.generation.wrapping_add(1);
        }
        self.agree(crypto)
    }

    /// Takes a line of the far end, or that there is none, and returns what holds from now on.
    pub(crate) fn agree(&mut self, crypto: Option<Crypto>) -> Option<Security> {
        let Some(Crypto { tag, suite, key: theirs }) = crypto else {
            self.agreed = Agreed::Plain;
            return None;
        };
        self.agreed = Agreed::Secure { tag, suite, theirs };
        Some(Security { suite, ours: self.key(suite), theirs })
    }

    fn key(&self, suite: Suite) -> MasterKey {
        self.seed.key(suite, self.generation)
    }
}
