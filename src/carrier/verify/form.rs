//! Form and query parameters in the form in which carriers sign them.

use super::Received;

/// Most parameters included in a signature check; a request with more fails with a mismatch.
const PARAMETERS_MAX: usize = 512;

/// Returns the parameters sorted by name, then by value.
pub(super) fn sorted(mut parameters: Vec<(String, String)>) -> Vec<(String, String)> {
    parameters.sort();
    parameters
}

/// Returns the decoded parameters of a text such as `a=1&b=2`.
pub(super) fn parameters(text: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(text).take(PARAMETERS_MAX).map(|(k, v)| (k.into(), v.into())).collect()
}

/// Returns the part of a URL before `?`, and its query, both without the fragment.
pub(super) fn split_query(url: &str) -> (&str, Option<&str>) {
    let url = url.split('#').next().unwrap_or_default();
    match url.split_once('?') {
        Some((start, query)) => (start, Some(query)),
        None => (url, None),
    }
}

/// Returns whether the body of the request is a form.
pub(super) fn is_form(received: &Received<'_>) -> bool {
    let kind = received.content_type.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}
