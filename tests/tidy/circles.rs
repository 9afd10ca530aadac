//! Circles between files: two files that import each other, directly or by way of others, are one
//! file with two names.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::rooms;
use super::rust;
use super::rust::Source;
use super::tree::File;

/// Circles that may stay: every file of one of them begins with one of these.
const ALLOWED: &[&[&str]] = &[
    // A question is asked over several turns: a turn awaits an answer, an answer is a turn.
    &["src/flow/turn.rs", "src/flow/verb/"],
];

/// Longest chain of re-exports that is followed.
const HOPS_MAX: usize = 16;

/// The modules of the library by their path from the root, like `sip::wire`.
struct Modules<'a> {
    by_path: BTreeMap<String, Module<'a>>,
}

struct Module<'a> {
    file: &'a str,
    code: String,
    /// A name that it imports, and the path behind it.
    imports: BTreeMap<String, String>,
}

/// Every circle that may not stay, as a sentence.
pub(crate) fn faults(files: &[File]) -> Vec<String> {
    let modules = Modules::of(files);
    let graph = modules.graph();
    let forbidden = |circle: &Vec<&str>| {
        let stays = |begins: &&&[&str]| {
            circle.iter().all(|file| begins.iter().any(|begin| file.starts_with(begin)))
        };
        !ALLOWED.iter().any(|begins| stays(&begins))
    };
    let circles = circles(&graph).into_iter().filter(forbidden);
    circles.map(|circle| sentence(&circle, &graph)).collect()
}

fn sentence(circle: &[&str], graph: &Graph<'_>) -> String {
    let mut text = String::from("a circle: move what both sides need into a file of its own");
    for file in circle {
        for (other, path) in graph.get(file).into_iter().flatten() {
            if circle.contains(other) {
                text.push_str(&format!("\n    {file} names {other} as `{path}`"));
            }
        }
    }
    text
}

/// The files that a file names, each with one of the paths by which it does.
type Graph<'a> = BTreeMap<&'a str, BTreeMap<&'a str, String>>;

impl<'a> Modules<'a> {
    fn of(files: &'a [File]) -> Self {
        let tests = rooms::test_files(files);
        let sources = files.iter().filter(|f| rooms::is_source(f) && !tests.contains(&f.path));
        let module = |file: &'a File| {
            // `pub(in crate::…)` limits who sees an item; it imports nothing.
            let code = Source::production(&file.text).code.replace("pub(in crate::", "pub(in_");
            let imports = code.lines().filter_map(import).collect();
            (module_path(&file.path), Module { file: &file.path, code, imports })
        };
        Self { by_path: sources.map(module).collect() }
    }

    fn graph(&self) -> Graph<'a> {
        let mut graph = Graph::new();
        for (path, module) in &self.by_path {
            let named = graph.entry(module.file).or_default();
            // What a module shows to others it does not need itself.
            let own = module.code.lines().filter(|line| !is_shown(line));
            let paths = own.flat_map(rust::paths).map(|(_, name)| name);
            for name in paths.filter(|name| name.contains("::")) {
                let found = self.home(path, name, HOPS_MAX);
                if let Some(file) = found.filter(|file| *file != module.file) {
                    named.entry(file).or_insert_with(|| name.to_owned());
                }
            }
        }
        graph
    }

    /// The file that defines what a module calls `name`: re-exports are followed.
    fn home(&self, from: &str, name: &str, hops: usize) -> Option<&'a str> {
        let hops = hops.checked_sub(1)?;
        let (first, rest) = name.split_once("::").unwrap_or((name, ""));
        let mut at = match first {
            "crate" => String::new(),
            "super" => from.rsplit_once("::").map_or("", |(parent, _)| parent).to_owned(),
            "self" => from.to_owned(),
            child if self.by_path.contains_key(&join(from, child)) => join(from, child),
            import => {
                let behind = self.by_path.get(from)?.imports.get(import)?;
                return self.home(from, &join(behind, rest), hops);
            }
        };
        let mut names = rest.split("::").filter(|name| !name.is_empty()).peekable();
        while let Some(name) = names.next_if(|name| self.by_path.contains_key(&join(&at, name))) {
            at = join(&at, name);
        }
        let module = self.by_path.get(&at)?;
        let behind = names.next().and_then(|item| module.imports.get(item));
        behind.and_then(|behind| self.home(&at, behind, hops)).or(Some(module.file))
    }
}

fn join(path: &str, rest: &str) -> String {
    if path.is_empty() || rest.is_empty() {
        return format!("{path}{rest}");
    }
    format!("{path}::{rest}")
}

/// A file's module from the root: `src/sip/wire/mod.rs` is `sip::wire`.
fn module_path(path: &str) -> String {
    let stem = path.trim_start_matches("src/").trim_end_matches(".rs");
    let stem = stem.strip_suffix("/mod").unwrap_or(stem);
    if stem == "lib" { String::new() } else { stem.replace('/', "::") }
}

