//! Reads further headers of a request.

use std::collections::BTreeSet;

use crate::base::toml::Report;
use crate::base::toml::Value;
use crate::base::toml::clip;
use crate::book::Template;

/// Longest value of a header, in bytes.
const HEADER_BYTES_MAX: usize = 1_024;
/// Most headers of one request.
const HEADERS_MAX: usize = 20;
/// Headers that the switch or the connection sets.
const OWN_HEADERS: &[&str] = &[
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "webhook-id",
    "webhook-signature",
    "webhook-timestamp",
];

/// Reads a table of headers: names in lower case, and values, each read as a template.
pub(super) fn read<'d, 't, T>(
    value: &Value<'d>,
    report: &mut Report<'t>,
    template: impl Fn(&Value<'d>, &mut Report<'t>) -> Option<Template<T>>,
) -> Option<Vec<(String, Template<T>)>> {
    let table = value.table(report)?;
    let given: Vec<Value<'d>> = table.values().collect();
    if given.len() > HEADERS_MAX {
        report.error(value.at(), format!("`{}` has over {HEADERS_MAX} items", value.key()), "");
        return None;
    }
    let mut headers = Vec::new();
    let mut names = BTreeSet::new();
    for header in given {
        let name = checked(&header, report).filter(|name| {
            let is_new = names.insert(name.clone());
            if !is_new {
                let message = format!("the header `{name}` is listed twice: case does not matter");
                report.error(header.key_at(), message, "remove one of them");
            }
            is_new
        });
        headers.push(name.and_then(|name| Some((name, template(&header, report)?))));
    }
    // In one order, whatever the case in the book, so that a written book reads as an equal one.
    let mut headers = headers.into_iter().collect::<Option<Vec<_>>>()?;
    headers.sort_by(|(a, _), (b, _)| a.cmp(b));
    Some(headers)
}

/// Returns the name of a header, after checking it and its value.
fn checked(header: &Value<'_>, report: &mut Report<'_>) -> Option<String> {
    let name = header.key().to_ascii_lowercase();
    // A token of RFC 9110 §5.6.2.
    let is_name = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.is_empty() || name.len() > 64 || !name.bytes().all(is_name) {
        let message = format!("`{}` is not the name of a header", clip(header.key()));
        report.error(header.key_at(), message, "");
        return None;
    }
    if OWN_HEADERS.contains(&name.as_str()) {
        let hint = if name == "content-type" { "use `format`" } else { "remove it" };
        let message = format!("the switch sets the header `{name}` itself");
        report.error(header.key_at(), message, hint);
        return None;
    }
    let text = header.words(HEADER_BYTES_MAX, report)?;
    if !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        let message = format!("the header `{name}` has other than printable ASCII characters");
        report.error(header.at(), message, "");
        return None;
    }
    Some(name)
}
