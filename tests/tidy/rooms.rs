//! The rooms: their order, the arrows between them, and what a pure room never names.

use regex::Regex;

use super::rust;
use super::rust::Source;
use super::tree::File;

/// A room of the map in `ARCHITECTURE.md`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Room {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    Pure,
    Shell,
}

/// Rooms that never see each other, whatever their order: the call composes them.
const STRANGERS: &[&str] = &["sip", "media", "flow", "routing"];

/// Names with one home: what, where, and what to do elsewhere.
const HOMES: &[(&str, &[&str], &str)] = &[
    (
        "crate::routing::decide",
        &["routing", "rehearsal", "dispatch"],
        "ask `dispatch`, the one door",
    ),
    ("crate::routing::replay", &["routing", "dispatch"], "ask `dispatch`, the one door"),
    ("routing::decide", &["routing", "rehearsal", "dispatch"], "ask `dispatch`, the one door"),
    ("routing::replay", &["routing", "dispatch"], "ask `dispatch`, the one door"),
    (
        "crate::routing::Simulation",
        &["routing", "rehearsal", "past"],
        "ask `dispatch`, the one door",
    ),
    ("rusqlite", &["store", "journal"], "add a method to the trait `Store`"),
    ("sqlx", &["store"], "add a method to the trait `Store`"),
    ("axum", &["http", "demo"], "answer HTTP in `http`"),
    ("hyper", &["http"], "serve HTTP through `http::serve`"),
    ("hyper_util", &["http"], "serve HTTP through `http::serve`"),
    ("utoipa", &["http"], "write the schema in `http/schema/`"),
    ("clap", &["app"], "read the command line in `app::command`"),
    ("quick_xml", &["base", "demo"], "write XML through `base::xml::Element`"),
    ("roxmltree", &["flow", "base"], "read XML through `flow::parse`, or `base::tree::from_xml`"),
    ("sdp_types", &["sdp"], "use the room `sdp`"),
    ("reqwest", &["net"], "ask web servers through `net::Fetcher`"),
    ("socket2", &["net"], "open sockets in `net`"),
    ("hound", &["media"], "read sounds through `media::read_wav`"),
    ("uuid", &["base"], "use the ids of `base`"),
    ("rand_chacha", &["base"], "use `base::Rng`"),
    ("rand_core", &["base"], "use `base::Rng`"),
];

/// What a pure room never names, and what it uses instead.
const IMPURE: &[(&str, &str)] = &[
    ("tokio", "return an output; a shell room carries it out"),
    ("async", "a machine: `handle`, then `poll`"),
    ("await", "a machine: `handle`, then `poll`"),
    ("Future", "a machine: `handle`, then `poll`"),
    ("std::fs", "take the text or the bytes as an argument"),
    ("std::io", "take bytes, return bytes"),
    ("std::env", "take the value as an argument"),
    ("std::process", "return an output; a shell room carries it out"),
    ("std::thread", "return an output; a shell room carries it out"),
    ("thread_local", "own the state, or take it as `&mut`"),
    ("UdpSocket", "return an output; `net` owns sockets"),
    ("TcpStream", "return an output; `net` owns sockets"),
    ("TcpListener", "return an output; `net` owns sockets"),
    ("ToSocketAddrs", "take a resolved `SocketAddr`"),
    ("Instant", "take `base::Now` as an argument"),
    ("SystemTime", "take `base::Now` as an argument"),
    ("Timestamp::now", "take `base::Now` as an argument"),
    ("Zoned::now", "take `base::Now` as an argument"),
    ("now_v7", "make ids from `Now` and `Rng`"),
    ("new_v4", "make ids from `Now` and `Rng`"),
    ("getrandom", "take `&mut base::Rng` as an argument"),
    ("RandomState", "take `&mut base::Rng` as an argument"),
    ("Mutex", "own the state, or take it as `&mut`"),
    ("RwLock", "own the state, or take it as `&mut`"),
    ("Condvar", "own the state, or take it as `&mut`"),
    ("OnceLock", "build it once and hand it down"),
    ("LazyLock", "build it once and hand it down"),
    ("RefCell", "own the state, or take it as `&mut`"),
    ("UnsafeCell", "own the state, or take it as `&mut`"),
    ("atomic", "own the state, or take it as `&mut`"),
    ("mpsc", "return an output; channels join shell rooms"),
    ("tracing", "count it, or return an event; the shell logs"),
];

/// The macros that print. A function of that name does not: it makes a text.
const PRINTS: &str = r"\be?print(ln)?!";

/// Traits of `std::io` that do no IO: `write!` into a vector, a cursor over a slice.
const IN_MEMORY: &[&str] = &["std::io::Write", "std::io::Cursor"];

/// Rooms with SQL: of the database, and of the journal's own file.
const HOMES_OF_SQL: &[&str] = &["store", "journal"];

