//! The text of statements.

/// Returns a statement with its parameters as PostgreSQL writes them: `$1` for `?1`.
pub(in crate::store) fn numbered(sql: &str) -> String {
    sql.replace('?', "$")
}

/// Returns the highest number of a parameter.
pub(in crate::store) fn parameters(sql: &str) -> usize {
    let number = |rest: &str| {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        rest.get(..digits).and_then(|digits| digits.parse().ok()).unwrap_or(0)
    };
    sql.split('$').skip(1).map(number).max().unwrap_or(0)
}
