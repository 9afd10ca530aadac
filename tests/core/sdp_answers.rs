//! Session descriptions from the field, and our answers to them.

use std::fs;
use std::path::Path;

use strowger::base::Codec;
use strowger::base::OwnPorts;
use strowger::sdp::Direction;
use strowger::sdp::Local;
use strowger::sdp::Media;
use strowger::sdp::SdpError;
use strowger::sdp::Secrecy;
use strowger::sdp::accept;
use strowger::sdp::answer;
use strowger::sdp::offer;
use strowger::sdp::offer_with;

fn local() -> Local {
    let peer = "192.0.2.1".parse().unwrap();
    Local::new(("198.51.100.5:20000".parse().unwrap(), peer), 7, Secrecy::plain())
}

fn read(name: &str) -> Vec<u8> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/sdp");
    fs::read(data.join(format!("{name}.sdp"))).unwrap()
}

/// `remote rtcp codec/number events direction ptime`.
fn shown(media: &Media) -> String {
    let rtcp = media.rtcp.map_or("-".to_owned(), |rtcp| rtcp.to_string());
    let events = media.events.map_or("-".to_owned(), |events| events.to_string());
    format!(
        "{} {rtcp} {}/{} {events} {} {}",
        media.remote,
        media.codec,
        media.payload_type,
        media.direction.as_str(),
        media.ptime_ms,
    )
}

/// Returns the `m=` lines of the answer, and its direction.
fn streams(answer: &[u8]) -> String {
    let text = str::from_utf8(answer).unwrap();
    let lines = text
        .lines()
        .filter(|line| line.starts_with("m=") || (line.starts_with("a=") && !line.contains(':')));
    lines.collect::<Vec<_>>().join(" | ")
}

/// File, negotiated result, answer.
const OFFERS: &[(&str, &str, &str)] = &[
    (
        "asterisk",
        "192.0.2.10:14662 192.0.2.10:14663 PCMU/0 101 sendrecv 20",
        "m=audio 20000 RTP/AVP 0 101 | a=sendrecv",
    ),
    (
        "freeswitch",
        "192.0.2.11:22046 192.0.2.11:22047 PCMU/0 101 sendrecv 20",
        "m=audio 20000 RTP/AVP 0 101 | a=sendrecv",
    ),
    (
        "cisco",
        "192.0.2.12:17236 192.0.2.12:17237 PCMU/0 96 sendrecv 20",
        "m=audio 20000 RTP/AVP 0 96 | a=sendrecv",
    ),
    (
        "twilio-like",
        "192.0.2.13:11298 192.0.2.13:11299 PCMU/0 101 sendrecv 20",
        "m=audio 20000 RTP/AVP 0 101 | a=sendrecv",
    ),
    (
        "rtpengine",
        "192.0.2.14:30014 192.0.2.14:30015 PCMU/0 110 sendrecv 20",
        "m=audio 20000 RTP/AVPF 0 110 | a=sendrecv",
    ),
    (
        "sipp",
        "192.0.2.15:6000 192.0.2.15:6001 PCMU/0 - sendrecv 20",
        "m=audio 20000 RTP/AVP 0 | a=sendrecv",
    ),
    (
        "baresip",
        "192.0.2.16:10334 192.0.2.16:10335 PCMU/0 101 sendrecv 20",
        "m=audio 20000 RTP/AVP 0 101 | a=sendrecv | m=video 0 RTP/AVP 97",
    ),
    (
        "linphone",
        "192.0.2.17:7078 192.0.2.17:7079 PCMU/0 100 sendrecv 20",
        "m=audio 20000 RTP/AVPF 0 100 | a=sendrecv",
    ),
    (
        "static-only",
        "192.0.2.18:4000 192.0.2.18:4001 PCMA/8 - sendrecv 20",
        "m=audio 20000 RTP/AVP 8 | a=sendrecv",
    ),
    (
        "line-feeds-only",
        "192.0.2.19:4000 192.0.2.19:4001 PCMU/0 - sendrecv 20",
        "m=audio 20000 RTP/AVP 0 | a=sendrecv",
    ),
    (
        "ipv6",
        "[2001:db8::20]:4000 [2001:db8::20]:4001 PCMA/8 101 sendrecv 20",
        "m=audio 20000 RTP/AVP 8 101 | a=sendrecv",
    ),
    (
        "hold-sendonly",
        "192.0.2.21:4000 192.0.2.21:4001 PCMU/0 - recvonly 20",
        "m=audio 20000 RTP/AVP 0 | a=recvonly",
    ),
    (
        "hold-inactive",
        "192.0.2.21:4000 192.0.2.21:4001 PCMU/0 - inactive 20",
        "m=audio 20000 RTP/AVP 0 | a=inactive",
    ),
    ("hold-zeros", "0.0.0.0:4000 - PCMU/0 - recvonly 20", "m=audio 20000 RTP/AVP 0 | a=recvonly"),
    (
        "hold-zeros-inactive",
        "0.0.0.0:4000 - PCMU/0 - inactive 20",
        "m=audio 20000 RTP/AVP 0 | a=inactive",
    ),
    (
        "odd-origin",
        "192.0.2.22:4000 192.0.2.22:4001 PCMU/0 - sendrecv 20",
        "m=audio 20000 RTP/AVP 0 | a=sendrecv",
    ),
    (
        "second-audio",
        "192.0.2.99:4004 192.0.2.99:4005 PCMA/8 - sendrecv 30",
        "m=image 0 udptl t38 | m=audio 0 RTP/AVP 0 | m=audio 0 RTP/SAVP 0 | \
         m=audio 20000 RTP/AVP 8 | a=sendrecv | m=application 0 UDP/BFCP *",
    ),
    (
        "renumbered",
        "192.0.2.24:4000 192.0.2.25:5001 PCMU/110 127 sendrecv 40",
        "m=audio 20000 RTP/AVP 110 127 | a=sendrecv",
    ),
];

