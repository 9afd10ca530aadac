//! The INVITE to a buyer: the caller's identity and the call's id.

use crate::base::LegId;
use crate::book::CallerIdentity;
use crate::sdp;
use crate::sip::Dial;
use crate::sip::wire::HeaderName;

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
            Some((Purpose::Fixed { caller_id: None, .. } | Purpose::Transfer { .. }, _)) | None => {
                (self.record.caller.as_ref(), None)
            }
        };
        let is_callers_own = shown.is_some() && shown == self.record.caller.as_ref();
        let host = route.from_domain.as_deref().unwrap_or(&self.host);
        let trunk = self.trunk_of(leg).and_then(|id| self.book.trunk(id));
        let shown = shown.map(|caller| match trunk {
            Some(trunk) => trunk.number_form.write(caller, trunk.country),
            None => caller.e164().to_owned(),
        });
        let from = match &shown {
            Some(caller) => format!("<sip:{caller}@{host}>"),
            None => "\"Anonymous\" <sip:anonymous@anonymous.invalid>".to_owned(),
        };
        let mut headers = vec![(CALL_HEADER.to_owned(), self.record.id.to_string())];
        if let Some(attempt) = sale {
            let key = self.conversions.key(attempt).reveal().to_owned();
            headers.push((KEY_HEADER.to_owned(), key));
        }
        let identity = trunk.map(|trunk| trunk.identity).unwrap_or_default();
        headers.extend(identity_headers(identity, shown.as_deref(), host));
        // A passport names the caller, whom another number or none is to stand for.
        let passes = |name: &str| is_callers_own || name != HeaderName::Identity.as_str();
        let passed_on = self.caller.passed_on.iter().filter(|(name, _)| passes(name));
        headers.extend(passed_on.cloned());
        if let Some(trunk) = trunk {
            self.apply(&trunk.headers, &mut headers);
        }
        Dial {
            session: leg,
            peer: route.peer,
            takes_tcp: route.takes_tcp,
            sources: route.sources,
            to: format!("<{}>", route.target.as_str()),
            target: route.target,
            from,
            headers,
            prack: trunk.map(|trunk| trunk.prack).unwrap_or_default(),
            max_forwards: self.caller.hops_onward,
            offer: sdp::offer(local, &self.codecs(leg)),
        }
    }
}

/// Returns the headers that show who calls; `None` for a caller who withholds it, whom no header
/// may name (RFC 3323 §4.1, RFC 3325 §9.3).
fn identity_headers(
    identity: CallerIdentity,
    caller: Option<&str>,
    host: &str,
) -> Vec<(String, String)> {
    let header = |name: &str, value: String| (name.to_owned(), value);
    let Some(caller) = caller else {
        let mut headers = vec![header("Privacy", "id".to_owned())];
        if identity == CallerIdentity::RemotePartyId {
            let anonymous =
                "\"Anonymous\" <sip:anonymous@anonymous.invalid>;party=calling;privacy=full";
            headers.push(header("Remote-Party-ID", anonymous.to_owned()));
        }
        return headers;
    };
    match identity {
        CallerIdentity::PAssertedIdentity => {
            vec![header("P-Asserted-Identity", format!("<sip:{caller}@{host}>"))]
        }
        CallerIdentity::RemotePartyId => {
            let value = format!("<sip:{caller}@{host}>;party=calling;screen=yes;privacy=off");
            vec![header("Remote-Party-ID", value)]
        }
        CallerIdentity::From => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caller_is_shown_as_the_carrier_wants_it() {
        const ANONYMOUS: &str = "Remote-Party-ID: \"Anonymous\" <sip:anonymous@anonymous.invalid>;party=calling;privacy=full";
        for (identity, caller, expected) in [
            (
                CallerIdentity::PAssertedIdentity,
                Some("+1305"),
                &["P-Asserted-Identity: <sip:+1305@h.example>"][..],
            ),
            (CallerIdentity::PAssertedIdentity, None, &["Privacy: id"]),
            (
                CallerIdentity::RemotePartyId,
                Some("1305"),
                &["Remote-Party-ID: <sip:1305@h.example>;party=calling;screen=yes;privacy=off"],
            ),
            (CallerIdentity::RemotePartyId, None, &["Privacy: id", ANONYMOUS]),
            (CallerIdentity::From, Some("305"), &[]),
            (CallerIdentity::From, None, &["Privacy: id"]),
        ] {
            let headers = identity_headers(identity, caller, "h.example");
            let headers = headers.iter().map(|(name, value)| format!("{name}: {value}"));
            assert_eq!(headers.collect::<Vec<_>>(), expected, "{identity:?} {caller:?}");
        }
    }
}
