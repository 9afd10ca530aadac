//! Descriptions of real gear that other parsers refused for a line that is not needed. Addresses
//! are replaced; the reports are named beside their inputs.

use super::Local;
use super::Media;
use super::SdpError;
use super::Secrecy;
use super::accept;
use super::answer;
use super::offer;
use crate::base::Codec;
use crate::base::KeySeed;
use crate::base::OwnPorts;
use crate::base::Rng;
use crate::base::Srtp;
use crate::base::Suite;

fn local() -> Local {
    let peer = "192.0.2.1".parse().unwrap();
    Local::new(("198.51.100.5:20000".parse().unwrap(), peer), 7, Secrecy::plain())
}

/// Returns address, codec, telephone events and direction.
fn shown(media: &Media) -> String {
    let events = media.events.map_or("-".to_owned(), |events| events.to_string());
    let Media { remote, codec, payload_type, direction, .. } = media;
    format!("{remote} {codec}/{payload_type} {events} {}", direction.as_str())
}

/// Name, description, negotiated media, `m=` lines of the answer.
const FIELD: &[(&str, &str, &str, &str)] = &[
    (
        "pjsip/pjproject#1233: disabled stream without formats (case 12, refused.sdp)",
        "v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\nm=audio 0 RTP/AVP\n\
         m=audio 4000 RTP/AVP 0 101\na=rtpmap:101 telephone-event/8000\n",
        "192.0.2.1:4000 PCMU/0 101 sendrecv",
        "audio 0 RTP/AVP 0|audio 20000 RTP/AVP 0 101",
    ),
    (
        "mrcp_server#32: Cisco UCCX, MRCPv2 without formats (case 12, uccx.sdp)",
        "v=0\no=- 123 456 IN IP4 192.0.2.1\ns=Unified Contact Center Express 12.5.1\n\
         c=IN IP4 192.0.2.1\nt=0 0\nm=audio 4000 RTP/AVP 0 101\na=rtpmap:0 pcmu/8000\n\
         a=rtpmap:101 telephone-event/8000\na=mid:1\nm=application 9 TCP/MRCPv2\n\
         a=setup:active\na=connection:new\na=cmid:1\n",
        "192.0.2.1:4000 PCMU/0 101 sendrecv",
        "audio 20000 RTP/AVP 0 101|application 0 TCP/MRCPv2 *",
    ),
    (
        "sipwise/rtpengine#2122: Cisco gateway, payload type 255 in a disabled stream",
        "v=0\no=CiscoSystemsSIP-GW-UserAgent 1955 1345 IN IP4 192.0.2.1\ns=SIP Call\n\
         c=IN IP4 192.0.2.1\nt=0 0\nm=audio 43712 RTP/AVP 8 101\nc=IN IP4 192.0.2.1\n\
         a=rtpmap:8 PCMA/8000\na=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15\na=ptime:20\n\
         m=video 0 RTP/AVP 255\nc=IN IP4 192.0.2.1\n",
        "192.0.2.1:43712 PCMA/8 101 sendrecv",
        "audio 20000 RTP/AVP 8 101|video 0 RTP/AVP 255",
    ),
    (
        "signalwire/freeswitch#1297: DIDWW, fax beside audio",
        "v=0\no=- 1869739744 1869739744 IN IP4 192.0.2.1\ns=-\nt=0 0\n\
         m=audio 13960 RTP/AVP 0 8 18 4 101\nc=IN IP4 192.0.2.1\na=rtpmap:0 PCMU/8000\n\
         a=rtpmap:101 telephone-event/8000\na=sendrecv\na=ptime:20\na=direction:both\n\
         m=image 13962 udptl t38\nc=IN IP4 192.0.2.1\na=sendrecv\na=T38FaxMaxDatagram:612\n",
        "192.0.2.1:13960 PCMU/0 101 sendrecv",
        "audio 20000 RTP/AVP 0 101|image 0 udptl t38",
    ),
    (
        "SIPp/sipp#230: Eltex, two removed streams before the audio",
        "v=0\no=ecss 973455308698 973455308700 IN IP4 192.0.2.1\ns=pjmedia\nb=AS:84\nt=0 0\n\
         a=X-nat:0\nm=audio 0 RTP/AVP 8\nc=IN IP4 127.0.0.1\nm=video 0 RTP/AVP 34\n\
         c=IN IP4 127.0.0.1\nm=audio 12176 RTP/AVP 8\nc=IN IP4 192.0.2.2\nb=TIAS:64000\n\
         a=rtpmap:8 PCMA/8000/1\na=rtcp:12177 IN IP4 192.0.2.2\na=sendrecv\n",
        "192.0.2.2:12176 PCMA/8 - sendrecv",
        "audio 0 RTP/AVP 8|video 0 RTP/AVP 34|audio 20000 RTP/AVP 8",
    ),
    (
        "sipsorcery#1329: number of ports; no session name, origin cut short (gortsplib#618)",
        "v=0\no=- 1001 1 IN \ni=P2P\nc=IN IP4 192.0.2.1\nm=audio 30000/2 RTP/AVP 0\na=sendrecv\n",
        "192.0.2.1:30000 PCMU/0 - sendrecv",
        "audio 20000 RTP/AVP 0",
    ),
    (
        "DoubangoTelecom/boghe#157: host name in the origin, empty session name",
        "v=0\no=- 2890844526 1 IN IP4 ictbackyard.example\ns=\nc=IN IP4 pbx.example\nt=0 0\n\
         m=audio 4000 RTP/AVP 0\nc=IN IP4 192.0.2.1\n",
        "192.0.2.1:4000 PCMU/0 - sendrecv",
        "audio 20000 RTP/AVP 0",
    ),
    (
        "baresip#813: a name in c= of a stream that is not taken",
        "v=0\no=- 1 2 IN IP4 pbx.example\ns=SmcSip\nc=IN IP4 pbx.example\nt=0 0\n\
         m=audio 33250 RTP/AVP 0\nm=audio 33252 RTP/AVP 8\nc=IN IP4 192.0.2.1\n\
         m=video 33254 RTP/AVP 31\nc=IN\n",
        "192.0.2.1:33252 PCMA/8 - sendrecv",
        "audio 0 RTP/AVP 0|audio 20000 RTP/AVP 8|video 0 RTP/AVP 31",
    ),
    (
        "linphone-desktop#7: FreeSWITCH, bandwidth after attributes",
        "v=0\no=FreeSWITCH 1468325773 1468325775 IN IP4 192.0.2.1\ns=FreeSWITCH\n\
         c=IN IP4 192.0.2.1\nt=0 0\nm=audio 11366 RTP/AVP 0 101\n\
         a=rtpmap:101 telephone-event/8000\na=recvonly\na=rtcp:11367\nm=video 11406 RTP/AVP 102\n\
         a=rtpmap:102 H264/90000\nb=AS:1024\na=recvonly\n",
        "192.0.2.1:11366 PCMU/0 101 sendonly",
        "audio 20000 RTP/AVP 0 101|video 0 RTP/AVP 102",
    ),
    (
        "meetecho/janus-gateway#1662: several b= lines; wvp-GB28181-pro#1703: y= and f=",
        "v=0\no=- 3790417309 42960157160000 IN IP4 \ns=-\nc=IN IP4 192.0.2.1\nt=0 0\n\
         m=audio 28594 RTP/AVP 8 126\nb=RR:3000\nb=RS:1000\na=rtpmap:8 PCMA/8000\n\
         a=rtpmap:126 telephone-event/8000\na=maxptime:40\ny=0100001001\nf=\n",
        "192.0.2.1:28594 PCMA/8 126 sendrecv",
        "audio 20000 RTP/AVP 8 126",
    ),
    (
        "attributes of the audio before the stream, and after the address (captagent#4)",
        "v=0\no=Cisco-SIPUA 7221 0 IN IP4 192.0.2.1\ns=SIP Call\na=rtpmap:116 PCMU/8000\n\
         a=rtpmap:97 telephone-event/8000\na=sendonly\na=rtcp:9\nt=0 0\nm=audio 20096 RTP/AVP 116 97\n\
         c=IN IP4 192.0.2.1\n",
        "192.0.2.1:20096 PCMU/116 97 recvonly",
        "audio 20000 RTP/AVP 116 97",
    ),
    (
        "pjsip/pjproject#666: empty lines; a NUL at the end, spaces, a line without `=`, two c=",
        "v=0 \n\no=- 1 1 IN IP4 192.0.2.1\nc=IN  IP4 192.0.2.1 127\nc=IN IP4 192.0.2.9\nSmcSip\n\
         m=audio 4000 RTP/AVP 0 \na=sendrecv \n\n\n\0",
        "192.0.2.1:4000 PCMU/0 - sendrecv",
        "audio 20000 RTP/AVP 0",
    ),
    (
        "no version, and streams that are no streams",
        "o=- 1 1 IN IP4 192.0.2.1\nc=IN IP4 192.0.2.1\nm=\nm=video\nm=text x\n\
         m=audio 70000 RTP/AVP 0\nm=audio 4002 RTP/AVP\nm=audio 4004/x RTP/AVP 0\n\
         m=audio 4000 RTP/AVP 8\n",
        "192.0.2.1:4000 PCMA/8 - sendrecv",
        "audio 0 RTP/AVP 0|video 0 RTP/AVP 0|text 0 RTP/AVP 0|audio 0 RTP/AVP 0|\
         audio 0 RTP/AVP 0|audio 0 RTP/AVP 0|audio 20000 RTP/AVP 8",
    ),
];

