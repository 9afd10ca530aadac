//! Warns of a node behind NAT that does not know its public address: what carriers send to the
//! address in its Contact and SDP gets lost.

use std::net::IpAddr;
use std::net::SocketAddr;

use crate::base::Diagnostic;
use crate::base::Reach;
use crate::book::Book;
use crate::book::BookText;
use crate::book::Noun;
use crate::book::Trunk;
use crate::config::Settings;
use crate::net::towards;

/// A port for the system's choice of a route; nothing is sent to it.
const PORT: u16 = 5060;

/// Returns a warning for each trunk at a public address whose calls would name a private one.
pub(super) fn warnings(settings: &Settings, book: &Book, written: BookText<'_>) -> Vec<Diagnostic> {
    if settings.sip.advertise.is_some() {
        return Vec::new();
    }
    let warning = |trunk: &Trunk| {
        let remote = public_address(trunk)?;
        let own = own_address(settings, remote)?;
        let message = format!(
            "trunk `{}` is at a public address ({remote}), and its calls would name {own}, which \
             is private, in Contact and SDP",
            trunk.id
        );
        let place = written.place(Noun::Trunk, trunk.id.as_str());
        let hint = "behind NAT, set `[sip] advertise` to the public address of this node";
        Some(Diagnostic::warning(written.file, place, message).hint(hint))
    };
    book.trunks.iter().filter_map(warning).collect()
}

/// Returns a public address of a trunk. A gateway with a name is not looked up.
fn public_address(trunk: &Trunk) -> Option<IpAddr> {
    let gateways = trunk.outbound.iter().map(|own| own.uri.host().trim_matches(['[', ']']));
    let gateways = gateways.filter_map(|host| host.parse().ok());
    let mut all = trunk.accept_from.iter().map(ipnet::IpNet::addr).chain(gateways);
    all.find(|address| Reach::Public.allows(*address))
}

/// Returns the private address that calls with `remote` would name; `None` if it is public, or the
/// node does not reach `remote`.
fn own_address(settings: &Settings, remote: IpAddr) -> Option<IpAddr> {
    let listeners = settings.sip.listen.iter().map(|listen| listen.address.ip());
    let mut own = listeners.filter(|own| own.is_ipv4() == remote.is_ipv4());
    let own = match own.next() {
        Some(own) if !own.is_unspecified() => own,
        Some(_) | None => towards(SocketAddr::new(remote, PORT))?,
    };
    (!Reach::Public.allows(own)).then_some(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_address_towards_a_public_trunk_is_warned_of() {
        let text = |from: &str, gateway: &str| {
            format!(
                "[[trunk]]\nid = \"t\"\naccept_from = [\"{from}\"]\noutbound = \"sip:{gateway}\"\n"
            )
        };
        let found = |listen: &str, advertise: &str, from: &str, gateway: &str| {
            let settings =
                format!("[sip]\nlisten = \"udp:{listen}:5060\"\nadvertise = \"{advertise}\"");
            let settings = Settings::parse("s", &settings, &|_| None).unwrap();
            let text = text(from, gateway);
            let (book, faults) = crate::book::parse("b", &text);
            let written = BookText { file: "b", text: &text };
            let found = warnings(&settings, &book.unwrap_or_else(|| panic!("{faults:?}")), written);
            found.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let warned = found("10.0.0.5", "", "8.8.8.0/24", "8.8.4.4");
        let said = "warning: trunk `t` is at a public address (8.8.8.0)";
        assert!(warned[0].contains(said), "{warned:?}");
        assert!(warned[0].contains("would name 10.0.0.5"), "{warned:?}");
        assert_eq!(found("10.0.0.5", "", "10.0.0.9", "8.8.4.4").len(), 1, "by its gateway");
        for (listen, advertise, from, gateway) in [
            ("10.0.0.5", "9.9.9.9", "8.8.8.0/24", "8.8.4.4"),
            ("9.9.9.9", "", "8.8.8.0/24", "8.8.4.4"),
            ("10.0.0.5", "", "10.0.0.9", "10.0.0.9"),
            ("10.0.0.5", "", "10.0.0.9", "gateway.example"),
        ] {
            assert_eq!(found(listen, advertise, from, gateway), [""; 0], "{listen} {from}");
        }
    }
}