/// What a literal with a statement of SQL holds.
const SQL: &str =
    r"\b(SELECT\s.+\sFROM|INSERT\s+INTO|DELETE\s+FROM|UPDATE\s+\w+\s+SET|CREATE\s+TABLE|PRAGMA)\b";

/// Where SQL is: it applies what was decided elsewhere.
const DATABASES: &str = "src/store/sqlite/";

/// What a database takes from `billing`: what is posted, and never how much it is.
const POSTED: &[&str] =
    &["crate::billing::Posting", "crate::billing::PostingKind", "crate::billing::Author"];

/// What a statement of SQL that decides money holds.
const MONEY: &str = r"\bbillable\b\s*(<>|!=|==|=\s*[01$?]|THEN\b|AND\b|OR\b)";

/// The rooms in the order of the map: the block of `ARCHITECTURE.md` between the line `── pure`
/// and the end of the fence, one room a line.
pub(crate) fn map(architecture: &str) -> Vec<Room> {
    let mut kind = None;
    let mut rooms = Vec::new();
    for line in architecture.lines() {
        match (line.trim_end(), kind) {
            ("── pure", _) => kind = Some(Kind::Pure),
            ("── shell", Some(_)) => kind = Some(Kind::Shell),
            ("```", Some(_)) => break,
            (line, Some(kind)) if line.starts_with(|c: char| c.is_ascii_lowercase()) => {
                let name = line.split(' ').next().unwrap_or_default().to_owned();
                rooms.push(Room { name, kind });
            }
            (_prose, _) => {}
        }
    }
    rooms
}

/// The rooms that `src/lib.rs` declares, in its order and under the same two headings.
pub(crate) fn declared(lib: &str) -> Vec<Room> {
    let mut kind = Kind::Pure;
    let mut rooms = Vec::new();
    for line in lib.lines() {
        if line == "// ── shell" {
            kind = Kind::Shell;
        }
        let name = line.strip_prefix("pub mod ").and_then(|rest| rest.strip_suffix(';'));
        rooms.extend(name.map(|name| Room { name: name.to_owned(), kind }));
    }
    rooms
}

/// A file of `src/` and the room that it lies in.
struct InRoom<'a> {
    file: &'a File,
    room: &'a Room,
    place: usize,
    production: Source,
}

/// What is wrong between the rooms.
pub(crate) fn faults(rooms: &[Room], files: &[File]) -> Vec<String> {
    let tests = test_files(files);
    let statement = Regex::new(SQL).unwrap();
    let prints = Regex::new(PRINTS).unwrap();
    let decides = Regex::new(MONEY).unwrap();
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| is_source(file) && !tests.contains(&file.path)) {
        let Some(name) = folder(&file.path) else { continue };
        let Some(place) = rooms.iter().position(|room| room.name == name) else {
            faults.push(format!("{}: `{name}` is no room of ARCHITECTURE.md's map", file.path));
            continue;
        };
        let production = Source::production(&file.text);
        let file = InRoom { file, room: &rooms[place], place, production };
        arrows(&file, rooms, &mut faults);
        homes(&file, &mut faults);
        if file.room.kind == Kind::Pure {
            purity(&file, &prints, &mut faults);
        }
        if !HOMES_OF_SQL.contains(&file.room.name.as_str()) {
            sql(&file, &statement, &mut faults);
        }
        if file.file.path.starts_with(DATABASES) {
            money(&file, &decides, &mut faults);
        }
    }
    faults
}

pub(crate) fn is_source(file: &File) -> bool {
    file.path.starts_with("src/") && file.has_suffix(".rs")
}

/// The room's folder in a path below `src/`; none for `lib.rs` and `main.rs`.
fn folder(path: &str) -> Option<&str> {
    path.strip_prefix("src/")?.split_once('/').map(|(room, _)| room)
}

/// Files that are test modules, wholly: declared behind `#[cfg(test)]`, or below such a folder.
pub(crate) fn test_files(files: &[File]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files.iter().filter(|file| is_source(file)) {
        let stem = file.path.trim_end_matches(".rs");
        let folder = stem.strip_suffix("/mod").unwrap_or(stem);
        for name in rust::test_modules(&file.text) {
            let module = format!("{folder}/{name}");
            let below = format!("{module}/");
            let inside = files.iter().map(|file| &file.path);
            let own = |path: &&String| **path == format!("{module}.rs") || path.starts_with(&below);
            found.extend(inside.filter(own).cloned());
        }
    }
    found
}

