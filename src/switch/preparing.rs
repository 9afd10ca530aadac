//! Prepares a call's legs before they are dialled: rules of their media, sockets, addresses.

use std::net::SocketAddr;

use super::Media;
use super::Shared;
use super::address::Address;
use super::studio::Ringing;
use super::studio::Rules;
use super::studio::Studio;
use crate::base::LegId;
use crate::base::Outcome;
use crate::base::RingTone;
use crate::base::Rng;
use crate::base::TrunkId;
use crate::book::Book;
use crate::book::Destination;
use crate::book::Ringback;
use crate::book::Trunk;
use crate::call::Input;
use crate::call::Route;
use crate::sip::Peer;
use crate::sip::uri_host;

/// Returns what a trunk says about its legs' media.
pub(super) fn rules_of_trunk(trunk: &TrunkId, book: &Book) -> Rules {
    book.trunk(trunk).map_or_else(Rules::default, |trunk| Rules {
        symmetric_rtp: trunk.audio.symmetric_rtp,
        ringback: ringing(trunk),
        hold_music: trunk.audio.hold_music.clone(),
    })
}

/// Returns what a trunk's callers hear while phones ring: as the trunk says, or the tone of its
/// country.
fn ringing(trunk: &Trunk) -> Ringing {
    let country = match &trunk.audio.ringback {
        Some(Ringback::Recording(name)) => return Ringing::Recording(name.clone()),
        Some(Ringback::Country(country)) => Some(*country),
        None => trunk.country,
    };
    let tone = country.and_then(|country| RingTone::of_country(country.letters()));
    Ringing::Tone(tone.unwrap_or_default())
}

/// Returns what a destination, or else its trunk, says about its leg's media.
pub(super) fn rules_of(destination: &Destination, book: &Book) -> Rules {
    let trunk = destination.to.trunk();
    let rules = trunk.map(|trunk| rules_of_trunk(trunk, book)).unwrap_or_default();
    let symmetric_rtp = destination.symmetric_rtp.unwrap_or(rules.symmetric_rtp);
    Rules { symmetric_rtp, ..rules }
}

/// Binds the sockets of a leg whose address is resolved, to be dialled from `local`. Returns the
/// call's input.
pub(super) fn prepare(
    (leg, rules): (LegId, Rules),
    address: Option<Address>,
    local: SocketAddr,
    shared: &Shared,
    (studio, rng): (&mut Studio, &mut Rng),
) -> Input {
    let Some(address) = address else {
        return Input::Unprepared { leg, outcome: Outcome::Failed };
    };
    let Address { gateway, transport, takes_tcp, remote, sources, from_domain, target } = address;
    let bound = match studio.bind((leg, rules), &shared.media, remote, rng) {
        Ok(bound) => bound,
        Err(error) => {
            if error.is_starvation() {
                shared.admission.starve(shared.clock.now().mono);
            }
            tracing::error!(%error, "buyer not rung: no RTP ports");
            return Input::Unprepared { leg, outcome: Outcome::Failed };
        }
    };
    let peer = Peer { transport, remote, local, connection: None };
    let takes_tcp = takes_tcp && shared.line.listens_on_tcp();
    let route = Route { local: bound, peer, takes_tcp, sources, from_domain, target, gateway };
    Input::Prepared { leg, route }
}

/// Returns our host in identities: the advertised address, else the one that the caller reached.
pub(super) fn host(media: &Media, caller: &Peer) -> String {
    let local = Some(caller.local.ip()).filter(|ip| !ip.is_unspecified());
    let advertised = media.advertised_to(caller.remote.ip());
    let ip = advertised.or(local).or_else(|| media.towards(caller.remote));
    ip.map_or_else(|| "localhost".to_owned(), uri_host)
}
