//! A caller and a buyer with sockets of their own, for measurements.

use std::net::SocketAddr;
use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

use crate::stage::NUMBER;
use crate::stage::Stage;

/// A caller and a buyer that answers at once.
pub(crate) struct Town {
    caller: UdpSocket,
    pub(crate) caller_sound: UdpSocket,
    pub(crate) buyer_sound: UdpSocket,
    /// Where the switch receives each buyer's audio.
    pub(crate) buyers: mpsc::Receiver<SocketAddr>,
    stop: Arc<AtomicBool>,
    desk: Option<JoinHandle<()>>,
}

impl Town {
    pub(crate) fn new(stage: &Stage) -> Self {
        let at = |host, port| UdpSocket::bind((stage.ip(host), port)).unwrap();
        let (caller, desk) = (at(20, 5060), at(10, 5060));
        caller.connect((stage.ip(1), 5060)).unwrap();
        caller.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let (tell, buyers) = mpsc::sync_channel(10_000);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let desk = std::thread::spawn(move || answer_all(&desk, &stopped, &tell));
        Self {
            caller,
            caller_sound: at(20, 6000),
            buyer_sound: at(10, 6000),
            buyers,
            stop,
            desk: Some(desk),
        }
    }

    /// Places a call and returns its 200.
    pub(crate) fn call(&self, call: u32) -> String {
        self.caller.send(self.invite(call).as_bytes()).unwrap();
        let answer = self.receive(&format!("Call-ID: {call}@town\r\nCSeq: 1 INVITE"));
        let ack = self.within("ACK", 1, &answer, call);
        self.caller.send(ack.as_bytes()).unwrap();
        answer
    }

    pub(crate) fn hang_up(&self, call: u32, answer: &str) {
        self.caller.send(self.within("BYE", 2, answer, call).as_bytes()).unwrap();
        self.receive(&format!("Call-ID: {call}@town\r\nCSeq: 2 BYE"));
    }

    fn invite(&self, call: u32) -> String {
        let own = self.caller.local_addr().unwrap();
        let body = description(own);
        let to = format!("<sip:{NUMBER}@switch>");
        let head = self.head("INVITE", &format!("sip:{NUMBER}@switch"), 1, &to, call);
        format!(
            "{head}Contact: <sip:caller@{own}>\r\nContent-Type: application/sdp\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    /// Places a call as a phone does over UDP: what gets lost is sent again. Returns its 200, or `None`
    /// if none comes within 10 s.
    pub(crate) fn persist(&self, call: u32) -> Option<String> {
        let answer =
            self.ask(&self.invite(call), &format!("Call-ID: {call}@town\r\nCSeq: 1 INVITE"))?;
        self.caller.send(self.within("ACK", 1, &answer, call).as_bytes()).unwrap();
        let bye = self.within("BYE", 2, &answer, call);
        self.ask(&bye, &format!("Call-ID: {call}@town\r\nCSeq: 2 BYE"))?;
        Some(answer)
    }

    /// Sends a request until its 200 comes; `None` after 10 s, or for another final response.
    fn ask(&self, request: &str, part: &str) -> Option<String> {
        let end = Instant::now() + Duration::from_secs(10);
        let mut wait = Duration::from_millis(500);
        let mut buffer = [0; 4_096];
        let mut is_heard = false;
        while Instant::now() < end {
            if !is_heard {
                self.caller.send(request.as_bytes()).unwrap();
            }
            self.caller.set_read_timeout(Some(wait)).unwrap();
            wait = (wait * 2).min(Duration::from_secs(4));
            while let Ok(length) = self.caller.recv(&mut buffer) {
                let message = String::from_utf8_lossy(&buffer[..length]).into_owned();
                // An answer to an earlier call may come again.
                if !message.contains(part) {
                    continue;
                }
                if message.starts_with("SIP/2.0 1") {
                    is_heard = true;
                } else {
                    return message.starts_with("SIP/2.0 200").then_some(message);
                }
            }
        }
        None
    }

    fn receive(&self, part: &str) -> String {
        let mut buffer = [0; 4_096];
        loop {
            let length = self.caller.recv(&mut buffer).expect("an answer should come");
            let message = std::str::from_utf8(&buffer[..length]).unwrap();
            if message.starts_with("SIP/2.0 200") && message.contains(part) {
                return message.to_owned();
            }
            assert!(message.starts_with("SIP/2.0 1"), "{message}");
        }
    }

    fn within(&self, method: &str, cseq: u32, answer: &str, call: u32) -> String {
        let header = |name: &str| answer.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        let target = header("Contact: ").trim_matches(['<', '>']);
        let head = self.head(method, target, cseq, header("To: "), call);
        format!("{head}Content-Length: 0\r\n\r\n")
    }

    fn head(&self, method: &str, target: &str, cseq: u32, to: &str, call: u32) -> String {
        let own = self.caller.local_addr().unwrap();
        format!(
            "{method} {target} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{method}{call}\r\n\
             From: <sip:+13055550123@{own}>;tag=c{call}\r\nTo: {to}\r\nCall-ID: {call}@town\r\n\
             CSeq: {cseq} {method}\r\nMax-Forwards: 70\r\n"
        )
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        drop(self.desk.take().map(JoinHandle::join));
    }
}

/// Returns SDP that receives audio at port 6000 of `own`'s address.
fn description(own: SocketAddr) -> String {
    let ip = own.ip();
    format!(
        "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\n"
    )
}

/// Returns where a message's SDP asks for audio.
pub(crate) fn audio(message: &str) -> SocketAddr {
    let value = |name: &str| message.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    let port = value("m=audio ").split(' ').next().unwrap();
    format!("{}:{port}", value("c=IN IP4 ")).parse().unwrap()
}

/// The buyer: answers everything except ACK with 200.
fn answer_all(desk: &UdpSocket, stop: &AtomicBool, tell: &mpsc::SyncSender<SocketAddr>) {
    desk.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let own = desk.local_addr().unwrap();
    let mut buffer = [0; 4_096];
    while !stop.load(Ordering::Relaxed) {
        let Ok((length, from)) = desk.recv_from(&mut buffer) else { continue };
        let request = std::str::from_utf8(&buffer[..length]).unwrap();
        if request.starts_with("ACK") {
            continue;
        }
        let copied = ["Via: ", "From: ", "Call-ID: ", "CSeq: "];
        let lines = request.lines().filter(|line| copied.iter().any(|name| line.starts_with(name)));
        let head: String = lines.map(|line| format!("{line}\r\n")).collect();
        let to = request.lines().find(|line| line.starts_with("To: ")).unwrap();
        let (tag, body) = if request.starts_with("INVITE") {
            // Without a reader, the list fills up.
            let _ = tell.try_send(audio(request));
            (";tag=desk", description(own))
        } else {
            ("", String::new())
        };
        let answer = format!(
            "SIP/2.0 200 OK\r\n{head}{to}{tag}\r\nContact: <sip:{own}>\r\n\
             Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        desk.send_to(answer.as_bytes(), from).unwrap();
    }
}