fn arrows(file: &InRoom<'_>, rooms: &[Room], faults: &mut Vec<String>) {
    let own = &file.room.name;
    for (number, line) in file.production.code.lines().enumerate() {
        if line.contains("crate::{") {
            let at = format!("{}:{}", file.file.path, number + 1);
            faults.push(format!("{at}: `crate::{{…}}`: write one `use crate::room::Name;` a line"));
        }
    }
    for (line, path) in rust::paths(&file.production.code) {
        let at = format!("{}:{line}", file.file.path);
        let front_door = file.file.path == format!("src/{own}/mod.rs");
        if path.starts_with("super::super") {
            faults.push(format!("{at}: `{path}`: write `crate::room::Name`"));
        }
        if front_door && path.starts_with("super::") {
            faults.push(format!("{at}: `{path}` leaves the room: write `crate::room::Name`"));
        }
        let Some(other) = path.strip_prefix("crate::").and_then(|rest| rest.split("::").next())
        else {
            continue;
        };
        match rooms.iter().position(|room| room.name == other) {
            None => faults.push(format!("{at}: `crate::{other}` is no room: name it by its room")),
            Some(place) if place > file.place => faults.push(format!(
                "{at}: `{own}` stands above `{other}` in ARCHITECTURE.md and may not import it: \
                 take what it needs as an argument, or move the code down"
            )),
            Some(_) if own != other && strangers(own, other) => faults.push(format!(
                "{at}: `{own}` and `{other}` never see each other: let `call` hand it over"
            )),
            Some(_) => {}
        }
    }
}

fn strangers(one: &str, other: &str) -> bool {
    STRANGERS.contains(&one) && STRANGERS.contains(&other)
}

fn homes(file: &InRoom<'_>, faults: &mut Vec<String>) {
    for (line, path) in rust::paths(&file.production.code) {
        for (name, homes, instead) in HOMES {
            if path.starts_with(name)
                && holds(path, name)
                && !homes.contains(&file.room.name.as_str())
            {
                let at = format!("{}:{line}", file.file.path);
                faults.push(format!("{at}: only {} names `{name}`: {instead}", homes.join(", ")));
            }
        }
    }
}

fn purity(file: &InRoom<'_>, prints: &Regex, faults: &mut Vec<String>) {
    for (number, line) in file.production.code.lines().enumerate() {
        if prints.is_match(line) {
            let at = format!("{}:{}", file.file.path, number + 1);
            faults.push(format!("{at}: a pure room prints: return a value; `app` prints"));
        }
    }
    for (line, path) in rust::paths(&file.production.code) {
        if IN_MEMORY.contains(&path) {
            continue;
        }
        for (name, instead) in IMPURE {
            if holds(path, name) {
                let at = format!("{}:{line}", file.file.path);
                faults.push(format!("{at}: a pure room names `{name}`: {instead}"));
            }
        }
    }
}

/// Whether a path goes through a name: `std::sync::Mutex` and `Mutex::new` through `Mutex`.
fn holds(path: &str, name: &str) -> bool {
    path.match_indices(name).any(|(at, _)| {
        let (before, after) = (&path[..at], &path[at + name.len()..]);
        let begins = before.is_empty() || before.ends_with("::");
        begins && (after.is_empty() || after.starts_with("::"))
    })
}

fn sql(file: &InRoom<'_>, sql: &Regex, faults: &mut Vec<String>) {
    for (number, line) in file.production.literals.lines().enumerate() {
        if sql.is_match(line) {
            let at = format!("{}:{}", file.file.path, number + 1);
            faults.push(format!("{at}: SQL outside `store`: add a method to the trait `Store`"));
        }
    }
}

fn money(file: &InRoom<'_>, decides: &Regex, faults: &mut Vec<String>) {
    let instead = "`billing` decides money: apply the postings that it makes";
    for (line, path) in rust::paths(&file.production.code) {
        if path.starts_with("crate::billing") && !POSTED.iter().any(|name| path.starts_with(name)) {
            faults.push(format!("{}:{line}: a database names `{path}`: {instead}", file.file.path));
        }
    }
    for (number, line) in file.production.literals.lines().enumerate() {
        if decides.is_match(line) {
            let at = format!("{}:{}", file.file.path, number + 1);
            faults.push(format!("{at}: SQL decides what is billable: {instead}"));
        }
    }
}

mod tests {
    use super::*;

    const MAP: &str = "prose\n```\n── pure\nbase  ids\nsip   SIP\nflow  IVR\nrouting  x\ncall  one\n\
                       ── shell\nstore  SQL\ndispatch  door\napp   wiring\n```\nnot a room\n";

    fn check(path: &str, text: &str) -> Vec<String> {
        let file = File { path: path.to_owned(), text: text.to_owned() };
        faults(&map(MAP), &[file])
    }

