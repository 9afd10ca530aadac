//! Form and query parameters as signatures see them.

use super::Received;

/// Most parameters that are signed over; more are refused by the mismatch.
const PARAMETERS_MAX: usize = 512;

/// Parameters by name, each name's values sorted; names in order.
pub(super) fn sorted(mut parameters: Vec<(String, String)>) -> Vec<(String, String)> {
    parameters.sort();
    parameters
}

/// Decoded parameters of `a=1&b=2`.
pub(super) fn parameters(text: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(text).take(PARAMETERS_MAX).map(|(k, v)| (k.into(), v.into())).collect()
}

/// Returns the URL's part before `?`, and its query; without its fragment.
pub(super) fn split_query(url: &str) -> (&str, Option<&str>) {
    let url = url.split('#').next().unwrap_or_default();
    match url.split_once('?') {
        Some((start, query)) => (start, Some(query)),
        None => (url, None),
    }
}

/// Returns whether the body is a form.
pub(super) fn is_form(received: &Received<'_>) -> bool {
    let kind = received.content_type.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}