#[test]
fn a_line_that_is_not_needed_never_costs_the_call() {
    for &(name, text, media, streams) in FIELD {
        for ending in ["\n", "\r\n", "\r"] {
            let text = text.replace('\n', ending);
            let (bytes, ours) =
                answer(text.as_bytes(), &mut local(), &OwnPorts::default(), Codec::ALL)
                    .expect(name);
            assert_eq!(shown(&ours), media, "{name}");
            let answered = str::from_utf8(&bytes).unwrap();
            let lines: Vec<_> = answered.lines().filter_map(|l| l.strip_prefix("m=")).collect();
            assert_eq!(lines.join("|"), streams, "{name}");
            // A buyer's answer is read in the same way.
            assert_eq!(
                accept(text.as_bytes(), &mut local(), &OwnPorts::default(), Codec::ALL)
                    .map(|m| shown(&m)),
                Ok(media.to_owned())
            );
        }
    }
}

#[test]
fn a_description_without_usable_audio_is_still_refused_with_its_reason() {
    let head = "v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\n";
    for (streams, expected) in [
        ("m=audio 0 RTP/AVP\n", Some(SdpError::NoAudio)),
        ("m=application 9 TCP/MRCPv2\n", Some(SdpError::NoAudio)),
        ("m=audio 4000 RTP/AVP 18\nm=video\n", Some(SdpError::NoCommonCodec)),
        ("m=audio 4000 RTP/AVP 0\nc=IN IP4 pbx.example\n", Some(SdpError::NoAddress)),
        ("m=audio 4000 RTP/AVP\n", None),
        ("m=audio x RTP/AVP 0\n", None),
        ("m=audio 4000/x RTP/AVP 0\n", None),
    ] {
        let error = accept(
            format!("{head}{streams}").as_bytes(),
            &mut local(),
            &OwnPorts::default(),
            Codec::ALL,
        )
        .unwrap_err();
        match expected {
            Some(expected) => assert_eq!(error, expected, "{streams}"),
            None => assert_eq!(error.status(), 400, "{streams}: {error}"),
        }
    }
}

