//! Checks that a message has what a transaction and a dialog need.

use super::HeaderName;
use super::Message;
use super::ParseError;
use super::message::FirstLine;

/// Headers that may appear only once (RFC 3261 §7.3.1), besides those that have accessors.
const SINGLE: &[HeaderName<'static>] = &[
    HeaderName::ContentType,
    HeaderName::Event,
    HeaderName::MinSe,
    HeaderName::RetryAfter,
    HeaderName::SessionExpires,
];

impl Message {
    /// Checks everything that a transaction or a dialog needs: the Request-URI, Via, From, To,
    /// Call-ID, CSeq, Max-Forwards, Expires, Contact, Route and Record-Route. The accessors of
    /// these return no error for a valid message. Other headers are not checked: an invalid Date,
    /// for example, is harmless.
    ///
    /// # Errors
    /// The first fault. A request is answered with its [`ParseError::status`]; the readable part of
    /// a response is used.
    pub fn validate(&self) -> Result<(), ParseError> {
        self.top_via()?;
        for via in self.vias() {
            if via?.has_bare_cookie() {
                let problem = "the branch is the magic cookie alone";
                return Err(ParseError::Malformed { header: "Via", problem });
            }
        }
        self.from()?;
        self.to()?;
        self.call_id()?;
        let (_, cseq_method) = self.cseq()?;
        if let FirstLine::Request { method, .. } = &self.first {
            self.validate_request_uri()?;
            if cseq_method != *method {
                return Err(ParseError::CseqMethod);
            }
        }
        self.max_forwards()?;
        self.expires()?;
        for &name in SINGLE {
            self.at_most_one(name)?;
        }
        self.contacts().try_for_each(|contact| contact.map(drop))?;
        self.addresses(HeaderName::Route).try_for_each(|route| route.map(drop))?;
        self.addresses(HeaderName::RecordRoute).try_for_each(|route| route.map(drop))
    }

    /// Checks the Request-URI, which may not have headers (RFC 3261 §19.1.1).
    fn validate_request_uri(&self) -> Result<(), ParseError> {
        if self.request_uri()?.headers().is_empty() {
            return Ok(());
        }
        let problem = "headers within the URI";
        Err(ParseError::Malformed { header: "Request-URI", problem })
    }
}
