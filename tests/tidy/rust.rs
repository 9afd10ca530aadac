//! A Rust source file, taken apart just far enough to look for words in it.

use std::iter::Peekable;
use std::str::CharIndices;

/// A file's text twice, line for line: once only its code, once only what its literals say.
/// Everything else is blank, so that a line's number is the same in both and in the file.
pub(crate) struct Source {
    pub(crate) code: String,
    pub(crate) literals: String,
}

/// What a character belongs to.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Code,
    Comment,
    Literal,
}

impl Source {
    pub(crate) fn read(text: &str) -> Self {
        let parts = parts(text);
        let only = |wanted: Part| {
            let keep = |(c, part): (char, &Part)| {
                if c == '\n' || *part == wanted { c } else { ' ' }
            };
            text.chars().zip(&parts).map(keep).collect()
        };
        Self { code: only(Part::Code), literals: only(Part::Literal) }
    }

    /// Without its tests: what stands behind a `#[cfg(test)]` at column 0. A declaration of a
    /// test file (`mod tests;`) is dropped alone; a test module in the file ends it.
    pub(crate) fn production(text: &str) -> Self {
        let mut kept = String::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if line != "#[cfg(test)]" {
                kept.push_str(line);
                kept.push('\n');
                continue;
            }
            kept.push('\n');
            if lines.next().is_some_and(|next| next.ends_with(';')) {
                kept.push('\n');
            } else {
                break;
            }
        }
        Self::read(&kept)
    }
}

/// The files that a front door or another file declares as tests: `#[cfg(test)] mod name;`.
pub(crate) fn test_modules(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let declared = lines.windows(2).filter(|pair| pair[0] == "#[cfg(test)]");
    let names = declared.filter_map(|pair| pair[1].strip_suffix(';')?.split(' ').next_back());
    names.map(str::to_owned).collect()
}

/// Every path (`a::b::c`) or single name of the code, with its line, counted from 1.
pub(crate) fn paths(code: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (number, line) in code.lines().enumerate() {
        let named = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        for word in line.split(|c| !named(c)) {
            // The colon of `name: Type` and of `name::<Type>` is none of a path's.
            let path = word.trim_matches(':');
            if !path.is_empty() {
                found.push((number + 1, path));
            }
        }
    }
    found
}

fn parts(text: &str) -> Vec<Part> {
    let mut lexer = Lexer { rest: text.char_indices().peekable(), text, parts: Vec::new() };
    while lexer.step().is_some() {}
    lexer.parts
}

struct Lexer<'a> {
    rest: Peekable<CharIndices<'a>>,
    text: &'a str,
    parts: Vec<Part>,
}

impl Lexer<'_> {
    /// Takes one token.
    fn step(&mut self) -> Option<()> {
        let &(at, _) = self.rest.peek()?;
        let rest = &self.text[at..];
        if rest.starts_with("//") {
            self.take(rest.find('\n').unwrap_or(rest.len()), Part::Comment);
        } else if rest.starts_with("/*") {
            self.take(block_comment(rest), Part::Comment);
        } else if let Some(length) = raw_string(rest).or_else(|| string(rest)) {
            self.take(length, Part::Literal);
        } else if let Some(length) = character(rest) {
            self.take(length, Part::Literal);
        } else {
            self.take(word(rest), Part::Code);
        }
        Some(())
    }

    fn take(&mut self, bytes: usize, part: Part) {
        let Some(&(start, _)) = self.rest.peek() else { return };
        while self.rest.next_if(|(at, _)| *at < start + bytes).is_some() {
            self.parts.push(part);
        }
    }
}

/// A name goes as one, so that the `r` at its end starts no raw string; all else by character.
fn word(rest: &str) -> usize {
    let named = |c: char| c.is_alphanumeric() || c == '_';
    let end = rest.find(|c| !named(c)).unwrap_or(rest.len());
    end.max(rest.chars().next().map_or(1, char::len_utf8))
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0usize, 0usize);
    while at < rest.len() {
        let here = &rest.as_bytes()[at..];
        let step = match here {
            [b'/', b'*', ..] => {
                depth += 1;
                2
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                2
            }
            _other => 1,
        };
        at += step;
        if depth == 0 {
            break;
        }
    }
    at
}

fn raw_string(rest: &str) -> Option<usize> {
    let body = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r'))?;
    let hashes = body.bytes().take_while(|b| *b == b'#').count();
    body[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let opened = rest.len() - body.len() + hashes + 1;
    Some(rest[opened..].find(&end).map_or(rest.len(), |at| opened + at + end.len()))
}

fn string(rest: &str) -> Option<usize> {
    let opened = if rest.starts_with("b\"") { 2 } else { 1 };
    rest.strip_prefix('b').unwrap_or(rest).strip_prefix('"')?;
    let mut escaped = false;
    for (at, byte) in rest.bytes().enumerate().skip(opened) {
        match byte {
            _any if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _other => {}
        }
    }
    Some(rest.len())
}

/// A character literal, which a lifetime is not: it has its closing quote behind one character.
fn character(rest: &str) -> Option<usize> {
    let opened = if rest.starts_with("b'") { 2 } else { 1 };
    let body = rest.strip_prefix('b').unwrap_or(rest).strip_prefix('\'')?;
    let first = body.chars().next()?;
    let skipped = if first == '\\' { 2 } else { first.len_utf8() };
    let tail = body.get(skipped..)?;
    let closing = tail.find('\'')?;
    // `'\u{1f600}'` is the longest.
    let short = closing == 0 || (first == '\\' && closing <= 8);
    short.then_some(opened + skipped + closing + 1)
}

mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_no_code() {
        let cases = [
            ("let a = 1; // tokio", "let a = 1;"),
            ("a /* x /* y */ z */ b", "a  b"),
            (r#"f("tokio \" x", b)"#, "f(, b)"),
            (r##"f(r#"a " b"#, c)"##, "f(, c)"),
            (r"f('\'', b'x', '\u{1f600}')", "f(, , )"),
            ("fn f<'a>(x: &'a str) -> &'a u8", "fn f<'a>(x: &'a str) -> &'a u8"),
            ("let for_\" = 1", "let for_"),
        ];
        for (text, code) in cases {
            let without = |text: &str| text.replace(' ', "");
            assert_eq!(without(&Source::read(text).code), without(code), "{text}");
        }
        assert_eq!(Source::read("f(\"SELECT\")").literals.trim(), "\"SELECT\"");
    }

    #[test]
    fn tests_are_cut_off() {
        let inside = "fn a() {}\n#[cfg(test)]\nmod tests {\n    use x;\n}\nfn late() {}\n";
        assert_eq!(Source::production(inside).code.trim(), "fn a() {}");
        let beside = "mod a;\n#[cfg(test)]\nmod tests;\nmod b;\n";
        assert_eq!(Source::production(beside).code, "mod a;\n\n\nmod b;\n");
        assert_eq!(test_modules("#[cfg(test)]\npub(crate) mod sample;\nmod b;\n"), ["sample"]);
    }

    #[test]
    fn paths_have_their_lines() {
        let code = "use crate::sip::Agent;\nfn f(x: u8) -> std::io::Result<Vec<u8>>";
        let found = paths(code);
        assert!(found.contains(&(1, "crate::sip::Agent")));
        assert!(found.contains(&(2, "std::io::Result")));
        assert!(found.contains(&(2, "x")));
    }
}
