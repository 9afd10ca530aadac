//! The text of statements.

/// A list of values in a parameter.
const LISTED: &str = "IN (SELECT value FROM json_each($";

/// Returns a statement as PostgreSQL reads it best: with `$1` for `?1`, and with a list of values as an
/// array, which it looks up in the index of the column. It would join a query to the whole table.
pub(in crate::store) fn numbered(sql: &str) -> String {
    let sql = sql.replace('?', "$");
    let mut parts = sql.split(LISTED);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (number, rest) = number_of(part);
        match rest.strip_prefix("))") {
            Some(rest) if !text.ends_with("NOT ") => {
                text.push_str(&format!(
                    "= ANY (ARRAY(SELECT value FROM json_each(${number}))){rest}"
                ));
            }
            _ => {
                text.push_str(LISTED);
                text.push_str(part);
            }
        }
    }
    text
}

/// Returns the numbers of the parameters `$n`, in the order in which they stand.
pub(in crate::store) fn numbers(sql: &str) -> impl Iterator<Item = usize> {
    sql.split('$').skip(1).map(|rest| number_of(rest).0)
}

/// Returns the number with which a text begins, or 0, and what follows it.
fn number_of(text: &str) -> (usize, &str) {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(digits);
    (number.parse().unwrap_or(0), rest)
}

/// Most parameters of a statement; the protocol has 16 bits for their number.
const PARAMETERS_MAX: usize = 32_000;

/// Returns how many of some rows share a statement: a power of two, so that few statements are
/// prepared.
pub(in crate::store) fn part(rows: usize, columns: usize) -> usize {
    let most = rows.min(PARAMETERS_MAX / columns.max(1)).max(1);
    1 << most.ilog2()
}

/// Returns an `INSERT … VALUES (…)` for several rows of parameters.
pub(in crate::store) fn repeated(sql: &str, rows: usize, columns: usize) -> String {
    let Some((before, after)) = rows_of(sql).filter(|_| rows > 1) else { return sql.to_owned() };
    let row = &sql[before..after];
    let mut text = sql[..after].to_owned();
    for number in 1..rows {
        text.push_str(", ");
        text.push_str(&shifted(row, number * columns));
    }
    text.push_str(&sql[after..]);
    text
}

/// Returns where the parenthesis after `VALUES` begins, and where it ends.
fn rows_of(sql: &str) -> Option<(usize, usize)> {
    let begin = sql.find("VALUES (")? + "VALUES ".len();
    let mut depth = 0_usize;
    for (place, byte) in sql.bytes().enumerate().skip(begin) {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((begin, place + 1));
        }
    }
    None
}

/// Returns a row with the numbers of its parameters raised.
fn shifted(row: &str, by: usize) -> String {
    let mut parts = row.split('$');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (number, rest) = number_of(part);
        text.push_str(&format!("${}{rest}", number + by));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_arrays() {
        for (sql, expected) in [
            ("SELECT ?1, ?2", "SELECT $1, $2"),
            (
                "a IN (SELECT value FROM json_each($1)) AND b IN (SELECT value FROM json_each(?12))",
                "a = ANY (ARRAY(SELECT value FROM json_each($1))) \
                 AND b = ANY (ARRAY(SELECT value FROM json_each($12)))",
            ),
            (
                "a NOT IN (SELECT value FROM json_each($1))",
                "a NOT IN (SELECT value FROM json_each($1))",
            ),
            (
                "a IN (SELECT value FROM json_each($1, '$.b'))",
                "a IN (SELECT value FROM json_each($1, '$.b'))",
            ),
        ] {
            assert_eq!(numbered(sql), expected);
        }
    }

    #[test]
    fn rows_share_a_statement() {
        let sql = "INSERT INTO a (b, c) VALUES ($1, max($2, 0)) ON CONFLICT (b) DO NOTHING";
        assert_eq!(repeated(sql, 1, 2), sql);
        assert_eq!(
            repeated(sql, 3, 2),
            "INSERT INTO a (b, c) VALUES ($1, max($2, 0)), ($3, max($4, 0)), ($5, max($6, 0)) \
             ON CONFLICT (b) DO NOTHING"
        );
        assert_eq!([1, 2, 3, 7, 9].map(|rows| part(rows, 2)), [1, 2, 2, 4, 8]);
        assert_eq!(part(100_000, 10), 2_048);
    }
}
