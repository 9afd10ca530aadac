//! A caller on a plain UDP socket, for what SIPp cannot do.

use std::net::SocketAddr;
use std::net::UdpSocket;
use std::time::Duration;

use super::stage::NUMBER;
use super::stage::Stage;

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A caller with one call.
pub(crate) struct Phone {
    socket: UdpSocket,
    own: SocketAddr,
}

impl Phone {
    /// A caller at a host of the stage's network.
    pub(crate) fn new(stage: &Stage, host: u8) -> Self {
        let socket = UdpSocket::bind((stage.ip(host), 5060)).unwrap();
        socket.connect((stage.ip(1), 5060)).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let own = socket.local_addr().unwrap();
        Self { socket, own }
    }

    pub(crate) fn send(&self, message: &str) {
        self.socket.send(message.as_bytes()).unwrap();
    }

    /// The next message that holds all of `parts`.
    fn receive(&self, parts: &[&str]) -> String {
        let mut buffer = [0; 65_535];
        loop {
            let received = self.socket.recv(&mut buffer);
            let length = received.unwrap_or_else(|error| panic!("no {parts:?} came: {error}"));
            let message = String::from_utf8(buffer[..length].to_vec()).unwrap();
            if parts.iter().all(|part| message.contains(part)) {
                return message;
            }
        }
    }

    /// The next answer with that status.
    pub(crate) fn await_status(&self, status: u16) -> String {
        self.receive(&[&format!("SIP/2.0 {status} ")])
    }

    /// The next answer with that status to that request.
    pub(crate) fn await_cseq(&self, status: u16, cseq: &str) -> String {
        self.receive(&[&format!("SIP/2.0 {status} "), &format!("CSeq: {cseq}\r\n")])
    }

    /// An INVITE for the book's number.
    pub(crate) fn invite(&self) -> String {
        let (own, ip) = (self.own, self.own.ip());
        let body = format!(
            "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\n\
             m=audio 6000 RTP/AVP 0\r\n"
        );
        let to = format!("<sip:{NUMBER}@switch>");
        let head = self.head("INVITE", &format!("sip:{NUMBER}@switch"), 1, &to);
        format!(
            "{head}Contact: <sip:caller@{own}>\r\nContent-Type: application/sdp\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    /// A request within the dialog that `answer` made.
    pub(crate) fn within(&self, method: &str, cseq: u32, answer: &str) -> String {
        let header = |name: &str| {
            let line = answer.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_else(|| panic!("no {name} in {answer}"))
        };
        let target = header("Contact: ").trim_matches(['<', '>']);
        let head = self.head(method, target, cseq, header("To: "));
        format!("{head}Content-Length: 0\r\n\r\n")
    }

    fn head(&self, method: &str, target: &str, cseq: u32, to: &str) -> String {
        let (own, ip) = (self.own, self.own.ip());
        format!(
            "{method} {target} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{method}{cseq}\r\n\
             From: <sip:+13055550123@{ip}>;tag=phone\r\nTo: {to}\r\nCall-ID: phone@{ip}\r\n\
             CSeq: {cseq} {method}\r\nMax-Forwards: 70\r\n"
        )
    }
}