/// One audio stream at this address and port.
fn audio_at(address: &str, port: u16) -> String {
    let family = if address.contains(':') { "IP6" } else { "IP4" };
    format!("m=audio {port} RTP/AVP 0\nc=IN {family} {address}\n")
}

/// The far end's media as the switch reads them in an offer and in an answer, or the address that
/// is refused.
fn met(text: &str, peer: &str, own: &OwnPorts) -> Result<Media, String> {
    let mut local = Local { peer: peer.parse().unwrap(), ..local() };
    let offered = answer(text.as_bytes(), &mut local, own, Codec::ALL).map(|(_, media)| media);
    let answered = accept(text.as_bytes(), &mut local, own, Codec::ALL);
    assert_eq!(offered, answered, "{text}");
    answered.map_err(|error| match error {
        SdpError::Address { address } => address.to_string(),
        other => panic!("{other}: {text}"),
    })
}

fn our_ports() -> OwnPorts {
    let own = ["198.51.100.5", "2001:db8::5", "0.0.0.0"];
    OwnPorts::new(own.map(|ip| ip.parse().unwrap()), 20_000..=29_999)
}

const HEAD: &str = "v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nt=0 0\n";

#[test]
fn no_audio_goes_where_the_far_end_cannot_be() {
    let (far, here, link) = ("192.0.2.1", "127.0.0.1", "169.254.7.7");
    // (address, port, taken from a far peer, from this host, from the link)
    for (address, port, expected) in [
        ("192.0.2.1", 4000, [true, true, true]),
        ("10.0.0.5", 4000, [true, true, true]),
        ("2001:db8::1", 4000, [true, true, true]),
        ("224.0.0.1", 4000, [false; 3]),
        ("239.1.2.3/127", 4000, [false; 3]),
        ("239.1.2.3/127/2", 4000, [false; 3]),
        ("ff02::1", 4000, [false; 3]),
        ("255.255.255.255", 4000, [false; 3]),
        ("0.0.0.1", 4000, [false; 3]),
        ("127.0.0.1", 4000, [false, true, false]),
        ("127.9.9.9", 4000, [false, true, false]),
        ("::1", 4000, [false, true, false]),
        ("::ffff:127.0.0.1", 4000, [false, true, false]),
        ("2001:db8:::192.0.2.1", 4000, [true, true, true]),
        ("169.254.169.254", 4000, [false, false, true]),
        ("fe80::1", 4000, [false, false, true]),
        // Ours: on a port of our media and beside it.
        ("198.51.100.5", 20_000, [false; 3]),
        ("198.51.100.5", 20_002, [false; 3]),
        ("::ffff:198.51.100.5", 29_998, [false; 3]),
        ("2001:db8::5", 20_002, [false; 3]),
        ("127.0.0.1", 20_002, [false; 3]),
        ("198.51.100.5", 30_000, [true, true, true]),
        ("127.0.0.1", 30_000, [false, true, false]),
    ] {
        let streams = audio_at(address, port);
        let of_stream = format!("{HEAD}{streams}");
        let (stream, line) = streams.split_once('\n').unwrap();
        let of_session = format!("{HEAD}{line}{stream}\n");
        for (peer, taken) in [far, here, link].into_iter().zip(expected) {
            for text in [&of_stream, &of_session] {
                let read = met(text, peer, &our_ports());
                assert_eq!(read.is_ok(), taken, "{text} from {peer}: {read:?}");
            }
        }
    }
}

