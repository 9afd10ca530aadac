//! Any datagram as SRTP or SRTCP: without the key nothing is heard, and what the far end sends is
//! heard afterwards as before.

use std::sync::Arc;
use std::time::Duration;

use strowger::base::Codec;
use strowger::base::LegId;
use strowger::base::MasterKey;
use strowger::base::Now;
use strowger::base::Rng;
use strowger::base::Security;
use strowger::base::Suite;
use strowger::media::Ignored;
use strowger::media::LegMedia;
use strowger::media::Received;
use strowger::media::Session;

/// Checks one input.
pub(crate) fn check(data: &[u8]) {
    let remote = "192.0.2.7:4000".parse().expect("an address");
    let reports = "192.0.2.7:4001".parse().expect("an address");
    let now = Now::default();
    let (one, other) = (MasterKey::new([1; 30]), MasterKey::new([2; 30]));
    let session = |ours, theirs| {
        let security = Some(Security { suite: Suite::Sha1Tag80, ours, theirs });
        let media = LegMedia { security, ..LegMedia::new(remote, Codec::Pcmu) };
        let mut rng = Rng::seeded(1);
        let leg = LegId::random(&mut rng);
        let mut session = Session::new(Duration::from_secs(30), Arc::default(), rng);
        assert!(session.open(leg, media, now));
        (session, leg)
    };
    let ((mut near, _), (mut far, leg)) = (session(one, other), session(other, one));
    let received = near.receive(0, remote, &mut data.to_vec(), now).expect("a leg");
    assert_eq!(received, Received::Ignored(Ignored::Unauthentic));
    near.receive_rtcp(0, reports, &mut data.to_vec(), now);

    far.send_digits(leg, "5", now);
    let mut buffer = [0; 2_048];
    let sent = far.transmit(&mut buffer, now).expect("a frame of the key");
    let datagram = buffer.get_mut(sent.range).expect("a range of the buffer");
    let received = near.receive(0, remote, datagram, now).expect("a leg");
    assert!(matches!(received, Received::Audio(..)), "{received:?}");
}
