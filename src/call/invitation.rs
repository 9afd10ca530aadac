//! The INVITE to a buyer: the caller's identity and the call's id.

use crate::base::Codec;
use crate::base::LegId;
use crate::sdp;
use crate::sip::Dial;

use super::Machine;
use super::input::Route;
use super::leg::Purpose;

/// Header with the call's id, so that the buyer can match the call with its record.
pub const CALL_HEADER: &str = "X-Strowger-Call";

/// Header with the attempt's conversion key, with which the buyer reports what became of the call:
/// `POST /v1/conversions/{key}`.
pub const KEY_HEADER: &str = "X-Strowger-Key";

impl Machine {
    /// Returns the INVITE for a leg. It shows the caller's number as the carrier sent it; a
    /// withheld number stays withheld (RFC 3323 §4.1).
    pub(super) fn invitation(&self, leg: LegId, route: Route, local: &sdp::Local) -> Dial {
        let callee = self.legs.get(&leg).map(|leg| &leg.callee);
        let (shown, sale) = match callee.map(|callee| (&callee.purpose, callee.id)) {
            Some((Purpose::Fixed { caller_id: Some(number), .. }, _)) => (Some(number), None),
            Some((Purpose::Sale, attempt)) => (self.record.caller.as_ref(), Some(attempt)),
            Some((Purpose::Fixed { caller_id: None, .. }, _)) | None => {
                (self.record.caller.as_ref(), None)
            }
        };
        let host = route.from_domain.as_deref().unwrap_or(&self.host);
        let from = match shown {
            Some(caller) => format!("<sip:{}@{host}>", caller.e164()),
            None => "\"Anonymous\" <sip:anonymous@anonymous.invalid>".to_owned(),
        };
        let mut headers = vec![(CALL_HEADER.to_owned(), self.record.id.to_string())];
        if let Some(attempt) = sale {
            let key = self.conversions.key(attempt).reveal().to_owned();
            headers.push((KEY_HEADER.to_owned(), key));
        }
        if let Some(caller) = shown {
            let identity = format!("<sip:{}@{host}>", caller.e164());
            headers.push(("P-Asserted-Identity".to_owned(), identity));
        }
        headers.extend(self.caller.passed_on.iter().cloned());
        Dial {
            session: leg,
            peer: route.peer,
            takes_tcp: route.takes_tcp,
            sources: route.sources,
            to: format!("<{}>", route.target.as_str()),
            target: route.target,
            from,
            headers,
            max_forwards: self.caller.hops_onward,
            offer: sdp::offer(local, Codec::ALL),
        }
    }
}