#[test]
fn the_address_of_hold_is_taken_from_everybody() {
    for address in ["0.0.0.0", "::", "::ffff:0.0.0.0"] {
        let held = met(&format!("{HEAD}{}", audio_at(address, 4000)), "192.0.2.1", &our_ports());
        let held = held.unwrap();
        assert!(held.remote.ip().is_unspecified(), "{address}");
        assert!(!held.direction.sends(), "{address}");
        assert_eq!(held.rtcp, None, "{address}");
    }
}

#[test]
fn another_stream_is_taken_if_the_first_has_no_usable_address() {
    let good = audio_at("192.0.2.1", 4000);
    for bad in ["224.0.0.1", "127.0.0.1", "255.255.255.255", "fe80::1", "198.51.100.5"] {
        let bad = audio_at(bad, 20_000);
        for streams in [format!("{good}{bad}"), format!("{bad}{good}")] {
            let read = met(&format!("{HEAD}{streams}"), "192.0.2.1", &our_ports()).unwrap();
            assert_eq!(read.remote, "192.0.2.1:4000".parse().unwrap(), "{streams}");
        }
        let both = format!("{HEAD}{bad}{bad}");
        assert!(met(&both, "192.0.2.1", &our_ports()).is_err(), "{both}");
    }
}

#[test]
fn reports_do_not_go_where_the_far_end_cannot_be_and_the_call_lives() {
    for (line, expected) in [
        ("", Some("192.0.2.1:4001")),
        ("a=rtcp:4009 IN IP4 192.0.2.7\n", Some("192.0.2.7:4009")),
        ("a=rtcp:4009 IN IP4 224.0.0.1\n", None),
        ("a=rtcp:4009 IN IP4 255.255.255.255\n", None),
        ("a=rtcp:4009 IN IP4 127.0.0.1\n", None),
        ("a=rtcp:4009 IN IP6 ::ffff:127.0.0.1\n", None),
        ("a=rtcp:4009 IN IP6 2001:db8:::192.0.2.1\n", Some("[2001:db8::c000:201]:4009")),
        ("a=rtcp:4009 IN IP6 fe80::1\n", None),
        ("a=rtcp:20001 IN IP4 198.51.100.5\n", None),
        ("a=rtcp:9 IN IP4 0.0.0.0\n", None),
    ] {
        let text = format!("{HEAD}{}{line}", audio_at("192.0.2.1", 4000));
        let read = met(&text, "192.0.2.1", &our_ports()).unwrap();
        assert_eq!(read.rtcp, expected.map(|rtcp| rtcp.parse().unwrap()), "{line}");
    }
}

