//! Callers and dialed numbers as they stand in INVITEs of public reports and carriers' manuals: what a
//! switch should read there. Numbers are replaced where a report has real ones.

use crate::base::Now;
use crate::base::Phone;
use crate::base::Rng;
use crate::sip::Agent;
use crate::sip::AgentConfig;
use crate::sip::Event;
use crate::sip::Incoming;
use crate::sip::Input;
use crate::sip::Output;
use crate::sip::Peer;
use crate::sip::Sender;
use crate::sip::Transport;

/// Returns the call of an INVITE; `lines` are From and what follows it, in bytes: names need not be UTF-8.
fn call(uri: &str, lines: &[u8]) -> Option<Box<Incoming>> {
    let mut bytes = format!(
        "INVITE {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKx\r\nTo: <sip:x@192.0.2.1>\r\n\
         Call-ID: c\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:192.0.2.9>\r\n"
    )
    .into_bytes();
    bytes.extend_from_slice(lines);
    bytes.extend_from_slice(b"\r\nContent-Length: 0\r\n\r\n");
    let (local, remote) = (([192, 0, 2, 1], 5060).into(), ([192, 0, 2, 9], 5060).into());
    let peer = Peer { transport: Transport::Udp, remote, local, connection: None };
    let mut agent = Agent::new(AgentConfig::new(local), Rng::seeded(1));
    let sender = Sender::Trusted("t".parse().unwrap());
    agent.handle(Input::Message { peer, sender, bytes: bytes.into() }, Now::default());
    std::iter::from_fn(|| agent.poll()).find_map(|output| {
        if let Output::Event(Event::Incoming(incoming)) = output { Some(incoming) } else { None }
    })
}

/// An INVITE, and what it says.
struct Row {
    /// Country of the trunk, or `-`.
    country: &'static str,
    uri: &'static str,
    /// From, and further lines.
    lines: &'static [u8],
    called: &'static str,
    caller: &'static str,
}

