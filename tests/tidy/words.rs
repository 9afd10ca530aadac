//! Sizes, names and words: what a file of the tree may not hold.

use regex::Regex;

use super::rooms;
use super::rust::Source;
use super::tree::File;

/// Lines of production code that a file of `src/` may have.
const LINES_MAX: usize = 600;

/// This folder holds what it looks for.
const OWN: &str = "tests/tidy";

/// Marks of unfinished or silenced code, and what to do with them.
const MARKS: &[(&str, &str)] = &[
    (r"\b(TODO|FIXME|XXX|HACK)\b", "do it now, or write it down in CHANGELOG.md or README.md"),
    (r"\b(todo|unimplemented)!", "write what is missing"),
    (r"#!?\[allow\(", "mend the cause, or `#[expect(…, reason = \"…\")]`"),
    (r"\w_(v2|new2|old)\b", "replace the old one; history is in git"),
];

/// Names that say nothing, and what to do instead.
const NAMES: &[(&str, &str)] = &[
    (r"\bfn get_\w+", "name it by what it returns"),
    (
        r"\b(struct|enum|trait|mod)\s+\w*([Mm]anager|[Hh]elpers?|[Uu]tils?)\b",
        "name it by what it is",
    ),
    (r"(?m)^(pub(\([^)]*\))? )?type \w+", "write the type, or a newtype with its own meaning"),
    (r"\bunsafe\b", "there is a safe way"),
];

/// Traces of the machine that the tree was written on.
const MACHINE: &[(&str, &str)] = &[
    (r"(^|[^\w.])/(work|root|workspace|Users)/", "name files from the project's root"),
    (r"(^|[^\w.])/home/\w+", "name files from the project's root"),
    (r"(?i)\bC:\\", "name files from the project's root"),
    (r"(?i)\b(artifactory|worktree|sub-?agent)\b", "only the project belongs in the tree"),
    (r"(?i)\b(language model|chat ?bot|ai[- ]generated)\b", "only the project belongs here"),
    (r"(?i)https?://[^/\s]*\.(internal|corp|lan|local)\b", "name a public host or an example"),
];

/// Rooms whose names, comments and messages are written in plain English throughout.
const PLAIN: &[&str] = &[
    "base",
    "sdp",
    "sip",
    "call",
    "sale",
    "placing",
    "net",
    "flow",
    "media",
    "geo",
    "caps",
    "carrier",
    "switch",
    "billing",
    "routing",
    "audit",
    "library",
    "rehearsal",
    "quota",
    "past",
    "dispatch",
    "journal",
    "publish",
    "config",
    "demo",
    "app",
    "book",
    "control",
    "report",
    "events",
    "proof",
];

/// Words that make a sentence read as if it were translated. A name in quotes is data.
const STILTED: &[(&str, &str)] = &[
    (r#"(?i)(^|[^"\w])(told|tells|teller)\b"#, "name who reports, sends or shows what"),
    (r"(?i)\b(nobody|somebody)\b", "name who acts: the buyer, the caller, a task"),
    (r"(?i)\b(in vain|hardly|by now|called off|let go)\b", "state the fact"),
    (r"(?i)\bin force\b", "live, or published"),
    (r#"(?i)(^|[^"\w])(errand|tongue|farewell|hush)"#, "use the field's term"),
    (r"\b(is no value for|are no hours)\b", "invalid value `x` for `y`; not valid hours"),
];

/// Stilted words in the rooms of [`PLAIN`], their tests included.
pub(crate) fn stilted_faults(files: &[File]) -> Vec<String> {
    let bans = bans(STILTED);
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| rooms::is_source(file)) {
        if PLAIN.iter().any(|room| file.path.starts_with(&format!("src/{room}/"))) {
            find(&bans, &file.path, &file.text, &mut faults);
        }
    }
    faults
}

/// What is wrong with the code of `src/`.
pub(crate) fn code_faults(files: &[File]) -> Vec<String> {
    let tests = rooms::test_files(files);
    let names = bans(NAMES);
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| rooms::is_source(file)) {
        if tests.contains(&file.path) {
            continue;
        }
        file_doc(file, &mut faults);
        tests_last(file, &mut faults);
        let production = Source::production(&file.text);
        find(&names, &file.path, &production.code, &mut faults);
        let lines = production.code.trim_end().lines().count();
        if lines > LINES_MAX {
            faults.push(format!(
                "{}: {lines} lines without tests, {LINES_MAX} are allowed: split it by verb or noun",
                file.path
            ));
        }
    }
    faults
}

fn file_doc(file: &File, faults: &mut Vec<String>) {
    if !file.text.starts_with("//! ") {
        faults.push(format!("{}:1: begin with `//!` and what the file is for", file.path));
    }
}

/// What follows a test module would be counted and scanned by nobody.
fn tests_last(file: &File, faults: &mut Vec<String>) {
    let lines: Vec<&str> = file.text.lines().collect();
    let begun =
        lines.windows(2).position(|pair| pair[0] == "#[cfg(test)]" && pair[1].ends_with('{'));
    let Some(begun) = begun else { return };
    let closed = lines.iter().skip(begun).position(|line| *line == "}").map(|at| begun + at + 1);
    if let Some(closed) = closed.filter(|closed| *closed < lines.len()) {
        faults.push(format!("{}:{}: the tests stand last: move this up", file.path, closed + 1));
    }
}

