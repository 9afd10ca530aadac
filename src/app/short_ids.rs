//! Ids in tables, shortened as far as they stay distinct.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::base::CallId;

/// Fewest characters of a shortened id: the timestamp of a call's id.
const SHORT: usize = 13;
/// Characters of a UUID.
const UUID: usize = 36;
/// Characters of random ids without dashes: 128 bits, or 256 bits of a credit's id.
const HEX: [usize; 2] = [32, 64];

/// Returns the texts with every id in them (a UUID, or 32 or 64 hex digits) shortened. Distinct ids stay
/// distinct, and each can be found by its beginning.
pub(super) fn short_ids(texts: impl Iterator<Item = String>) -> Vec<String> {
    let texts: Vec<Vec<String>> = texts.map(|text| parts(&text)).collect();
    let ids: BTreeSet<&str> =
        texts.iter().flatten().map(String::as_str).filter(|part| is_id(part)).collect();
    let distinct = |width: usize| {
        let cut: BTreeSet<&str> = ids.iter().map(|id| id.get(..width).unwrap_or(id)).collect();
        cut.len() == ids.len()
    };
    let width = (SHORT..UUID).find(|width| distinct(*width)).unwrap_or(UUID);
    let shown: BTreeMap<&str, &str> =
        ids.iter().map(|id| (*id, id.get(..width).unwrap_or(id))).collect();
    let short = |part: &String| shown.get(part.as_str()).copied().unwrap_or(part).to_owned();
    texts.iter().map(|text| text.iter().map(short).collect()).collect()
}

/// Splits a text into words of hex digits and dashes, and what stands between them.
fn parts(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut inside = None;
    for char in text.chars() {
        let word = char.is_ascii_alphanumeric() || char == '-';
        match parts.last_mut().filter(|_| inside == Some(word)) {
            Some(part) => part.push(char),
            None => parts.push(char.to_string()),
        }
        inside = Some(word);
    }
    parts
}

fn is_id(part: &str) -> bool {
    let digits = part.bytes().filter(u8::is_ascii_hexdigit).count();
    (HEX.contains(&part.len()) && digits == part.len())
        || (part.len() == UUID && part.parse::<CallId>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "019aa0b1-2c3d-7abc-8def-0123456789ab";
    const LATER: &str = "019aa0b1-2c3e-7abc-8def-0123456789ab";
    const BESIDE: &str = "019aa0b1-2c3d-7abd-8def-0123456789ab";

    fn short(texts: &[&str]) -> Vec<String> {
        short_ids(texts.iter().map(|text| (*text).to_owned()))
    }

    #[test]
    fn ids_are_as_short_as_they_differ() {
        assert_eq!(short(&[FIRST, LATER]), ["019aa0b1-2c3d", "019aa0b1-2c3e"]);
        assert_eq!(short(&[FIRST, BESIDE]), ["019aa0b1-2c3d-7abc", "019aa0b1-2c3d-7abd"]);
        assert_eq!(short(&[FIRST, FIRST]), ["019aa0b1-2c3d", "019aa0b1-2c3d"]);
        assert_eq!(short(&[]), Vec::<String>::new());
    }

    #[test]
    fn ids_inside_a_text_are_shortened_and_nothing_else() {
        let path = format!("POST /v1/calls/{FIRST}/hangup");
        let credit = "0123456789abcdef0123456789abcdef";
        let texts = [path.as_str(), "invoice-2026-117", credit, "", "tok_0123456789abcdef", "…"];
        assert_eq!(
            short(&texts),
            [
                "POST /v1/calls/019aa0b1-2c3d/hangup",
                "invoice-2026-117",
                "0123456789abc",
                "",
                "tok_0123456789abcdef",
                "…"
            ]
        );
    }
}
