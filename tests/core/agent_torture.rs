//! All messages of RFC 4475, and the agent's reaction to each.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use strowger::base::Now;
use strowger::base::Rng;
use strowger::sip::Agent;
use strowger::sip::AgentConfig;
use strowger::sip::Event;
use strowger::sip::Input;
use strowger::sip::Output;
use strowger::sip::Peer;
use strowger::sip::Sender;
use strowger::sip::Transport;
use strowger::sip::wire::Framing;
use strowger::sip::wire::Message;

/// File, and reaction: the status of a response, `call` for a new call, or `-` for none.
const TABLE: &[(&str, &str)] = &[
    ("badaspec", "400"),
    ("badbranch", "400"),
    ("baddate", "call"),
    ("baddn", "400"),
    ("badinv01", "400"),
    ("badvers", "505"),
    ("bcast", "-"),
    ("bext01", "420"),
    ("bigcode", "-"),
    ("clerr", "400"),
    ("cparam01", "405"),
    ("cparam02", "405"),
    ("dblreq", "405"),
    ("esc01", "call"),
    ("esc02", "501"),
    ("escnull", "405"),
    ("escruri", "400"),
    ("insuf", "400"),
    ("intmeth", "501"),
    ("inv2543", "400"),
    ("invut", "415"),
    ("longreq", "call"),
    ("ltgtruri", "400"),
    ("lwsdisp", "200"),
    ("lwsruri", "400"),
    ("lwsstart", "400"),
    ("mcl01", "400"),
    ("mismatch01", "400"),
    ("mismatch02", "400"),
    ("mpart01", "405"),
    ("multi01", "400"),
    ("ncl", "400"),
    ("noreason", "-"),
    ("novelsc", "416"),
    ("quotbal", "400"),
    ("regaut01", "405"),
    ("regbadct", "400"),
    ("regescrt", "405"),
    ("scalar02", "400"),
    ("scalarlg", "-"),
    ("sdp01", "call"),
    ("semiuri", "200"),
    ("test", "-"),
    ("transports", "200"),
    ("trws", "400"),
    ("unkscm", "416"),
    ("unksm2", "405"),
    ("unreason", "-"),
    ("wsinv", "481"),
    ("zeromf", "200"),
];

#[test]
fn every_message_has_its_answer() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/rfc4475");
    let mut seen = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "dat") {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            seen.push((
                name,
                answer(&fs::read(&path).unwrap(), Sender::Trusted("t".parse().unwrap())),
            ));
        }
    }
    seen.sort();
    let mut table: Vec<_> = TABLE.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    table.sort();
    assert_eq!(seen, table);
}

#[test]
fn a_stranger_gets_403_or_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/rfc4475");
    for (name, _) in TABLE {
        let bytes = fs::read(folder.join(format!("{name}.dat"))).unwrap();
        let answer = answer(&bytes, Sender::Stranger);
        assert!(matches!(&*answer, "403" | "-"), "{name}: {answer}");
    }
}

fn answer(bytes: &[u8], sender: Sender) -> String {
    let us = SocketAddr::from(([192, 0, 2, 1], 5060));
    let mut agent = Agent::new(AgentConfig::new(us), Rng::seeded(1));
    let remote = ([192, 0, 2, 9], 5060).into();
    let peer = Peer { transport: Transport::Udp, remote, local: us, connection: None };
    let bytes = bytes.to_vec().into();
    agent.handle(Input::Message { peer, sender, bytes }, Now::default());
    let mut out = Vec::new();
    while let Some(output) = agent.poll() {
        out.push(match output {
            Output::Event(Event::Incoming(_)) => "call".to_owned(),
            Output::Event(event) => format!("{event:?}"),
            // The response says the same.
            Output::Refused(_)
            | Output::Registered { .. }
            | Output::Pinged { .. }
            | Output::NotUnderstood { .. }
            | Output::Close { .. } => continue,
            Output::Send { bytes, .. } => {
                Message::parse(bytes, Framing::Datagram).unwrap().status().unwrap().to_string()
            }
        });
    }
    if out.is_empty() { "-".to_owned() } else { out.join(" ") }
}