/// What is wrong with any file of the tree.
pub(crate) fn tree_faults(files: &[File]) -> Vec<String> {
    let (marks, machine) = (bans(MARKS), bans(MACHINE));
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| !file.path.starts_with(OWN)) {
        find(&marks, &file.path, &marked(file), &mut faults);
        find(&machine, &file.path, &file.text, &mut faults);
    }
    faults
}

/// Where marks count: in the code and the comments of Rust, in all of other files. A literal may
/// hold anything.
fn marked(file: &File) -> String {
    if !file.has_suffix(".rs") {
        return file.text.clone();
    }
    let literals = Source::read(&file.text).literals;
    let blank = |(c, literal): (char, char)| if literal == ' ' { c } else { ' ' };
    file.text.chars().zip(literals.chars()).map(blank).collect::<String>()
}

/// A pattern, and what to do where it is found.
struct Ban {
    pattern: Regex,
    instead: &'static str,
}

fn bans(table: &[(&str, &'static str)]) -> Vec<Ban> {
    let ban = |(text, instead): &(&str, &'static str)| Ban {
        pattern: Regex::new(text).unwrap(),
        instead,
    };
    table.iter().map(ban).collect()
}

fn find(bans: &[Ban], path: &str, text: &str, faults: &mut Vec<String>) {
    for ban in bans {
        for hit in ban.pattern.find_iter(text) {
            let line = text[..hit.start()].matches('\n').count() + 1;
            faults.push(format!("{path}:{line}: `{}`: {}", hit.as_str().trim(), ban.instead));
        }
    }
}

mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> [File; 1] {
        [File { path: path.to_owned(), text: text.to_owned() }]
    }

    #[test]
    fn stilted_words_are_found() {
        let cases = [
            ("src/base/a.rs", "//! A.\n/// The caller is told it.", "name who reports"),
            ("src/demo/a/b.rs", "fn a_fault_is_in_vain() {}\n// in vain", "state the fact"),
            ("src/caps/a.rs", "let errand = 1;", "the field's term"),
            ("src/config/a.rs", "f(\"`x` is no value for `y`\")", "invalid value"),
        ];
        for (path, text, says) in cases {
            let found = stilted_faults(&file(path, text));
            assert!(found.len() == 1 && found[0].contains(says), "{text}: {found:?}");
        }
        let fine = ["#[serde(rename = \"told\")]", "a story is retold", "// It is untold."];
        for text in fine {
            assert_eq!(stilted_faults(&file("src/base/a.rs", text)), Vec::<String>::new());
        }
    }

    #[test]
    fn faults_of_code_are_found() {
        let long = format!("//! Long.\n{}", "let a = 1;\n".repeat(LINES_MAX));
        let cases = [
            ("//! A.\nfn get_name() {}", "name it by what it returns"),
            ("//! A.\nstruct CallManager;", "name it by what it is"),
            ("//! A.\nmod utils;", "name it by what it is"),
            ("//! A.\npub(crate) type Map = u8;", "newtype"),
            ("fn f() {}", "begin with `//!`"),
            (&long, "split it by verb or noun"),
            (
                "//! A.\n#[cfg(test)]\nmod tests {\n}\nfn f() {}\n",
                "src/sip/a.rs:5: the tests stand",
            ),
        ];
        for (text, says) in cases {
            let found = code_faults(&file("src/sip/a.rs", text));
            assert!(found.iter().any(|fault| fault.contains(says)), "{says}: {found:?}");
        }
        let right = "//! A.\nimpl Iterator for A {\n    type Item = u8;\n}\nfn target() {}\n";
        assert_eq!(code_faults(&file("src/sip/a.rs", right)), Vec::<String>::new());
        let tests = format!("//! A.\n#[cfg(test)]\nmod tests {{\n{}", "a\n".repeat(LINES_MAX));
        assert_eq!(code_faults(&file("src/sip/a.rs", &tests)), Vec::<String>::new());
    }

    #[test]
    fn faults_of_the_tree_are_found() {
        let cases = [
            ("src/a.rs", "// TODO: later", "do it now"),
            ("docs/a.md", "FIXME", "do it now"),
            ("src/a.rs", "fn f() { todo!() }", "write what is missing"),
            ("src/a.rs", "#[allow(dead_code)]", "mend the cause"),
            ("src/a.rs", "#![allow(dead_code)]", "mend the cause"),
            ("src/a.rs", "fn parse_v2() {}", "replace the old one"),
            ("docs/a.md", "see /work/main/x", "from the project's root"),
            ("src/a.rs", "f(\"/root/.cargo\")", "from the project's root"),
            ("docs/a.md", "made in a worktree", "only the project belongs"),
            ("Makefile", "curl https://proxy.corp/x", "a public host"),
        ];
        for (path, text, says) in cases {
            let found = tree_faults(&file(path, text));
            assert!(found.iter().any(|fault| fault.contains(says)), "{text}: {found:?}");
        }
        let right = [
            ("src/a.rs", "let text = \"TODO\"; // two areas: [2-9]XX[2-9]XXXXXX"),
            ("docs/a.md", "the framework/ folder, /var/lib/strowger, sessions, agents"),
        ];
        for (path, text) in right {
            assert_eq!(tree_faults(&file(path, text)), Vec::<String>::new(), "{text}");
        }
    }
}
