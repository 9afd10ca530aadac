//! Cost of reading and writing one INVITE, compared with rsip 0.4 in the same run.
#![expect(clippy::unwrap_used, reason = "a benchmark")]

use std::hint::black_box;

use bytes::Bytes;
use criterion::Criterion;
use criterion::criterion_group;
use criterion::criterion_main;
use rsip::prelude::HeadersExt;
use rsip::prelude::ToTypedHeader;
use rsip::prelude::UntypedHeader;

use strowger::sip::wire::Builder;
use strowger::sip::wire::Framing;
use strowger::sip::wire::HeaderName;
use strowger::sip::wire::Message;
use strowger::sip::wire::StreamFramer;

const INVITE: &[u8] = include_bytes!("../tests/data/sip/carrier-invite.sip");

fn parse(c: &mut Criterion) {
    let bytes = Bytes::from_static(INVITE);
    let mut group = c.benchmark_group("parse");
    group.bench_function("ours", |b| {
        b.iter(|| Message::parse(black_box(bytes.clone()), Framing::Datagram).unwrap());
    });
    group.bench_function("rsip", |b| {
        b.iter(|| rsip::SipMessage::try_from(black_box(INVITE)).unwrap());
    });
    group.finish();
}

/// Returns the keys by which a transaction and a dialog are matched.
fn our_keys(message: &Message) -> usize {
    let via = message.top_via().unwrap();
    let (number, _) = message.cseq().unwrap();
    let (from, to) = (message.from().unwrap(), message.to().unwrap());
    let contact = message.contact().unwrap();
    via.branch.map_or(0, str::len)
        + number as usize
        + from.tag.map_or(0, str::len)
        + to.tag.map_or(0, str::len)
        + message.call_id().unwrap().len()
        + contact.map_or(0, |contact| contact.uri.as_str().len())
}

fn rsip_keys(message: &rsip::SipMessage) -> usize {
    let via = message.via_header().unwrap().typed().unwrap();
    let cseq = message.cseq_header().unwrap().typed().unwrap();
    let from = message.from_header().unwrap().typed().unwrap();
    let to = message.to_header().unwrap().typed().unwrap();
    let contact = message.contact_header().unwrap().typed().unwrap();
    via.branch().map_or(0, |branch| branch.value().len())
        + cseq.seq as usize
        + from.tag().map_or(0, |tag| tag.value().len())
        + to.tag().map_or(0, |tag| tag.value().len())
        + message.call_id_header().unwrap().value().len()
        + contact.uri.params.len()
}

fn parse_and_keys(c: &mut Criterion) {
    let bytes = Bytes::from_static(INVITE);
    let mut group = c.benchmark_group("parse and keys");
    group.bench_function("ours", |b| {
        b.iter(|| {
            let parsed = Message::parse(black_box(bytes.clone()), Framing::Datagram);
            our_keys(&parsed.unwrap())
        });
    });
    group.bench_function("ours, validated", |b| {
        b.iter(|| {
            let message = Message::parse(black_box(bytes.clone()), Framing::Datagram).unwrap();
            message.validate().unwrap();
            our_keys(&message)
        });
    });
    group.bench_function("rsip", |b| {
        b.iter(|| rsip_keys(&rsip::SipMessage::try_from(black_box(INVITE)).unwrap()));
    });
    group.finish();
}

fn serialise(c: &mut Criterion) {
    let request = Message::parse(INVITE, Framing::Datagram).unwrap();
    let source = "192.0.2.10:5060".parse().unwrap();
    let theirs = rsip::SipMessage::try_from(INVITE).unwrap();
    let mut group = c.benchmark_group("serialise");
    group.bench_function("ours, a 200 to it", |b| {
        b.iter(|| {
            Builder::response_to(black_box(&request), 200, "OK")
                .source(source)
                .to_tag("1410948204")
                .record_route()
                .header(HeaderName::Contact, "<sip:198.51.100.5:5060>")
                .body("application/sdp", request.body())
        });
    });
    group.bench_function("ours, the same headers again", |b| {
        b.iter(|| {
            let method = request.method().unwrap();
            let mut builder = Builder::request(method, "sip:+18005550100@198.51.100.5:5060");
            for (name, value) in request.all_headers() {
                builder = builder.header(HeaderName::Other(name), value);
            }
            builder.body("application/sdp", black_box(request.body()))
        });
    });
    group.bench_function("rsip, the same headers again", |b| {
        b.iter(|| black_box(&theirs).to_string());
    });
    group.finish();
}

fn frame(c: &mut Criterion) {
    c.bench_function("frame one from a stream", |b| {
        let mut framer = StreamFramer::new();
        b.iter(|| {
            framer.push(black_box(INVITE));
            framer.next().unwrap().unwrap()
        });
    });
}

criterion_group!(benches, parse, parse_and_keys, serialise, frame);
criterion_main!(benches);
