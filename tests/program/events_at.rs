//! The stream of events of a switch.

use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Write as _;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::time::Duration;

/// Longest time until the next event.
const PATIENCE: Duration = Duration::from_secs(30);

/// Follows the events of a switch from now on.
pub(crate) fn events_at(server: SocketAddr, token: &str) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(server).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = format!(
        "GET /v1/events HTTP/1.1\r\nHost: {server}\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut events = BufReader::new(stream);
    let mut line = String::new();
    while !line.contains("retry: ") {
        line.clear();
        assert!(events.read_line(&mut line).unwrap() > 0, "there is no stream");
    }
    events
}
