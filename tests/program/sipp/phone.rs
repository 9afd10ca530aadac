//! A caller on plain UDP sockets, for what SIPp cannot do.

use std::net::SocketAddr;
use std::net::UdpSocket;
use std::time::Duration;

use super::stage::NUMBER;
use super::stage::Stage;
use crate::packets;

/// Maximum wait for a response.
const PATIENCE: Duration = Duration::from_secs(10);

/// A caller with one call.
pub(crate) struct Phone {
    socket: UdpSocket,
    own: SocketAddr,
}

impl Phone {
    /// Returns a caller at a host of the stage's network.
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

    /// Returns the next message that contains all of `parts`.
    fn receive(&self, parts: &[&str]) -> String {
        let mut buffer = [0; 65_535];
        let mut others = Vec::new();
        loop {
            let Ok(length) = self.socket.recv(&mut buffer) else {
                panic!("no {parts:?} came, only {others:#?}");
            };
            let message = String::from_utf8(buffer[..length].to_vec()).unwrap();
            if parts.iter().all(|part| message.contains(part)) {
                return message;
            }
            others.push(message);
        }
    }

    /// Returns the next response with that status.
    pub(crate) fn await_status(&self, status: u16) -> String {
        self.receive(&[&format!("SIP/2.0 {status} ")])
    }

    /// Returns the next response with that status to that request.
    pub(crate) fn await_cseq(&self, status: u16, cseq: &str) -> String {
        self.receive(&[&format!("SIP/2.0 {status} "), &format!("CSeq: {cseq}\r\n")])
    }

    /// Returns whether the next final response has that status.
    pub(crate) fn answer_is(&self, status: u16) -> bool {
        let is_final =
            |message: &str| message.starts_with("SIP/2.0 ") && !message.contains(" 100 ");
        let mut message = self.receive(&["SIP/2.0 "]);
        while !is_final(&message) {
            message = self.receive(&["SIP/2.0 "]);
        }
        message.starts_with(&format!("SIP/2.0 {status} "))
    }

    /// Returns the next request with that method.
    pub(crate) fn await_request(&self, method: &str) -> String {
        self.receive(&[&format!("{method} sip:")])
    }

    /// Sends a 200 for a request within a dialog.
    pub(crate) fn ok_to(request: &str) -> String {
        let copied = ["Via: ", "From: ", "To: ", "Call-ID: ", "CSeq: "];
        let lines = request.lines().filter(|line| copied.iter().any(|name| line.starts_with(name)));
        let head: String = lines.map(|line| format!("{line}\r\n")).collect();
        format!("SIP/2.0 200 OK\r\n{head}Content-Length: 0\r\n\r\n")
    }

    /// Returns where a response asks for audio.
    pub(crate) fn audio(answer: &str) -> SocketAddr {
        let value = |name: &str| answer.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        let port = value("m=audio ").split(' ').next().unwrap();
        format!("{}:{port}", value("c=IN IP4 ")).parse().unwrap()
    }

    /// Returns an INVITE for the book's number.
    pub(crate) fn invite(&self) -> String {
        let (own, body) = (self.own, self.audio_body());
        let to = format!("<sip:{NUMBER}@switch>");
        let head = self.head("INVITE", &format!("sip:{NUMBER}@switch"), 1, &to);
        format!(
            "{head}Contact: <sip:caller@{own}>\r\nContent-Type: application/sdp\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    /// Returns the 200 that takes an INVITE.
    pub(crate) fn answer_to(&self, invite: &str) -> String {
        let body = self.audio_body();
        let ok = Self::ok_to(invite).replace("Content-Length: 0\r\n\r\n", "");
        let tagged = |line: &str| match line.starts_with("To: ") {
            true => format!("{line};tag=callee\r\n"),
            false => format!("{line}\r\n"),
        };
        let head: String = ok.lines().map(tagged).collect();
        format!(
            "{head}Contact: <sip:callee@{}>\r\nContent-Type: application/sdp\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.own,
            body.len()
        )
    }

    /// Returns whether nothing comes within a time.
    pub(crate) fn hears_nothing_for(&self, time: Duration) -> bool {
        self.socket.set_read_timeout(Some(time)).unwrap();
        let heard = self.socket.recv(&mut [0; 65_535]);
        self.socket.set_read_timeout(Some(PATIENCE)).unwrap();
        heard.is_err()
    }

    /// Returns SDP for audio at port 6000.
    fn audio_body(&self) -> String {
        let ip = self.own.ip();
        format!(
            "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\n\
             m=audio 6000 RTP/AVP 0\r\n"
        )
    }

    /// Returns the CANCEL of an INVITE.
    pub(crate) fn cancel(invite: &str) -> String {
        let (head, _) = invite.split_once("Contact: ").unwrap();
        let head = head.replace("INVITE sip:", "CANCEL sip:").replace("1 INVITE", "1 CANCEL");
        format!("{head}Content-Length: 0\r\n\r\n")
    }

    /// Returns a request within the dialog that `answer` established.
    pub(crate) fn within(&self, method: &str, cseq: u32, answer: &str) -> String {
        let header = |name: &str| {
            let line = answer.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_else(|| panic!("no {name} in {answer}"))
        };
        let target = header("Contact: ").trim_matches(['<', '>']);
        let head = self.head(method, target, cseq, header("To: "));
        format!("{head}Content-Length: 0\r\n\r\n")
    }

    /// Returns the ACK of a refused INVITE.
    pub(crate) fn within_refused(&self, refusal: &str) -> String {
        let to = refusal.lines().find_map(|line| line.strip_prefix("To: ")).unwrap();
        let head = self.head("ACK", &format!("sip:{NUMBER}@switch"), 1, to);
        let head = head.replace("z9hG4bKACK1", "z9hG4bKINVITE1");
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

/// A socket for RTP.
pub(crate) struct Ear {
    socket: UdpSocket,
}

impl Ear {
    /// A socket at a host of the stage's network.
    pub(crate) fn new(stage: &Stage, host: u8, port: u16) -> Self {
        let socket = UdpSocket::bind((stage.ip(host), port)).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { socket }
    }

    /// Sends packets, all at once.
    pub(crate) fn say(&self, to: SocketAddr, packets: &[Vec<u8>]) {
        for packet in packets {
            self.socket.send_to(packet, to).unwrap();
        }
    }

    /// Waits until these payloads have arrived, in this order; returns the source and the bytes of
    /// the last one.
    pub(crate) fn hear(&self, sounds: &[Vec<u8>]) -> (SocketAddr, Vec<u8>) {
        let mut last = None;
        for wanted in sounds {
            last = Some(loop {
                let (from, sound) = self.next().expect("a sound that was sent should be heard");
                if sound == *wanted {
                    break (from, sound);
                }
            });
        }
        last.unwrap()
    }

    fn next(&self) -> Option<(SocketAddr, Vec<u8>)> {
        let mut buffer = [0; 2_048];
        let (length, from) = self.socket.recv_from(&mut buffer).ok()?;
        Some((from, packets::read(&buffer[..length]).payload.to_vec()))
    }

    /// Waits for so many packets, and returns their sounds.
    pub(crate) fn packets(&self, count: usize) -> Vec<Vec<u8>> {
        let next = || self.next().expect("another packet should come").1;
        std::iter::repeat_with(next).take(count).collect()
    }

    /// Returns everything that has arrived and was not read yet.
    pub(crate) fn everything(&self) -> Vec<(SocketAddr, Vec<u8>)> {
        self.socket.set_nonblocking(true).unwrap();
        std::iter::from_fn(|| self.next()).collect()
    }
}