#[test]
fn offers_of_the_field() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/sdp");
    assert_eq!(OFFERS.len(), fs::read_dir(data).unwrap().count(), "every file has a row");
    for &(name, media, answered) in OFFERS {
        let (bytes, ours) =
            answer(&read(name), &mut local(), &OwnPorts::default(), Codec::ALL).unwrap();
        assert_eq!(shown(&ours), media, "{name}");
        assert_eq!(streams(&bytes), answered, "{name}");
        // The other side reads the answer in the same way.
        let mut far = Local { address: ours.remote, session: 1, ..local() };
        let theirs = accept(&bytes, &mut far, &OwnPorts::default(), Codec::ALL).unwrap();
        assert_eq!(theirs.remote, local().address, "{name}");
        assert_eq!((theirs.codec, theirs.payload_type), (ours.codec, ours.payload_type), "{name}");
        assert_eq!(theirs.direction, ours.direction.mirrored(), "{name}");
    }
}

#[test]
fn an_answer_in_full() {
    let (bytes, _) =
        answer(&read("renumbered"), &mut local(), &OwnPorts::default(), &[Codec::Pcma]).unwrap();
    assert_eq!(
        str::from_utf8(&bytes).unwrap(),
        "v=0\r\no=- 7 1 IN IP4 198.51.100.5\r\ns=-\r\nc=IN IP4 198.51.100.5\r\nt=0 0\r\n\
         m=audio 20000 RTP/AVP 100 127\r\na=rtpmap:100 PCMA/8000\r\n\
         a=rtpmap:127 telephone-event/8000\r\na=fmtp:127 0-16\r\na=ptime:20\r\na=sendrecv\r\n"
    );
}

#[test]
fn an_offer_in_full() {
    let address = "[2001:db8::5]:20000".parse().unwrap();
    let local = Local { address, session: u64::MAX, version: 41, ..local() };
    let bytes = offer(&local.next(), Codec::ALL);
    assert_eq!(
        str::from_utf8(&bytes).unwrap(),
        "v=0\r\no=- 18446744073709551615 42 IN IP6 2001:db8::5\r\ns=-\r\nc=IN IP6 2001:db8::5\r\n\
         t=0 0\r\nm=audio 20000 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\n\
         a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n\
         a=ptime:20\r\na=sendrecv\r\n"
    );
}

