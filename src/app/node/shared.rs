//! What the calls of a node share, as the settings want it.

use std::sync::Arc;
use std::time::Duration;

use crate::app::Fault;
use crate::base::OwnPorts;
use crate::config::Settings;
use crate::net::Dns;
use crate::net::own_addresses;
use crate::net::rtp::PortRange;
use crate::switch::Admission;
use crate::switch::Attesting;
use crate::switch::Callers;
use crate::switch::Media;
use crate::switch::Recordings;
use crate::switch::Trunks;

/// How long a bridged leg may receive no audio before the call ends.
const SILENCE: Duration = Duration::from_secs(30);

/// Returns what is known of trunks: nothing yet. Hosts are looked up by the name servers of the
/// settings.
pub(super) fn trunks(settings: &Settings) -> Result<Trunks, Fault> {
    Ok(Trunks::new(Dns::new(&settings.sip.nameservers).map_err(Fault::of)?))
}

/// Returns the checks of callers, with the authorities of the settings.
pub(super) fn callers(settings: &Settings) -> Result<Callers, Fault> {
    let authorities = settings.stir.authorities.as_deref();
    let attesting = Attesting::of_file(authorities).map_err(Fault::of)?;
    Ok(Callers::new(settings.spam, attesting))
}

/// Returns the media settings of calls.
pub(super) fn media(settings: &Settings) -> Media {
    let range = settings.media.ports;
    let address = settings.media.address;
    let others = if address.is_unspecified() { own_addresses() } else { Vec::new() };
    let own = others.into_iter().chain([address]).chain(settings.sip.advertise);
    Media {
        runtime: tokio::runtime::Handle::current(),
        ports: PortRange::new(address, range.first()..=range.last()),
        recordings: Recordings::at(settings.media.recordings.clone()),
        silence: SILENCE,
        own_ports: Arc::new(OwnPorts::new(own, range.first()..=range.last())),
        over_rate: Arc::default(),
        advertise: settings.sip.advertise,
    }
}

/// Returns the limits on new calls.
pub(super) fn admission(settings: &Settings) -> Admission {
    let max_calls = usize::try_from(settings.sip.max_calls).unwrap_or(usize::MAX);
    Admission::new(max_calls, settings.sip.calls_per_second)
}