#[test]
fn every_refusal_has_a_warning_for_the_far_end() {
    for (streams, status, code, text) in [
        ("m=audio 4000 RTP/AVP 18\n", 488, 305, "no codec in common"),
        ("m=video 4000 RTP/AVP 31\n", 488, 304, "no audio stream"),
        ("m=audio 4000 RTP/SAVP 0\n", 488, 302, "audio over RTP/SAVP only"),
        ("m=audio 4000 RTP/AVP 0\nc=IN IP4 pbx.example\n", 488, 301, "no usable address"),
        ("m=audio 4000 RTP/AVP 0\nc=IN IP4 224.0.0.1/127\n", 488, 330, "audio at 224.0.0.1:4000"),
        ("m=audio 4000 RTP/AVP 0\nc=IN IP4 127.0.0.1\n", 488, 399, "audio at 127.0.0.1:4000"),
        ("m=audio x RTP/AVP 0\n", 400, 399, "malformed"),
    ] {
        let text_of = format!("{HEAD}c=IN IP4 192.0.2.1\n{streams}");
        let error = accept(text_of.as_bytes(), &mut local(), &our_ports(), Codec::ALL).unwrap_err();
        assert_eq!((error.status(), error.warn_code()), (status, code), "{streams}");
        assert!(error.to_string().starts_with(text), "{error}");
    }
}

const KEY: &str = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0e";

fn secure(srtp: Srtp, over_tls: bool) -> Local {
    let seed = KeySeed::random(&mut Rng::seeded(4));
    Local { secrecy: Secrecy::new(srtp, over_tls, seed), ..local() }
}

