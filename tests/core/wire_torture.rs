//! All messages of RFC 4475, and the expected result for each.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use strowger::sip::wire::Builder;
use strowger::sip::wire::Framing;
use strowger::sip::wire::HeaderName;
use strowger::sip::wire::Message;
use strowger::sip::wire::ParseError;
use strowger::sip::wire::Scheme;
use strowger::sip::wire::Start;

/// The expected result for a message.
#[derive(Debug, PartialEq)]
enum Fate {
    /// It is valid.
    Accepted,
    /// It parses; the agent answers with this status, or drops it (`0`).
    Agent(u16),
    /// `parse` rejects it.
    Refused(ParseError),
    /// `parse` accepts it, `validate` rejects it.
    Invalid(ParseError),
}

use Fate::Accepted;
use Fate::Agent;
use Fate::Invalid;
use Fate::Refused;

fn malformed(header: &'static str, problem: &'static str) -> ParseError {
    ParseError::Malformed { header, problem }
}

fn start_line(problem: &'static str) -> ParseError {
    ParseError::StartLine { problem }
}

const SHAPE: &str = "not method, URI and version with one space between";

/// File, section of the RFC, and expected result.
fn table() -> Vec<(&'static str, &'static str, Fate)> {
    vec![
        ("wsinv", "3.1.1.1", Accepted),
        ("intmeth", "3.1.1.2", Agent(501)),
        ("esc01", "3.1.1.3", Accepted),
        ("escnull", "3.1.1.4", Accepted),
        ("esc02", "3.1.1.5", Agent(501)),
        ("lwsdisp", "3.1.1.6", Accepted),
        ("longreq", "3.1.1.7", Accepted),
        ("dblreq", "3.1.1.8", Accepted),
        ("semiuri", "3.1.1.9", Accepted),
        ("transports", "3.1.1.10", Accepted),
        ("mpart01", "3.1.1.11", Accepted),
        ("unreason", "3.1.1.12", Accepted),
        ("noreason", "3.1.1.13", Accepted),
        ("badinv01", "3.1.2.1", Invalid(malformed("Via", "a parameter without a name"))),
        ("clerr", "3.1.2.2", Refused(ParseError::BodyCut { declared: 9999, present: 154 })),
        ("ncl", "3.1.2.3", Refused(ParseError::ContentLengthInvalid)),
        ("scalar02", "3.1.2.4", Invalid(malformed("CSeq", "the number is not one below 2^31"))),
        ("scalarlg", "3.1.2.5", Invalid(malformed("CSeq", "the number is not one below 2^31"))),
        ("quotbal", "3.1.2.6", Invalid(malformed("To", "no closing quote"))),
        (
            "ltgtruri",
            "3.1.2.7",
            Invalid(malformed("Request-URI", "white space, a control character or one of <>\"")),
        ),
        ("lwsruri", "3.1.2.8", Refused(start_line(SHAPE))),
        ("lwsstart", "3.1.2.9", Refused(start_line(SHAPE))),
        ("trws", "3.1.2.10", Refused(start_line(SHAPE))),
        ("escruri", "3.1.2.11", Invalid(malformed("Request-URI", "headers within the URI"))),
        // The RFC leaves it to the receiver. Nothing here depends on Date.
        ("baddate", "3.1.2.12", Accepted),
        ("regbadct", "3.1.2.13", Invalid(malformed("Contact", "a URI that needs < and >"))),
        (
            "badaspec",
            "3.1.2.14",
            Invalid(malformed("To", "white space, a control character or one of <>\"")),
        ),
        // The archive's copy also lacks the empty line after its headers.
        ("baddn", "3.1.2.15", Refused(ParseError::HeadUnterminated)),
        ("badvers", "3.1.2.16", Refused(ParseError::Version)),
        ("mismatch01", "3.1.2.17", Invalid(ParseError::CseqMethod)),
        ("mismatch02", "3.1.2.18", Invalid(ParseError::CseqMethod)),
        ("bigcode", "3.1.2.19", Refused(start_line("the status code is not 100 to 699"))),
        ("badbranch", "3.2.1", Invalid(malformed("Via", "the branch is the magic cookie alone"))),
        ("insuf", "3.3.1", Invalid(ParseError::Missing { header: "From" })),
        ("unkscm", "3.3.2", Agent(416)),
        ("novelsc", "3.3.3", Agent(416)),
        ("unksm2", "3.3.4", Accepted),
        ("bext01", "3.3.5", Agent(420)),
        ("invut", "3.3.6", Agent(415)),
        ("regaut01", "3.3.7", Accepted),
        ("multi01", "3.3.8", Invalid(ParseError::Repeated { header: "From" })),
        ("mcl01", "3.3.9", Refused(ParseError::ContentLengthConflict { first: 13, second: 5 })),
        ("bcast", "3.3.10", Agent(0)),
        ("zeromf", "3.3.11", Agent(483)),
        ("cparam01", "3.3.12", Accepted),
        ("cparam02", "3.3.13", Accepted),
        ("regescrt", "3.3.14", Accepted),
        ("sdp01", "3.3.15", Agent(406)),
        ("inv2543", "3.4.1", Accepted),
        // Not described in the text: a line that is not a request line.
        ("test", "archive only", Refused(start_line(SHAPE))),
    ]
}

