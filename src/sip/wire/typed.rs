//! Typed header values, each parsed on access.

use std::fmt;

use super::HeaderName;
use super::Message;
use super::Method;
use super::NameAddr;
use super::Params;
use super::ParseError;
use super::Uri;
use super::Via;
use super::message::FirstLine;

/// What a PRACK acknowledges: a reliable provisional response to an INVITE (RFC 3262 §7.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rack {
    /// Number of the response.
    pub rseq: u32,
    /// CSeq number of the INVITE.
    pub cseq: u32,
}

impl fmt::Display for Rack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} INVITE", self.rseq, self.cseq)
    }
}

/// Largest CSeq number (RFC 3261 §8.1.1.5).
const CSEQ_MAX: u32 = (1 << 31) - 1;

impl Message {
    /// Returns the Request-URI.
    ///
    /// # Errors
    /// For a response, and if it is not a URI.
    pub fn request_uri(&self) -> Result<Uri, ParseError> {
        const HEADER: &str = "Request-URI";
        match &self.first {
            FirstLine::Request { uri, .. } => Uri::parse(self.text(*uri))
                .map_err(|e| ParseError::Malformed { header: HEADER, problem: e.problem }),
            FirstLine::Response { .. } => Err(ParseError::Missing { header: HEADER }),
        }
    }