/// Returns an offer of the streams, each `transport` and whether it has a key.
fn offer_of(streams: &[(&str, bool)]) -> String {
    let mut text = "v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\n".to_owned();
    for (n, (transport, has_key)) in streams.iter().enumerate() {
        text.push_str(&format!("m=audio {} {transport} 0\n", 4_000 + 2 * n));
        if *has_key {
            text.push_str(&format!("a=crypto:3 AES_CM_128_HMAC_SHA1_32 inline:{KEY}|2^31\n"));
        }
    }
    text
}

#[test]
fn srtp_is_taken_as_the_book_says() {
    let plain = ("RTP/AVP", false);
    let secure_stream = ("RTP/SAVP", true);
    let both = &[secure_stream, plain][..];
    // `None`: refused. `Some`: the stream, and whether it is secure.
    for (srtp, over_tls, streams, expected) in [
        (Srtp::Auto, false, &[plain][..], Some((0, false))),
        (Srtp::Auto, false, &[secure_stream], Some((0, true))),
        (Srtp::Auto, false, &[plain, secure_stream], Some((1, true))),
        (Srtp::Auto, true, &[plain], Some((0, false))),
        (Srtp::Auto, true, &[("RTP/SAVPF", true)], Some((0, true))),
        (Srtp::Auto, true, &[("RTP/SAVP", false)], None),
        (Srtp::Auto, true, &[("RTP/SAVP", false), plain], Some((1, false))),
        (Srtp::Auto, true, &[("UDP/TLS/RTP/SAVPF", false)], None),
        // RFC 8643: the answerer of a plain stream with a key chooses.
        (Srtp::Auto, true, &[("RTP/AVP", true)], Some((0, true))),
        (Srtp::Auto, false, &[("RTP/AVP", true)], Some((0, false))),
        (Srtp::Off, true, both, Some((1, false))),
        (Srtp::Off, true, &[secure_stream], None),
        (Srtp::Required, false, &[plain], None),
        (Srtp::Required, false, both, Some((0, true))),
        (Srtp::Required, false, &[("RTP/AVP", true)], Some((0, true))),
    ] {
        let mut local = secure(srtp, over_tls);
        let before = local;
        let offer = offer_of(streams);
        let answered = answer(offer.as_bytes(), &mut local, &OwnPorts::default(), Codec::ALL);
        let case = format!("{srtp:?} {over_tls} {streams:?}");
        let Some((place, is_secure)) = expected else {
            assert_eq!(answered.map_err(|error| error.status()).err(), Some(488), "{case}");
            assert_eq!(local, before, "{case}");
            continue;
        };
        let (text, media) = answered.expect(&case);
        assert_eq!(usize::from(media.remote.port() - 4_000) / 2, place, "{case}");
        let text = String::from_utf8(text.to_vec()).unwrap();
        let line = text.lines().find(|line| line.starts_with("a=crypto:"));
        assert_eq!((media.security.is_some(), line.is_some()), (is_secure, is_secure), "{case}");
        if let (Some(security), Some(line)) = (media.security, line) {
            assert!(line.starts_with("a=crypto:3 AES_CM_128_HMAC_SHA1_32 inline:"), "{line}");
            assert_eq!(security.suite, Suite::Sha1Tag32);
            assert!(!line.contains(KEY));
        }
        let transports: Vec<_> = streams.iter().map(|(transport, _)| *transport).collect();
        let answered: Vec<_> = text
            .lines()
            .filter(|line| line.starts_with("m="))
            .map(|line| line.split(' ').nth(2).unwrap())
            .collect();
        assert_eq!(answered, transports, "{case}");
    }
}

