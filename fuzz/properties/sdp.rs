//! Any description as an offer: our answer to it is one that the far end can read.

use strowger::base::Codec;
use strowger::base::OwnPorts;
use strowger::sdp::Local;
use strowger::sdp::accept;
use strowger::sdp::answer;

/// Checks one input.
pub(crate) fn check(data: &[u8]) {
    let address = "192.0.2.99:20000".parse().expect("an address");
    let peer = "192.0.2.1".parse().expect("an address");
    let local = Local { address, peer, session: 1, version: 1 };
    let _ = accept(data, &local, &OwnPorts::default());
    if let Ok((bytes, ours)) = answer(data, &local, &OwnPorts::default(), Codec::ALL) {
        let far = Local { address: ours.remote, ..local };
        let theirs =
            accept(&bytes, &far, &OwnPorts::default()).expect("an answer that can be read");
        assert_eq!(theirs.direction, ours.direction.mirrored());
    }
}