    /// Returns the first Via: the hop that the message came from or, in a response, the agent.
    ///
    /// # Errors
    /// If it is missing or malformed.
    pub fn top_via(&self) -> Result<Via<'_>, ParseError> {
        self.vias().next().unwrap_or(Err(ParseError::Missing { header: "Via" }))
    }

    /// Returns every Via, the nearest hop first.
    pub fn vias(&self) -> impl Iterator<Item = Result<Via<'_>, ParseError>> {
        self.headers(HeaderName::Via).map(|text| Via::parse(text).map_err(malformed("Via")))
    }

    /// Returns From.
    ///
    /// # Errors
    /// If it is missing, repeated or malformed.
    pub fn from(&self) -> Result<NameAddr<'_>, ParseError> {
        NameAddr::parse(self.mandatory(HeaderName::From)?).map_err(malformed("From"))
    }

    /// Returns To.
    ///
    /// # Errors
    /// If it is missing, repeated or malformed.
    pub fn to(&self) -> Result<NameAddr<'_>, ParseError> {
        NameAddr::parse(self.mandatory(HeaderName::To)?).map_err(malformed("To"))
    }

    /// Returns the Call-ID as written.
    ///
    /// # Errors
    /// If it is missing, repeated, empty or contains white space.
    pub fn call_id(&self) -> Result<&str, ParseError> {
        let text = self.mandatory(HeaderName::CallId)?;
        if text.is_empty() || text.contains(char::is_whitespace) {
            return Err(malformed("Call-ID")("empty or with white space"));
        }
        Ok(text)
    }

    /// Returns the number of CSeq, below 2³¹, and its method.
    ///
    /// # Errors
    /// If it is missing, repeated or malformed.
    pub fn cseq(&self) -> Result<(u32, Method), ParseError> {
        let text = self.mandatory(HeaderName::Cseq)?;
        let malformed = malformed("CSeq");
        let Some((number, method)) = text.split_once([' ', '\t']) else {
            return Err(malformed("not a number and a method"));
        };
        let number = digits(number)
            .filter(|number| *number <= CSEQ_MAX)
            .ok_or(malformed("the number is not one below 2^31"))?;
        let method =
            Method::parse(method.trim_ascii()).ok_or(malformed("the method is not a token"))?;
        Ok((number, method))
    }

    /// Returns Max-Forwards, 0 to 255, or `None` if it is missing (RFC 2543 had none).
    ///
    /// # Errors
    /// If it is repeated or not such a number.
    pub fn max_forwards(&self) -> Result<Option<u8>, ParseError> {
        let Some(text) = self.at_most_one(HeaderName::MaxForwards)? else { return Ok(None) };
        let value = digits(text).and_then(|value| u8::try_from(value).ok());
        value.map(Some).ok_or(malformed("Max-Forwards")("not a number from 0 to 255"))
    }

    /// Returns Expires in seconds, or `None` if it is missing; a number above 32 bits is capped.
    ///
    /// # Errors
    /// If it is repeated or not a number.
    pub fn expires(&self) -> Result<Option<u32>, ParseError> {
        let Some(text) = self.at_most_one(HeaderName::Expires)? else { return Ok(None) };
        if !is_digits(text) {
            return Err(malformed("Expires")("not a number"));
        }
        Ok(Some(text.parse().unwrap_or(u32::MAX)))
    }

    /// Returns the first Contact, or `None` if there is none or it is `*`.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn contact(&self) -> Result<Option<NameAddr<'_>>, ParseError> {
        self.contacts().next().transpose()
    }

    /// Returns every Contact except `*`.
    pub fn contacts(&self) -> impl Iterator<Item = Result<NameAddr<'_>, ParseError>> {
        let texts = self.headers(HeaderName::Contact).filter(|text| *text != "*");
        texts.map(|text| NameAddr::parse(text).map_err(malformed("Contact")))
    }

    /// Returns every address of a header such as Route, Record-Route or P-Asserted-Identity.
    pub fn addresses(
        &self,
        name: HeaderName<'static>,
    ) -> impl Iterator<Item = Result<NameAddr<'_>, ParseError>> {
        self.headers(name).map(move |text| NameAddr::parse(text).map_err(malformed(name.as_str())))
    }

    /// Returns the option tags that the sender requires.
    pub fn require(&self) -> impl Iterator<Item = &str> {
        self.headers(HeaderName::Require)
    }

    /// Returns the option tags that the sender supports.
    pub fn supported(&self) -> impl Iterator<Item = &str> {
        self.headers(HeaderName::Supported)
    }

    /// Returns whether the sender requires an extension, by its option tag.
    pub fn requires(&self, option: &str) -> bool {
        self.require().any(|tag| tag.eq_ignore_ascii_case(option))
    }

    /// Returns whether the sender supports an extension, by its option tag.
    pub fn supports(&self, option: &str) -> bool {
        self.supported().any(|tag| tag.eq_ignore_ascii_case(option))
    }

    /// Returns whether the sender takes a method, by Allow; `None` without that header.
    pub fn allows(&self, method: &Method) -> Option<bool> {
        let mut known = self.headers(HeaderName::Allow).peekable();
        known.peek()?;
        Some(known.any(|name| name == method.as_str()))
    }

    /// Returns the number of a reliable provisional response, 1 to 2³²−1 (RFC 3262 §7.1); `None` if
    /// it is missing or malformed.
    pub fn rseq(&self) -> Option<u32> {
        digits(self.at_most_one(HeaderName::RSeq).ok()??).filter(|number| *number > 0)
    }

    /// Returns what a PRACK acknowledges (RFC 3262 §7.2): the number of the response, the CSeq
    /// number and the method of its request; `None` if it is missing or malformed.
    pub fn rack(&self) -> Option<Rack> {
        let mut words = self.at_most_one(HeaderName::RAck).ok()??.split_ascii_whitespace();
        let (rseq, cseq) = (digits(words.next()?)?, digits(words.next()?)?);
        let is_invite = words.next()? == Method::Invite.as_str() && words.next().is_none();
        is_invite.then_some(Rack { rseq, cseq })
    }

    /// Returns a time in seconds with its parameters, of Session-Expires or Min-SE (RFC 4028 §4,
    /// §5); `None` if it is missing or malformed.
    pub fn delta_seconds(&self, name: HeaderName<'static>) -> Option<(u32, Params<'_>)> {
        let text = self.at_most_one(name).ok()??;
        let (seconds, params) = text.split_at(text.find(';').unwrap_or(text.len()));
        let seconds = seconds.trim_ascii();
        let params = Params::parse(params).ok()?;
        is_digits(seconds).then(|| (seconds.parse().unwrap_or(u32::MAX), params))
    }

    /// Returns Content-Type without its parameters, `type/subtype`, or `None` if it is missing or
    /// empty.
    pub fn content_type(&self) -> Option<&str> {
        let value = self.header(HeaderName::ContentType)?;
        value.split(';').next().map(str::trim_ascii).filter(|text| !text.is_empty())
    }

    /// Returns the value of a header that may appear only once.
    pub(crate) fn at_most_one(
        &self,
        name: HeaderName<'static>,
    ) -> Result<Option<&str>, ParseError> {
        let mut values = self.headers(name);
        let first = values.next();
        if values.next().is_some() {
            return Err(ParseError::Repeated { header: name.as_str() });
        }
        Ok(first)
    }

    fn mandatory(&self, name: HeaderName<'static>) -> Result<&str, ParseError> {
        self.at_most_one(name)?.ok_or(ParseError::Missing { header: name.as_str() })
    }
}

