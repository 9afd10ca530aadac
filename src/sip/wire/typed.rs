//! Header values as what they mean. Each is read when it is asked for.

use super::HeaderName;
use super::Message;
use super::Method;
use super::NameAddr;
use super::ParseError;
use super::Uri;
use super::Via;
use super::message::FirstLine;

/// Largest CSeq number (RFC 3261 §8.1.1.5).
const CSEQ_MAX: u32 = (1 << 31) - 1;

impl Message {
    /// The Request-URI.
    ///
    /// # Errors
    /// For a response, and when it is not a URI.
    pub fn request_uri(&self) -> Result<Uri, ParseError> {
        const HEADER: &str = "Request-URI";
        match &self.first {
            FirstLine::Request { uri, .. } => Uri::parse(self.text(*uri))
                .map_err(|e| ParseError::Malformed { header: HEADER, problem: e.problem }),
            FirstLine::Response { .. } => Err(ParseError::Missing { header: HEADER }),
        }
    }

    /// The first Via: the hop that the message came from, or, in a response, ours.
    ///
    /// # Errors
    /// When it is missing or malformed.
    pub fn top_via(&self) -> Result<Via<'_>, ParseError> {
        self.vias().next().unwrap_or(Err(ParseError::Missing { header: "Via" }))
    }

    /// Every Via, the nearest hop first.
    pub fn vias(&self) -> impl Iterator<Item = Result<Via<'_>, ParseError>> {
        self.headers(HeaderName::Via).map(|text| Via::parse(text).map_err(malformed("Via")))
    }

    /// From.
    ///
    /// # Errors
    /// When it is missing, repeated or malformed.
    pub fn from(&self) -> Result<NameAddr<'_>, ParseError> {
        NameAddr::parse(self.mandatory(HeaderName::From)?).map_err(malformed("From"))
    }

    /// To.
    ///
    /// # Errors
    /// When it is missing, repeated or malformed.
    pub fn to(&self) -> Result<NameAddr<'_>, ParseError> {
        NameAddr::parse(self.mandatory(HeaderName::To)?).map_err(malformed("To"))
    }

    /// Call-ID, as it was written.
    ///
    /// # Errors
    /// When it is missing, repeated, empty or holds white space.
    pub fn call_id(&self) -> Result<&str, ParseError> {
        let text = self.mandatory(HeaderName::CallId)?;
        if text.is_empty() || text.contains(char::is_whitespace) {
            return Err(malformed("Call-ID")("empty or with white space"));
        }
        Ok(text)
    }

    /// CSeq: its number, below 2³¹, and its method.
    ///
    /// # Errors
    /// When it is missing, repeated or malformed.
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

    /// Max-Forwards, 0 to 255; `None` when it is missing (RFC 2543 had none).
    ///
    /// # Errors
    /// When it is repeated or not such a number.
    pub fn max_forwards(&self) -> Result<Option<u8>, ParseError> {
        let Some(text) = self.at_most_one(HeaderName::MaxForwards)? else { return Ok(None) };
        let value = digits(text).and_then(|value| u8::try_from(value).ok());
        value.map(Some).ok_or(malformed("Max-Forwards")("not a number from 0 to 255"))
    }

    /// Expires in seconds; a number too large for 32 bits reads as the largest.
    ///
    /// # Errors
    /// When it is repeated or not a number.
    pub fn expires(&self) -> Result<Option<u32>, ParseError> {
        let Some(text) = self.at_most_one(HeaderName::Expires)? else { return Ok(None) };
        if !is_digits(text) {
            return Err(malformed("Expires")("not a number"));
        }
        Ok(Some(text.parse().unwrap_or(u32::MAX)))
    }

    /// The first Contact; `None` when there is none or it is `*`.
    ///
    /// # Errors
    /// When it is malformed.
    pub fn contact(&self) -> Result<Option<NameAddr<'_>>, ParseError> {
        self.contacts().next().transpose()
    }

    /// Every Contact but `*`.
    pub fn contacts(&self) -> impl Iterator<Item = Result<NameAddr<'_>, ParseError>> {
        let texts = self.headers(HeaderName::Contact).filter(|text| *text != "*");
        texts.map(|text| NameAddr::parse(text).map_err(malformed("Contact")))
    }

    /// Every address of a header such as Route, Record-Route or P-Asserted-Identity.
    pub fn addresses(
        &self,
        name: HeaderName<'static>,
    ) -> impl Iterator<Item = Result<NameAddr<'_>, ParseError>> {
        self.headers(name).map(move |text| NameAddr::parse(text).map_err(malformed(name.as_str())))
    }

    /// The option tags that the sender requires.
    pub fn require(&self) -> impl Iterator<Item = &str> {
        self.headers(HeaderName::Require)
    }

    /// The option tags that the sender supports.
    pub fn supported(&self) -> impl Iterator<Item = &str> {
        self.headers(HeaderName::Supported)
    }

    /// Content-Type without its parameters, `type/subtype`; empty body types are `None`.
    pub fn content_type(&self) -> Option<&str> {
        let value = self.header(HeaderName::ContentType)?;
        value.split(';').next().map(str::trim_ascii).filter(|text| !text.is_empty())
    }

    /// The value of a header that appears at most once.
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

/// Digits only: `str::parse` would take a sign.
fn digits(text: &str) -> Option<u32> {
    is_digits(text).then(|| text.parse().ok()).flatten()
}
