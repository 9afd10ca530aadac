//! Descriptions of real gear that other parsers refused for a line that is not needed. Addresses
//! are replaced; the reports are named beside their inputs.

use super::Local;
use super::Media;
use super::SdpError;
use super::accept;
use super::answer;
use crate::base::Codec;

fn local() -> Local {
    Local { address: "198.51.100.5:20000".parse().unwrap(), session: 7, version: 1 }
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
            let (bytes, ours) = answer(text.as_bytes(), &local(), Codec::ALL).expect(name);
            assert_eq!(shown(&ours), media, "{name}");
            let answered = str::from_utf8(&bytes).unwrap();
            let lines: Vec<_> = answered.lines().filter_map(|l| l.strip_prefix("m=")).collect();
            assert_eq!(lines.join("|"), streams, "{name}");
            // A buyer's answer is read in the same way.
            assert_eq!(accept(text.as_bytes(), &local()).map(|m| shown(&m)), Ok(media.to_owned()));
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
        let error = accept(format!("{head}{streams}").as_bytes(), &local()).unwrap_err();
        match expected {
            Some(expected) => assert_eq!(error, expected, "{streams}"),
            None => assert_eq!(error.status(), 400, "{streams}: {error}"),
        }
    }
}