fn malformed(header: &'static str) -> impl Fn(&'static str) -> ParseError + Copy {
    move |problem| ParseError::Malformed { header, problem }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Parses digits only: `str::parse` would accept a sign.
fn digits(text: &str) -> Option<u32> {
    is_digits(text).then(|| text.parse().ok()).flatten()
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
    fn cseqs() {
        let number = Err(malformed("CSeq")("the number is not one below 2^31"));
        for (headers, expected) in [
            ("CSeq: 1 INVITE\r\n", Ok((1, "INVITE"))),
            ("cseq: 0009\r\n  INVITE\r\n", Ok((9, "INVITE"))),
            ("CSeq: 2147483647 \t X\r\n", Ok((2_147_483_647, "X"))),
            ("CSeq: 2147483648 X\r\n", number.clone()),
            ("CSeq: 36893488147419103232 X\r\n", number.clone()),
            ("CSeq: +1 X\r\n", number.clone()),
            ("CSeq: -1 X\r\n", number),
            ("CSeq: 1 A B\r\n", Err(malformed("CSeq")("the method is not a token"))),
            ("CSeq: 1\r\n", Err(malformed("CSeq")("not a number and a method"))),
            ("CSeq: 1 A\r\nCSeq: 2 A\r\n", Err(ParseError::Repeated { header: "CSeq" })),
            ("", Err(ParseError::Missing { header: "CSeq" })),
        ] {
            let expected = expected.map(|(n, method)| (n, Method::parse(method).unwrap()));
            assert_eq!(with(headers).cseq(), expected, "{headers}");
        }
    }

    #[test]
    fn numbers() {
        for (value, max_forwards, expires) in [
            ("0", Some(Some(0)), Some(Some(0))),
            ("0068", Some(Some(68)), Some(Some(68))),
            ("255", Some(Some(255)), Some(Some(255))),
            ("256", None, Some(Some(256))),
            ("99999999999", None, Some(Some(u32::MAX))),
            ("-1", None, None),
            ("", None, None),
            ("7 ;x", None, None),
        ] {
            let message = with(&format!("Max-Forwards: {value}\r\nExpires: {value}\r\n"));
            assert_eq!(message.max_forwards().ok(), max_forwards, "{value}");
            assert_eq!(message.expires().ok(), expires, "{value}");
        }
        assert_eq!(with("").max_forwards(), Ok(None));
    }

    #[test]
    fn extensions() {
        for (headers, rseq, rack) in [
            ("RSeq: 1\r\nRAck: 7 1 INVITE\r\n", Some(1), Some((7, 1))),
            ("RSeq: 4294967295\r\nRAck: 7\t 1  INVITE\r\n", Some(u32::MAX), Some((7, 1))),
            ("RSeq: 4294967296\r\nRAck: 7 1 BYE\r\n", None, None),
            ("RSeq: 0\r\nRAck: 7 1\r\n", None, None),
            ("RSeq: -1\r\nRAck: 7 1 INVITE x\r\n", None, None),
            ("RSeq: 1\r\nRSeq: 2\r\nRAck: x 1 INVITE\r\n", None, None),
            ("", None, None),
        ] {
            let message = with(headers);
            assert_eq!(message.rseq(), rseq, "{headers}");
            let rack = rack.map(|(rseq, cseq)| Rack { rseq, cseq });
            assert_eq!(message.rack(), rack, "{headers}");
        }
        for (value, seconds, refresher) in [
            ("1800", Some(1800), None),
            ("90 ; refresher=uac", Some(90), Some("uac")),
            ("90;x=y;Refresher=UAS", Some(90), Some("UAS")),
            ("99999999999", Some(u32::MAX), None),
            ("-90", None, None),
            (";refresher=uac", None, None),
        ] {
            let message = with(&format!("x: {value}\r\n"));
            let read = message.delta_seconds(HeaderName::SessionExpires);
            let seen = read.map(|(seconds, params)| (seconds, params.find("refresher")));
            assert_eq!(seen, seconds.map(|seconds| (seconds, refresher)), "{value}");
        }
        let message = with("k: timer, 100rel\r\nRequire: Timer\r\nAllow: INVITE,UPDATE\r\n");
        assert!(message.supports("100REL") && message.requires("timer"));
        assert!(!message.requires("100rel"));
        assert_eq!(message.allows(&Method::Update), Some(true));
        assert_eq!(message.allows(&Method::Prack), Some(false));
        assert_eq!(with("").allows(&Method::Prack), None);
    }

    #[test]
    fn who_calls_whom() {
        let message = with(
            "f: \"A, B\" <sip:+1305@h;user=phone>;tag=1\r\nt: tel:+1212\r\ni: x@y\r\n\
             m: *\r\nm: <sip:c@d>, <sip:e@f>;q=0.1\r\n\
             Record-Route: <sip:p1;lr>\r\nRecord-Route: <sip:p2;lr>,<sip:p3;lr>\r\n\
             Require: 100rel, timer\r\nc: application/sdp ; x=y\r\n",
        );
        let from = message.from().unwrap();
        assert_eq!((from.display.as_ref(), from.tag), ("A, B", Some("1")));
        assert_eq!(from.uri.number().as_deref(), Some("+1305"));
        assert_eq!(message.to().unwrap().tag, None);
        assert_eq!(message.call_id(), Ok("x@y"));
        assert_eq!(message.contact().unwrap().unwrap().uri.as_str(), "sip:c@d");
        assert_eq!(message.contacts().count(), 2);
        let routes: Vec<_> = message
            .addresses(HeaderName::RecordRoute)
            .map(|route| route.unwrap().uri.to_string())
            .collect();
        assert_eq!(routes, ["sip:p1;lr", "sip:p2;lr", "sip:p3;lr"]);
        assert_eq!(message.require().collect::<Vec<_>>(), ["100rel", "timer"]);
        assert_eq!(message.content_type(), Some("application/sdp"));
        assert_eq!(message.request_uri().unwrap().as_str(), "sip:a@b");
        assert_eq!(message.top_via(), Err(ParseError::Missing { header: "Via" }));
    }
}
