//! Braces for Telnyx, which reads `{{…}}` as Mustache and substitutes it.

use crate::base::xml::Element;
use crate::base::xml::Kind;
use crate::base::xml::is_kept;

/// Returns the element with no two equal braces side by side: a space parts them in words,
/// and addresses have them percent-encoded.
pub(crate) fn part(element: Element) -> Element {
    element.rewritten(&|kind, text: &str| match kind {
        Kind::Words => part_words(text),
        Kind::Address => text.replace('{', "%7B").replace('}', "%7D"),
    })
}

/// Characters that are not printed would bring two braces together, so they are dropped first.
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