const ROWS: &[Row] = &[
    // A call centre shows a number of its own, and the network asserts the line that calls:
    // https://github.com/haumacher/phoneblock/issues/35
    Row {
        country: "-",
        uri: "sip:+497041000@192.0.2.1;uniq=A591;user=phone",
        lines: b"From: <sip:+4921181994861@ims.example;user=phone>;tag=p65546t\r\n\
          P-Asserted-Identity: <sip:+4921154089170@ims.example;user=phone>",
        called: "+497041000",
        caller: "+4921154089170",
    },
    // Two identities, `sip:` and `tel:` (RFC 3325 section 9.1):
    // https://github.com/OpenSIPS/opensips/issues/1386
    Row {
        country: "-",
        uri: "sip:18005550100@192.0.2.1",
        lines: b"From: <sip:mpbx@sip.example>;tag=1\r\n\
          P-Asserted-Identity: \"12025550187 12025550187\" <sip:12025550187@mpbx.sip.example>\r\n\
          P-Asserted-Identity: \"12025550187 12025550187\" <tel:+12025550187>",
        called: "18005550100",
        caller: "+12025550187",
    },
    // Number portability: the number that was dialed counts, not the routing number:
    // https://github.com/pjsip/pjproject/issues/2458
    Row {
        country: "-",
        uri: "sip:+18005550100;npdi;rn=+12025550000@192.0.2.1:5060;user=phone",
        lines: b"From: <sip:+12025550187;npdi;rn=+12025559999@h;user=phone>;tag=1",
        called: "+18005550100",
        caller: "+12025550187",
    },
    // Parameters of the user part: https://github.com/pjsip/pjproject/issues/3881
    Row {
        country: "-",
        uri: "sip:+18005550100;bla=ble;more@example.com;transport=tcp",
        lines: b"From: <sip:+12025550187;cpc=ordinary;oli=00@h>;tag=1",
        called: "+18005550100",
        caller: "+12025550187",
    },
    // `tel:` everywhere: https://github.com/sipcapture/heplify-server/issues/30
    Row {
        country: "-",
        uri: "tel:+6569179715",
        lines: b"From: <tel:+6583199881>;tag=k2zuofun-CC-1004",
        called: "+6569179715",
        caller: "+6583199881",
    },
    // A local number and its context: https://github.com/Metaswitch/sprout/issues/1096
    Row {
        country: "-",
        uri: "tel:8005550100;phone-context=+1;npdi",
        lines: b"From: <tel:2025550187;phone-context=+1>;tag=1",
        called: "+18005550100",
        caller: "+12025550187",
    },
    // A backslash before the last blank of the name:
    // https://github.com/team-telnyx/freeswitch/pull/589
    Row {
        country: "-",
        uri: "sip:18005550100@192.0.2.1",
        lines: b"From: \"Sami\\ \" <sip:+12025550187@h>;tag=eX4NvUFDaH30c\r\n\
          Remote-Party-ID: \"Sami\\ \" <sip:+12025550187@h>;party=calling;screen=yes;privacy=off",
        called: "18005550100",
        caller: "+12025550187",
    },
    // Names in UTF-8: https://github.com/DoubangoTelecom/sipml5/issues/291, and without a blank before
    // the address: https://github.com/flutter-webrtc/dart-sip-ua/issues/281
    Row {
        country: "-",
        uri: "sip:18005550100@192.0.2.1",
        lines: b"From: \"\xe7\x94\xb0\xe4\xb8\xad\"<sip:+12025550187@domain.example>;tag=9m4rgKapFervFSm",
        called: "18005550100",
        caller: "+12025550187",
    },
    // A name in Latin-1: https://github.com/DoubangoTelecom/doubango/issues/333
    Row {
        country: "-",
        uri: "sip:18005550100@192.0.2.1",
        lines: b"From: \"Jos\xe9, Ltd.\" <sip:+12025550187@h>;tag=1\r\n\
          P-Asserted-Identity: \"Jos\xe9\" <sip:+12025550188@h>",
        called: "18005550100",
        caller: "+12025550188",
    },
    // An empty name: https://github.com/theintencity/sip-js/issues/3
    Row {
        country: "-",
        uri: "sip:18005550100@192.0.2.1",
        lines: b"From: \"\" <sip:+12025550187@test.example>;epid=a22edc020e;tag=4adc8bd5d0",
        called: "18005550100",
        caller: "+12025550187",
    },
    // A withheld number beside its asserted identity, as carriers send it to those whom they trust:
    // https://github.com/wazo-platform/wazo-platform.org/pull/703
    Row {
        country: "-",
        uri: "sip:18005550100@192.0.2.1",
        lines: b"From: \"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1\r\nPrivacy: id\r\n\
          P-Asserted-Identity: <tel:+12025550187>",
        called: "18005550100",
        caller: "none",
    },
    // Privacy in capitals: https://github.com/selvakn/gsm-sip-bridge/pull/70
    Row {
        country: "-",
        uri: "sip:18005550100@192.0.2.1",
        lines: b"From: <sip:+12025550187@h>;tag=1\r\nPrivacy: ID\r\nP-Asserted-Identity: <sip:+12025550187@h>",
        called: "18005550100",
        caller: "none",
    },
    // Privacy overrides the number in From:
    // https://cm.com/knowledge-center/2aa755ac-0127-4ad3-9c4d-b13dedc7fcfa; several values and several
    // headers (RFC 3323 section 4.2).
    Row {
        country: "-",
        uri: "sip:18005550100@192.0.2.1",
        lines: b"From: <sip:+12025550187@h>;tag=1\r\nPrivacy: session\r\nPrivacy: critical;user",
        called: "18005550100",
        caller: "none",
    },
    // `none` withholds nothing; `user=phone` and an escaped plus:
    // https://voicepulse.zendesk.com/hc/en-us/articles/203085425-How-FIVE-treats-the-SIP-Privacy-header
    Row {
        country: "-",
        uri: "sip:%2B18005550100@192.0.2.1;user=phone",
        lines: b"From: \"Someone\" <sip:%2B12025550187@1.1.1.1;user=phone>;tag=1\r\nPrivacy: none",
        called: "+18005550100",
        caller: "+12025550187",
    },
    // National numbers with their trunk prefix, and who diverted the call:
    // https://support.2talk.co.nz/sip-trunking-outbound-caller-id
    Row {
        country: "NZ",
        uri: "sip:0212345678@198.51.100.2",
        lines: b"From: <sip:037654321@203.0.113.1>;tag=as1af6bbdc\r\n\
          Diversion: <sip:037654321@203.0.113.1>;privacy=off;reason=unconditional;counter=1;screen=no\r\n\
          P-Asserted-Identity: <sip:093001234@203.0.113.1;user=phone>",
        called: "0212345678",
        caller: "+6493001234",
    },
    // An exchange asserts an extension, and the line's number stands in From:
    // https://github.com/FreePBX/issue-tracker/issues/350
    Row {
        country: "-",
        uri: "sip:18005550100@192.0.2.1",
        lines: b"From: \"TEST\" <sip:12025550187@192.168.101.254:5060>;tag=1c8e63b372\r\n\
          P-Asserted-Identity: \"TEST\" <sip:11@192.168.101.241>",
        called: "18005550100",
        caller: "+12025550187",
    },
];

#[test]
fn callers_are_read_as_the_reports_say() {
    for Row { country, uri, lines, called, caller } in ROWS {
        let shown = String::from_utf8_lossy(lines);
        let incoming = call(uri, lines).unwrap_or_else(|| panic!("no call: {uri} {shown}"));
        let home = country.parse().ok();
        let found = incoming.callers().iter().find_map(|text| Phone::of_caller(text, home));
        let found = found.as_ref().map_or("none", Phone::e164);
        assert_eq!((incoming.called(), found), (*called, *caller), "{uri} {shown}");
    }
}
