//! Plain HTTP/1.1 to one address, one request per connection.

use std::io;
use std::net::SocketAddr;

use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

/// Largest answer that is read, in bytes (a sound may be long); a larger one is an error.
const ANSWER_MAX: u64 = 16 * 1024 * 1024;

/// A request, ready to be sent.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    pub(super) method: &'static str,
    /// The absolute URL without fragment.
    pub(super) url: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

/// A received answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HttpAnswer {
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) body: Vec<u8>,
}

/// Sends a request to `address`, whatever host its URL names, and reads the whole answer.
pub(super) async fn send(address: SocketAddr, letter: &Letter) -> io::Result<HttpAnswer> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(print(letter).as_bytes()).await?;
    let mut bytes = Vec::new();
    (&mut stream).take(ANSWER_MAX).read_to_end(&mut bytes).await?;
    read(&bytes).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "no HTTP/1.1 answer"))
}

fn print(letter: &Letter) -> String {
    let rest = letter.url.split_once("://").map_or("", |(_, rest)| rest);
    let (host, path) = match rest.find(['/', '?']) {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    };
    let slash = if path.starts_with('/') { "" } else { "/" };
    let mut text = format!(
        "{} {slash}{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAccept: */*\r\n",
        letter.method
    );
    for (name, value) in &letter.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("Content-Length: {}\r\n\r\n{}", letter.body.len(), letter.body));
    text
}

fn read(bytes: &[u8]) -> Option<HttpAnswer> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(bytes.get(..end)?).ok()?;
    let rest = bytes.get(end + 4..)?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    let headers: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(':')).collect();
    let header = |name: &str| {
        let found = headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim())
    };
    let body = if header("transfer-encoding").is_some_and(|v| v.eq_ignore_ascii_case("chunked")) {
        unchunk(rest)?
    } else if let Some(length) = header("content-length") {
        rest.get(..length.parse().ok()?)?.to_vec()
    } else {
        rest.to_vec()
    };
    let content_type = header("content-type").unwrap_or_default().to_owned();
    Some(HttpAnswer { status, content_type, body })
}

/// Joins the chunks of RFC 9112 §7.1.
fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let line = std::str::from_utf8(rest.get(..end)?).ok()?;
        let size = usize::from_str_radix(line.split(';').next()?.trim(), 16).ok()?;
        rest = rest.get(end + 2..)?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size..)?.strip_prefix(b"\r\n")?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_in_their_three_framings() {
        let expected = |body: &str| {
            let body = body.as_bytes().to_vec();
            Some(HttpAnswer { status: 200, content_type: "text/xml".to_owned(), body })
        };
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n";
        let cases = [
            ("content-length: 3\r\n\r\nabcd", expected("abc")),
            ("\r\nabc", expected("abc")),
            (
                "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n",
                expected("abc"),
            ),
            ("Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", None),
            ("Content-Length: 9\r\n\r\nabc", None),
            ("", None),
        ];
        for (rest, expected) in cases {
            assert_eq!(read(format!("{head}{rest}").as_bytes()), expected, "{rest:?}");
        }
    }

    #[test]
    fn a_letter_has_path_and_host_of_its_url() {
        let cases = [
            ("https://a.example/x?y=1", "POST /x?y=1 HTTP/1.1\r\nHost: a.example\r\n"),
            ("http://127.0.0.1:80", "POST / HTTP/1.1\r\nHost: 127.0.0.1:80\r\n"),
            ("http://a?y", "POST /?y HTTP/1.1\r\nHost: a\r\n"),
        ];
        for (url, expected) in cases {
            let url = url.to_owned();
            let letter = Letter { method: "POST", url, headers: vec![], body: "é".to_owned() };
            let text = print(&letter);
            assert!(text.starts_with(expected), "{text}");
            assert!(text.ends_with("Content-Length: 2\r\n\r\né"), "{text}");
        }
    }
}
