//! Any request of a source: the first byte chooses the type of the body. What is read is bounded, and
//! what passes the checks of its values is in a normal form.

use strowger::lead::body::Received;
use strowger::lead::body::read;
use strowger::lead::check::check as checked;

const TYPES: &[&str] = &["application/x-www-form-urlencoded", "application/json", "text/xml"];

/// Checks one input.
pub(crate) fn check(data: &[u8]) {
    let Some((first, body)) = data.split_first() else { return };
    let content_type = TYPES.get(usize::from(*first) % TYPES.len()).copied();
    let received = Received { method: "POST", query: "", content_type, accept: None, body };
    let Ok(sent) = read(received) else { return };
    assert!(sent.values.len() <= 200);
    let today = "2026-11-29".parse().expect("a date");
    let once = checked(&[], &sent.values, today).fields;
    let again: Vec<(String, String)> =
        once.iter().map(|(name, field)| (name.to_string(), field.value.clone())).collect();
    assert_eq!(checked(&[], &again, today).fields, once);
}
