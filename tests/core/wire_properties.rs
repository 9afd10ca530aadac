//! Properties of the wire format for arbitrary bytes.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::Just;
use proptest::prelude::ProptestConfig;
use proptest::prelude::Strategy;
use proptest::prelude::any;
use proptest::prop_assert;
use proptest::prop_assert_eq;
use proptest::prop_oneof;
use proptest::proptest;

use strowger::base::Codec;
use strowger::base::OwnPorts;
use strowger::sdp;
use strowger::sip::wire::Builder;
use strowger::sip::wire::FrameError;
use strowger::sip::wire::Framing;
use strowger::sip::wire::HeaderName;
use strowger::sip::wire::Message;
use strowger::sip::wire::Method;
use strowger::sip::wire::StreamFramer;
use strowger::sip::wire::Uri;

static CORPUS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let folders = ["sip", "rfc4475"].map(|folder| fs::read_dir(data.join(folder)).unwrap());
    let files = folders.into_iter().flatten().map(|entry| fs::read(entry.unwrap().path()));
    files.map(Result::unwrap).collect()
});

/// A way to damage a message.
#[derive(Debug, Clone)]
enum Damage {
    Set(usize, u8),
    Cut(usize, usize),
    Double(usize, usize),
    Insert(usize, Vec<u8>),
}

fn damage() -> impl Strategy<Value = Damage> {
    let awkward = prop_oneof![
        Just(b"\r\n".to_vec()),
        Just(b"\r\n ".to_vec()),
        Just(b"\"".to_vec()),
        Just(b",".to_vec()),
        Just(b";".to_vec()),
        Just(b"<".to_vec()),
        Just(b"[".to_vec()),
        Just(b"%".to_vec()),
        Just(b"99999999999999999999".to_vec()),
        Just("\u{e9}\u{1f4de}".as_bytes().to_vec()),
        vec(any::<u8>(), 0..4),
    ];
    prop_oneof![
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Damage::Set(at, byte)),
        (any::<usize>(), 0usize..40).prop_map(|(at, len)| Damage::Cut(at, len)),
        (any::<usize>(), 0usize..200).prop_map(|(at, len)| Damage::Double(at, len)),
        (any::<usize>(), awkward).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
    ]
}

fn apply(bytes: &mut Vec<u8>, damage: &Damage) {
    let len = bytes.len().max(1);
    let range =
        |at: usize, size: usize| (at % len).min(bytes.len())..(at % len + size).min(bytes.len());
    match damage {
        Damage::Set(at, byte) => {
            if let Some(target) = bytes.get_mut(at % len) {
                *target = *byte;
            }
        }
        Damage::Cut(at, size) => drop(bytes.drain(range(*at, *size))),
        Damage::Double(at, size) => {
            let range = range(*at, *size);
            let copy = bytes[range.clone()].to_vec();
            bytes.splice(range.start..range.start, copy);
        }
        Damage::Insert(at, more) => {
            let range = range(*at, 0);
            bytes.splice(range, more.iter().copied());
        }
    }
}

/// A message of the corpus with some damage.
fn wounded() -> impl Strategy<Value = Vec<u8>> {
    let index = 0..CORPUS.len();
    (index, vec(damage(), 0..6)).prop_map(|(index, wounds)| {
        let mut bytes = CORPUS[index].clone();
        wounds.iter().for_each(|wound| apply(&mut bytes, wound));
        bytes
    })
}

/// Reads everything from a message.
fn ask_everything(message: &Message) {
    let _ = (message.start(), message.method(), message.status(), format!("{message:?}"));
    let _ = (message.validate(), message.body_bytes(), message.content_type());
    let _ = (message.max_forwards(), message.expires(), message.call_id(), message.cseq());
    message.vias().flatten().for_each(|via| {
        let _ = (via.unique_branch(), via.host_ip(), via.params.iter().count());
    });
    let source = "[2001:db8::7]:40001".parse().unwrap();
    let _ = message.top_via().map(|via| via.reply_address(source));
    let addresses = [message.from(), message.to()].into_iter().flatten().map(|a| a.uri);
    for uri in addresses.chain(message.request_uri()) {
        let _ = (uri.scheme(), uri.user(), uri.number(), uri.host(), uri.host_ip(), uri.port());
        let _ = (uri.params(), uri.param("lr"), uri.transport(), uri.headers(), format!("{uri:?}"));
        assert_eq!(Uri::parse(uri.as_str()).unwrap(), uri);
    }
    for name in [HeaderName::Contact, HeaderName::Route, HeaderName::PAssertedIdentity] {
        message.addresses(name).flatten().for_each(|address| {
            let _ = address.params.iter().count();
        });
    }
    message.all_headers().for_each(|(name, _)| {
        let _ = message.headers(HeaderName::parse(name)).count();
    });
}

