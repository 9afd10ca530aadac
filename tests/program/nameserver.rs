//! A DNS server of a few records, which tests change and break.

use std::net::IpAddr;
use std::net::SocketAddr;
use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::Mutex;

use hickory_resolver::proto::op::Message;
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::Name;
use hickory_resolver::proto::rr::RData;
use hickory_resolver::proto::rr::Record;
use hickory_resolver::proto::rr::RecordType;
use hickory_resolver::proto::rr::rdata::SRV;

/// How the server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// With the records; NXDOMAIN for a name without any.
    Well,
    /// SERVFAIL for everything.
    Fails,
    /// SERVFAIL for questions about SRV records.
    FailsForSrv,
    /// With bytes that are no message.
    Babbles,
}

#[derive(Debug)]
struct State {
    records: Vec<Record>,
    mood: Mood,
    asked: Vec<String>,
}

/// The server; its thread ends with the test's process.
#[derive(Debug, Clone)]
pub(crate) struct NameServer {
    at: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl NameServer {
    /// Starts a server without records.
    pub(crate) fn start(ip: IpAddr) -> Self {
        let socket = UdpSocket::bind((ip, 0)).unwrap();
        let at = socket.local_addr().unwrap();
        let state = State { records: Vec::new(), mood: Mood::Well, asked: Vec::new() };
        let state = Arc::new(Mutex::new(state));
        let shared = state.clone();
        std::thread::spawn(move || {
            let mut bytes = [0; 4_096];
            while let Ok((length, from)) = socket.recv_from(&mut bytes) {
                let Ok(query) = Message::from_vec(&bytes[..length]) else { continue };
                let answer = answer(&query, &mut shared.lock().unwrap());
                let _ = socket.send_to(&answer, from);
            }
        });
        Self { at, state }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.at
    }

    /// Replaces the records, each written like `_sip._udp.x.example 5 SRV 10 1 5060 a.x.example` or
    /// `a.x.example 60 A 192.0.2.1`.
    pub(crate) fn serve(&self, records: &[&str]) {
        self.state.lock().unwrap().records = records.iter().map(|text| record(text)).collect();
    }

    pub(crate) fn be(&self, mood: Mood) {
        self.state.lock().unwrap().mood = mood;
    }

    /// Returns how often a name was asked about, for a type of records.
    pub(crate) fn asked(&self, name: &str, kind: RecordType) -> usize {
        let wanted = format!("{name}. {kind}");
        self.state.lock().unwrap().asked.iter().filter(|asked| **asked == wanted).count()
    }
}

fn answer(query: &Message, state: &mut State) -> Vec<u8> {
    let question = query.queries[0].clone();
    let (name, kind) = (question.name().to_lowercase(), question.query_type());
    state.asked.push(format!("{name} {kind}"));
    if state.mood == Mood::Babbles {
        return b"this is no DNS message".to_vec();
    }
    let mut response = Message::response(query.metadata.id, query.metadata.op_code);
    response.metadata.recursion_desired = true;
    response.metadata.recursion_available = true;
    response.add_query(question);
    let fails =
        state.mood == Mood::Fails || (state.mood == Mood::FailsForSrv && kind == RecordType::SRV);
    if fails {
        response.metadata.response_code = ResponseCode::ServFail;
        return response.to_vec().unwrap();
    }
    let own = state.records.iter().filter(|record| record.name.to_lowercase() == name);
    let own: Vec<&Record> = own.collect();
    if own.is_empty() {
        response.metadata.response_code = ResponseCode::NXDomain;
    }
    let matching = own.into_iter().filter(|record| record.record_type() == kind);
    response.add_answers(matching.cloned());
    response.to_vec().unwrap()
}

fn record(text: &str) -> Record {
    let parts: Vec<&str> = text.split(' ').collect();
    let name = |text: &str| Name::from_ascii(format!("{}.", text.trim_end_matches('.'))).unwrap();
    let data = match parts[2..] {
        ["A", ip] => RData::A(ip.parse().unwrap()),
        ["AAAA", ip] => RData::AAAA(ip.parse().unwrap()),
        ["SRV", priority, weight, port, target] => RData::SRV(SRV::new(
            priority.parse().unwrap(),
            weight.parse().unwrap(),
            port.parse().unwrap(),
            name(target),
        )),
        _ => panic!("{text}"),
    };
    Record::from_rdata(name(parts[0]), parts[1].parse().unwrap(), data)
}
