//! SIP over TLS: baresip as caller and as buyer, Kamailio in front, certificates that cannot be
//! trusted, and certificates that are replaced while calls go on.

use std::fs;
use std::io::Read as _;
use std::io::Write as _;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::ClientConnection;
use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::ServerConnection;
use rustls::StreamOwned;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject as _;
use serde_json::json;
use socket2::Domain;
use socket2::Socket;
use socket2::Type;

use super::authority::Authority;
use super::baresip::Baresip;
use super::kamailio;
use super::kamailio::Kamailio;
use super::scenario::Sipp;
use super::stage::Contract;
use super::stage::NUMBER;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::attempts;
use super::stage::contract;
use crate::until::until;

/// A year in which the certificates of these tests are valid still.
const LATER: i32 = 2090;
/// How long a test waits for bytes.
const PATIENCE: Duration = Duration::from_secs(20);

/// What makes baresip take SRTP, which the switch offers over TLS.
const SRTP: &str = ";mediaenc=srtp-mand";

/// A switch that listens on TLS, too, and trusts `authority.pem`. Callers of 127.0.0.1 are welcome:
/// baresip calls from there.
fn stage(contracts: &[Contract<'_>], more: &str) -> (Stage, Authority) {
    stage_with(contracts, more, |text| text)
}

/// The same, with changes to its book.
pub(super) fn stage_with(
    contracts: &[Contract<'_>],
    more: &str,
    book_of: impl FnOnce(String) -> String,
) -> (Stage, Authority) {
    let mut authority = None;
    let settings = |stage: &Stage, text: String| {
        let made = Authority::new(stage.home(), "authority");
        for host in [1, 10, 20, kamailio::HOST] {
            made.issue(&host.to_string(), &stage.ip(host).to_string(), LATER);
        }
        authority = Some(made);
        let tcp = format!("\"tcp:{}:5060\"", stage.ip(1));
        let tls = format!("{tcp}, \"tls:{}:5061\"", stage.ip(1));
        let keys = format!(
            "[sip]\ntls_certificate = \"1.pem\"\ntls_private_key = \"1.key\"\n\
             tls_authority = \"authority.pem\"\n{}",
            more.replace("PROXY", &stage.ip(kamailio::HOST).to_string())
        );
        text.replace(&tcp, &tls).replace("[sip]\n", &keys)
    };
    let book = |_: &Stage, text: String| {
        let secure = text.replace(":5060;transport=tcp\" }", ":5061;transport=tls\" }");
        book_of(secure.replace("accept_from = [", "accept_from = [\"127.0.0.1\", "))
    };
    let stage = Stage::changed(contracts, settings, book);
    (stage, authority.unwrap())
}

/// A contract whose buyer is called over TLS.
pub(super) fn secure(id: &str, host: u8) -> Contract<'_> {
    Contract { id, host, more: "# tcp" }
}

fn der(path: &Path) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(path).unwrap()
}

/// Connects to the switch from a host.
fn connect(stage: &Stage, host: u8, port: u16) -> TcpStream {
    let own = SocketAddr::new(stage.ip(host), 0);
    let socket = Socket::new(Domain::for_address(own), Type::STREAM, None).unwrap();
    socket.bind(&own.into()).unwrap();
    socket.connect(&SocketAddr::new(stage.ip(1), port).into()).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.into()
}

/// Connects over TLS, and verifies the switch's certificate.
fn client(stage: &Stage, host: u8) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(der(&stage.home().join("authority.pem"))).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::IpAddress(stage.ip(1).into());
    let client = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(client, connect(stage, host, 5061));
    stream.conn.complete_io(&mut stream.sock).unwrap();
    stream
}

#[test]
fn a_caller_and_a_buyer_over_tls_talk() {
    let (stage, _) = stage(&[secure("acme", 10)], "");
    let buyer = Baresip::buyer(&stage, 10, "acme", SRTP);
    Baresip::caller(&stage, 20, NUMBER, 5, SRTP).end();
    let record = stage.record();
    assert_fields(&record, &[("/reason", json!("bridged")), ("/ended_by", json!("caller"))]);
    assert_fields(&record, &[("/winner/contract", json!("acme"))]);
    assert!(buyer.has_said("SIP/2.0/TLS"));
    assert!(buyer.has_said(":5061;transport=tls>\r\nAllow: INVITE, ACK"));
    assert!(!buyer.has_said("SIP/2.0/UDP"));
}

