//! Tables of the command line: local times, short ids, at most 100 columns.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

const SETTINGS: &str = "[database]\nurl = \"sqlite:a.db\"\n";
const BOOK: &str = "[[buyer]]\nid = \"acme\"\ntimezone = \"UTC\"\nprepaid = true\n";
/// A zone whose offset is no whole hour, so that no other zone of a test machine looks like it.
const ZONE: &str = "Asia/Kathmandu";

/// Returns what a command prints to standard output in [`ZONE`].
fn printed(home: &TempDir, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strowger"));
    let command = command.current_dir(home.path()).env("TZ", ZONE).args(["-c", "settings.toml"]);
    let done = command.args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{arguments:?}: {said}");
    String::from_utf8(done.stdout).unwrap()
}

/// Returns a UTC time of an answer in [`ZONE`], as tables show it.
fn local(utc: &serde_json::Value) -> String {
    let utc: jiff::Timestamp = utc.as_str().unwrap().parse().unwrap();
    utc.in_tz(ZONE).unwrap().strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[test]
fn tables_have_local_times_and_short_ids_within_100_columns() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("settings.toml"), SETTINGS).unwrap();
    fs::write(home.path().join("book.toml"), BOOK).unwrap();
    printed(&home, &["book", "apply", "book.toml"]);
    let note = "the invoice of the last quarter, whose amount was agreed on by telephone";
    printed(&home, &["balance", "credit", "acme", "25.00", "--note", note]);
    let long = "a-name-of-a-token-which-is-as-long-as-names-of-tokens-may-be";
    printed(&home, &["token", "create", "--role", "admin", "--name", long, "--expires", "90d"]);

    let json = |arguments: &[&str]| -> serde_json::Value {
        serde_json::from_str(&printed(&home, arguments)).unwrap()
    };
    let balance = json(&["balance", "show", "acme", "--json"]);
    let entry = &balance["entries"][0];
    let id = entry["reference"].as_str().unwrap();
    let tokens = json(&["token", "list", "--json"]);
    let expires = &local(&tokens[0]["expires_at"])[..10];
    let activity = json(&["activity", "--json"]);

    let shown = printed(&home, &["balance", "show", "acme"]);
    let credit = format!("{}  credit  acme  25.00 USD  ", local(&entry["made_at"]));
    assert!(shown.contains(&credit), "{credit}: {shown}");
    assert!(shown.contains(&id[..13]) && !shown.contains(id), "{shown}");
    let listed = printed(&home, &["token", "list"]);
    assert!(listed.lines().nth(1).unwrap().ends_with(expires), "{expires}: {listed}");
    let log = printed(&home, &["activity"]);
    for entry in activity.as_array().unwrap() {
        assert!(log.contains(&local(&entry["at"])), "{entry}: {log}");
    }
    for table in [&shown, &log] {
        assert!(table.ends_with(&format!("Times are in {ZONE}.\n")), "{table}");
    }
    for line in [shown, listed, log].iter().flat_map(|table| table.lines()) {
        assert!(line.chars().count() <= 100, "{line}");
    }
}
