//! Compares our parser with the independent parser of rsip 0.4.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use proptest::prelude::Just;
use proptest::prelude::ProptestConfig;
use proptest::prelude::Strategy;
use proptest::prelude::any;
use proptest::prop_assert_eq;
use proptest::prop_oneof;
use proptest::proptest;
use rsip::prelude::HeadersExt;
use rsip::prelude::ToTypedHeader;
use rsip::prelude::UntypedHeader;

use strowger::sip::wire::Framing;
use strowger::sip::wire::Message;
use strowger::sip::wire::NameAddr;
use strowger::sip::wire::ParseError;
use strowger::sip::wire::Start;
use strowger::sip::wire::Uri;

/// What both parsers read from a message, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Facts {
    start: String,
    via: String,
    from: String,
    to: String,
    call_id: String,
    cseq: String,
    body: Vec<u8>,
}

fn ours(bytes: &[u8]) -> Result<Facts, ParseError> {
    let message = Message::parse(bytes.to_vec(), Framing::Datagram)?;
    message.validate()?;
    let via = message.top_via()?;
    let (number, method) = message.cseq()?;
    Ok(Facts {
        start: match message.start() {
            Start::Request { method, .. } => {
                format!("{method} {}", our_uri(&message.request_uri()?))
            }
            Start::Response { status, .. } => status.to_string(),
        },
        via: format!("{} {} {:?} {:?}", via.transport, via.host, via.port, via.branch),
        from: our_address(&message.from()?),
        to: our_address(&message.to()?),
        call_id: message.call_id()?.to_owned(),
        cseq: format!("{number} {method}"),
        body: message.body().to_vec(),
    })
}

fn our_uri(uri: &Uri) -> String {
    format!("{:?} {} {:?}", uri.user(), uri.host().unwrap_or_default(), uri.port())
}

fn our_address(address: &NameAddr<'_>) -> String {
    format!("{} tag {:?}", our_uri(&address.uri), address.tag)
}

fn theirs(bytes: &[u8]) -> Result<Facts, rsip::Error> {
    let message = rsip::SipMessage::try_from(bytes)?;
    let via = message.via_header()?.typed()?;
    let from = message.from_header()?.typed()?;
    let to = message.to_header()?.typed()?;
    let cseq = message.cseq_header()?.typed()?;
    let port = via.uri.port().map(|port| *port.value());
    let branch = via.branch().map(|branch| branch.value());
    Ok(Facts {
        start: match &message {
            rsip::SipMessage::Request(request) => {
                format!("{} {}", request.method, their_uri(&request.uri))
            }
            rsip::SipMessage::Response(response) => response.status_code.code().to_string(),
        },
        via: format!("{} {} {port:?} {branch:?}", via.transport, via.uri.host()),
        from: format!("{} tag {:?}", their_uri(&from.uri), from.tag().map(|tag| tag.value())),
        to: format!("{} tag {:?}", their_uri(&to.uri), to.tag().map(|tag| tag.value())),
        call_id: message.call_id_header()?.value().to_owned(),
        cseq: format!("{} {}", cseq.seq, cseq.method),
        body: message.body().clone(),
    })
}

fn their_uri(uri: &rsip::Uri) -> String {
    let port = uri.port().map(|port| *port.value());
    format!("{:?} {} {port:?}", uri.user(), uri.host())
}

/// Messages on which we are right and rsip is not, with the reason. All others must give the same
/// result.
const DISAGREEMENTS: &[(&str, &str)] = &[
    ("badbranch", "rsip takes a branch that is the magic cookie alone"),
    ("badinv01", "rsip takes empty parameters"),
    ("clerr", "rsip does not look at Content-Length"),
    ("dblreq", "rsip does not know compact Call-ID, nor cuts the datagram at Content-Length"),
    ("esc01", "rsip does not fold, nor knows compact forms or escapes in users"),
    ("esc02", "rsip refuses unknown methods"),
    ("intmeth", "rsip refuses unknown methods"),
    ("invut", "rsip takes a dot in a user for a part of the host"),
    ("longreq", "rsip does not fold, nor knows compact forms"),
    ("ltgtruri", "rsip takes <> around the Request-URI"),
    ("mcl01", "rsip does not look at Content-Length"),
    ("mismatch01", "rsip does not compare the methods"),
    ("multi01", "rsip takes repeated headers"),
    ("ncl", "rsip does not look at Content-Length"),
    ("novelsc", "rsip reads a host out of an unknown scheme"),
    ("options-ipv6", "rsip does not know IPv6 hosts"),
    ("quotbal", "rsip takes an open quote"),
    ("regaut01", "rsip takes a dot in a user for a part of the host"),
    ("regbadct", "rsip does not look at Contact before it is asked for"),
    ("semiuri", "rsip does not fold, nor knows semicolons in users"),
    ("tel-invite", "rsip does not know tel:"),
    ("unkscm", "rsip does not know unknown schemes"),
    ("unksm2", "rsip does not know unknown schemes"),
    ("wsinv", "rsip does not fold"),
];

fn corpus() -> BTreeMap<String, Vec<u8>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut messages = BTreeMap::new();
    for (folder, extension) in [("sip", "sip"), ("rfc4475", "dat")] {
        for entry in fs::read_dir(data.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == extension) {
                let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
                messages.insert(name, fs::read(path).unwrap());
            }
        }
    }
    messages
}

#[test]
fn everyday_messages_are_read_alike() {
    let mut faults = Vec::new();
    for (name, bytes) in corpus() {
        let (ours, theirs) = (ours(&bytes), theirs(&bytes));
        let alike = match (&ours, &theirs) {
            (Ok(ours), Ok(theirs)) => ours == theirs,
            (Err(_), Err(_)) => true,
            _ => false,
        };
        let known = DISAGREEMENTS.iter().any(|(row, _)| *row == name);
        if alike == known {
            faults.push(format!("{name}: alike {alike}\n ours {ours:?}\n theirs {theirs:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Requests in the forms that rsip supports.
fn request() -> impl Strategy<Value = String> {
    let method = prop_oneof![Just("INVITE"), Just("BYE"), Just("OPTIONS"), Just("REGISTER")];
    // rsip takes a dot in the user part for a part of the host.
    let user = "[a-zA-Z0-9+_-]{1,12}";
    let host = prop_oneof!["[a-z]{1,8}\\.[a-z]{2,6}", Just("192.0.2.7".to_owned())];
    let port = any::<Option<u16>>();
    let token = "[a-zA-Z0-9.!%*_+`'~-]{1,16}";
    let display = prop_oneof![Just(String::new()), "\"[a-zA-Z ]{0,9}\" "];
    let body = "[ -~]{0,40}";
    (method, user, host, port, token, display, any::<u16>(), body).prop_map(
        |(method, user, host, port, token, display, number, body)| {
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            format!(
                "{method} sip:{user}@{host}{port} SIP/2.0\r\n\
                 Via: SIP/2.0/UDP {host}{port};branch=z9hG4bK{token}\r\n\
                 Max-Forwards: 70\r\n\
                 From: {display}<sip:{user}@{host}>;tag={token}\r\n\
                 To: <sip:{user}@{host}{port}>\r\n\
                 Call-ID: {token}@{host}\r\n\
                 CSeq: {number} {method}\r\n\
                 Content-Length: {}\r\n\r\n{body}",
                body.len()
            )
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn generated_messages_are_read_alike(text in request()) {
        let (ours, theirs) = (ours(text.as_bytes()), theirs(text.as_bytes()));
        prop_assert_eq!(ours.unwrap(), theirs.unwrap(), "{}", text);
    }
}
