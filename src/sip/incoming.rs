//! A new incoming call.

use std::borrow::Cow;
use std::net::SocketAddr;

use bytes::Bytes;

use super::Peer;
use super::body::sdp;
use super::peer::Origin;
use super::request::MAX_FORWARDS;
use super::wire::HeaderName;
use super::wire::Message;
use super::wire::NameAddr;
use super::wire::Uri;
use crate::base::LegId;
use crate::base::TrunkId;

/// An INVITE outside a dialog.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// Id of the new leg.
    pub session: LegId,
    /// Sender of the INVITE: the caller, or our own proxy in front.
    pub peer: Peer,
    /// Address of the caller: the peer's, or the one that our proxy names.
    pub source: SocketAddr,
    /// Trunk of that address.
    pub trunk: TrunkId,
    /// The INVITE.
    pub request: Message,
    called: String,
    callers: Vec<String>,
    display: Option<String>,
}

/// Most bytes of headers that a call onward repeats.
pub const PASSED_ON_MAX: usize = 8 * 1024;

/// Where the dialled number stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialled {
    /// In the Request-URI.
    Target,
    /// In To: the Request-URI is the Contact that we registered.
    To,
}

impl Incoming {
    pub(super) fn new(
        session: LegId,
        origin: Origin,
        (trunk, dialled): (TrunkId, Dialled),
        request: Message,
    ) -> Self {
        let Origin { peer, source } = origin;
        let target = || request.request_uri().ok().and_then(|uri| number(&uri));
        let called = match dialled {
            Dialled::Target => target(),
            Dialled::To => request.to().ok().and_then(|to| number(&to.uri)).or_else(target),
        };
        let called = called.unwrap_or_default();
        let (callers, display) = match request.from() {
            Ok(from) if !is_withheld(&request, &from) => {
                let shown = Some(&from.display).filter(|name| !name.is_empty());
                (callers(&request, &from), shown.map(ToString::to_string))
            }
            Ok(_) | Err(_) => (Vec::new(), None),
        };
        Self { session, peer, source, trunk, request, called, callers, display }
    }

    /// Returns the number that was dialled: the user part of the Request-URI, or of To, without
    /// parameters and escapes; empty if there is none.
    pub fn called(&self) -> &str {
        &self.called
    }

    /// Returns the user parts of the caller's identities, the first one that is a phone number
    /// counts: of P-Asserted-Identity, P-Preferred-Identity (RFC 3325), Remote-Party-ID
    /// (draft-ietf-sip-privacy-04), and From. Empty if the caller withholds them (RFC 3323).
    pub fn callers(&self) -> &[String] {
        &self.callers
    }

    /// Returns the caller's display name in From, if there is one and it is not withheld.
    pub fn display(&self) -> Option<&str> {
        self.display.as_deref()
    }

    /// Returns the SDP offer, or `None` for a delayed offer (RFC 3264 §5).
    pub fn offer(&self) -> Option<Bytes> {
        sdp(&self.request)
    }

    /// Returns Max-Forwards for an INVITE that passes this call on: one less than this INVITE's
    /// (RFC 3261 §16.6), so that a looping call ends with 483.
    pub fn hops_onward(&self) -> u8 {
        let left = self.request.max_forwards().ok().flatten().unwrap_or(MAX_FORWARDS);
        left.min(MAX_FORWARDS).saturating_sub(1)
    }

