//! A client for the switch's API: one request on one connection.

use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Read as _;
use std::io::Write as _;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::time::Duration;

/// Maximum time for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Requests `path` and returns the status and the body, which is text.
pub(crate) fn fetch(server: SocketAddr, path: &str, token: &str) -> (u16, String) {
    let (status, body) = fetch_bytes(server, path, token);
    (status, String::from_utf8(body).unwrap())
}

/// Posts a body of JSON to `path`, with a token or without, and returns the status and the body of
/// the answer.
pub(crate) fn post(
    server: SocketAddr,
    path: &str,
    token: Option<&str>,
    body: &str,
) -> (u16, String) {
    send(server, ["POST", path], token, ["application/json", body])
}

/// Sends a body of a type to `path` by a method, with a token or without, and returns the status and
/// the body of the answer.
pub(crate) fn send(
    server: SocketAddr,
    [method, path]: [&str; 2],
    token: Option<&str>,
    [kind, body]: [&str; 2],
) -> (u16, String) {
    let by = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n{by}\
         Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let (status, answer) = exchange(server, &head);
    (status, String::from_utf8(answer).unwrap())
}

/// Requests `path` and returns the status and the body.
pub(crate) fn fetch_bytes(server: SocketAddr, path: &str, token: &str) -> (u16, Vec<u8>) {
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n\
         Authorization: Bearer {token}\r\n\r\n"
    );
    exchange(server, &head)
}

fn exchange(server: SocketAddr, request: &str) -> (u16, Vec<u8>) {
    let mut stream = TcpStream::connect(server).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut reader = BufReader::new(stream);
    let (mut status, mut length) = (None, None);
    for line in reader.by_ref().lines().map(Result::unwrap).take_while(|line| !line.is_empty()) {
        match line.split_once(':') {
            None => status = line.split(' ').nth(1).map(|code| code.parse().unwrap()),
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = Some(value.trim().parse().unwrap());
            }
            Some(_) => {}
        }
    }
    // A server may keep a connection open that it was asked to close.
    let mut body = Vec::new();
    reader.take(length.unwrap_or(u64::MAX)).read_to_end(&mut body).unwrap();
    (status.unwrap(), body)
}
