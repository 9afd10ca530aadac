//! Prints trees.

use crate::base::xml::escaped;

use super::TEXT;
use super::Tree;
use super::json::is_number;

/// Returns a tree as JSON. A number that is not one in JSON is printed as a text.
pub fn to_json(tree: &Tree) -> String {
    let mut out = String::new();
    json(tree, &mut out);
    out
}

fn json(tree: &Tree, out: &mut String) {
    match tree {
        Tree::Null => out.push_str("null"),
        Tree::Flag(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Tree::Number(number) if is_number(number) => out.push_str(number),
        Tree::Number(text) | Tree::Text(text) => out.push_str(&quoted(text)),
        Tree::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { "," });
                json(item, out);
            }
            out.push(']');
        }
        Tree::Named(pairs) => {
            out.push('{');
            for (at, (name, value)) in pairs.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { "," });
                out.push_str(&quoted(name));
                out.push(':');
                json(value, out);
            }
            out.push('}');
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Returns a tree as an XML document with its declaration. Names must be names of XML: they are
/// printed as they are. A name with `@` is an attribute, and the items of a list are repetitions of
/// its element.
pub fn to_xml(root: &str, tree: &Tree) -> String {
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>".to_owned();
    element(root, tree, &mut out);
    out
}

fn element(name: &str, tree: &Tree, out: &mut String) {
    if let Tree::List(items) = tree {
        items.iter().for_each(|item| element(name, item, out));
        return;
    }
    out.push('<');
    out.push_str(name);
    if let Tree::Named(pairs) = tree {
        for (attribute, value) in pairs {
            if let Some(attribute) = attribute.strip_prefix('@') {
                let value = value.text().unwrap_or_default();
                out.push_str(&format!(" {attribute}=\"{}\"", escaped(&value)));
            }
        }
    }
    out.push('>');
    match tree {
        Tree::Named(pairs) => {
            for (child, value) in pairs.iter().filter(|(name, _)| !name.starts_with('@')) {
                match child.as_str() {
                    TEXT => out.push_str(&escaped(&value.text().unwrap_or_default())),
                    child => element(child, value, out),
                }
            }
        }
        Tree::Null | Tree::Flag(_) | Tree::Number(_) | Tree::Text(_) | Tree::List(_) => {
            out.push_str(&escaped(&tree.text().unwrap_or_default()));
        }
    }
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::TreeBounds;
    use super::super::from_json;
    use super::super::from_xml;
    use super::*;

    const BOUNDS: TreeBounds = TreeBounds { depth: 16, values: 1_000 };

    fn trees() -> impl Strategy<Value = Tree> {
        let leaf = prop_oneof![
            Just(Tree::Null),
            any::<bool>().prop_map(Tree::Flag),
            "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,9})?([eE][+-]?[0-9]{1,3})?".prop_map(Tree::Number),
            ".{0,12}".prop_map(Tree::Text),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Tree::List),
                prop::collection::vec((".{0,6}", inner), 0..5).prop_map(Tree::Named),
            ]
        })
    }

    proptest! {
        #[test]
        fn json_comes_back(tree in trees()) {
            prop_assert_eq!(from_json(&to_json(&tree), BOUNDS), Ok(tree));
        }

        #[test]
        fn texts_in_xml_come_back(text in "\\PC{0,20}", attribute in "\\PC{0,20}") {
            let value = vec![("@b".to_owned(), Tree::Text(attribute.clone())),
                ("c".to_owned(), Tree::List(vec![Tree::Text(text.clone()), Tree::Null]))];
            let (root, read) = from_xml(&to_xml("a", &Tree::Named(value)), BOUNDS).unwrap();
            let expected = vec![("@b".to_owned(), Tree::Text(attribute)),
                ("c".to_owned(), Tree::Text(text.trim().to_owned())),
                ("c".to_owned(), Tree::Text(String::new()))];
            prop_assert_eq!((root.as_str(), read), ("a", Tree::Named(expected)));
        }
    }

    #[test]
    fn no_number_is_printed_that_is_none() {
        for text in ["1,\"a\":2", "01", "NaN", "", "1 ", "0x1", "+1"] {
            assert_eq!(to_json(&Tree::Number(text.to_owned())), quoted(text));
        }
    }
}
