//! Phones of callers and buyers: SIP agents with scripts.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use bytes::Bytes;

use strowger::base::Codec;
use strowger::base::KeySeed;
use strowger::base::LegId;
use strowger::base::Mono;
use strowger::base::Rng;
use strowger::base::Srtp;
use strowger::sdp;
use strowger::sip::Agent;
use strowger::sip::AgentConfig;
use strowger::sip::ConnectionId;
use strowger::sip::Peer;
use strowger::sip::Transport;

/// State of a phone's leg, as its owner sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Ringing,
    Up,
    Over,
}

pub(crate) struct Phone {
    pub(crate) name: String,
    pub(crate) address: SocketAddr,
    pub(crate) agent: Agent,
    pub(crate) body: Bytes,
    pub(crate) standings: BTreeMap<LegId, Standing>,
    /// Since when it neither receives nor sends.
    pub(crate) vanished: Option<Mono>,
    connection: ConnectionId,
}

impl Phone {
    /// `srtp` says whether its offers are SRTP, which the switch takes.
    pub(crate) fn new(
        name: String,
        number: usize,
        (address, srtp): (SocketAddr, Srtp),
        rng: &mut Rng,
    ) -> Phone {
        let media = SocketAddr::new(address.ip(), 20_000);
        let secrecy = sdp::Secrecy::new(srtp, false, KeySeed::random(rng));
        let local = sdp::Local::new((media, address.ip()), 1, secrecy);
        let codecs: &[Codec] = match rng.below(3) {
            0 => &[Codec::Pcma],
            1 => &[Codec::Pcmu],
            _ => Codec::ALL,
        };
        Phone {
            name,
            address,
            agent: Agent::new(AgentConfig::new(address), rng.fork()),
            body: sdp::offer(&local, codecs),
            standings: BTreeMap::new(),
            vanished: None,
            connection: ConnectionId(number as u64 + 1),
        }
    }

    /// A message between `local` and `remote`, one of which is this phone.
    pub(crate) fn peer(&self, transport: Transport, local: SocketAddr, remote: SocketAddr) -> Peer {
        let connection = (transport == Transport::Tcp).then_some(self.connection);
        Peer { transport, remote, local, connection }
    }

    pub(crate) fn stand(&mut self, session: LegId, to: Standing) {
        let before = self.standings.insert(session, to);
        let allowed = match to {
            Standing::Ringing => before.is_none(),
            Standing::Up => before == Some(Standing::Ringing),
            Standing::Over => matches!(before, Some(Standing::Ringing | Standing::Up)),
        };
        assert!(allowed, "{}: leg {session} goes from {before:?} to {to:?}", self.name);
    }

    /// Checks that everything has ended, unless the phone is gone.
    pub(crate) fn assert_idle(&self) {
        if self.vanished.is_some() {
            return;
        }
        let left = (self.agent.sessions(), self.agent.transactions());
        assert_eq!(left, (0, 0), "{} has sessions and transactions left", self.name);
        for (session, standing) in &self.standings {
            assert_eq!(*standing, Standing::Over, "{}: leg {session} has no end", self.name);
        }
    }
}