fn files() -> BTreeMap<String, Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/rfc4475");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let messages = paths.filter(|path| path.extension().is_some_and(|e| e == "dat"));
    let named = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    messages.map(|path| (named(&path), fs::read(&path).unwrap())).collect()
}

fn read(name: &str) -> Message {
    Message::parse(files().remove(name).unwrap(), Framing::Datagram).unwrap()
}

#[test]
fn every_message_meets_its_fate() {
    let mut files = files();
    assert_eq!(files.len(), 50);
    for (name, section, fate) in table() {
        let bytes = files.remove(name).unwrap();
        let parsed = Message::parse(bytes, Framing::Datagram);
        let met = match parsed.map(|message| message.validate()) {
            Err(error) => Refused(error),
            Ok(Err(error)) => Invalid(error),
            Ok(Ok(())) => match fate {
                Agent(status) => Agent(status),
                _ => Accepted,
            },
        };
        assert_eq!(met, fate, "{name} ({section})");
    }
    assert!(files.is_empty(), "without a row: {:?}", files.keys());
}

#[test]
fn every_refused_request_can_be_answered() {
    let mut answered = 0;
    for (name, bytes) in files() {
        let broken = match Message::parse(bytes.clone(), Framing::Datagram) {
            Err(error) => Message::salvage(bytes).map(|message| (message, error)),
            Ok(message) => match message.validate() {
                Err(error) if message.status().is_none() => Some((message, error)),
                _ => None,
            },
        };
        let Some((request, error)) = broken else { continue };
        let response = Builder::response_to(&request, error.status(), &error.phrase()).finish();
        let response = Message::parse(response, Framing::Stream).unwrap();
        assert_eq!(response.status(), Some(if name == "badvers" { 505 } else { 400 }), "{name}");
        for header in [HeaderName::Via, HeaderName::CallId, HeaderName::Cseq, HeaderName::From] {
            assert!(request.raw_headers(header).eq(response.raw_headers(header)), "{name}");
        }
        answered += 1;
    }
    // 23 rejected or invalid ones, without bigcode and scalarlg (responses) and test (no Via).
    assert_eq!(answered, 20);
}

#[test]
fn what_the_agent_needs_for_its_answers_is_read() {
    let require: Vec<_> = read("bext01").require().map(str::to_owned).collect();
    assert_eq!(require, ["nothingSupportsThis", "nothingSupportsThisEither"]);
    assert_eq!(read("zeromf").max_forwards(), Ok(Some(0)));
    let scheme = read("unkscm").request_uri().unwrap();
    assert_eq!(scheme.scheme(), Scheme::Other("nobodyKnowsThisScheme"));
    assert_eq!(read("invut").content_type(), Some("application/unknownformat"));
    assert_eq!(read("sdp01").header(HeaderName::Accept), Some("text/nobodyKnowsThis"));
    let hops: Vec<_> = read("bcast").vias().map(|via| via.unwrap().host.to_owned()).collect();
    assert_eq!(hops, ["192.0.2.198", "255.255.255.255"]);
}

#[test]
fn the_tortuous_ones_are_understood() {
    let wsinv = read("wsinv");
    let vias: Vec<_> = wsinv.vias().map(|via| via.unwrap()).collect();
    let hosts: Vec<_> = vias.iter().map(|via| (via.transport, via.host)).collect();
    let expected =
        [("UDP", "192.0.2.2"), ("TCP", "spindle.example.com"), ("UDP", "192.168.255.111")];
    assert_eq!(hosts, expected);
    assert_eq!(vias[1].unique_branch(), Some("z9hG4bK9ikj8"));
    assert_eq!(wsinv.cseq().unwrap().0, 9);
    assert_eq!(wsinv.max_forwards(), Ok(Some(68)));
    assert_eq!(wsinv.from().unwrap().display, "J Rosenberg \\\"");
    assert_eq!(wsinv.to().unwrap().tag, Some("1918181833n"));
    let note = wsinv.header(HeaderName::Other("NewFangledHeader"));
    assert_eq!(note, Some("newfangled value continued newfangled value"));
    let unusual = wsinv.header(HeaderName::Other("unknownheaderwithunusualvalue"));
    assert_eq!(unusual, Some(";;,,;;,;"));
    assert_eq!(wsinv.body().len(), 150);

    let esc01 = read("esc01");
    assert_eq!(esc01.request_uri().unwrap().user(), Some("sips%3Auser%40example.com"));
    assert_eq!(esc01.contact().unwrap().unwrap().uri.param("lr"), Some(""));

    let intmeth = read("intmeth");
    assert_eq!(intmeth.to().unwrap().display, "BEL:\u{7} NUL:\0 DEL:\u{7f}");
    let user = intmeth.request_uri().unwrap().user().map(str::to_owned);
    assert_eq!(user.as_deref(), Some("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"));

    assert_eq!(read("longreq").vias().count(), 34);
    assert_eq!(read("dblreq").body(), b"");
    let Start::Response { status: 100, phrase: "" } = read("noreason").start() else {
        panic!("noreason")
    };
    assert_eq!(read("esc02").contacts().count(), 2, "C%6Fntact is another header");
}
