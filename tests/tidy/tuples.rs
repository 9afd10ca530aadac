//! Tuples of three or more in types: the reader cannot tell what each place is, a struct says it.

use super::rooms;
use super::rust::Source;
use super::tree::File;

/// Most places of a tuple in a type.
const PLACES_MAX: usize = 2;

/// Types whose names begin with a small letter.
const SMALL: [&str; 18] = [
    "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "bool",
    "char", "f32", "f64", "str", "fn",
];

/// Every tuple type of production code with too many places, as a sentence.
pub(crate) fn faults(files: &[File]) -> Vec<String> {
    let tests = rooms::test_files(files);
    let sources = files.iter().filter(|f| rooms::is_source(f) && !tests.contains(&f.path));
    let of_file = |file: &File| {
        let found = tuples(&Source::production(&file.text).code);
        let sentence = |(line, tuple): (usize, String)| {
            format!("{}:{line}: `{tuple}`: write a struct with named fields", file.path)
        };
        found.into_iter().map(sentence).collect::<Vec<_>>()
    };
    sources.flat_map(of_file).collect()
}

/// The tuple types of code with too many places, each with its line.
fn tuples(code: &str) -> Vec<(usize, String)> {
    let opened = code.match_indices('(').map(|(at, _)| at);
    let tuple = |at: usize| {
        let inside = &code[at + 1..at + closing(&code[at..])?];
        let places = places(inside);
        let found = is_type_place(code[..at].trim_end())
            && places.len() > PLACES_MAX
            && places.iter().all(|place| is_type(place));
        let text = || format!("({})", inside.split_whitespace().collect::<Vec<_>>().join(" "));
        found.then(|| (code[..at].matches('\n').count() + 1, text()))
    };
    opened.filter_map(tuple).collect()
}

/// Whether a type can follow: that of a field, a parameter, an answer, or an argument of a type;
/// or the fields of a struct without names.
fn is_type_place(before: &str) -> bool {
    let head = before.rsplit(['\n', ';', '}']).next().unwrap_or_default();
    let named = ["struct ", "pub struct ", "pub(crate) struct ", "pub(super) struct "];
    let is_struct = named.iter().any(|start| head.starts_with(start)) && !head.contains(['(', '{']);
    is_struct
        || before.ends_with("->")
        || before.ends_with("mut")
        || before.ends_with(['<', '&', ',', '[', '('])
        || (before.ends_with(':') && !before.ends_with("::"))
        || (before.ends_with('=') && head.trim_start().starts_with("type "))
}

/// Where the parenthesis closes that a text begins with.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    text.char_indices().find_map(|(at, c)| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _other => {}
        }
        (depth == 0).then_some(at)
    })
}

/// What stands between the commas of the outermost level.
fn places(inside: &str) -> Vec<&str> {
    let (mut depth, mut start, mut before) = (0isize, 0, ' ');
    let mut found = Vec::new();
    for (at, c) in inside.char_indices() {
        match c {
            '(' | '[' | '{' | '<' => depth += 1,
            '>' if before == '-' || before == '=' => {}
            ')' | ']' | '}' | '>' => depth -= 1,
            ',' if depth == 0 => {
                found.push(&inside[start..at]);
                start = at + 1;
            }
            _other => {}
        }
        before = c;
    }
    found.push(&inside[start..]);
    found.into_iter().map(str::trim).filter(|place| !place.is_empty()).collect()
}

/// Whether a text reads as a type, not as a value: variants and constants are none.
fn is_type(text: &str) -> bool {
    let mut text = text.trim();
    for front in ["&", "mut ", "dyn ", "impl "] {
        text = text.strip_prefix(front).unwrap_or(text).trim_start();
    }
    if let Some(lifetime) = text.strip_prefix('\'') {
        text = lifetime.split_once(' ').map_or("", |(_, rest)| rest);
    }
    if let Some(inner) = text.strip_prefix(['(', '[']) {
        return is_type(inner.split([',', ';', ')', ']']).next().unwrap_or_default());
    }
    let named = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let (path, rest) = text.split_at(text.find(|c| !named(c)).unwrap_or(text.len()));
    let rest = rest.trim_start();
    if !(rest.is_empty() || rest.starts_with(['<', '+']) || path.ends_with("Fn")) {
        return false;
    }
    let name = path.trim_end_matches(':').rsplit("::").next().unwrap_or_default();
    let begins_large = name.starts_with(char::is_uppercase);
    let is_constant = name.len() > 1 && !name.contains(char::is_lowercase);
    SMALL.contains(&name) || (begins_large && !is_constant && name != "None")
}

mod tests {
    use super::*;

    #[test]
    fn tuples_of_three_are_found_where_types_stand() {
        for code in [
            "fn f() -> (u8, String, bool) {}",
            "fn f((a, b, c): (Peer, u16, &Message)) {}",
            "fn f(x: &[(&'static str, RefOr<Schema>, &'static str)]) {}",
            "fn f() -> Option<(Grade, String, &'static str)> {}",
            "fn f() -> Result<u8, (A, B<C, D>, std::net::IpAddr)> {}",
            "struct S {\n    x: Vec<(String, IpNet, usize)>,\n}",
            "struct S {\n    x: BTreeMap<(A, B, C), u32>,\n}",
            "pub struct S(A, B, C);",
            "enum E {\n    V { x: (u8, [u8; 4], (A, B)) },\n}",
            "impl I for S {\n    type Item = (A, B, C);\n}",
            "fn f(x: &mut (A, Box<dyn Fn(u8) -> u8>, &mut C)) {}",
        ] {
            assert_eq!(tuples(code).len(), 1, "{code}");
        }
    }

    #[test]
    fn pairs_values_and_patterns_pass() {
        for code in [
            "fn f() -> (u8, String) {}",
            "fn f(a: A, b: B, c: C) {}",
            "fn f(g: fn(A, B, C) -> D, h: impl Fn(A, B, C)) {}",
            "let x = (1, two, THREE);",
            "f((a, b.c, None));",
            "S { x: (1, 2, 3), y: (a(), b(), c()) }",
            "match (a, b, c) { (A::X, None, true) => {} }",
            "let (a, b, c) = f();",
            "x::<(A, B)>::f(A, B, C)",
        ] {
            assert_eq!(tuples(code), Vec::new(), "{code}");
        }
    }
}
