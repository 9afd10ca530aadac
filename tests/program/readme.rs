//! The quick start of the README, pasted whole into one shell, bills its call.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

use crate::free_port::free_port;

const README: &str = include_str!("../../README.md");
const SECTION: &str = "## Your own switch in five minutes";

/// Returns the commands of the section, as they are pasted.
fn pasted() -> String {
    let (_, section) = README.split_once(SECTION).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let blocks = section.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap());
    blocks.collect()
}

/// The same with free ports and a built program, because other tests run at the same time.
fn adapted(home: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).display();
    let (program, home) = (env!("CARGO_BIN_EXE_strowger"), home.display());
    let web = free_port();
    let mut text = pasted();
    for (written, used) in [
        ("cargo build --release\n", format!("cd {root}\n")),
        ("target/release/strowger", program.to_owned()),
        ("~/strowger", format!("{home}/strowger")),
        ("[media]", format!("[http]\nlisten = \"127.0.0.1:{web}\"\n[media]")),
        ("127.0.0.1:8080", format!("127.0.0.1:{web}")),
        ("5060", free_port().to_string()),
        ("5080", free_port().to_string()),
        ("5090", free_port().to_string()),
    ] {
        assert!(text.contains(written), "the README has no {written}");
        text = text.replace(written, &used);
    }
    text
}

#[test]
fn the_quick_start_pasted_whole_bills_its_call() {
    let home = tempfile::tempdir().unwrap();
    let script = adapted(home.path());
    let mut shell = Command::new("bash");
    shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut shell = shell.spawn().unwrap();
    let mut input = shell.stdin.take().unwrap();
    // As a terminal would: everything at once.
    input.write_all(script.as_bytes()).unwrap();
    input.write_all(b"echo reached the end\nkill $(jobs -p)\nwait\n").unwrap();
    drop(input);
    let done = shell.wait_with_output().unwrap();
    let printed = String::from_utf8_lossy(&done.stdout);
    let errors = String::from_utf8_lossy(&done.stderr);
    let log = fs::read_to_string(home.path().join("strowger/switch.log")).unwrap_or_default();
    let all = format!("{printed}\n{errors}\n{log}");
    assert!(printed.contains("reached the end"), "a command swallowed the rest: {all}");
    assert!(printed.contains("\"amount\":\"10.00\""), "{all}");
    let seconds = printed.split("\"talk_seconds\":").nth(1).unwrap();
    let seconds: f64 = seconds.split(',').next().unwrap().parse().unwrap();
    assert!((6.5..8.5).contains(&seconds), "{seconds}: {all}");
    assert!(log.contains("call ended") && log.contains("reason=bridged"), "{all}");
    assert!(printed.contains("book version 2"), "the flow was changed: {all}");
}