fn frames(framer: &mut StreamFramer) -> Vec<Result<Bytes, FrameError>> {
    std::iter::from_fn(|| framer.next()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn nothing_panics(bytes in wounded()) {
        for framing in [Framing::Datagram, Framing::Stream] {
            if let Ok(message) = Message::parse(bytes.clone(), framing) {
                ask_everything(&message);
            }
        }
        if let Some(message) = Message::salvage(bytes) {
            ask_everything(&message);
        }
    }

    #[test]
    fn answers_to_anything_answerable_are_well_formed(bytes in wounded()) {
        let request = Message::parse(bytes.clone(), Framing::Datagram).ok();
        let request = request.filter(|message| message.method().is_some());
        if let Some(request) = request.or_else(|| Message::salvage(bytes)) {
            let answer = Builder::response_to(&request, 400, "Bad Request").to_tag("t").finish();
            let answer = Message::parse(answer, Framing::Stream).unwrap();
            for name in [HeaderName::Via, HeaderName::From, HeaderName::CallId, HeaderName::Cseq] {
                prop_assert!(request.raw_headers(name).eq(answer.raw_headers(name)), "{:?}", name);
            }
        }
    }

    #[test]
    fn frames_do_not_depend_on_the_segments(
        first in wounded(), second in wounded(), cuts in vec(any::<usize>(), 0..8),
    ) {
        let stream = [first, second].concat();
        let mut whole = StreamFramer::new();
        whole.push(&stream);
        let expected = frames(&mut whole);

        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % (stream.len() + 1)).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        let mut framer = StreamFramer::new();
        let mut met = Vec::new();
        for cut in cuts.windows(2) {
            framer.push(&stream[cut[0]..cut[1]]);
            met.extend(frames(&mut framer));
        }
        // What remains of a broken stream's head depends on how much has arrived.
        let shown = |frame: &Result<Bytes, FrameError>| match frame {
            Ok(bytes) => Ok(bytes.clone()),
            Err(broken) => Err(broken.error.clone()),
        };
        prop_assert_eq!(
            met.iter().map(shown).collect::<Vec<_>>(),
            expected.iter().map(shown).collect::<Vec<_>>()
        );
    }

    #[test]
    fn what_is_built_is_read(
        values in vec(any::<String>(), 0..6), body in vec(any::<u8>(), 0..80),
    ) {
        let mut builder = Builder::request(&Method::Invite, "sip:a@b");
        for value in &values {
            builder = builder.header(HeaderName::Subject, value);
        }
        let message = Message::parse(builder.body("text/plain", &body), Framing::Stream).unwrap();
        let met: Vec<_> = message.headers(HeaderName::Subject).collect();
        let shown = |value: &String| value.replace(['\r', '\n', '\0'], " ");
        let sent: Vec<_> = values.iter().map(shown).collect();
        let sent: Vec<_> = sent.iter().map(|value| value.trim_ascii()).collect();
        prop_assert_eq!(met, sent);
        prop_assert_eq!(message.body(), &body[..]);
        prop_assert_eq!(message.all_headers().count(), values.len() + 2);
    }

    #[test]
    fn descriptions_do_not_panic_and_answers_are_accepted(bytes in wounded()) {
        let Some(start) = bytes.windows(4).position(|end| end == b"\r\n\r\n") else {
            return Ok(());
        };
        let address = "192.0.2.99:20000".parse().unwrap();
        let peer = "192.0.2.1".parse().unwrap();
        let mut local = sdp::Local::new((address, peer), 1, sdp::Secrecy::plain());
        if let Ok((answer, ours)) = sdp::answer(&bytes[start + 4..], &mut local, &OwnPorts::default(), Codec::ALL) {
            let mut far = sdp::Local { address: ours.remote, ..local };
            let theirs = sdp::accept(&answer, &mut far, &OwnPorts::default(), Codec::ALL).unwrap();
            prop_assert_eq!(theirs.remote, address);
            prop_assert_eq!(theirs.payload_type, ours.payload_type);
            prop_assert_eq!(theirs.events, ours.events);
            prop_assert_eq!(theirs.direction, ours.direction.mirrored());
        }
    }
}
