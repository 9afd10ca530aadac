//! Cells of CSV (RFC 4180).

/// Returns a text that a spreadsheet would take for a formula with an apostrophe in front. Phone
/// numbers also begin with `+`, but only digits follow: they are written without this function.
pub(super) fn safe(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

/// Returns a text as a cell of RFC 4180.
pub(super) fn quoted(text: &str) -> String {
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
            ("a=b", "a=b", "a=b"),
            ("a,b", "a,b", "\"a,b\""),
            ("a\"b", "a\"b", "\"a\"\"b\""),
            ("a\nb", "a\nb", "\"a\nb\""),
        ] {
            assert_eq!((safe(text).as_str(), quoted(text).as_str()), (safe_text, cell));
        }
    }
}
