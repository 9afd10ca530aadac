//! OPTIONS to servers outside a dialog.

use std::time::Duration;

use super::bench::Bench;
use super::bench::far;
use super::bench::reply;
use crate::sip::Command;
use crate::sip::Input;
use crate::sip::ServerPing;
use crate::sip::ServerPingId;
use crate::sip::wire::HeaderName;
use crate::sip::wire::Method;
use crate::sip::wire::Uri;

fn ping(bench: &mut Bench, id: u64) {
    let target = Uri::parse("sip:carrier.example").unwrap();
    let ping = ServerPing { id: ServerPingId(id), peer: far(), target };
    bench.order(Command::Ping(Box::new(ping)));
}

#[test]
fn every_final_status_is_an_answer_and_silence_is_none() {
    let mut bench = Bench::new();
    for (id, status) in [(1, 200), (2, 401), (3, 405), (4, 503)] {
        ping(&mut bench, id);
        let options = bench.last().clone();
        assert_eq!(options.method(), Some(&Method::Options));
        assert_eq!(options.header(HeaderName::To), Some("<sip:carrier.example>"));
        assert_eq!(options.header(HeaderName::MaxForwards), Some("70"));
        let answer = reply(&options, status, "t", "", "");
        bench.hear(&answer);
        assert_eq!(bench.pinged.pop(), Some((ServerPingId(id), Some(status))));
    }
    ping(&mut bench, 5);
    bench.pass(Duration::from_secs(33));
    assert_eq!(bench.pinged, [(ServerPingId(5), None)]);
    ping(&mut bench, 6);
    bench.handle(Input::Unreachable { peer: far() });
    assert_eq!(bench.pinged.pop(), Some((ServerPingId(6), None)));
}
