//! The command line: what is wrong is told in full, with its place, and the exit code is 1.
#![expect(clippy::unwrap_used, reason = "test helpers")]

use std::fs;
use std::net::TcpListener;
use std::net::UdpSocket;
use std::process::Command;

use tempfile::TempDir;

const SETTINGS: &str = "[flows]\ndirectory = \"flows\"\n[database]\nurl = \"sqlite:a.db\"\n";
const FLOW: &str =
    "<Flow name=\"direct\">\n  <Step id=\"route\">\n    <Route/>\n  </Step>\n</Flow>\n";
const BOOK: &str = "[[trunk]]\nid = \"t\"\naccept_from = \"192.0.2.1\"\n";

/// A directory with `files`, over files that are right.
fn home(files: &[(&str, &str)]) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("flows")).unwrap();
    let right = [("settings.toml", SETTINGS), ("flows/direct.xml", FLOW), ("book.toml", BOOK)];
    for (name, text) in right.iter().chain(files) {
        fs::write(home.path().join(name), text).unwrap();
    }
    home
}

/// Runs the program there; its exit code and what it said.
fn run(home: &TempDir, arguments: &str) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strowger"));
    let command = command.current_dir(home.path()).args(["-c", "settings.toml"]);
    let done = command.args(arguments.split(' ')).output().unwrap();
    (done.status.code(), String::from_utf8(done.stderr).unwrap())
}

const BAD_SETTINGS: &str = "[sip]\nlisten = [\"udp:0.0.0.0:99999\"]\nmax_calls = 0\n\
                            colour = \"red\"\n[media]\nports = \"20001-20000\"\n";
const BAD_FLOW: &str = "<Flow name=\"bad\">\n  <Step id=\"a\">\n    <Sing>Hi</Sing>\n    \
                        <Redirect step=\"b\"/>\n  </Step>\n</Flow>\n";
const BAD_BOOK: &str = "[[offer]]\nid = \"auto\"\nring_timeout = \"9h\"\n[[contract]]\n\
                        id = \"x\"\nbuyer = \"nobody\"\noffer = \"auto\"\n\
                        price = { amount = \"x\", currency = \"USD\" }\n\
                        destination = { sip = \"sip:a@192.0.2.1\" }\n";

/// A faulty file, the commands that read it, and what each of them says.
struct Faulty<'a> {
    file: (&'a str, &'a str),
    commands: &'a [&'a str],
    faults: &'a [&'a str],
}

#[test]
fn every_fault_of_a_file_is_told_with_its_place() {
    let settings_faults = [
        "settings.toml:2:11: error: ",
        "settings.toml:3:13: error: ",
        "settings.toml:4:1: error: unknown key `colour`",
        "settings.toml:6:9: error: ",
        "\n4 errors, 0 warnings\n",
    ];
    let flow_faults = ["flows/bad.xml:3:5: error: ", "flows/bad.xml:4:15: error: ", "\n2 errors, "];
    let book_faults = [
        "bad.toml:3:16: error: ",
        "bad.toml:6:9: error: buyer `nobody` is unknown",
        "bad.toml:8:20: error: ",
        "\n3 errors, 0 warnings\n",
    ];
    let table = [
        Faulty {
            file: ("settings.toml", BAD_SETTINGS),
            commands: &["serve", "check", "book export"],
            faults: &settings_faults,
        },
        Faulty {
            file: ("flows/bad.xml", BAD_FLOW),
            commands: &["serve", "check", "flow check flows/bad.xml"],
            faults: &flow_faults,
        },
        Faulty {
            file: ("bad.toml", BAD_BOOK),
            commands: &["book apply bad.toml", "check --book bad.toml"],
            faults: &book_faults,
        },
    ];
    for Faulty { file, commands, faults } in table {
        for command in commands {
            let (code, said) = run(&home(&[file]), command);
            assert_eq!(code, Some(1), "{command}: {said}");
            for fault in faults {
                assert!(said.contains(fault), "{command}: no {fault:?} in\n{said}");
            }
        }
    }
}

#[test]
fn a_faulty_book_leaves_the_one_in_force() {
    let home = home(&[("bad.toml", BAD_BOOK)]);
    assert_eq!(run(&home, "book apply book.toml").0, Some(0));
    assert_eq!(run(&home, "book apply bad.toml").0, Some(1));
    let export = Command::new(env!("CARGO_BIN_EXE_strowger"))
        .current_dir(home.path())
        .args(["-c", "settings.toml", "book", "export"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(export.stdout).unwrap(), BOOK);
}

#[test]
fn a_missing_file_or_directory_is_one_sentence() {
    let flows = "[flows]\ndirectory = \"nowhere\"\n[database]\nurl = \"sqlite:a.db\"\n";
    let prompt = "<Flow name=\"bad\">\n  <Step id=\"a\">\n    <Play>gone.wav</Play>\n    \
                  <Hangup/>\n  </Step>\n</Flow>\n";
    let table = [
        (("settings.toml", flows), "serve", "nowhere:1:1: error: the flows directory"),
        (("settings.toml", flows), "check", "nowhere:1:1: error: the flows directory"),
        (("flows/bad.xml", prompt), "serve", "flows/bad.xml:3:5: error: "),
        (("flows/bad.xml", prompt), "check", "flows/bad.xml:3:5: error: "),
        (("x", ""), "book apply gone.toml", "gone.toml"),
        (("x", ""), "flow check gone.xml", "gone.xml"),
        (("x", ""), "serve -c gone.toml", "gone.toml:1:1: error: cannot read the settings"),
    ];
    for (file, command, sentence) in table {
        let (code, said) = run(&home(&[file]), command);
        assert_eq!(code, Some(1), "{command}: {said}");
        assert!(said.contains(sentence), "{command}: no {sentence:?} in\n{said}");
        assert!(said.lines().count() <= 2, "{command}: one sentence and a count, not\n{said}");
    }
}

#[test]
fn a_port_in_use_is_one_sentence() {
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let (udp, tcp_port) = (udp.local_addr().unwrap(), tcp.local_addr().unwrap());
    let free = "http]\nlisten = \"127.0.0.1:0\"";
    let table = [
        (format!("[sip]\nlisten = [\"udp:{udp}\"]\n[{free}\n"), format!("udp:{udp}")),
        (format!("[sip]\nlisten = [\"tcp:{tcp_port}\"]\n[{free}\n"), format!("tcp:{tcp_port}")),
        (
            format!("[sip]\nlisten = [\"udp:127.0.0.1:0\"]\n[http]\nlisten = \"{tcp_port}\"\n"),
            tcp_port.to_string(),
        ),
    ];
    for (settings, place) in table {
        let settings = format!("{settings}{SETTINGS}");
        let (code, said) = run(&home(&[("settings.toml", &settings)]), "serve");
        assert_eq!(code, Some(1), "{said}");
        let last = said.lines().last().unwrap_or_default();
        assert!(
            last.starts_with("strowger: ") && last.contains(&place),
            "{place} is not in {said}"
        );
        assert!(last.contains("in use"), "{said}");
    }
}
