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

impl Machine {
    /// Returns the INVITE for a leg. It shows the caller's number as the carrier sent it; a
    /// withheld number stays withheld (RFC 3323 §4.1).
    pub(super) fn invitation(&self, leg: LegId, route: Route, local: &sdp::Local) -> Dial {
        let shown = match self.legs.get(&leg).map(|leg| &leg.callee.purpose) {
            Some(Purpose::Fixed { caller_id: Some(number), .. }) => Some(number),
            Some(Purpose::Fixed { caller_id: None, .. } | Purpose::Sale) | None => {
                self.record.caller.as_ref()
            }
        };
        let from = match shown {
            Some(caller) => format!("<sip:{}@{}>", caller.e164(), self.host),
            None => "\"Anonymous\" <sip:anonymous@anonymous.invalid>".to_owned(),
        };
        let mut headers = vec![(CALL_HEADER.to_owned(), self.record.id.to_string())];
        if let Some(caller) = shown {
            let identity = format!("<sip:{}@{}>", caller.e164(), self.host);
            headers.push(("P-Asserted-Identity".to_owned(), identity));
        }
        Dial {
            session: leg,
            peer: route.peer,
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