#[test]
fn a_caller_behind_kamailio_comes_over_tls() {
    let (stage, _) = stage(&[contract("acme", 10)], "proxies = [\"PROXY\"]\n");
    let _kamailio = Kamailio::start_over_tls(&stage, &[stage.ip(1)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    let scenario = "uac-talks-then-hangs-up";
    let arguments = ["-d", "1500"];
    let caller = Sipp::caller_through(&stage, kamailio::HOST, 20, scenario, &arguments);
    let seen = caller.succeed();
    buyer.succeed();
    let record = stage.record();
    assert_fields(&record, &[("/reason", json!("bridged")), ("/ended_by", json!("caller"))]);
    let over_tls = |message: &&str| message.contains(";transport=tls") && message.contains("r2=on");
    assert!(seen.received().iter().any(over_tls), "{:?}", seen.received());
}

/// Starts a server with a certificate. Nothing but handshakes may come to it.
fn serve(stage: &Stage, host: u8, name: &str) {
    let path = |ending: &str| stage.home().join(format!("{name}.{ending}"));
    let key = PrivateKeyDer::from_pem_file(path("key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![der(&path("pem"))], key)
        .unwrap();
    let (config, listener) = (Arc::new(config), TcpListener::bind((stage.ip(host), 5061)).unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut server = ServerConnection::new(config.clone()).unwrap();
            while server.is_handshaking() && server.complete_io(&mut stream).is_ok() {}
            let mut said = Vec::new();
            let _ = server.reader().read_to_end(&mut said);
            assert!(said.is_empty(), "an INVITE went to who could not be verified");
        }
    });
}

#[test]
fn a_server_that_cannot_be_verified_is_unreachable() {
    let contracts = [
        secure("stranger", 11),
        secure("impostor", 12),
        secure("late", 13),
        secure("plain", 14),
        contract("acme", 10),
    ];
    let (stage, authority) = stage(&contracts, "");
    let other = Authority::new(stage.home(), "other");
    other.issue("stranger", &stage.ip(11).to_string(), LATER);
    authority.issue("impostor", "somebody-else.example", LATER);
    authority.issue("late", &stage.ip(13).to_string(), 2024);
    for (host, name) in [(11, "stranger"), (12, "impostor"), (13, "late")] {
        serve(&stage, host, name);
    }
    let plain = TcpListener::bind((stage.ip(14), 5061)).unwrap();
    std::thread::spawn(move || {
        for stream in plain.incoming() {
            let mut said = [0; 6];
            let mut stream = stream.unwrap();
            stream.read_exact(&mut said).unwrap();
            assert_ne!(&said, b"INVITE", "an INVITE went without TLS");
            stream.write_all(b"SIP/2.0 400 Bad Request\r\n\r\n").unwrap();
        }
    });
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    Sipp::caller(&stage, "uac-talks-then-hangs-up", 1).succeed();
    buyer.succeed();
    let record = stage.record();
    let failed = ["stranger", "impostor", "late", "plain"].map(|id| format!("{id} unreachable"));
    assert_eq!(attempts(&record)[..4], failed, "{record:#}");
    assert_fields(&record, &[("/winner/contract", json!("acme"))]);
    let log = stage.log();
    let line = log.lines().find(|line| line.contains("no TLS with a destination")).unwrap();
    assert!(line.contains("UnknownIssuer") && line.contains("[sip] tls_authority"), "{line}");
}

#[test]
fn certificates_are_replaced_while_a_call_goes_on() {
    let (stage, authority) = stage(&[secure("acme", 10)], "");
    let _buyer = Baresip::buyer(&stage, 10, "acme", SRTP);
    let served = || client(&stage, 21).conn.peer_certificates().unwrap()[0].clone();
    let own = stage.home().join("1.pem");
    let first = der(&own);
    assert_eq!(served(), first);
    let mut caller = Baresip::caller(&stage, 20, NUMBER, 12, "");
    until("they talk", || stage.calls().first().is_some_and(|call| call["bridged_at"].is_string()));

    authority.issue("1", &stage.ip(1).to_string(), LATER + 1);
    until("the certificate is replaced", || stage.log().contains("certificates replaced"));
    let second = der(&own);
    assert_ne!(first, second);
    assert_eq!(served(), second);

    fs::write(stage.home().join("1.key"), "no key").unwrap();
    stage.signal("-HUP");
    until("the fault is logged", || stage.log().contains("certificates not replaced"));
    assert!(stage.log().contains("1.key: has no private key in PEM"), "{}", stage.log());
    assert_eq!(served(), second);
    caller.end();
    let record = stage.record();
    assert_fields(&record, &[("/reason", json!("bridged")), ("/ended_by", json!("caller"))]);
}

#[test]
fn handshakes_that_never_end_change_nothing_for_others() {
    let (stage, _) = stage(&[contract("acme", 10)], "");
    let open = |host: u8| (0..60).map(move |_| host);
    let idle: Vec<_> = [20, 21, 22, 23, 66]
        .into_iter()
        .flat_map(open)
        .map(|host| connect(&stage, host, 5061))
        .collect();
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    Sipp::caller(&stage, "uac-talks-then-hangs-up", 1).succeed();
    buyer.succeed();
    for mut stream in idle {
        assert_eq!(stream.read(&mut [0; 1]).unwrap_or(0), 0, "it is closed");
    }
    assert!(stage.log().contains("no TLS handshake within 5 s"), "{}", stage.log());
}

#[test]
fn a_request_byte_by_byte_is_answered() {
    let (stage, _) = stage(&[contract("acme", 10)], "");
    let ask = |stream: &mut dyn ReadWrite, transport: &str| {
        let ip = stage.ip(20);
        let options = format!(
            "OPTIONS sip:{ip} SIP/2.0\r\nVia: SIP/2.0/{transport} {ip};branch=z9hG4bK1\r\n\
             From: <sip:a@{ip}>;tag=1\r\nTo: <sip:b@{ip}>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\
             Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        );
        for byte in options.as_bytes() {
            stream.write_all(&[*byte]).unwrap();
            stream.flush().unwrap();
        }
        let mut answer = [0; 15];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"SIP/2.0 200 OK\r", "{transport}");
    };
    ask(&mut connect(&stage, 20, 5060), "TCP");
    ask(&mut client(&stage, 20), "TLS");
}

/// A stream of either kind.
trait ReadWrite: std::io::Read + std::io::Write {}
impl<S: std::io::Read + std::io::Write> ReadWrite for S {}

#[test]
fn a_client_without_a_certificate_of_the_authority_is_not_heard() {
    let (stage, _) = stage(&[contract("acme", 10)], "tls_client_authority = \"authority.pem\"\n");
    let mut stream = client(&stage, 20);
    let _ = stream.write_all(b"\r\n\r\n");
    assert!(matches!(stream.read(&mut [0; 2]), Err(_) | Ok(0)), "it is closed");
    until("it is logged", || stage.log().contains("TLS connection closed: no handshake"));
    // baresip has one.
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    Baresip::caller(&stage, 20, NUMBER, 4, "").end();
    buyer.succeed();
    assert_fields(&stage.record(), &[("/winner/contract", json!("acme"))]);
}

#[test]
fn check_says_what_is_wrong_with_certificates() {
    let (stage, authority) = stage(&[contract("acme", 10)], "");
    let check = || {
        let done = stage.command(&["check"]).output().unwrap();
        (done.status.code(), String::from_utf8(done.stderr).unwrap())
    };
    let (code, said) = check();
    assert!(code == Some(0) && !said.contains(".pem"), "{said}");
    authority.issue("1", &stage.ip(1).to_string(), 2024);
    let (code, said) = check();
    assert!(said.contains("1.pem:1:1: error: the certificate expired at 2024-01-01"), "{said}");
    assert_eq!(code, Some(1));
    authority.issue("other", &stage.ip(1).to_string(), LATER);
    fs::copy(stage.home().join("other.key"), stage.home().join("1.key")).unwrap();
    let (code, said) = check();
    assert!(said.contains("1.key:1:1: error: is not the private key of"), "{said}");
    assert_eq!(code, Some(1));
    fs::remove_file(stage.home().join("1.pem")).unwrap();
    let (code, said) = check();
    assert!(said.contains("1.pem:1:1: error: cannot be read: there is no such file"), "{said}");
    assert_eq!(code, Some(1));
}
