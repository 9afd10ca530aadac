//! Measures text before it is drawn.
//!
//! Viewers of a picture have different fonts. Each character counts with its widest advance among
//! the usual fonts (DejaVu Sans, Verdana), so that a text fits in all of them.

/// A font size in pixels, and a weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Font {
    pub(super) size: i64,
    /// Advance in hundredths of the regular weight's.
    pub(super) weight: i64,
}

/// Text in boxes.
pub(super) const BODY: Font = Font { size: 13, weight: 100 };
/// Names of steps.
pub(super) const HEAD: Font = Font { size: 14, weight: 115 };
/// Labels of arrows.
pub(super) const LABEL: Font = Font { size: 12, weight: 100 };
/// Title of the picture.
pub(super) const TITLE: Font = Font { size: 18, weight: 115 };

/// Returns a text's width in pixels, rounded up.
pub(super) fn width(text: &str, font: Font) -> i64 {
    let ems: i64 = text.chars().map(advance).sum();
    (ems * font.size * font.weight).div_euclid(100_000) + 1
}

/// Returns a character's advance in thousandths of the font size.
fn advance(c: char) -> i64 {
    match c {
        'i' | 'j' | 'l' | 'I' | 'J' | '\'' | '’' => 330,
        ' ' | '.' | ',' | ':' | ';' | '|' | '·' | '/' => 370,
        'f' | 't' | '(' | ')' | '[' | ']' | '-' | '!' => 440,
        'r' | '"' => 480,
        's' | 'c' | 'z' | '“' | '”' | '?' => 560,
        'k' | 'v' | 'x' | 'y' | 'L' | 'F' => 620,
        'a'..='h' | 'n'..='u' | '0'..='9' | '_' | '$' | '*' => 650,
        'w' | '#' | '=' | '+' | '<' | '>' | '→' | '≤' | '≥' | '▼' | '▽' | '&' | '~' => {
            850
        }
        'm' | 'M' | 'W' | '…' | '%' | '@' => 1_010,
        'A'..='Z' => 800,
        '\u{c0}'..='\u{24f}' => 820,
        _wide => 1_050,
    }
}

/// Breaks a text into lines of at most this width. Text beyond the last of `lines` is cut, and ends
/// in `…`. A word that is wider than a line is broken.
pub(super) fn wrap(text: &str, font: Font, most: i64, lines: usize) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace().flat_map(|word| pieces(word, font, most)) {
        let longer = if line.is_empty() { word.clone() } else { format!("{line} {word}") };
        if width(&longer, font) <= most {
            line = longer;
        } else {
            found.push(std::mem::replace(&mut line, word));
        }
    }
    if !line.is_empty() || found.is_empty() {
        found.push(line);
    }
    if found.len() > lines {
        found.truncate(lines);
        if let Some(last) = found.last_mut() {
            while width(last, font) + width("…", font) > most && last.pop().is_some() {}
            last.push('…');
        }
    }
    found
}

/// Breaks a word into pieces that fit a line.
fn pieces(word: &str, font: Font, most: i64) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for c in word.chars() {
        let full = pieces.last().is_some_and(|piece| {
            !piece.is_empty() && width(piece, font) + width(&c.to_string(), font) > most
        });
        if full {
            pieces.push(String::new());
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_lose_nothing_but_what_is_cut() {
        for (text, most, lines, wanted) in [
            ("", 100, 2, vec![""]),
            ("one two", 300, 2, vec!["one two"]),
            ("one two three", 62, 5, vec!["one two", "three"]),
            ("aaaaaaaaaaaaaaa", 60, 9, vec!["aaaaaaa", "aaaaaaa", "a"]),
            ("one two three four", 62, 1, vec!["one tw…"]),
        ] {
            let found = wrap(text, BODY, most, lines);
            assert_eq!(found, wanted, "{text}");
            assert!(found.iter().all(|line| width(line, BODY) <= most), "{found:?}");
        }
    }
}
