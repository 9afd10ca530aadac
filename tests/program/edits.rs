//! Changes by the command line go live at once in a running switch, through its socket.

use std::fs;
use std::os::unix::fs::FileTypeExt as _;
use std::os::unix::fs::PermissionsExt as _;

use crate::switch::Switch;
use crate::switch::now;

/// Number of timed edits.
const EDITS: u64 = 20;

#[test]
fn edits_are_live_at_once() {
    let switch = Switch::new("strowger.db");
    let mut took = Vec::new();
    for edit in 2..2 + EDITS {
        let version = switch.apply(edit);
        assert_eq!(version, edit);
        let applied = now();
        switch.goes_by(version);
        took.push(applied.elapsed());
    }
    took.sort_unstable();
    let (median, longest) = (took[took.len() / 2], took[took.len() - 1]);
    println!(
        "from the end of `book apply` to a switch that goes by it: {EDITS} edits, median {median:?}, longest {longest:?}"
    );
}

#[test]
fn a_payment_counts_at_once() {
    let switch = Switch::new("strowger.db");
    for (paid, available) in [("25.00", "25.00"), ("-5.00", "20.00")] {
        switch.run(&format!("balance credit acme {paid}"));
        switch.until("/v1/balances/acme", "/available/amount", &available.into());
    }
}

#[test]
fn the_socket_is_private_and_goes_with_the_switch() {
    let mut switch = Switch::new("strowger.db");
    let data = fs::metadata(switch.socket()).unwrap();
    assert!(data.file_type().is_socket());
    assert_eq!(data.permissions().mode() & 0o777, 0o600);

    // A killed switch leaves the socket behind. Commands work without it, and the next start
    // replaces it.
    switch.end("-KILL");
    assert!(switch.socket().exists());
    assert_eq!(switch.apply(2), 2);
    switch.start();
    switch.goes_by(2);
    assert_eq!(switch.apply(3), 3);
    switch.goes_by(3);

    switch.end("-TERM");
    assert!(!switch.socket().exists());
}

/// Longer than a socket's address may be.
const DEEP: &str = "a-directory-with-a-name-of-forty-letters/a-directory-with-a-name-of-forty-letters/\
                    a-directory-with-a-name-of-forty-letters/strowger.db";

#[test]
fn without_a_socket_an_edit_is_found_by_looking() {
    let switch = Switch::new(DEEP);
    assert!(switch.said.contains("too long for a Unix socket"), "{}", switch.said);
    assert_eq!(switch.apply(2), 2);
    switch.goes_by(2);
}
