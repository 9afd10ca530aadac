//! Parses a description.

use sdp_types::Session;

use super::SdpError;
use super::bounds::DESCRIPTION_MAX;
use super::bounds::STREAMS_MAX;

/// Attribute that belongs to one stream only (RFC 3605 §2.1).
const OF_STREAM: &str = "rtcp";

/// Parses a description. Only the lines that affect an audio stream go to the parser: session ids
/// beyond 64 bits, user names with spaces, titles that are not UTF-8, and whatever is wrong with
/// other streams occur in the field and are harmless. Streams other than open audio get port 0.
///
/// Audio streams have the session's attributes after their own: some gear writes all attributes
/// before the first stream.
pub(crate) fn read(description: &[u8]) -> Result<Session, SdpError> {
    if description.len() > DESCRIPTION_MAX {
        return Err(SdpError::TooLong { length: description.len() });
    }
    let mut session = Session::parse(relevant_lines(description).as_bytes())
        .map_err(|error| SdpError::Malformed { problem: error.to_string() })?;
    if session.medias.len() > STREAMS_MAX {
        return Err(SdpError::TooManyStreams { count: session.medias.len() });
    }
    let general = session.attributes.iter().filter(|general| general.attribute != OF_STREAM);
    for stream in session.medias.iter_mut().filter(|stream| stream.port != 0) {
        stream.attributes.extend(general.clone().cloned());
    }
    Ok(session)
}

/// Returns the description with every other line emptied, so that line numbers stay the same. If
/// no audio stream can be read, the faulty lines stay, and the parser names the first.
fn relevant_lines(description: &[u8]) -> String {
    let end = if description.contains(&b'\n') { b'\n' } else { b'\r' };
    let lines: Vec<String> = description.split(|byte| *byte == end).map(line).collect();
    let streams = || lines.iter().filter_map(|line| line.strip_prefix("m=").map(Stream::of));
    let is_usable = streams().any(|stream| matches!(stream, Stream::Open(_)));
    let mut text = String::with_capacity(description.len());
    if is_usable && !lines.iter().any(|line| line.starts_with("v=")) {
        text.push_str("v=0\n");
    }
    let mut part = Part::Session;
    let (mut has_version, mut has_address) = (false, false);
    for line in &lines {
        match (line.as_bytes(), part) {
            ([b'm', b'=', value @ ..], _) => {
                let stream = Stream::of(str::from_utf8(value).unwrap_or_default());
                part = stream.part();
                stream.write(is_usable, &mut text);
            }
            ([b'v', b'=', ..], _) if !has_version => {
                has_version = true;
                text.push_str(line);
            }
            ([b'c', b'=', ..], Part::Session) if has_address => {}
            ([b'c', b'=', ..], Part::Session | Part::Taken) => {
                has_address |= push_address(line, &mut text);
            }
            ([b'a', b'=', ..], Part::Session | Part::Taken) => text.push_str(line),
            ([_, b'=', ..], _) => {}
            _ if is_usable => {}
            _ => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

/// Returns a line without the bytes that a line cannot contain (RFC 8866 §9); some gear ends a
/// description with NUL.
fn line(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace(['\0', '\r'], " ").trim_ascii().to_owned()
}

/// Appends the first three words of a `c=` line, which the parser expects. Returns whether there
/// are three.
fn push_address(line: &str, text: &mut String) -> bool {
    let words: Vec<_> = line.split_ascii_whitespace().take(3).collect();
    let is_plain = |word: &&str| word.bytes().all(|b| b == b'=' || b.is_ascii_alphanumeric());
    let is_complete = words.len() == 3 && words.iter().take(2).all(is_plain);
    if is_complete {
        text.push_str(&words.join(" "));
    }
    is_complete
}

/// Part of the description that a line belongs to.
#[derive(Debug, Clone, Copy)]
enum Part {
    /// Before the first stream.
    Session,
    /// An open audio stream.
    Taken,
    /// Any other stream.
    Refused,
}

/// An `m=` line, by its words.
#[derive(Debug)]
enum Stream<'a> {
    /// An audio stream that can be taken: it has a port and formats.
    Open(Vec<&'a str>),
    /// An audio stream without a valid port, or without formats.
    Broken(Vec<&'a str>),
    /// A stream that is refused anyway: it is no audio, or has port 0 (RFC 3264 §6).
    Refused(Vec<&'a str>),
}

impl<'a> Stream<'a> {
    /// Reads the value of an `m=` line.
    fn of(value: &'a str) -> Self {
        let words: Vec<_> = value.split_ascii_whitespace().collect();
        let mut ports = words.get(1).copied().unwrap_or_default().split('/');
        let port = ports.next().and_then(|port| port.parse::<u16>().ok());
        let is_count = ports.all(|count| count.parse::<u16>().is_ok());
        match (words.first(), port) {
            (Some(kind), _) if !kind.eq_ignore_ascii_case("audio") => Stream::Refused(words),
            (None, _) | (_, Some(0)) => Stream::Refused(words),
            (Some(_), Some(_)) if words.len() > 3 && is_count => Stream::Open(words),
            (Some(_), _) => Stream::Broken(words),
        }
    }

    /// Returns which lines follow it.
    fn part(&self) -> Part {
        match self {
            Stream::Open(_) => Part::Taken,
            Stream::Broken(_) | Stream::Refused(_) => Part::Refused,
        }
    }

    /// Appends the line as the parser expects it, with one space between words. A refused stream
    /// gets port 0 and, if it has none, a transport and a format, which the answer must repeat
    /// (RFC 3264 §6); so does a broken one if another is usable.
    fn write(&self, is_usable: bool, text: &mut String) {
        text.push_str("m=");
        match self {
            Stream::Open(words) => text.push_str(&words.join(" ")),
            Stream::Broken(words) if !is_usable => text.push_str(&words.join(" ")),
            Stream::Broken(words) | Stream::Refused(words) => {
                let word = |place: usize| words.get(place).copied();
                let transport = word(2).unwrap_or("RTP/AVP");
                let format = if transport.contains("RTP/") { "0" } else { "*" };
                let formats = words.get(3..).unwrap_or_default();
                let formats = if formats.is_empty() { &[format][..] } else { formats };
                let kind = word(0).unwrap_or("audio");
                text.push_str(&format!("{kind} 0 {transport} {}", formats.join(" ")));
            }
        }
    }
}
