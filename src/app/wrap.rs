//! Text in lines of a terminal.

/// Columns of a list.
const WIDTH: usize = 100;
/// What stands before the end of a long entry.
const INDENT: &str = "    ";

/// Breaks a text into lines of at most `width` characters: at spaces, and a longer word where it
/// must be.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    let (mut line, mut length) = (String::new(), 0);
    for word in text.split(' ') {
        let chars: Vec<char> = word.chars().collect();
        if length > 0 && length + 1 + chars.len() > width {
            lines.push(std::mem::take(&mut line));
            length = 0;
        }
        if length > 0 {
            line.push(' ');
            length += 1;
        }
        for char in chars {
            if length == width {
                lines.push(std::mem::take(&mut line));
                length = 0;
            }
            line.push(char);
            length += 1;
        }
    }
    lines.push(line);
    lines
}

/// Breaks an entry of a list into lines of at most [`WIDTH`] characters; the lines after the first
/// are indented.
pub(super) fn hanging(entry: &str) -> Vec<String> {
    let mut lines = wrap(entry, WIDTH - INDENT.len());
    for line in lines.iter_mut().skip(1) {
        line.insert_str(0, INDENT);
    }
    lines
}

/// Cuts a text to a number of characters; the last one marks the cut.
pub(super) fn fit(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_is_marked() {
        assert_eq!(fit("acme", 4), "acme");
        assert_eq!(fit("acme-2", 4), "acm…");
    }

    #[test]
    fn lines_break_at_spaces_and_long_words_where_they_must() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("one two", 80), ["one two"]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("", 3), [""]);
        // Columns keep their spaces.
        assert_eq!(wrap("a   b", 80), ["a   b"]);
    }
}