/// The name that a line at the file's outermost level brings in, and the path behind it.
fn import(line: &str) -> Option<(String, String)> {
    let (_shown, path) = line.split_once("use ").filter(|(shown, _)| is_front(shown))?;
    let path = path.strip_suffix(';')?;
    let (path, name) = match path.split_once(" as ") {
        Some((path, name)) => (path, name),
        None => (path, path.rsplit("::").next()?),
    };
    Some((name.to_owned(), path.to_owned()))
}

fn is_front(words: &str) -> bool {
    words.is_empty() || words.starts_with("pub")
}

/// Whether a line only shows a name to others.
fn is_shown(line: &str) -> bool {
    line.starts_with("pub") && import(line).is_some()
}

/// The sets of files of which each reaches every other.
fn circles<'a>(graph: &Graph<'a>) -> BTreeSet<Vec<&'a str>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        graph.keys().map(|file| (*file, reach(graph, file))).collect();
    let circle = |file: &&'a str| {
        let others = reached[*file].iter().copied();
        others.filter(|other| reached[other].contains(file)).collect::<Vec<_>>()
    };
    graph.keys().map(circle).filter(|circle| !circle.is_empty()).collect()
}

fn reach<'a>(graph: &Graph<'a>, from: &str) -> BTreeSet<&'a str> {
    let (mut found, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(file) = open.pop() {
        for next in graph.get(file).into_iter().flat_map(BTreeMap::keys) {
            if found.insert(*next) {
                open.push(next);
            }
        }
    }
    found
}

mod tests {
    use super::*;

    fn check(files: &[(&str, &str)]) -> Vec<String> {
        let file = |(path, text): &(&str, &str)| File {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
        };
        faults(&files.iter().map(file).collect::<Vec<_>>())
    }

    #[test]
    fn circles_are_found() {
        let front = ("src/sip/mod.rs", "mod a;\nmod b;\nmod c;\npub use a::A;\npub use b::B;\n");
        let cases: [(&str, &[(&str, &str)]); 6] = [
            (
                "direct",
                &[("src/sip/a.rs", "use super::b::B;"), ("src/sip/b.rs", "use super::a::A;")],
            ),
            (
                "by the front door",
                &[("src/sip/a.rs", "use super::B;"), ("src/sip/b.rs", "use super::A;")],
            ),
            (
                "by the room's path",
                &[
                    ("src/sip/a.rs", "use crate::sip::B;"),
                    ("src/sip/b.rs", "fn f() { crate::sip::A::new() }"),
                ],
            ),
            (
                "of three",
                &[
                    ("src/sip/a.rs", "use super::B;"),
                    ("src/sip/b.rs", "use super::c;\nfn f() { c::f() }"),
                    ("src/sip/c.rs", "use super::A;"),
                ],
            ),
            (
                "with a child",
                &[("src/sip/a.rs", "mod x;\nuse x::X;"), ("src/sip/a/x.rs", "use super::F;")],
            ),
            (
                "with the front door",
                &[
                    ("src/sip/a.rs", "use super::f;"),
                    ("src/sip/mod.rs", "mod a;\nfn f() { a::g() }"),
                ],
            ),
        ];
        for (name, files) in cases {
            let with_front = files.iter().any(|(path, _)| *path == front.0);
            let front = (!with_front).then_some(front);
            let all: Vec<_> = files.iter().copied().chain(front).collect();
            assert_eq!(check(&all).len(), 1, "{name}");
        }
    }

    #[test]
    fn what_is_no_circle_passes() {
        let front = ("src/flow/mod.rs", "mod turn;\nmod verb;\npub use turn::T;\n");
        let cases: [&[(&str, &str)]; 4] = [
            &[
                ("src/flow/mod.rs", "mod a;\nfn f() { a::g() }"),
                ("src/flow/a.rs", "pub(in crate::flow) fn g() {}"),
            ],
            &[
                ("src/flow/turn.rs", "use super::verb::V;"),
                ("src/flow/verb/mod.rs", "use super::T;"),
            ],
            &[
                ("src/flow/turn.rs", "use super::verb::V;"),
                ("src/flow/verb.rs", "// use super::T;"),
            ],
            &[
                ("src/flow/turn.rs", "use super::verb::V;"),
                ("src/flow/verb.rs", "#[cfg(test)]\nmod tests {\n    use super::T;\n}"),
            ],
        ];
        for files in cases {
            let with_front = files.iter().any(|(path, _)| *path == front.0);
            let front = (!with_front).then_some(front);
            let all: Vec<_> = files.iter().copied().chain(front).collect();
            assert_eq!(check(&all), Vec::<String>::new());
        }
    }
}
