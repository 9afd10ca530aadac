//! `strowger flow draw | run | simulate`, with every example flow.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const AT: &str = "2026-11-20T18:00:00Z";

/// Runs the program in the project's root; returns whether it succeeded, and its output and errors.
fn run(arguments: &[&str], typed: &str) -> (bool, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strowger"));
    command.current_dir(ROOT).arg("flow").args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that ends early stops reading. The broken pipe is fine.
    drop(child.stdin.take().unwrap().write_all(typed.as_bytes()));
    let done = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (done.status.success(), text(done.stdout), text(done.stderr))
}

fn examples() -> Vec<String> {
    let files = fs::read_dir(Path::new(ROOT).join("ivr-flows")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut flows: Vec<String> =
        names.filter(|name| name.ends_with(".xml")).map(|n| format!("ivr-flows/{n}")).collect();
    flows.sort();
    assert!(flows.len() >= 5);
    flows
}

#[test]
fn every_example_is_drawn_played_and_simulated() {
    let home = tempfile::tempdir().unwrap();
    let picture = home.path().join("a.svg");
    let svg = picture.to_str().unwrap();
    let book = ["--book", "deploy/book.toml", "--offer", "auto-quote"];
    for file in examples() {
        let (fine, text, printed) = run(&[&["draw", &file], &book[..]].concat(), "");
        assert!(fine && text.contains("(start)"), "{file}: {printed}");
        let (fine, _, printed) = run(&["draw", &file, "-o", svg], "");
        assert!(fine, "{file}: {printed}");
        let drawn = fs::read_to_string(&picture).unwrap();
        assert!(drawn.starts_with("<svg ") && drawn.ends_with("</svg>\n"), "{file}");
        let (fine, text, printed) = run(&["run", &file, "--buyers", "answer"], &"1\n".repeat(60));
        let ended = !text.contains("(no more input)") && text.contains("[");
        assert!(fine && ended, "{file}: {text} {printed}");
        let when = ["simulate", &file, "--callers", "50", "--at", AT, "--json"];
        let (fine, text, printed) = run(&[&when, &book[..]].concat(), "");
        assert!(fine, "{file}: {printed}");
        let report: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(report["crowd"]["callers"], 50, "{file}");
        assert_eq!(run(&[&when, &book[..]].concat(), "").1, text, "{file}: the same, twice");
    }
}

#[test]
fn the_right_keys_lead_to_a_buyer() {
    for (flow, keys) in [
        ("direct", ""),
        ("after-hours", ""),
        ("auto-quote", "1\n90210\n"),
        ("home-services", "1\n90210\n1\n12#\n"),
        ("two-languages", "2\n3055550123\n"),
    ] {
        let file = format!("ivr-flows/{flow}.xml");
        let (fine, text, printed) = run(&["run", &file, "--buyers", "answer"], keys);
        assert!(fine && text.ends_with("\nConnected.\n"), "{flow}: {text} {printed}");
    }
}

#[test]
fn a_flow_is_played_in_the_terminal() {
    let play = ["run", "ivr-flows/auto-quote.xml", "--book", "deploy/book.toml", "--at", AT];
    let (fine, printed, faults) = run(&play, "9\nhello\n1\n90210\nb\n?\nanswer\n");
    assert!(fine, "{faults}");
    let mut rest = printed.as_str();
    for line in [
        "flow auto-quote, offer auto-quote, pool 6, 2026-11-20T18:00:00Z",
        "[greet]\n  “Thank you for calling.”",
        "intent> 9\n  “Sorry, that's not a valid option.”",
        "intent> hello\n  expected keys (0-9, *, #)",
        "intent> 1\n  intent = new   pool 6 → 6",
        "zip> 90210\n  zip = 90210   pool 6 → 5\n[route]",
        "| 1     acme-auto-ca   acme           primary   45.00 USD",
        "acme-auto-ca rings: answer, busy, no answer, hangup? b\n  acme-auto-ca: busy",
        "bluebird-auto rings: answer, busy, no answer, hangup? ?",
        "Connected to bluebird by bluebird-auto, 38.00 USD.",
    ] {
        let at = rest.find(line).unwrap_or_else(|| panic!("`{line}` is missing: {printed}"));
        rest = &rest[at + line.len()..];
    }
    let verbose = [&play[..], &["-v", "--field", "age=99", "--caller", "+13035550123"]].concat();
    let (_, printed, _) = run(&verbose, "1\n90210\n");
    let left = "canyon-auto left at zip: state CA is not one of CO, UT, NM, WY";
    assert!(printed.contains("pool 5") && printed.contains(left), "{printed}");
    assert!(printed.ends_with("(no more input)\n\nThe caller hung up.\n"), "{printed}");
}

#[test]
fn what_cannot_be_played_is_told() {
    let file = "ivr-flows/two-languages.xml";
    for (arguments, sentence) in [
        (&["draw", "gone.xml"][..], "gone.xml"),
        (&["draw", file, "-o", "a.png"], "cannot draw a png: name the file .svg or .txt"),
        (&["run", file, "--book", "deploy/book.toml"], "give --offer, one of auto-quote"),
        (&["run", file, "--book", "deploy/book.toml", "--offer", "solr"], "did you mean `solar`?"),
        (&["run", file, "--offer", "solar"], "--book"),
        (&["run", file, "--caller", "me"], "--caller me: not a phone number"),
        (&["run", file, "--field", "x"], "write it as name=value"),
        (&["simulate", file, "--at", "noon"], "--at noon is not a time"),
        (&["simulate", file, "--callers", "0"], "0 is not in 1..="),
        (&["draw", file, "-o", "no/such/place.svg"], "cannot write no/such/place.svg"),
    ] {
        let (fine, _, printed) = run(arguments, "");
        assert!(!fine && printed.contains(sentence), "{arguments:?}: {printed}");
    }
}
