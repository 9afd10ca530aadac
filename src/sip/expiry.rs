//! The session timer: how long a session lives without a refresh (RFC 4028).

use std::time::Duration;

use super::extension::TIMER;
use super::wire::HeaderName;
use super::wire::Message;

/// Shortest interval that is agreed to (RFC 4028 §5).
pub(super) const INTERVAL_MIN: Duration = Duration::from_secs(90);
/// Default interval that is asked for (RFC 4028 §4).
pub(super) const INTERVAL_DEFAULT: Duration = Duration::from_secs(1_800);
/// Longest interval that is asked for after a 422.
pub(super) const INTERVAL_MAX: Duration = Duration::from_secs(24 * 3_600);
/// Longest time before the end of the interval at which a session without a refresh is ended (RFC
/// 4028 §10).
const MARGIN_MAX: Duration = Duration::from_secs(32);

/// Side that refreshes the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refresher {
    /// The agent.
    Us,
    /// The far end.
    Them,
}

/// An agreed session timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Expiry {
    /// The session ends this long after its latest refresh.
    pub(super) interval: Duration,
    /// Side that refreshes.
    pub(super) refresher: Refresher,
}

/// Side that sent the request in which a session timer is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asker {
    Us,
    Them,
}

impl Expiry {
    /// Returns what the agent agrees to in its 2xx to a request: a timer only if the far end asks
    /// for one (RFC 4028 §9). A far end that does not support the extension does not refresh: a
    /// proxy asked for it.
    pub(super) fn of_request(request: &Message) -> Option<Expiry> {
        let (seconds, params) = request.delta_seconds(HeaderName::SessionExpires)?;
        let named = params.find("refresher");
        let is_ours = named.is_some_and(|named| named.eq_ignore_ascii_case("uas"));
        let refresher = match request.supports(TIMER) {
            true if !is_ours => Refresher::Them,
            true | false => Refresher::Us,
        };
        Some(Expiry { interval: interval(seconds), refresher })
    }

    /// Returns what a far end agrees to in its 2xx to the agent's request (RFC 4028 §7.2).
    pub(super) fn of_response(response: &Message) -> Option<Expiry> {
        let (seconds, params) = response.delta_seconds(HeaderName::SessionExpires)?;
        let named = params.find("refresher");
        let is_theirs = named.is_some_and(|named| named.eq_ignore_ascii_case("uas"));
        let refresher = if is_theirs { Refresher::Them } else { Refresher::Us };
        Some(Expiry { interval: interval(seconds), refresher })
    }

    /// Returns when the agent refreshes, after the latest refresh; `None` if the far end does.
    pub(super) fn refresh_after(self) -> Option<Duration> {
        match self.refresher {
            Refresher::Us => Some(self.interval / 2),
            Refresher::Them => None,
        }
    }

    /// Returns when the agent ends a session without a refresh, after the latest one (RFC 4028
    /// §10).
    pub(super) fn end_after(self) -> Duration {
        match self.refresher {
            Refresher::Us => self.interval,
            Refresher::Them => self.interval - MARGIN_MAX.min(self.interval / 3),
        }
    }

    /// Returns the headers of the agent's 2xx (RFC 4028 §9).
    pub(super) fn answer(self) -> Vec<(HeaderName<'static>, String)> {
        let mut headers = vec![(HeaderName::SessionExpires, self.named_by(Asker::Them))];
        if self.refresher == Refresher::Them {
            headers.push((HeaderName::Require, TIMER.to_owned()));
        }
        headers
    }

    /// Returns the value of Session-Expires in a refresh by the agent.
    pub(super) fn ask(self) -> String {
        self.named_by(Asker::Us)
    }

    fn named_by(self, asker: Asker) -> String {
        let refresher = match (asker, self.refresher) {
            (Asker::Us, Refresher::Us) | (Asker::Them, Refresher::Them) => "uac",
            (Asker::Us, Refresher::Them) | (Asker::Them, Refresher::Us) => "uas",
        };
        format!("{};refresher={refresher}", self.interval.as_secs())
    }
}