    /// Returns the headers that a call onward repeats: who diverted it (RFC 5806, RFC 7044), and who
    /// vouches for the caller (RFC 8224). Those above [`PASSED_ON_MAX`] bytes are left out.
    pub fn passed_on(&self) -> Vec<(String, String)> {
        const NAMES: [HeaderName<'static>; 3] =
            [HeaderName::Diversion, HeaderName::HistoryInfo, HeaderName::Identity];
        let of = |name| self.request.headers(name).map(move |value| (name, value));
        let mut left = PASSED_ON_MAX;
        let kept = NAMES.into_iter().flat_map(of).take_while(|(_, value)| {
            let rest = left.checked_sub(value.len());
            left = rest.unwrap_or(0);
            rest.is_some()
        });
        kept.map(|(name, value)| (name.as_str().to_owned(), value.to_owned())).collect()
    }

    /// Returns the headers with these names, for a call onward that repeats them. Those above
    /// [`PASSED_ON_MAX`] bytes, of all together, are left out.
    pub fn headers_named<'n>(
        &self,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Vec<(String, String)> {
        let mut left = PASSED_ON_MAX;
        let mut kept = Vec::new();
        for name in names {
            for value in self.request.headers(HeaderName::parse(name)) {
                let Some(rest) = left.checked_sub(name.len() + value.len()) else { return kept };
                left = rest;
                kept.push((name.to_owned(), value.to_owned()));
            }
        }
        kept
    }

    /// Returns the number that diverted the call, the latest first: of Diversion (RFC 5806), else the
    /// one before the last in History-Info (RFC 7044 §4); `None` if the call was not diverted.
    pub fn diverted_from(&self) -> Option<String> {
        let numbers = |name| {
            let uris = self.request.addresses(name).flatten().map(|address| address.uri);
            uris.filter_map(|uri| number(&uri)).collect::<Vec<_>>()
        };
        let history = || numbers(HeaderName::HistoryInfo).into_iter().rev().nth(1);
        numbers(HeaderName::Diversion).into_iter().next().or_else(history)
    }

    /// Returns the Call-ID, for logs and records.
    pub fn call_id(&self) -> &str {
        self.request.call_id().unwrap_or_default()
    }
}

fn number(uri: &Uri) -> Option<String> {
    uri.number().map(Cow::into_owned).filter(|number| !number.is_empty())
}

/// Returns the identities. A network may assert a name in a `sip:` URI beside the number in a `tel:`
/// URI (RFC 3325 §9.1); an exchange may assert an extension.
fn callers(request: &Message, from: &NameAddr<'_>) -> Vec<String> {
    let asserted = request.addresses(HeaderName::PAssertedIdentity);
    let preferred = request.addresses(HeaderName::PPreferredIdentity);
    let known = asserted.chain(preferred).flatten().chain(calling_parties(request));
    known.map(|known| known.uri).chain([from.uri.clone()]).filter_map(|uri| number(&uri)).collect()
}

/// Returns the values of Remote-Party-ID that describe the caller.
fn calling_parties(request: &Message) -> impl Iterator<Item = NameAddr<'_>> {
    request.addresses(HeaderName::RemotePartyId).flatten().filter(|party| {
        party.params.find("party").is_none_or(|whose| whose.eq_ignore_ascii_case("calling"))
    })
}

