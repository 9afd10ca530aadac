//! Any text as what digest is about: a caller's credentials, and a carrier's challenge. A caller without
//! the password begins no call; an answer to a challenge can be read, and is given twice at most.

use std::net::SocketAddr;
use std::sync::Arc;

use strowger::base::LegId;
use strowger::base::Now;
use strowger::base::Prack;
use strowger::base::Rng;
use strowger::sip::Agent;
use strowger::sip::AgentConfig;
use strowger::sip::Command;
use strowger::sip::Dial;
use strowger::sip::Event;
use strowger::sip::Input;
use strowger::sip::Output;
use strowger::sip::Peer;
use strowger::sip::Sender;
use strowger::sip::Sources;
use strowger::sip::Transport;
use strowger::sip::Uri;
use strowger::sip::digest::Account;
use strowger::sip::digest::Accounts;
use strowger::sip::digest::Algorithm;
use strowger::sip::digest::Credentials;
use strowger::sip::wire::Builder;
use strowger::sip::wire::Framing;
use strowger::sip::wire::HeaderName;
use strowger::sip::wire::Message;
use strowger::sip::wire::Method;

/// Checks one input.
pub(crate) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    // A header has one line.
    let text = text.replace(|c: char| c.is_control(), " ");
    call(&text);
    be_challenged(&text);
}

fn peer() -> Peer {
    let (us, remote) = ([192, 0, 2, 1], [192, 0, 2, 9]);
    let at = |ip: [u8; 4]| SocketAddr::from((ip, 5060));
    Peer { transport: Transport::Udp, remote: at(remote), local: at(us), connection: None }
}

/// An agent that admits one caller and answers for one trunk.
fn agent() -> Agent {
    let credentials = Arc::new(Credentials::new("ann", "secret"));
    let account = Account { trunk: "t".parse().expect("an id"), credentials };
    let algorithms = vec![Algorithm::Sha256, Algorithm::Md5];
    let accounts = Accounts::new("r", algorithms, [account.clone()], [account]);
    let mut agent = Agent::new(AgentConfig::new(peer().local), Rng::seeded(1));
    let admit = Input::Command(Command::Admit(Arc::new(accounts)));
    agent.handle(admit, Now::default());
    agent
}

/// Sends an INVITE of a stranger with these credentials.
fn call(credentials: &str) {
    let invite = format!(
        "INVITE sip:18005550100@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKa\r\n\
         From: <sip:a@192.0.2.9>;tag=a\r\nTo: <sip:b@192.0.2.1>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\
         Contact: <sip:a@192.0.2.9>\r\nMax-Forwards: 70\r\nAuthorization: {credentials}\r\n\
         Content-Length: 0\r\n\r\n"
    );
    let mut agent = agent();
    let bytes = invite.into_bytes().into();
    agent.handle(Input::Message { peer: peer(), sender: Sender::Stranger, bytes }, Now::default());
    while let Some(output) = agent.poll() {
        match output {
            Output::Event(Event::Incoming(_)) => panic!("a call by {credentials:?}"),
            Output::Send { bytes, .. } => {
                let answer = Message::parse(bytes, Framing::Datagram).expect("a response");
                assert!(answer.status().is_some_and(|status| (100..500).contains(&status)));
            }
            _ => {}
        }
    }
}

/// Dials, and answers each INVITE with this challenge.
fn be_challenged(challenge: &str) {
    let mut agent = agent();
    let dial = Dial {
        session: LegId::random(&mut Rng::seeded(2)),
        peer: peer(),
        takes_tcp: false,
        sources: Sources { trunk: "t".parse().ok(), addresses: Vec::new() },
        target: Uri::parse("sip:b@192.0.2.9").expect("a URI"),
        from: "<sip:a@192.0.2.1>".to_owned(),
        to: "<sip:b@192.0.2.9>".to_owned(),
        headers: Vec::new(),
        prack: Prack::Auto,
        max_forwards: 70,
        offer: "v=0\r\n".into(),
    };
    agent.handle(Input::Command(Command::Dial(Box::new(dial))), Now::default());
    let mut invites = 0;
    while let Some(output) = agent.poll() {
        let Output::Send { bytes, .. } = output else { continue };
        let sent = Message::parse(bytes, Framing::Datagram).expect("a request");
        if sent.method() != Some(&Method::Invite) {
            continue;
        }
        invites += 1;
        assert!(invites <= 3, "the challenge is answered again and again: {challenge:?}");
        assert_eq!(sent.headers(HeaderName::Authorization).count() > 0, invites > 1);
        let refusal = Builder::response_to(&sent, 401, "Unauthorized").to_tag("t");
        let bytes = refusal.header(HeaderName::WwwAuthenticate, challenge).finish();
        let sender = Sender::Trusted("t".parse().expect("an id"));
        agent.handle(Input::Message { peer: peer(), sender, bytes }, Now::default());
    }
}