/// Returns whether a request asks for an interval that is too short, and can be answered with 422
/// (RFC 4028 §9).
pub(super) fn is_too_short(request: &Message) -> bool {
    let asked = request.delta_seconds(HeaderName::SessionExpires);
    request.supports(TIMER)
        && asked.is_some_and(|(seconds, _)| u64::from(seconds) < INTERVAL_MIN.as_secs())
}

/// Returns the interval that a 422 demands, if it is longer than the one that was asked for and the
/// agent may ask for it.
pub(super) fn demanded(response: &Message, asked: Duration) -> Option<Duration> {
    let (seconds, _) = response.delta_seconds(HeaderName::MinSe)?;
    let demanded = Duration::from_secs(seconds.into());
    (demanded > asked && demanded <= INTERVAL_MAX).then_some(demanded)
}

/// Returns the interval of a header. Less would make the agent refresh all the time.
fn interval(seconds: u32) -> Duration {
    Duration::from_secs(seconds.into()).max(INTERVAL_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::wire::Framing;

    fn with(headers: &str) -> Message {
        let text = format!("INVITE sip:a@b SIP/2.0\r\n{headers}\r\n");
        Message::parse(text, Framing::Datagram).unwrap()
    }

    #[test]
    fn the_far_end_refreshes_if_it_can_and_does_not_ask_the_agent_to() {
        const T: &str = "k: timer\r\n";
        for (headers, expected) in [
            (T.to_owned(), None),
            (format!("{T}x: 1800\r\n"), Some((1800, "1800;refresher=uac", 1768))),
            (format!("{T}x: 90;refresher=uac\r\n"), Some((90, "90;refresher=uac", 60))),
            (format!("{T}x: 90;refresher=uas\r\n"), Some((90, "90;refresher=uas", 90))),
            ("x: 600;refresher=uac\r\n".to_owned(), Some((600, "600;refresher=uas", 600))),
            ("x: 5\r\n".to_owned(), Some((90, "90;refresher=uas", 90))),
            (format!("{T}x: soon\r\n"), None),
        ] {
            let agreed = Expiry::of_request(&with(&headers));
            let seen = agreed.map(|expiry| {
                (expiry.interval.as_secs(), expiry.answer(), expiry.end_after().as_secs())
            });
            let expected = expected.map(|(interval, value, end)| {
                let mut headers = vec![(HeaderName::SessionExpires, value.to_owned())];
                if value.ends_with("uac") {
                    headers.push((HeaderName::Require, "timer".to_owned()));
                }
                (interval, headers, end)
            });
            assert_eq!(seen, expected, "{headers}");
        }
    }

    #[test]
    fn the_agent_refreshes_unless_the_far_end_takes_it_on() {
        for (headers, refresh, end) in [
            ("x: 1800\r\n", Some(900), 1800),
            ("x: 1800;refresher=uac\r\n", Some(900), 1800),
            ("x: 1800;refresher=uas\r\n", None, 1768),
            ("x: 1;refresher=uac\r\n", Some(45), 90),
        ] {
            let agreed = Expiry::of_response(&with(headers)).unwrap();
            let refresh = refresh.map(Duration::from_secs);
            assert_eq!(agreed.refresh_after(), refresh, "{headers}");
            assert_eq!(agreed.end_after().as_secs(), end, "{headers}");
        }
    }

    #[test]
    fn intervals_have_a_minimum_on_both_sides() {
        for (headers, expected) in [
            ("k: timer\r\nx: 89\r\n", true),
            ("k: timer\r\nx: 90\r\n", false),
            ("x: 1\r\n", false),
            ("", false),
        ] {
            assert_eq!(is_too_short(&with(headers)), expected, "{headers}");
        }
        for (headers, expected) in [
            ("Min-SE: 3600\r\n", Some(3600)),
            ("Min-SE: 1800\r\n", None),
            ("Min-SE: 86401\r\n", None),
            ("", None),
        ] {
            let demanded = demanded(&with(headers), INTERVAL_DEFAULT);
            assert_eq!(demanded.map(|time| time.as_secs()), expected, "{headers}");
        }
    }
}
