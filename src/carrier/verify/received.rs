//! A request as it came, and why it is not believed.

/// How a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET: parameters in the query.
    Get,
    /// POST: parameters in the body.
    Post,
}

/// A request as it came, with the URL that the carrier asked.
#[derive(Clone, Copy)]
pub struct Received<'a> {
    /// Its method.
    pub method: Method,
    /// The public URL, with the query as it was sent; never what a proxy made of it.
    pub url: &'a str,
    /// The value of a header by its name in lower case.
    pub header: &'a dyn Fn(&str) -> Option<&'a str>,
    /// The body, byte for byte.
    pub body: &'a [u8],
    /// The value of `Content-Type`, or an empty text.
    pub content_type: &'a str,
}

/// Why a request is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forged {
    /// A header that a signature needs is missing or unreadable.
    #[error("the header `{0}` is missing or unreadable")]
    Missing(&'static str),
    /// The signature is not the carrier's, or not for this request.
    #[error("the signature does not fit the request")]
    Mismatch,
    /// It was signed too long ago, or in the future.
    #[error("signed {0} s from now, more than {max} s", max = TOLERANCE_SECONDS)]
    Stale(u64),
    /// The carrier's signature covers nothing of such a request.
    #[error("the carrier's signature covers no such request: set the webhook to POST")]
    Uncovered,
}

/// How far a signature's time may be from ours, in seconds.
pub(super) const TOLERANCE_SECONDS: u64 = 300;
