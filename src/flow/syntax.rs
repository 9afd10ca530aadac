//! XML syntax errors with their place, reworded where the likely mistake is known.

use roxmltree::Error;

use crate::base::Diagnostic;
use crate::base::Place;

use super::reader::Fault;
use super::reader::excerpt;
use super::scan::Shape;

/// Returns the diagnostic of a syntax error, reworded where the likely mistake is known.
pub(crate) fn syntax_fault(file: &str, text: &str, error: &Error, shape: Shape) -> Diagnostic {
    let position = error.pos();
    let place = Place { line: position.row, column: position.col };
    let at = |message: &str, hint: &str| Diagnostic::error(file, place, message).hint(hint);
    match (error, shape) {
        (Error::UnexpectedCloseTag(open, close, _), _) => {
            let message = format!("</{}> closes <{}>", excerpt(close), excerpt(open));
            at(&message, &format!("write </{}> first", excerpt(open)))
        }
        (Error::UnclosedRootNode | Error::UnexpectedEndOfStream, Shape::Unclosed(offset)) => {
            let tag = text.get(offset + 1..).unwrap_or_default();
            let name = tag.split(|c: char| c.is_whitespace() || "/>".contains(c)).next();
            let message = format!("<{}> is not closed", excerpt(name.unwrap_or_default()));
            Fault::new(offset, message).hint("is the file complete?").error(file, text)
        }
        (Error::UnclosedRootNode | Error::UnexpectedEndOfStream, Shape::Closed) => {
            let fault = Fault::new(text.len(), "the file ends in the middle of something");
            fault.hint("is the file complete?").error(file, text)
        }
        (Error::NoRootNode, _) => at("no element at all", "a file holds one <Flow>"),
        (Error::UnknownEntityReference(name, _), _) => {
            let message = format!("the entity `&{};` is not known", excerpt(name));
            at(&message, "write & as &amp; and < as &lt;")
        }
        (Error::MalformedEntityReference(_), _) => {
            at("an `&` that begins no entity", "write & as &amp;")
        }
        (Error::InvalidAttributeValue(_) | Error::InvalidChar(b'"' | b'\'', b'<', _), _) => {
            at("a `<` inside an attribute", "close the quotation, or write < as &lt;")
        }
        (Error::DuplicatedAttribute(name, _), _) => {
            at(&format!("the attribute `{}` stands twice", excerpt(name)), "remove one")
        }
        (Error::InvalidComment(_), _) => at("`--` inside a comment", "use single dashes"),
        (other, _) => {
            let message = other.to_string();
            let plain = message.split(" at ").next().unwrap_or_default();
            at(&format!("this is not XML: {plain}"), "")
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::flow::parse;

    #[test]
    fn hostile_documents_are_refused_at_their_place() {
        let bomb = "<!DOCTYPE f [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>\
                    <Flow name=\"t\">&b;</Flow>";
        let deep = "<a>".repeat(20_000);
        let huge = format!("<Flow name=\"t\"><!--{}--></Flow>", "x".repeat(70_000));
        let very_deep = "<a>".repeat(200_000);
        for (text, start) in [
            ("<!DOCTYPE Flow SYSTEM \"file:///etc/passwd\"><Flow/>", "1:1 a DOCTYPE"),
            (bomb, "1:1 a DOCTYPE"),
            ("<!doctype Flow><Flow/>", "1:1 a DOCTYPE"),
            (&deep, "1:97 nested deeper than 32"),
            (&very_deep, "1:1 the file has 600000 bytes, more than 65536"),
            (&huge, "1:1 the file has 70029 bytes"),
            ("<Flow/>\n<Flow/>", "2:1 a second root element"),
            ("<Flow name=\"t\">\n <Step id=\"a\">\n  <Say>Hel", "3:3 <Say> is not closed"),
            ("<Flow name=\"t\">\n <Step id=\"a", "2:2 <Step> is not closed"),
            ("<Flow name=\"t\">\n</Step>", "2:1 </Step> closes <Flow> (write </Flow> first)"),
            ("<Flow name=\"t\">\n \0</Flow>", "2:2 a NUL character"),
            ("<Flow name=\"t\">\n \u{1}</Flow>", "2:2 this is not XML: a non-XML character"),
            ("", "1:1 no element at all"),
            ("just words", "1:1 this is not XML: unknown token"),
            ("<?xml version=\"1.0\" encoding=\"EBCDIC\"?><Flow/>", "1:1 the file says that its"),
            ("<Flow name=\"t\">&nbsp;</Flow>", "1:16 the entity `&nbsp;` is not known"),
            ("<Flow name=\"a & b\"/>", "1:15 an `&` that begins no entity"),
            ("<Flow name=\"<\"/>", "1:13 a `<` inside an attribute"),
            ("<Flow name=\"a\" name=\"b\"/>", "1:16 the attribute `name` stands twice"),
            ("<Flow name=\"t\"><!-- a -- b --></Flow>", "1:16 `--` inside a comment"),
            ("<Flow name=\"t\"><x:Say/></Flow>", "1:17 this is not XML: an unknown namespace"),
            ("<html/>", "1:1 the file holds <html> and not <Flow>"),
        ] {
            let (flow, faults) = parse("t.xml", text);
            assert!(flow.is_none() && faults.len() == 1, "{faults:#?}");
            let line = faults[0].to_string().replacen(" error:", "", 1);
            assert!(line.starts_with(&format!("t.xml:{}", start.replacen(' ', ": ", 1))), "{line}");
        }
    }
}
