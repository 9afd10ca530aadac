//! Any datagram as RTCP: the leg goes on, and sends reports of its own that RFC 3550 allows.

use std::sync::Arc;
use std::time::Duration;

use strowger::base::Codec;
use strowger::base::LegId;
use strowger::base::Now;
use strowger::base::Rng;
use strowger::base::Wall;
use strowger::media::LegMedia;
use strowger::media::Session;

/// Checks one input.
pub(crate) fn check(data: &[u8]) {
    let remote = "192.0.2.7:4000".parse().expect("an address");
    let media = LegMedia { events: Some(101), ..LegMedia::new(remote, Codec::Pcmu) };
    // The port after the one of RTP (RFC 3550 §11).
    let from = "192.0.2.7:4001".parse().expect("an address");
    let now = Now::at(Wall::from_micros(1_700_000_000_000_000));
    let mut rng = Rng::seeded(1);
    let leg = LegId::random(&mut rng);
    let mut session = Session::new(Duration::from_secs(30), Arc::default(), rng);
    assert!(session.open(leg, media, now));
    session.receive_rtcp(0, from, &mut data.to_vec(), now);
    let later = now.later(Duration::from_secs(20));
    let mut buffer = [0; 2_048];
    for _ in 0..64 {
        let Some(sent) = session.transmit(&mut buffer, later) else { break };
        let bytes = buffer.get(sent.range.clone()).expect("a range of the buffer");
        assert_eq!(bytes.first().map(|first| first >> 6), Some(2), "version 2");
    }
    assert!(session.leg(leg).is_some());
}
