//! A received request, and why its signature may be rejected.

/// HTTP method of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET, with parameters in the query.
    Get,
    /// POST, with parameters in the body.
    Post,
}

/// A request as received, with the URL that the carrier requested.
#[derive(Clone, Copy)]
pub struct Received<'a> {
    /// HTTP method.
    pub method: Method,
    /// The public URL with the query as the carrier sent it, not as a proxy rewrote it.
    pub url: &'a str,
    /// Returns the value of a header by its name in lower case.
    pub header: &'a dyn Fn(&str) -> Option<&'a str>,
    /// The body, byte for byte.
    pub body: &'a [u8],
    /// Value of `Content-Type`; empty if absent.
    pub content_type: &'a str,
}

/// Why the signature of a request is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forged {
    /// A header that the signature needs is missing or unreadable.
    #[error("the header `{0}` is missing or unreadable")]
    Missing(&'static str),
    /// The signature does not match the secret and the request.
    #[error("the signature does not fit the request")]
    Mismatch,
    /// The request was signed too long ago, or in the future.
    #[error("signed {0} s from now, more than {max} s", max = TOLERANCE_SECONDS)]
    Stale(u64),
    /// The carrier's signature does not cover such a request.
    #[error("the carrier's signature covers no such request: set the webhook to POST")]
    Uncovered,
}

/// Largest difference between the time of a signature and our clock, in seconds.
pub(super) const TOLERANCE_SECONDS: u64 = 300;
