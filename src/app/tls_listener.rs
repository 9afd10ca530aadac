//! Warns of gateways that are called over TLS by a node that does not listen for it: what the far end
//! sends on a connection of its own, such as its BYE after the first one was closed, gets lost.

use crate::base::Diagnostic;
use crate::book::Book;
use crate::book::BookText;
use crate::book::Noun;
use crate::book::Trunk;
use crate::config::Settings;
use crate::config::Transport;

/// Returns a warning for each trunk with a gateway over TLS, unless the settings listen for TLS.
pub(super) fn warnings(settings: &Settings, book: &Book, written: BookText<'_>) -> Vec<Diagnostic> {
    if settings.sip.listen.iter().any(|listen| listen.transport == Transport::Tls) {
        return Vec::new();
    }
    let warning = |trunk: &Trunk| {
        let gateway =
            trunk.outbound.iter().map(|own| own.uri.as_str()).find(|uri| is_secure(uri))?;
        let message = format!(
            "trunk `{}` is called over TLS ({gateway}), and the node does not listen for TLS: what the \
             carrier sends on a connection of its own gets lost",
            trunk.id
        );
        let place = written.place(Noun::Trunk, trunk.id.as_str());
        let hint = "add an address like `tls:0.0.0.0:5061` to `[sip] listen`";
        Some(Diagnostic::warning(written.file, place, message).hint(hint))
    };
    book.trunks.iter().filter_map(warning).collect()
}

fn is_secure(uri: &str) -> bool {
    let uri = uri.to_ascii_lowercase();
    uri.starts_with("sips:") || uri.contains(";transport=tls")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_over_tls_needs_a_listener() {
        let found = |listen: &str, gateway: &str| {
            let settings = format!(
                "[sip]\nlisten = [\"udp:127.0.0.1:5060\"{listen}]\n\
                 tls_certificate = \"c\"\ntls_private_key = \"k\"\n"
            );
            let settings = Settings::parse("s", &settings, &|_| None).unwrap();
            let text = format!("[[trunk]]\nid = \"t\"\noutbound = \"{gateway}\"\n");
            let (book, faults) = crate::book::parse("b", &text);
            let written = BookText { file: "b", text: &text };
            let found = warnings(&settings, &book.unwrap_or_else(|| panic!("{faults:?}")), written);
            found.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        for gateway in ["sips:c.example", "sip:c.example;transport=TLS"] {
            let warned = found("", gateway);
            assert!(warned[0].contains("trunk `t` is called over TLS"), "{warned:?}");
            assert_eq!(found(", \"tls:127.0.0.1:5061\"", gateway), [""; 0]);
        }
        assert_eq!(found("", "sip:c.example;transport=tcp"), [""; 0]);
    }
}
