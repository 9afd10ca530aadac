//! cXML.

use crate::carrier::Carrier;
use crate::carrier::Gather;
use crate::carrier::Silence;

use super::twiml::Bounds;
use super::twiml::Dialect;
use super::xml::Element;

/// SignalWire's dialect: SIP goes over TLS unless the URI says otherwise; no `sequential`.
pub(crate) struct SignalWire;

impl Dialect for SignalWire {
    const CARRIER: Carrier = Carrier::SignalWire;
    const BOUNDS: Bounds = Bounds {
        pause: 1..=180,
        gather: 1..=600,
        ring: 5..=600,
        talk: 1..=14_400,
        record: 1..=14_400,
        silence: 1..=600,
    };

    fn gather(&self, element: Element, gather: &Gather) -> Element {
        let element = element.with("method", "POST");
        match gather.silence {
            Silence::Action => element.with("actionOnEmptyResult", "true"),
            Silence::Hangup => element,
        }
    }

    fn sip(&self, uri: &str) -> String {
        over_udp(uri)
    }
}

/// The URI with `;transport=udp` among its parameters (RFC 3261 §19.1.1), unless it names a
/// transport or is `sips:`.
fn over_udp(uri: &str) -> String {
    let host = uri.find('@').map_or(0, |at| at + 1);
    let end = uri[host..].find('?').map_or(uri.len(), |at| host + at);
    let (address, headers) = uri.split_at(end);
    let parameters = address[host..].split(';').skip(1);
    let named = parameters
        .map(|parameter| parameter.split('=').next().unwrap_or_default())
        .any(|name| name.trim().eq_ignore_ascii_case("transport"));
    let secure = uri.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("sips:"));
    if named || secure { uri.to_owned() } else { format!("{address};transport=udp{headers}") }
}