#[test]
fn answers_to_our_offer() {
    let nowhere = |address: &str| Err(SdpError::Address { address: address.parse().unwrap() });
    let head = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n";
    for (streams, expected) in [
        ("m=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n", Ok("PCMU/0 101")),
        ("m=audio 4000 RTP/AVP 8 0\r\n", Ok("PCMA/8 -")),
        ("m=audio 4000 RTP/AVP 101 8\r\na=rtpmap:101 telephone-event/8000\r\n", Ok("PCMA/8 101")),
        ("m=audio 0 RTP/AVP 0\r\n", Err(SdpError::NoAudio)),
        ("m=video 4000 RTP/AVP 31\r\n", Err(SdpError::NoAudio)),
        ("", Err(SdpError::NoAudio)),
        ("m=audio 4000 RTP/AVP 18\r\n", Err(SdpError::NoCommonCodec)),
        (
            "m=audio 4000 RTP/SAVP 0\r\n",
            Err(SdpError::Transport { transport: "RTP/SAVP".to_owned() }),
        ),
        ("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 pbx.example.com\r\n", Err(SdpError::NoAddress)),
        ("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 224.2.1.1/127\r\n", nowhere("224.2.1.1:4000")),
        ("m=audio 20000 RTP/AVP 0\r\nc=IN IP4 198.51.100.5\r\n", nowhere("198.51.100.5:20000")),
    ] {
        let met = accept(
            format!("{head}{streams}").as_bytes(),
            &mut local(),
            &OwnPorts::default(),
            Codec::ALL,
        );
        let met = met.map(|media| {
            let events = media.events.map_or("-".to_owned(), |events| events.to_string());
            format!("{}/{} {events}", media.codec, media.payload_type)
        });
        assert_eq!(met, expected.map(str::to_owned), "{streams}");
    }
}

#[test]
fn what_is_no_description_is_refused() {
    let many = format!("v=0\r\n{}", "m=audio 4000 RTP/AVP 0\r\n".repeat(17));
    let long = format!("v=0\r\n{}", "a=x\r\n".repeat(4_000));
    for (text, status) in [
        ("", 400),
        ("hello", 400),
        ("v=1\r\n", 400),
        ("v=0\r\nbroken\r\n", 400),
        ("v=0\r\nm=audio x RTP/AVP 0\r\n", 400),
        ("v=0\r\nm=audio 70000 RTP/AVP 0\r\n", 400),
        ("v=0\r\nm=audio 4000 RTP/AVP 0\r\n", 488),
        (&many, 488),
        (&long, 488),
    ] {
        let error =
            answer(text.as_bytes(), &mut local(), &OwnPorts::default(), Codec::ALL).unwrap_err();
        assert_eq!(error.status(), status, "{error}");
    }
}

#[test]
fn our_preference_decides_when_we_answer() {
    for (codecs, expected) in [
        (&[Codec::Pcma, Codec::Pcmu][..], Ok(Codec::Pcma)),
        (&[Codec::Pcmu, Codec::Pcma], Ok(Codec::Pcmu)),
        (&[Codec::Pcma], Ok(Codec::Pcma)),
        (&[], Err(SdpError::NoCommonCodec)),
    ] {
        let met = answer(&read("asterisk"), &mut local(), &OwnPorts::default(), codecs)
            .map(|(_, media)| media.codec);
        assert_eq!(met, expected);
    }
}

#[test]
fn hold_and_resume_meet_their_mirror() {
    let address = "203.0.113.1:30000".parse().unwrap();
    let mut far = Local { address, session: 9, version: 3, ..local() };
    for (said, answered) in [
        (Direction::SendRecv, Direction::SendRecv),
        (Direction::SendOnly, Direction::RecvOnly),
        (Direction::RecvOnly, Direction::SendOnly),
        (Direction::Inactive, Direction::Inactive),
    ] {
        let offered = offer_with(&local(), Codec::ALL, said);
        let (bytes, theirs) = answer(&offered, &mut far, &OwnPorts::default(), Codec::ALL).unwrap();
        assert_eq!(theirs.direction, answered);
        assert_eq!(
            accept(&bytes, &mut local(), &OwnPorts::default(), Codec::ALL).unwrap().direction,
            said
        );
    }
}
