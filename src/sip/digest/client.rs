//! Answers challenges.

use std::net::IpAddr;
use std::sync::Arc;

use smallvec::SmallVec;

use super::Credentials;
use super::challenge::Challenge;
use super::challenge::Place;
use crate::base::Rng;
use crate::sip::reply::Reply;
use crate::sip::wire::HeaderName;

/// Most challenges of one request that are answered: of a proxy and of the far end, or a second one
/// because the first nonce was too old.
pub(in crate::sip) const TRIES_MAX: u32 = 2;

/// The credentials for the requests of one call or registration, and the challenges that they
/// answer.
#[derive(Debug, Clone)]
pub(in crate::sip) struct Authorizer {
    credentials: Arc<Credentials>,
    known: SmallVec<[Known; 1]>,
    /// Challenges to the current request that were answered.
    tries: u32,
}

/// A challenge, and how many requests have answered it.
#[derive(Debug, Clone)]
struct Known {
    place: Place,
    challenge: Challenge,
    count: u32,
}

impl Authorizer {
    pub(in crate::sip) fn new(credentials: Arc<Credentials>) -> Authorizer {
        Authorizer { credentials, known: SmallVec::new(), tries: 0 }
    }

    /// Takes up the challenge of a response to a request that was sent to `asked`. Returns whether
    /// the request is to be sent again: not if the response came from another address, or has no
    /// challenge that can be answered, or of another realm than that of the credentials, if the credentials were wrong, or after [`TRIES_MAX`].
    pub(in crate::sip) fn take_up(&mut self, reply: &Reply<'_>, asked: IpAddr) -> bool {
        let Some(place) = Place::of(reply.status) else { return false };
        let Some(challenge) = Challenge::strongest(reply.message, place) else { return false };
        let is_ours = self.credentials.is_for(&challenge.realm);
        if self.tries >= TRIES_MAX || reply.peer.remote.ip() != asked || !is_ours {
            return false;
        }
        let same = |known: &Known| known.place == place && known.challenge.realm == challenge.realm;
        let answered = self.tries > 0 && self.known.iter().any(same);
        // The server knows these credentials to be wrong.
        if answered && !challenge.is_stale {
            return false;
        }
        self.tries += 1;
        self.known.retain(|known| !same(known));
        self.known.push(Known { place, challenge, count: 0 });
        true
    }

    /// Returns the same for the next request.
    pub(in crate::sip) fn renewed(mut self) -> Authorizer {
        self.tries = 0;
        self
    }

    /// Returns the headers of the next request (RFC 3261 §22.2, §22.3): an answer to each known
    /// challenge.
    pub(in crate::sip) fn headers(
        &mut self,
        method: &str,
        uri: &str,
        rng: &mut Rng,
    ) -> Vec<(HeaderName<'static>, String)> {
        let credentials = &self.credentials;
        let known = self.known.iter_mut().map(|known| {
            known.count = known.count.saturating_add(1);
            let cnonce = format!("{:016x}", rng.next_u64());
            let request = (method, uri);
            let value = credentials.answer(&known.challenge, request, known.count, &cnonce);
            (known.place.answers(), value)
        });
        known.collect()
    }
}
