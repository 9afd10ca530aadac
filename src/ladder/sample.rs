//! Makes ladders for tests.

use std::time::Duration;

use crate::base::CallId;
use crate::base::LegId;
use crate::base::Mono;
use crate::base::Now;
use crate::base::Rng;
use crate::base::Wall;
use crate::ladder::Capture;
use crate::ladder::Ladder;
use crate::ladder::LadderPart;
use crate::ladder::Way;
use crate::sip::Peer;
use crate::sip::Transport;

/// Our address.
pub(crate) const US: &str = "192.0.2.1:5060";
/// The caller's address.
pub(crate) const CALLER: &str = "192.0.2.7:5060";
/// The buyer's address.
pub(crate) const BUYER: &str = "198.51.100.9:5080";

/// Returns the id of a call.
pub(crate) fn call(seed: u64) -> CallId {
    CallId::new(Now::at(Wall::default()), &mut Rng::seeded(seed))
}

pub(crate) fn peer(remote: &str) -> Peer {
    Peer {
        transport: Transport::Udp,
        remote: remote.parse().unwrap(),
        local: US.parse().unwrap(),
        connection: None,
    }
}

/// Returns an INVITE of a caller with a name.
pub(crate) fn invite(call_id: &str, tag: &str) -> String {
    let sdp = "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n\
         m=audio 4000 RTP/AVP 0\r\n";
    format!(
        "INVITE sip:+18005550100@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1\r\n\
         Max-Forwards: 70\r\nFrom: \"Peregrina Vantongeren\" <sip:+12025550187@192.0.2.7>;tag={tag}\r\n\
         To: <sip:+18005550100@192.0.2.1>\r\nCall-ID: {call_id}\r\nCSeq: 1 INVITE\r\n\
         Contact: <sip:quillon@192.0.2.7>\r\nX-Name: Peregrina\r\n\
         Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    )
}

/// Returns a message without a body.
pub(crate) fn plain(start: &str, call_id: &str, cseq: &str) -> String {
    format!("{start}\r\nCall-ID: {call_id}\r\nCSeq: {cseq}\r\nContent-Length: 0\r\n\r\n")
}

/// A call with a buyer, and a retransmitted INVITE; hung up by the caller.
pub(crate) fn parts(call: CallId, at: Wall) -> Vec<LadderPart> {
    let mut capture = Capture::default();
    let now = |ms: u64| Now {
        mono: Mono::default() + Duration::from_millis(ms),
        wall: at + Duration::from_millis(ms),
    };
    let own = format!("{:016x}", 2);
    let mut note = |ms, way, remote: &str, text: String| {
        match ms {
            1 => capture.begin(LegId(1), call, "in@caller", now(1).mono),
            250 => capture.dial(LegId(2), call),
            _ => {}
        }
        capture.note(way, &peer(remote), &text.into_bytes().into(), now(ms));
    };
    let (incoming, outgoing) = (invite("in@caller", "77"), invite("out", &own));
    note(0, Way::Received, CALLER, incoming);
    note(1, Way::Sent, CALLER, plain("SIP/2.0 100 Trying", "in@caller", "1 INVITE"));
    note(250, Way::Sent, BUYER, outgoing.clone());
    note(750, Way::Sent, BUYER, outgoing);
    note(800, Way::Received, BUYER, plain("SIP/2.0 486 Busy Here", "out", "1 INVITE"));
    note(801, Way::Sent, BUYER, plain("ACK sip:b@h SIP/2.0", "out", "1 ACK"));
    note(9000, Way::Received, CALLER, plain("BYE sip:a@h SIP/2.0", "in@caller", "2 BYE"));
    note(9001, Way::Sent, CALLER, plain("SIP/2.0 200 OK", "in@caller", "2 BYE"));
    capture.due(now(60_000).mono, usize::MAX).into_iter().map(|part| part.stored()).collect()
}

/// See [`parts`].
pub(crate) fn ladder(call: CallId) -> Ladder {
    let at = "2026-05-04T15:00:00Z".parse().unwrap();
    Ladder::read(call, &parts(call, at)).unwrap()
}