/// Returns whether the caller withholds their number: Privacy (RFC 3323 §4.2, RFC 3325 §9.3),
/// `privacy` of Remote-Party-ID, or an anonymous From (RFC 3323 §4.1.1.3).
fn is_withheld(request: &Message, from: &NameAddr<'_>) -> bool {
    let private = request.headers(HeaderName::Privacy).flat_map(|value| value.split(';'));
    let asked = private
        .map(str::trim)
        .any(|kind| ["id", "user", "header"].iter().any(|p| kind.eq_ignore_ascii_case(p)));
    let user = from.uri.user().unwrap_or_default();
    let host = from.uri.host().unwrap_or_default();
    let withheld = |kind: &str| ["full", "uri"].iter().any(|p| kind.eq_ignore_ascii_case(p));
    asked
        || calling_parties(request)
            .filter_map(|party| party.params.find("privacy"))
            .any(|kinds| kinds.trim_matches('"').split('-').any(withheld))
        || user.eq_ignore_ascii_case("anonymous")
        || host.eq_ignore_ascii_case("anonymous.invalid")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Phone;
    use crate::sip::Transport;
    use crate::sip::wire::Framing;

    fn incoming(uri: &str, from: &str, more: &str) -> Incoming {
        let text = format!(
            "INVITE {uri} SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\nFrom: {from}\r\n\
             To: <sip:x@y>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n{more}\r\n"
        );
        let peer = Peer {
            transport: Transport::Udp,
            remote: ([192, 0, 2, 1], 5060).into(),
            local: ([192, 0, 2, 2], 5060).into(),
            connection: None,
        };
        let request = Message::parse(text, Framing::Datagram).unwrap();
        let trunk = ("t".parse().unwrap(), Dialled::Target);
        Incoming::new(LegId(1), Origin::direct(peer), trunk, request)
    }

    /// Returns the caller as a switch without a country reads it.
    fn caller_of(incoming: &Incoming) -> Option<Phone> {
        incoming.callers().iter().find_map(|text| Phone::of_caller(text, None))
    }

    #[test]
    fn a_call_that_is_passed_on_has_one_hop_less() {
        for (more, onward) in [
            ("", 69),
            ("Max-Forwards: 70\r\n", 69),
            ("Max-Forwards: 68\r\n", 67),
            ("Max-Forwards: 255\r\n", 69),
            ("Max-Forwards: 1\r\n", 0),
        ] {
            let incoming = incoming("sip:1@h", "<sip:h>;tag=1", more);
            assert_eq!(incoming.hops_onward(), onward, "{more}");
        }
    }

    #[test]
    fn who_diverted_and_who_vouches_is_passed_on() {
        const DIVERSION: &str = "Diversion: <sip:+12125550134@h>;reason=no-answer";
        const HISTORY: &str = "History-Info: <sip:+18005550100@h>;index=1, \
            <sip:+12125550199@h>;index=1.1, <sip:+18005550101@h;cause=302>;index=1.1.1";
        for (more, from, passed) in [
            (String::new(), None, vec![]),
            (format!("{DIVERSION}\r\n"), Some("+12125550134"), vec!["Diversion"]),
            (
                format!("{DIVERSION}, <sip:+1999@h>\r\n"),
                Some("+12125550134"),
                vec!["Diversion", "Diversion"],
            ),
            (format!("{HISTORY}\r\n"), Some("+12125550199"), vec!["History-Info"; 3]),
            (
                format!("{HISTORY}\r\n{DIVERSION}\r\ny: a.b.c;info=<https://c>\r\n"),
                Some("+12125550134"),
                vec!["Diversion", "History-Info", "History-Info", "History-Info", "Identity"],
            ),
            ("History-Info: <sip:+1800@h>;index=1\r\n".to_owned(), None, vec!["History-Info"]),
            ("Diversion: <sip:anonymous@h>\r\n".to_owned(), Some("anonymous"), vec!["Diversion"]),
            (format!("Identity: {}\r\n", "x".repeat(PASSED_ON_MAX - 200)), None, vec!["Identity"]),
            (
                format!("{DIVERSION}\r\n{}", format!("y: {}\r\n", "x".repeat(5_000)).repeat(2)),
                Some("+12125550134"),
                vec!["Diversion", "Identity"],
            ),
        ] {
            let incoming = incoming("sip:1@h", "<sip:h>;tag=1", &more);
            assert_eq!(incoming.diverted_from().as_deref(), from, "{more}");
            let names: Vec<String> =
                incoming.passed_on().into_iter().map(|(name, _)| name).collect();
            assert_eq!(names, passed, "{more}");
        }
    }

    #[test]
    fn headers_are_found_by_their_names() {
        let more = "X-Lead: 7\r\nUser-to-User: 00ab;encoding=hex\r\nx-lead: 8\r\ns: sale\r\n";
        let found = |names: &[&str], more: &str| {
            incoming("sip:1@h", "<sip:h>;tag=1", more).headers_named(names.iter().copied())
        };
        let shown: Vec<String> = found(&["x-Lead", "Subject", "X-None", "USER-TO-USER"], more)
            .into_iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        let expected =
            ["x-Lead: 7", "x-Lead: 8", "Subject: sale", "USER-TO-USER: 00ab;encoding=hex"];
        assert_eq!(shown, expected);
        let long = format!("X-Lead: {}\r\n", "x".repeat(3_000)).repeat(4);
        assert_eq!(found(&["X-Lead"], &long).len(), 2, "of 8 KiB");
    }

    #[test]
    fn caller_and_called_are_found() {
        let ann = "\"Ann\" <sip:+13055550123@h>;tag=1";
        let pai = "P-Asserted-Identity: <sip:+12125550134@h>\r\n";
        for (uri, from, more, called, caller, display) in [
            ("sip:+18005550100@h", ann, "", "+18005550100", Some("+13055550123"), Some("Ann")),
            ("sip:1;npdi@h", ann, pai, "1", Some("+12125550134"), Some("Ann")),
            ("sip:%2B1@h", "<sip:h>;tag=1", "", "+1", None, None),
            ("sip:h", ann, "Privacy: id;critical\r\n", "", None, None),
            ("tel:+1800", "<sip:anonymous@anonymous.invalid>;tag=1", pai, "+1800", None, None),
            ("sip:9@h", ann, "Privacy: none\r\n", "9", Some("+13055550123"), Some("Ann")),
        ] {
            let incoming = incoming(uri, from, more);
            let caller_found = caller_of(&incoming);
            let caller_found = caller_found.as_ref().map(Phone::e164);
            let found = (incoming.called(), caller_found, incoming.display());
            assert_eq!(found, (called, caller, display), "{uri} {from} {more}");
            assert_eq!(incoming.offer(), None);
        }
    }

    #[test]
    fn of_several_identities_the_one_that_is_a_number_counts() {
        let number = "<sip:+13055550123@carrier>;tag=1";
        let extension = "\"Front desk\" <sip:11@pbx>;tag=1";
        let pai = "P-Asserted-Identity";
        let rpid = "Remote-Party-ID";
        for (from, more, expected) in [
            (number, format!("{pai}: <sip:john.doe@c.example>,<tel:+12125550134>"), "+12125550134"),
            (number, format!("{pai}: <tel:+12125550134>, <sip:j@c.example>"), "+12125550134"),
            (number, format!("{pai}: <sip:nome.cognome@domain.example>"), "+13055550123"),
            (number, format!("{pai}: \"TEST\" <sip:11@192.0.2.1>"), "+13055550123"),
            (number, format!("{pai}: <sip:1+3055550123@192.0.2.1>"), "+13055550123"),
            (number, format!("{pai}: <sip:anonymous@anonymous.invalid>"), "+13055550123"),
            (number, format!("{pai}: <sip:266696687@h>"), "+13055550123"),
            (number, format!("{pai}: \"broken <sip:x"), "+13055550123"),
            (number, format!("{pai}: sip:+12125550134@h;user=phone"), "+12125550134"),
            (number, format!("{pai}: \"\"unknown\"\" <sip:+12125550134@h>"), "+12125550134"),
            (
                extension,
                format!("{pai}: <sip:12@pbx>\r\n{pai}: <tel:+12125550134>"),
                "+12125550134",
            ),
            (extension, "P-Preferred-Identity: <sip:+12125550134@h>".into(), "+12125550134"),
            (extension, format!("{rpid}: <sip:+12125550134@h>;party=calling"), "+12125550134"),
            (extension, format!("{rpid}: <sip:+12125550134@h>;screen=yes"), "+12125550134"),
            (extension, format!("{rpid}: <sip:+18005550100@h>;party=called"), "none"),
            (extension, format!("{rpid}: <sip:+12125550134@h>;privacy=full"), "none"),
            (number, format!("{rpid}: <sip:+12125550134@h>;privacy=\"name-uri\""), "none"),
            (number, format!("{rpid}: <sip:+12125550134@h>;privacy=off"), "+12125550134"),
            (number, format!("{pai}: <tel:+12125550134>\r\nPrivacy: id"), "none"),
            ("<sip:821056580040@h>;tag=1", String::new(), "+821056580040"),
            ("<sip:00442079460018@h>;tag=1", String::new(), "+442079460018"),
            ("<sip:011442079460018@h>;tag=1", String::new(), "+442079460018"),
            ("<sip:13055550123@h>;tag=1", String::new(), "+13055550123"),
            ("<sip:3055550123@h>;tag=1", String::new(), "+13055550123"),
            ("sip:+1-305-555-0123@h;tag=1", String::new(), "+13055550123"),
            ("<sip:0442079460018@h>;tag=1", String::new(), "none"),
            ("<sip:bob@h>;tag=1", String::new(), "none"),
        ] {
            let lines = if more.is_empty() { String::new() } else { format!("{more}\r\n") };
            let incoming = incoming("sip:1@h", from, &lines);
            let caller = caller_of(&incoming);
            let caller = caller.as_ref().map_or("none", Phone::e164);
            assert_eq!(caller, expected, "{from} {more}");
        }
    }
}