    #[test]
    fn the_map_is_read() {
        let rooms = map(MAP);
        let names: Vec<&str> = rooms.iter().map(|room| room.name.as_str()).collect();
        assert_eq!(names, ["base", "sip", "flow", "routing", "call", "store", "dispatch", "app"]);
        assert_eq!((rooms[4].kind, rooms[5].kind), (Kind::Pure, Kind::Shell));
        let lib = "// ── pure\npub mod base;\n// ── shell\npub mod app;\n";
        assert_eq!(declared(lib), [rooms[0].clone(), rooms[7].clone()]);
    }

    #[test]
    fn faults_are_found() {
        let cases = [
            ("src/base/a.rs", "use crate::sip::Agent;", "stands above `sip`"),
            ("src/base/a.rs", "fn f() { crate::app::main() }", "stands above `app`"),
            ("src/flow/a.rs", "use crate::sip::Agent;", "never see each other"),
            ("src/app/a.rs", "use crate::{sip, flow};", "one `use crate::room::Name;` a line"),
            ("src/sip/mod.rs", "use super::flow;", "leaves the room"),
            ("src/sip/a/b.rs", "use super::super::x;", "write `crate::room::Name`"),
            ("src/app/a.rs", "use crate::thing::X;", "`crate::thing` is no room"),
            ("src/thing/a.rs", "", "`thing` is no room"),
            (
                "src/app/a.rs",
                "let d = routing::decide(s, i);",
                "only routing, rehearsal, dispatch names",
            ),
            ("src/call/a.rs", "use crate::routing::replay;", "only routing, dispatch names"),
            ("src/app/a.rs", "use rusqlite::Connection;", "only store, journal names `rusqlite`"),
            ("src/app/a.rs", "f(\"SELECT id FROM call\")", "SQL outside `store`"),
            ("src/app/a.rs", "f(r\"INSERT INTO call\")", "SQL outside `store`"),
            ("src/store/sqlite/a.rs", "use crate::billing::settle;", "`billing` decides money"),
            ("src/store/sqlite/a.rs", "f(\"WHERE billable = 1\")", "decides what is billable"),
            ("src/store/sqlite/a.rs", "f(\"CASE WHEN billable THEN 1\")", "decides what is"),
            ("src/sip/a.rs", "use std::time::Instant;", "take `base::Now`"),
            ("src/sip/a.rs", "let t = jiff::Timestamp::now();", "take `base::Now`"),
            ("src/sip/a.rs", "async fn f() {}", "a machine"),
            ("src/sip/a.rs", "use std::sync::Mutex;", "own the state"),
            ("src/sip/a.rs", "use std::sync::atomic::AtomicU64;", "own the state"),
            ("src/sip/a.rs", "std::fs::read(p)", "take the text or the bytes"),
            ("src/sip/a.rs", "use std::io::Read;", "take bytes, return bytes"),
            ("src/sip/a.rs", "println!(\"x\");", "`app` prints"),
            ("src/sip/a.rs", "std::eprint!(\"x\");", "`app` prints"),
            ("src/sip/a.rs", "fn a() {}\n\nstd::env::var(\"X\")", "src/sip/a.rs:3:"),
        ];
        for (path, text, says) in cases {
            let found = check(path, text);
            assert!(found.iter().any(|fault| fault.contains(says)), "{text}: {found:?}");
        }
    }

    #[test]
    fn what_is_right_passes() {
        let cases = [
            ("src/call/a.rs", "use crate::sip::Agent;\nuse crate::flow::Run;"),
            ("src/sip/a.rs", "use std::io::Write;\nuse std::time::Duration;"),
            ("src/sip/a.rs", "// an Instant of std::fs\nlet text = \"tokio\";"),
            ("src/sip/a.rs", "fn f() {}\n#[cfg(test)]\nmod tests {\n    use crate::app::x;\n}\n"),
            ("src/sip/a.rs", "let asynchronous = awaits.printed;"),
            ("src/sip/a.rs", "let text = document.print(carrier);"),
            ("src/dispatch/a.rs", "routing::decide(a)"),
            ("src/store/a.rs", "use rusqlite::Connection; f(\"SELECT a FROM b\")"),
            ("src/store/sqlite/a.rs", "f(\"SET billable = excluded.billable, revenue = 1\")"),
            ("src/app/a.rs", "log(\"UPDATE refused; select one\")"),
        ];
        for (path, text) in cases {
            assert_eq!(check(path, text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn declared_test_files_are_free() {
        let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
        let files = [
            file("src/sip/mod.rs", "#[cfg(test)]\nmod tests;\n"),
            file("src/sip/tests/mod.rs", "use tokio::x;"),
            file("src/sip/tests/lossy.rs", "use std::fs;"),
            file("src/sip/a.rs", "#[cfg(test)]\nmod bench;\n"),
            file("src/sip/a/bench.rs", "use std::fs;"),
        ];
        assert_eq!(faults(&map(MAP), &files), Vec::<String>::new());
        assert_eq!(test_files(&files).len(), 3);
    }
}