/// The switch's offers over TLS, to a far end that is another switch.
#[test]
fn both_sides_of_an_offer_have_the_same_keys() {
    for (srtp, over_tls, is_secure) in [
        (Srtp::Auto, true, true),
        (Srtp::Auto, false, false),
        (Srtp::Required, false, true),
        (Srtp::Off, true, false),
    ] {
        let mut ours = secure(srtp, over_tls);
        assert_eq!(ours.secrecy.is_only_preferred(), is_secure && srtp == Srtp::Auto);
        let offered = offer(&ours, Codec::ALL);
        let text = String::from_utf8(offered.to_vec()).unwrap();
        assert_eq!(text.matches("a=crypto:").count(), if is_secure { 2 } else { 0 });
        let mut far = Local {
            address: "192.0.2.1:4000".parse().unwrap(),
            peer: ours.address.ip(),
            secrecy: Secrecy::new(Srtp::Auto, true, KeySeed::random(&mut Rng::seeded(5))),
            ..local()
        };
        let (answer, theirs) =
            answer(&offered, &mut far, &OwnPorts::default(), Codec::ALL).unwrap();
        let media = accept(&answer, &mut ours, &OwnPorts::default(), Codec::ALL).unwrap();
        let (ours_agreed, theirs_agreed) = (media.security, theirs.security);
        assert_eq!(ours_agreed.is_some(), is_secure);
        assert!(!ours.secrecy.is_only_preferred());
        if let (Some(a), Some(b)) = (ours_agreed, theirs_agreed) {
            assert_eq!((a.suite, a.ours, a.theirs), (b.suite, b.theirs, b.ours));
        }
        // The next offer has what was agreed on and nothing else (pjproject#1856), with the same key.
        let again = String::from_utf8(offer(&ours, Codec::ALL).to_vec()).unwrap();
        let lines = |text: &str| -> Vec<String> {
            text.lines().filter(|l| l.starts_with("a=crypto:")).map(str::to_owned).collect()
        };
        assert_eq!(lines(&again), lines(&text)[..usize::from(is_secure)]);
    }
}

/// A re-INVITE with the same key (a session refresh of Teams, rtpengine#1443) keeps ours; another key
/// (a transfer behind a PBX) gets another one.
#[test]
fn a_new_key_is_answered_with_a_new_one() {
    let mut local = secure(Srtp::Auto, true);
    let mut keys = Vec::new();
    let first = offer_of(&[("RTP/SAVP", true)]);
    let other = first.replace("AQIDBAUG", "CQIDBAUG");
    for text in [&first, &first, &other, &other] {
        let met = answer(text.as_bytes(), &mut local, &OwnPorts::default(), Codec::ALL).unwrap();
        keys.push(met.1.security.unwrap().ours);
    }
    assert_eq!(keys[0], keys[1]);
    assert_ne!(keys[1], keys[2]);
    assert_eq!(keys[2], keys[3]);
}

#[test]
fn an_answer_must_be_as_secure_as_the_offer() {
    for (over_tls, streams, expected) in [
        (true, &[("RTP/AVP", false)][..], false),
        (true, &[("RTP/AVP", true)], false),
        (true, &[("RTP/SAVP", false)], false),
        (true, &[("RTP/SAVP", true)], true),
        (false, &[("RTP/SAVP", true)], false),
        (false, &[("RTP/AVP", false)], true),
    ] {
        let mut local = secure(Srtp::Auto, over_tls);
        let before = local;
        let read =
            accept(offer_of(streams).as_bytes(), &mut local, &OwnPorts::default(), Codec::ALL);
        assert_eq!(read.is_ok(), expected, "{over_tls} {streams:?}");
        assert_eq!(local == before, !expected);
    }
}

#[test]
fn an_answer_cannot_choose_a_codec_that_was_not_offered() {
    let text = offer_of(&[("RTP/AVP", false)]).replace("RTP/AVP 0", "RTP/AVP 9 8");
    let read = |codecs: &[Codec]| {
        accept(text.as_bytes(), &mut local(), &OwnPorts::default(), codecs).map(|m| m.codec)
    };
    assert_eq!(read(Codec::ALL), Ok(Codec::G722));
    assert_eq!(read(&[Codec::Pcmu, Codec::Pcma]), Ok(Codec::Pcma));
    assert_eq!(read(&[Codec::Pcmu]), Err(SdpError::NoCommonCodec));
}
