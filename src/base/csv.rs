//! Cells of CSV (RFC 4180).

/// First characters of formulas (OWASP, CSV Injection; ASVS 1.2.10), the full-width ones included.
const FORMULAS: [char; 12] =
    ['=', '+', '-', '@', '\t', '\r', '\n', '\0', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// Returns a text that a spreadsheet would take for a formula with an apostrophe in front. Phone
/// numbers and amounts also begin with a sign, but only digits follow: write them without this
/// function.
pub fn safe(text: &str) -> String {
    match text.starts_with(FORMULAS) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

/// Returns a text as a cell of RFC 4180.
pub fn quoted(text: &str) -> String {
    match text.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_taken_for_a_formula_or_for_two() {
        for (text, safe_text, cell) in [
            ("acme", "acme", "acme"),
            ("=1+1", "'=1+1", "=1+1"),
            ("-x", "'-x", "-x"),
            ("@x", "'@x", "@x"),
            ("\t=1", "'\t=1", "\t=1"),
            ("\n=1", "'\n=1", "\"\n=1\""),
            ("\0=1", "'\0=1", "\0=1"),
            ("\u{ff1d}1", "'\u{ff1d}1", "\u{ff1d}1"),
            ("a=b", "a=b", "a=b"),
            ("a,b", "a,b", "\"a,b\""),
            ("a\"b", "a\"b", "\"a\"\"b\""),
            ("a\nb", "a\nb", "\"a\nb\""),
        ] {
            assert_eq!((safe(text).as_str(), quoted(text).as_str()), (safe_text, cell));
        }
    }
}
