//! Masks what identifies a caller in JSON documents of calls.

use serde_json::Value;

/// What a reader of calls may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// Everything in its scope.
    Whole,
    /// Everything in its scope, without what identifies a caller.
    Masked,
}

/// Fewest digits of what may be a phone number.
const NUMBER_DIGITS_MIN: usize = 7;
/// Digits at the end of a number that are hidden.
const HIDDEN_DIGITS: usize = 4;
/// Most digits of a field that identifies no caller: a zip code, an age, an amount.
const PLAIN_DIGITS_MAX: usize = 5;
/// Fields that say where a caller is, and do not identify the caller.
const PLACES: [&str; 8] =
    ["area_code", "city", "country", "county", "dma", "state", "time_zone", "zip"];
/// What stands for a hidden text.
const HIDDEN: &str = "****";

/// Masks a document of the API: the last digits of callers' numbers, fields except places, short
/// numbers, and yes or no, the keys that a caller pressed, and numbers and e-mail addresses in
/// tags, references, and notes.
pub fn mask(document: &mut Value) {
    match document {
        Value::Array(items) => items.iter_mut().for_each(mask),
        Value::Object(members) => {
            // An event: `{"field": "name", "value": "Ann"}`, `{"name": "who", "value": "Ann"}`.
            let named = ["field", "name"].map(|key| members.get(key).and_then(Value::as_str));
            let named = named.into_iter().flatten().next().map(str::to_owned);
            for (key, value) in members.iter_mut() {
                match (key.as_str(), &named) {
                    (
                        "caller" | "tag" | "tags" | "reference" | "note" | "decision_note" | "said",
                        _,
                    ) => {
                        texts(value, &mask_text);
                    }
                    ("digits", _) => texts(value, &|_| HIDDEN.to_owned()),
                    ("fields", _) => fields(value),
                    ("value", Some(name)) => texts(value, &|text| mask_field(name, text)),
                    _ => mask(value),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Masks each text in a value by a function; names of members stay.
fn texts(value: &mut Value, masked: &dyn Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = masked(text),
        Value::Array(items) => items.iter_mut().for_each(|item| texts(item, masked)),
        Value::Object(members) => members.values_mut().for_each(|value| texts(value, masked)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Masks known fields: `{"name": "Ann"}`, or `{"name": {"value": "Ann", "from": "ivr"}}`.
fn fields(value: &mut Value) {
    let Value::Object(members) = value else { return mask(value) };
    for (name, value) in members.iter_mut() {
        match value {
            Value::Object(known) => {
                for value in known.iter_mut().filter(|(key, _)| *key == "value").map(|(_, it)| it) {
                    texts(value, &|text| mask_field(name, text));
                }
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => texts(value, &|text| mask_field(name, text)),
        }
    }
}

fn mask_field(name: &str, text: &str) -> String {
    let is_short_number =
        text.len() <= PLAIN_DIGITS_MAX && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_answer = ["yes", "no", "true", "false"].contains(&text.to_lowercase().as_str());
    let masked = mask_text(text);
    if is_short_number || is_answer || PLACES.contains(&name) || masked != text {
        return masked;
    }
    HIDDEN.to_owned()
}

/// Masks the numbers and e-mail addresses of a text. What else it says stays.
fn mask_text(text: &str) -> String {
    let is_of_word = |c: char| !c.is_whitespace() && !"=,;:<>()\"".contains(c);
    let mut masked = String::with_capacity(text.len());
    for word in text.split_inclusive(|c| !is_of_word(c)) {
        let end = word.trim_end_matches(|c| !is_of_word(c)).len();
        let (word, after) = word.split_at(end);
        masked.push_str(if word.contains('@') { HIDDEN } else { word });
        masked.push_str(after);
    }
    mask_numbers(&masked)
}

/// Hides the last digits of each run of digits and visual separators that may be a number. The length
/// stays.
pub fn mask_numbers(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        let is_of_number = |c: char| c.is_ascii_digit() || " -.()/".contains(c);
        let end = from.find(|c| !is_of_number(c)).unwrap_or(from.len());
        let (run, after) = from.split_at(end);
        masked.push_str(before);
        let mut digits = run.bytes().filter(u8::is_ascii_digit).count();
        let is_number = digits >= NUMBER_DIGITS_MIN;
        for c in run.chars() {
            let hides = is_number && c.is_ascii_digit() && digits <= HIDDEN_DIGITS;
            digits -= usize::from(c.is_ascii_digit());
            masked.push(if hides { '*' } else { c });
        }
        rest = after;
    }
    masked.push_str(rest);
    masked
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_and_addresses_are_masked_in_any_text() {
        for (text, expected) in [
            ("+13055550123", "+1305555****"),
            ("(305) 555-0123", "(305) 555-****"),
            ("call 305.555.0123, or ann@example.com", "call 305.555.****, or ****"),
            ("who=+442079460018", "who=+44207946****"),
            ("mail=<ann@example.com>", "mail=<****>"),
            ("ann@", "****"),
            ("10115", "10115"),
            ("plan b 2", "plan b 2"),
            ("naïve 5550123 ü", "naïve 555**** ü"),
            ("", ""),
        ] {
            assert_eq!(mask_text(text), expected, "{text}");
        }
    }

    #[test]
    fn fields_tell_of_places_only() {
        let mut document = json!({
            "caller": "+13055550123",
            "number": "+18005550100",
            "media": { "caller": { "packets": 5 } },
            "fields": {
                "zip": "90210", "city": "Los Angeles", "age": "30", "owner": "yes",
                "name": "Ann", "phone": "3055550123", "email": "ann@example.com",
                "street": "1 Main Street", "when": { "value": "Ann Lee", "from": "ivr" },
            },
            "tags": { "campaign": "spring", "who": "+13055550123" },
            "attempts": [{ "contract": "acme" }],
            "conversion": { "reference": "ann@example.com" },
        });
        mask(&mut document);
        let expected = json!({
            "caller": "+1305555****",
            "number": "+18005550100",
            "media": { "caller": { "packets": 5 } },
            "fields": {
                "zip": "90210", "city": "Los Angeles", "age": "30", "owner": "yes",
                "name": "****", "phone": "305555****", "email": "****",
                "street": "****", "when": { "value": "****", "from": "ivr" },
            },
            "tags": { "campaign": "spring", "who": "+1305555****" },
            "attempts": [{ "contract": "acme" }],
            "conversion": { "reference": "****" },
        });
        assert_eq!(document, expected);
    }

    #[test]
    fn events_are_masked_by_the_name_of_their_field() {
        for (mut event, expected) in [
            (
                json!({ "field": "name", "value": "Ann" }),
                json!({ "field": "name", "value": "****" }),
            ),
            (
                json!({ "field": "zip", "value": "90210" }),
                json!({ "field": "zip", "value": "90210" }),
            ),
            (json!({ "digits": "3055550123" }), json!({ "digits": "****" })),
            (
                json!({ "step": "zip", "at": "2026-05-04T15:00:00Z" }),
                json!({ "step": "zip", "at": "2026-05-04T15:00:00Z" }),
            ),
        ] {
            mask(&mut event);
            assert_eq!(event, expected);
        }
    }
}
