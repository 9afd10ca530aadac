//! A web server that receives postbacks.

use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Read as _;
use std::io::Write as _;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::AtomicU16;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;

/// Most requests that a test leaves unread.
const UNREAD_MAX: usize = 1_000;

/// A web server that answers every request with the same status, and keeps what it accepts.
pub(crate) struct Receiver {
    url: String,
    status: Arc<AtomicU16>,
    accepted: mpsc::Receiver<Received>,
}

/// A request that was accepted.
pub(crate) struct Received {
    headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: String,
}

impl Receiver {
    pub(crate) fn start(status: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/events", listener.local_addr().unwrap());
        let status = Arc::new(AtomicU16::new(status));
        let (sender, accepted) = mpsc::sync_channel(UNREAD_MAX);
        let shown = status.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (sender, shown) = (sender.clone(), shown.clone());
                std::thread::spawn(move || serve(stream, &shown, &sender));
            }
        });
        Self { url, status, accepted }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Sets the status of the answers from now on. From 200 to 299, requests are kept.
    pub(crate) fn answer(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// Waits for the next request that was accepted.
    pub(crate) fn next(&self, patience: Duration) -> Received {
        self.accepted.recv_timeout(patience).expect("a postback is missing")
    }
}

impl Received {
    /// Returns a header; `name` is in lower case.
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
        &found.unwrap_or_else(|| panic!("no {name} in {:?}", self.headers)).1
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Answers the requests of one connection.
fn serve(mut stream: TcpStream, status: &AtomicU16, sender: &mpsc::SyncSender<Received>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(received) = read(&mut reader) {
        let status = status.load(Ordering::SeqCst);
        // A test that has ended reads nothing.
        if (200..300).contains(&status) && sender.send(received).is_err() {
            return;
        }
        let answer = format!("HTTP/1.1 {status} Status\r\ncontent-length: 0\r\n\r\n");
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// Reads a request; `None` at the end of the connection.
fn read(reader: &mut BufReader<TcpStream>) -> Option<Received> {
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or_default() == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(": ") {
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
    }
    let received = Received { headers, body: String::new() };
    let mut body = vec![0; received.header("content-length").parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    Some(Received { body: String::from_utf8(body).unwrap(), ..received })
}
