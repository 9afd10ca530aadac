//! Handles DTMF sent as INFO: `application/dtmf-relay` and `application/dtmf`.

use super::Session;
use crate::base::LegId;
use crate::base::Now;
use crate::sip::Agent;
use crate::sip::Event;
use crate::sip::response::response;
use crate::sip::transaction::ServerId;
use crate::sip::wire::HeaderName;
use crate::sip::wire::Message;

/// Accepted content types of INFO bodies.
const ACCEPT: &str = "application/dtmf-relay, application/dtmf";

impl Agent {
    /// Handles an INFO in one of the session's dialogs. Without a body it is only a keep-alive.
    pub(in crate::sip) fn informed(&mut self, session: LegId, id: ServerId, now: Now) {
        let Some((request, peer)) = self.transactions.pending(id) else { return };
        let tag = session.to_string();
        match Report::of(request) {
            Report::Digit(digit) => {
                self.reply(id, session, 200, None, now);
                match self.sessions.get(&session) {
                    Some(Session::Offered(_) | Session::Dialing(_) | Session::Talking(_)) => {
                        self.core.report(Event::Digit { session, digit });
                    }
                    Some(Session::Closing(_)) | None => {}
                }
            }
            Report::Nothing => self.reply(id, session, 200, None, now),
            Report::Unreadable => self.reply(id, session, 400, None, now),
            Report::Other => {
                let refusal =
                    response(request, &peer, 415, &tag).header(HeaderName::Accept, ACCEPT).finish();
                self.transactions.respond(id, 415, refusal, &mut self.core, now);
            }
        }
    }
}

/// Content of an INFO.
#[derive(Debug, PartialEq, Eq)]
enum Report {
    Digit(char),
    /// No body.
    Nothing,
    /// A body that does not match its type.
    Unreadable,
    /// An unsupported type.
    Other,
}

impl Report {
    fn of(request: &Message) -> Report {
        let body = String::from_utf8_lossy(request.body());
        let kind = request.content_type().unwrap_or_default();
        let signal = if request.body().is_empty() {
            return Report::Nothing;
        } else if kind.eq_ignore_ascii_case("application/dtmf-relay") {
            body.lines().find_map(signal).unwrap_or_default().to_owned()
        } else if kind.eq_ignore_ascii_case("application/dtmf") {
            body.trim().to_owned()
        } else {
            return Report::Other;
        };
        digit(&signal).map_or(Report::Unreadable, Report::Digit)
    }
}

/// Returns the value of a `Signal=` line.
fn signal(line: &str) -> Option<&str> {
    let (name, value) = line.split_once('=')?;
    name.trim().eq_ignore_ascii_case("signal").then(|| value.trim())
}

/// Returns the key of a character or an RFC 4733 event number.
fn digit(signal: &str) -> Option<char> {
    const BY_EVENT: [(&str, char); 6] =
        [("10", '*'), ("11", '#'), ("12", 'A'), ("13", 'B'), ("14", 'C'), ("15", 'D')];
    let mut chars = signal.chars();
    match (chars.next().map(|c| c.to_ascii_uppercase()), chars.next()) {
        (Some(key @ ('0'..='9' | '*' | '#' | 'A'..='D')), None) => Some(key),
        (Some(_), Some(_)) => BY_EVENT.iter().find(|(e, _)| *e == signal).map(|(_, key)| *key),
        (Some(_) | None, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::wire::Framing;

    #[test]
    fn keys_are_read_from_both_types() {
        let relay = "application/dtmf-relay";
        for (kind, body, expected) in [
            (relay, "Signal=5\r\nDuration=160\r\n", Report::Digit('5')),
            (relay, "Duration=160\nsignal = #", Report::Digit('#')),
            (relay, "Signal=11\r\n", Report::Digit('#')),
            ("Application/DTMF-Relay; x=y", "Signal=d\r\n", Report::Digit('D')),
            ("application/dtmf", "*\r\n", Report::Digit('*')),
            (relay, "Signal=16\r\n", Report::Unreadable),
            (relay, "Signal=\r\n", Report::Unreadable),
            (relay, "5", Report::Unreadable),
            (relay, "", Report::Nothing),
            ("application/media_control+xml", "<x/>", Report::Other),
        ] {
            let text = format!("INFO sip:h SIP/2.0\r\nContent-Type: {kind}\r\n\r\n{body}");
            let request = Message::parse(text, Framing::Datagram).unwrap();
            assert_eq!(Report::of(&request), expected, "{kind} {body:?}");
        }
    }
}
