//! Trees of JSON (RFC 8259).

use std::fmt;

use serde::Deserialize;
use serde::Deserializer;
use serde::de::MapAccess;
use serde::de::Visitor;
use serde_json::value::RawValue;

use super::Tree;
use super::TreeBounds;
use super::TreeFault;
use super::bounds::Room;

/// Reads a JSON document.
///
/// # Errors
/// [`TreeFault`]: the text is not JSON, or exceeds the bounds.
pub fn from_json(text: &str, bounds: TreeBounds) -> Result<Tree, TreeFault> {
    let raw: &RawValue = serde_json::from_str(text).map_err(syntax)?;
    read(raw.get(), 0, &mut Room::new(bounds))
}

/// Reads a value. Each level reads only its own items and keeps theirs as raw text, because serde
/// has no other way to a number as it was written; the depth bounds the repeated work.
fn read(raw: &str, level: usize, room: &mut Room) -> Result<Tree, TreeFault> {
    room.take(level)?;
    match raw.trim_start().bytes().next() {
        Some(b'n') => Ok(Tree::Null),
        Some(b't') => Ok(Tree::Flag(true)),
        Some(b'f') => Ok(Tree::Flag(false)),
        Some(b'"') => serde_json::from_str(raw).map(Tree::Text).map_err(syntax),
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(raw).map_err(syntax)?;
            let items = items.into_iter().map(|item| read(item.get(), level + 1, room));
            items.collect::<Result<_, _>>().map(Tree::List)
        }
        Some(b'{') => {
            let Pairs(pairs) = serde_json::from_str(raw).map_err(syntax)?;
            let pairs = pairs
                .into_iter()
                .map(|(name, value)| Ok((name, read(value.get(), level + 1, room)?)));
            pairs.collect::<Result<_, _>>().map(Tree::Named)
        }
        Some(_) | None => Ok(Tree::Number(raw.trim().to_owned())),
    }
}

/// An object with every pair, also where a name is repeated.
struct Pairs<'t>(Vec<(String, &'t RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// Returns whether a text is a number of JSON, without white space around it (RFC 8259 §6).
pub fn is_number(text: &str) -> bool {
    let is_one = |c: char| c.is_ascii_digit() || c == '-';
    text.starts_with(is_one)
        && text.ends_with(|c: char| c.is_ascii_digit())
        && serde_json::from_str::<&RawValue>(text).is_ok()
}

fn syntax(error: serde_json::Error) -> TreeFault {
    TreeFault::Syntax(error.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    const BOUNDS: TreeBounds = TreeBounds { depth: 8, values: 40 };

    /// Returns the tree as serde reads the same document, for comparison.
    fn plain(value: &Value) -> Tree {
        match value {
            Value::Null => Tree::Null,
            Value::Bool(flag) => Tree::Flag(*flag),
            Value::Number(number) => Tree::Number(number.to_string()),
            Value::String(text) => Tree::Text(text.clone()),
            Value::Array(items) => Tree::List(items.iter().map(plain).collect()),
            Value::Object(pairs) => Tree::Named(
                pairs.iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
            ),
        }
    }

    #[test]
    fn numbers_keep_every_digit_and_names_are_kept_twice() {
        let text =
            r#" {"id": 17841400000000123456789, "price": 12.50, "a": 1, "a": [null, true]} "#;
        let number = |text: &str| Tree::Number(text.to_owned());
        let pairs = [
            ("id", number("17841400000000123456789")),
            ("price", number("12.50")),
            ("a", number("1")),
            ("a", Tree::List(vec![Tree::Null, Tree::Flag(true)])),
        ];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value));
        assert_eq!(from_json(text, BOUNDS), Ok(Tree::Named(pairs.into())));
    }

    #[test]
    fn bounds_hold_at_their_edges() {
        let nested = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        assert!(from_json(&nested(8), BOUNDS).is_ok());
        assert_eq!(from_json(&nested(9), BOUNDS), Err(TreeFault::Deep(8)));
        let wide = |items: usize| format!("[{}]", vec!["1"; items].join(","));
        assert!(from_json(&wide(39), BOUNDS).is_ok());
        assert_eq!(from_json(&wide(40), BOUNDS), Err(TreeFault::Large(40)));
        assert!(from_json(&nested(100_000), BOUNDS).is_err());
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in ["", "{", "[1,]", "{\"a\":}", "nul", "01", "\"\\ud800\"", "1 2", "{a:1}", "NaN"]
        {
            let read = from_json(text, BOUNDS);
            assert!(matches!(read, Err(TreeFault::Syntax(_))), "{text}: {read:?}");
        }
    }

    proptest! {
        #[test]
        fn texts_are_read_as_serde_reads_them(text in r#"([\[\]{}",:0-9a\\ .e-]|true|null|"a":){0,24}"#) {
            let expected = serde_json::from_str::<Value>(&text);
            let read = from_json(&text, BOUNDS);
            match expected {
                // Objects of serde have each name once, sorted, and numbers in one notation.
                Ok(Value::Array(_) | Value::Object(_) | Value::Number(_)) => {
                    prop_assert!(!matches!(read, Err(TreeFault::Syntax(_))), "{read:?}");
                }
                Ok(value) => prop_assert_eq!(read, Ok(plain(&value))),
                Err(_) => prop_assert!(read.is_err(), "{read:?}"),
            }
        }
    }
}
