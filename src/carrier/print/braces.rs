//! Separates braces for Telnyx, which substitutes `{{…}}` as Mustache.

use crate::base::xml::Element;
use crate::base::xml::Kind;
use crate::base::xml::is_kept;

/// Returns the element without two equal braces in a row: inserts a space between them in words,
/// and percent-encodes them in addresses.
pub(crate) fn part(element: Element) -> Element {
    element.rewritten(&|kind, text: &str| match kind {
        Kind::Words => part_words(text),
        Kind::Address => text.replace('{', "%7B").replace('}', "%7D"),
    })
}

/// Separates braces in words. First drops characters that are not printed, because dropping them
/// later would bring two braces together.
fn part_words(text: &str) -> String {
    let mut out = String::new();
    let mut before = None;
    for c in text.chars().filter(|c| is_kept(Kind::Words, *c)) {
        if matches!(c, '{' | '}') && before == Some(c) {
            out.push(' ');
        }
        out.push(c);
        before = Some(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_never_stand_together() {
        let cases = [
            ("a {b} c", "a {b} c", "a %7Bb%7D c"),
            ("{{x}}", "{ {x} }", "%7B%7Bx%7D%7D"),
            ("{{{", "{ { {", "%7B%7B%7B"),
            ("{\u{0}{", "{ {", "%7B%7B"),
            ("{}", "{}", "%7B%7D"),
        ];
        for (text, words, address) in cases {
            let element = part(Element::new("A").with("b", text).text(text)).print();
            assert_eq!(element, format!("<A b=\"{address}\">{words}</A>"), "{text:?}");
        }
    }
}
