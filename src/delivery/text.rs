//! Texts of a buyer's answer, made fit for records and logs.

/// Returns a text on one line, without control characters and surrounding white space, cut to a
/// number of bytes; `None` if nothing is left.
pub(super) fn line(text: &str, bytes_max: usize) -> Option<String> {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control() || is_hidden(c)) {
        if word.is_empty() {
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > bytes_max {
            break;
        }
    }
    let end = (0..=bytes_max.min(line.len())).rev().find(|at| line.is_char_boundary(*at));
    line.truncate(end.unwrap_or(0));
    (!line.is_empty()).then_some(line)
}

/// Returns whether a character changes how others are shown: marks of direction, and those of no
/// width.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_one_line() {
        for (text, expected) in [
            ("  zip\r\n is\tbad\u{0}! ", Some("zip is bad !")),
            ("\u{1b}[31mred", Some("[31mred")),
            ("a\u{202E}b", Some("a b")),
            ("éééé", Some("ééé")),
            (" \r\n", None),
            ("", None),
        ] {
            let max = if text.starts_with('é') { 7 } else { 40 };
            assert_eq!(line(text, max).as_deref(), expected, "{text:?}");
        }
    }
}
