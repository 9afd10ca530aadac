//! Any description as an offer: our answer to it is one that the far end can read.

use strowger::base::Codec;
use strowger::base::OwnPorts;
use strowger::sdp::Local;
use strowger::sdp::Secrecy;
use strowger::sdp::accept;
use strowger::sdp::answer;

/// Checks one input.
pub(crate) fn check(data: &[u8]) {
    let address = "192.0.2.99:20000".parse().expect("an address");
    let peer = "192.0.2.1".parse().expect("an address");
    let mut local = Local::new((address, peer), 1, Secrecy::plain());
    let _ = accept(data, &mut local, &OwnPorts::default(), Codec::ALL);
    if let Ok((bytes, ours)) = answer(data, &mut local, &OwnPorts::default(), Codec::ALL) {
        let mut far = Local { address: ours.remote, ..local };
        let theirs = accept(&bytes, &mut far, &OwnPorts::default(), Codec::ALL)
            .expect("an answer that can be read");
        assert_eq!(theirs.direction, ours.direction.mirrored());
    }
}
