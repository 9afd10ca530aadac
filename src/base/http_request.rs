//! An HTTP request that is ready to be sent.

use super::Method;

/// An HTTP request to a receiver of events or to a buyer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// The URL.
    pub url: String,
    /// Names in lower case, and values of printable ASCII characters.
    pub headers: Vec<(String, String)>,
    /// The body; empty for `GET`.
    pub body: String,
}
