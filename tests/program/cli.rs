//! The command line reports every fault with its place and exits with 1.

use std::fs;
use std::fs::File;
use std::net::TcpListener;
use std::net::UdpSocket;
use std::process::Command;
use std::process::Stdio;

use parquet::file::reader::SerializedFileReader;
use parquet::record::Row;
use tempfile::TempDir;

const SETTINGS: &str = "[flows]\ndirectory = \"flows\"\n[database]\nurl = \"sqlite:a.db\"\n";
const FLOW: &str =
    "<Flow name=\"direct\">\n  <Step id=\"route\">\n    <Route/>\n  </Step>\n</Flow>\n";
const BOOK: &str = "[[trunk]]\nid = \"t\"\naccept_from = \"192.0.2.1\"\n";

/// Returns a directory with `files` in place of valid files.
fn home(files: &[(&str, &str)]) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("flows")).unwrap();
    let right = [("settings.toml", SETTINGS), ("flows/direct.xml", FLOW), ("book.toml", BOOK)];
    for (name, text) in right.iter().chain(files) {
        fs::write(home.path().join(name), text).unwrap();
    }
    home
}

/// Runs the program there; returns its exit code and its standard error.
fn run(home: &TempDir, arguments: &str) -> (Option<i32>, String) {
    let (code, _, said) = outputs(home, arguments);
    (code, said)
}

/// The same, preceded by its standard output.
fn outputs(home: &TempDir, arguments: &str) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strowger"));
    let command = command.current_dir(home.path()).args(["-c", "settings.toml"]);
    let done = command.args(arguments.split(' ')).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (done.status.code(), text(done.stdout), text(done.stderr))
}

const BAD_SETTINGS: &str = "[sip]\nlisten = [\"udp:0.0.0.0:99999\"]\nmax_calls = 0\n\
                            colour = \"red\"\n[media]\nports = \"20001-20000\"\n";
const BAD_FLOW: &str = "<Flow name=\"bad\">\n  <Step id=\"a\">\n    <Sing>Hi</Sing>\n    \
                        <Redirect step=\"b\"/>\n  </Step>\n</Flow>\n";
const BAD_BOOK: &str = "[[offer]]\nid = \"auto\"\nring_timeout = \"9h\"\n[[contract]]\n\
                        id = \"x\"\nbuyer = \"nobody\"\noffer = \"auto\"\n\
                        price = { amount = \"x\", currency = \"USD\" }\n\
                        destination = { sip = \"sip:a@192.0.2.1\" }\n";

/// A faulty file, the commands that read it, and the message of each.
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
fn a_book_is_not_emptied_by_mistake() {
    let home = home(&[("empty.toml", "")]);
    assert_eq!(run(&home, "book apply book.toml").0, Some(0));
    let (code, said) = run(&home, "book apply empty.toml");
    assert_eq!(code, Some(1));
    assert!(said.contains("empty.toml removes the only trunk from the live book"), "{said}");
    assert!(said.contains("`--force` applies them"), "{said}");
    assert_eq!(run(&home, "book apply empty.toml --force").0, Some(0));
    assert_eq!(run(&home, "book rollback 1").0, Some(0));
    // To go back is intended, whatever it removes.
    assert_eq!(run(&home, "book rollback 2").0, Some(0));
}

#[test]
fn a_book_is_applied_after_the_expected_version_only() {
    let other = BOOK.replace("192.0.2.1", "192.0.2.2");
    let home = home(&[("other.toml", &other)]);
    let (code, said) = run(&home, "book apply book.toml --expect 1");
    assert_eq!(code, Some(1));
    assert!(said.contains("no book is live"), "{said}");
    assert_eq!(run(&home, "book apply book.toml --expect 0").0, Some(0));
    let (code, said) = run(&home, "book apply other.toml --expect 0");
    assert_eq!(code, Some(1));
    assert!(said.contains("version 1 of the book is live, nothing is applied"), "{said}");
    let (code, printed, _) = outputs(&home, "book apply other.toml --expect 1");
    assert_eq!(code, Some(0));
    assert!(printed.contains("trunk t: accept_from 192.0.2.1 → 192.0.2.2"), "{printed}");
    assert!(printed.contains("replaces version 1 of 20"), "{printed}");
    assert!(printed.contains("`strowger book rollback 1`"), "{printed}");
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

/// A book whose only contract filters by a field; callers of its number enter the flow `owners`.
fn owners_book(filters: &str) -> String {
    format!(
        "[[source]]\nid = \"ads\"\n[[buyer]]\nid = \"acme\"\ntimezone = \"UTC\"\n[[offer]]\n\
         id = \"solar\"\n[[contract]]\nid = \"acme-solar\"\nbuyer = \"acme\"\noffer = \
         \"solar\"\nprice = {{ amount = \"9.00\", currency = \"USD\" }}\ndestination = {{ sip = \
         \"sip:a@192.0.2.1\" }}\nfilters = {{ {filters} }}\n[[number]]\nnumber = \
         \"+18005550100\"\noffer = \"solar\"\nsource = \"ads\"\nflow = \"owners\"\n"
    )
}

#[test]
fn check_and_audit_find_a_contract_that_no_call_can_reach() {
    let flow = "<Flow name=\"owners\"><Set field=\"owner\" value=\"yes\"/><Route/></Flow>";
    for (filters, code, fault) in [
        ("fields = [{ field = \"owner\", equals = \"yes\" }]", Some(0), None),
        (
            "fields = [{ field = \"ownr\", equals = \"yes\" }]",
            Some(1),
            Some("contract acme-solar: needs the field `ownr`, which the flow owners never sets"),
        ),
        (
            "fields = [{ field = \"owner\", equals = \"Yes\" }]",
            Some(1),
            Some("(write `yes` instead of `Yes`: case counts)"),
        ),
        ("required = [\"email\"]", Some(1), Some("contract acme-solar: needs the field `email`")),
        (
            "fields = [{ field = \"owner\", in = [\"yes\", \"maybe\"] }]",
            Some(0),
            Some("the flow owners never gives `owner` the value `maybe`"),
        ),
        (
            "zips = [\"00000\"], required = [\"owner\"]",
            Some(1),
            Some("contract acme-solar: lists zips that do not exist: 00000 (1 of 1)"),
        ),
    ] {
        let book = owners_book(filters);
        let home = home(&[("flows/owners.xml", flow), ("sell.toml", &book)]);
        let (checked, said) = run(&home, "check --book sell.toml");
        assert_eq!(checked, code, "{filters}: {said}");
        let (audited, printed, said_too) = outputs(&home, "audit --book sell.toml");
        assert_eq!(audited, code, "{filters}: {printed}{said_too}");
        match fault {
            Some(fault) => {
                assert!(said.contains(fault), "{said}");
                assert!(said.contains("sell.toml:9:6: "), "{said}");
                assert!(printed.contains(fault), "{printed}");
            }
            None => assert!(!said.contains("acme-solar"), "{said}"),
        }
    }
}

#[test]
fn explain_refuses_a_value_that_no_decision_can_read() {
    let flow = "<Flow name=\"owners\"><Route/></Flow>";
    let home = home(&[("flows/owners.xml", flow), ("sell.toml", &owners_book(""))]);
    let ask = "route explain --book sell.toml --offer solar --field";
    for (field, sentence) in [
        ("zip=1234", "field zip: `1234` is not a zip: use five digits, like 90210"),
        ("state=California", "field state: `California` is not a state"),
        ("phone=12", "field phone: not a phone number"),
        ("score=high", "field score: `high` is not a number"),
    ] {
        let (code, said) = run(&home, &format!("{ask} {field}"));
        assert_eq!(code, Some(1), "{field}: {said}");
        assert!(said.contains(sentence), "{said}");
    }
    assert_eq!(run(&home, &format!("{ask} zip=90210")).0, Some(0));
}

#[test]
fn flow_check_warns_of_each_sentence_without_sound() {
    let flow = "<Flow name=\"mute\">\n  <Step id=\"a\">\n    <Say>Hello there.</Say>\n    \
                <Say>Goodbye.</Say>\n    <Hangup/>\n  </Step>\n</Flow>\n";
    let home = home(&[("flows/mute.xml", flow)]);
    let (code, said) = run(&home, "flow check flows/mute.xml");
    assert_eq!(code, Some(0), "{said}");
    for line in ["3", "4"] {
        let warning = format!("flows/mute.xml:{line}:5: warning: this sentence has no sound");
        assert!(said.contains(&warning), "{said}");
    }
}

#[test]
fn an_export_into_a_closed_pipe_ends_without_an_error() {
    let home = home(&[]);
    let (code, said) = run(&home, "book apply book.toml");
    assert_eq!(code, Some(0), "{said}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_strowger"));
    command.current_dir(home.path()).args(["-c", "settings.toml", "calls", "export", "--csv"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let done = command.stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    let done = done.wait_with_output().unwrap();
    assert_eq!(
        (done.status.code(), String::from_utf8(done.stderr).unwrap()),
        (Some(0), String::new())
    );
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

const PREPAID: &str = "[[buyer]]\nid = \"acme\"\ntimezone = \"UTC\"\nprepaid = true\n\
    [[buyer]]\nid = \"blue\"\ntimezone = \"UTC\"\n[[offer]]\nid = \"auto\"\n\
    caps = { month = 9, budget = { week = { amount = \"12.00\", currency = \"USD\" } } }\n\
    [[contract]]\nid = \"a\"\nbuyer = \"acme\"\noffer = \"auto\"\n\
    channels = [\"call\", \"form\"]\nprice = { amount = \"10.00\", currency = \"USD\" }\n\
    schedule = { weekly = { mon = [\"09:00-17:00\"] }, outside = \"park\" }\n\
    destination = { sip = \"sip:a@192.0.2.1\" }\n\
    [[contract]]\nid = \"b\"\nbuyer = \"blue\"\noffer = \"auto\"\ncaps = { total = 0 }\n\
    price = { amount = \"10.00\", currency = \"USD\" }\n\
    destination = { sip = \"sip:a@192.0.2.1\" }\n";

#[test]
fn balances_are_entered_shown_and_asked_for() {
    let euros = PREPAID.replace("USD", "EUR");
    let home = home(&[("book.toml", PREPAID), ("euros.toml", &euros)]);
    assert_eq!(run(&home, "book apply book.toml").0, Some(0));
    // A Monday and a Saturday.
    let ask = "route explain --offer auto --at 2026-01-12T10:00:00Z";
    let parked = "route explain --offer auto --channel form --at 2026-01-10T10:00:00Z";
    for (command, code, expected) in [
        (ask, 0, "balance 0.00 is below the price 10.00"),
        ("balance credit acme 25.00 --note paid --id i-1", 0, "balance of acme: 25.00 USD"),
        ("balance credit acme 25.00 --note paid --id i-1", 0, "i-1 (paid), already entered"),
        ("balance credit acme 26.00 --note paid --id i-1", 1, "is already used by another credit"),
        ("balance credit acme -5.00", 0, "balance of acme: 20.00 USD"),
        ("balance credit acme 0", 1, "must not be 0"),
        ("balance credit acme five", 1, "`five` is not an amount"),
        ("balance credit acmee 1.00", 1, "did you mean `acme`?"),
        ("balance credit blue 1.00", 0, "is not `prepaid` in the book"),
        ("balance show", 0, "20.00 USD"),
        ("balance show acme", 0, "credit  acme  -5.00 USD"),
        ("balance show acme --json", 0, "\"reference\": \"i-1\""),
        ("balance return 01a1f8a9-adb7-7e45-aa08-e50b2e55f60f", 1, "was not charged"),
        ("balance return x", 1, "`x` is not a call id"),
        ("book apply euros.toml", 1, "euros.toml changes the currency from USD to EUR"),
        (ask, 0, "1     a         acme   primary  10.00 USD"),
        (ask, 0, "b            cap_total  total cap 0 of 0 used"),
        (parked, 0, "It waits until 2026-01-12T09:00:00Z"),
    ] {
        let (exit, printed, said) = outputs(&home, command);
        let all = format!("{printed}{said}");
        assert_eq!(exit, Some(code), "{command}: {all}");
        assert!(all.contains(expected), "{command}: no {expected:?} in\n{all}");
    }
}

const COSTLY: &str = "[[source]]\nid = \"ads\"\n[[offer]]\nid = \"auto\"\n\
    [[buyer]]\nid = \"acme\"\ntimezone = \"UTC\"\nprepaid = true\n";

#[test]
fn costs_are_entered_once_and_listed() {
    let home = home(&[("book.toml", COSTLY)]);
    assert_eq!(run(&home, "book apply book.toml").0, Some(0));
    let add = "costs add ads auto 120.00 --day 2026-05-04 --note clicks --id c-1";
    for (command, code, expected) in [
        ("costs list", 0, "no costs"),
        (add, 0, "2026-05-04  ads  auto  120.00 USD (clicks)"),
        (add, 0, "already entered"),
        ("costs add ads auto 121.00 --day 2026-05-04 --id c-1", 1, "is already used by another"),
        ("costs add ads auto -20.00 --day 2026-05-05", 0, "-20.00 USD"),
        ("costs add adds auto 1.00 --day 2026-05-05", 1, "did you mean `ads`?"),
        ("costs add ads home 1.00 --day 2026-05-05", 1, "offer `home` is not in the book"),
        ("costs add ads auto 0 --day 2026-05-05", 1, "must not be 0"),
        ("costs add ads auto 1000000000.01 --day 2026-05-05", 1, "too large"),
        ("costs add ads auto 1.00 --day 2026-02-30", 1, "`2026-02-30` is no date"),
        ("costs list --until 2026-05-05", 0, "120.00 USD"),
        ("costs list --since 2026-05-05 --json", 0, "\"amount\":\"-20.00\""),
        ("costs list --source none", 0, "no costs"),
        ("activity", 0, "create cost c-1  done"),
    ] {
        let (exit, printed, said) = outputs(&home, command);
        let all = format!("{printed}{said}");
        assert_eq!(exit, Some(code), "{command}: {all}");
        assert!(all.contains(expected), "{command}: no {expected:?} in\n{all}");
    }
}

#[test]
fn a_statement_is_printed_in_every_format() {
    let home = home(&[("book.toml", COSTLY)]);
    assert_eq!(run(&home, "book apply book.toml").0, Some(0));
    assert_eq!(run(&home, "balance credit acme 25.00 --note @paid --id i-1").0, Some(0));
    for (command, code, expected) in [
        ("statement buyer acme", 0, "closing balance 25.00 USD"),
        ("statement buyer acme", 0, "due in this period: 0.00 USD"),
        ("statement buyer acme --csv", 0, ",credit,,,,,,i-1,'@paid,25.00,USD\n"),
        ("statement buyer acme --json", 0, "\"cause\":\"i-1\",\"note\":\"@paid\""),
        ("statement buyer acme --currency EUR", 0, "There are postings in USD"),
        ("statement source ads", 0, "opening balance 0.00 USD"),
        ("statement source acme", 1, "neither the book nor the ledger has a source `acme`"),
        ("statement buyer acme --zone Mars", 1, "expected a time zone"),
        ("statement buyer acme --since 1d --until 2d", 1, "`until` is not after `since`"),
        ("statement buyer acme --csv --json", 2, "cannot be used with"),
        ("statement buyer acme --csv --parquet acme.parquet", 2, "cannot be used with"),
        ("statement buyer acme --parquet acme.parquet", 0, ""),
        ("statement buyer acme --parquet acme.parquet", 1, "acme.parquet: File exists"),
    ] {
        let (exit, printed, said) = outputs(&home, command);
        let all = format!("{printed}{said}");
        assert_eq!(exit, Some(code), "{command}: {all}");
        assert!(all.contains(expected), "{command}: no {expected:?} in\n{all}");
    }
    let file = SerializedFileReader::new(File::open(home.path().join("acme.parquet")).unwrap());
    let notes: Vec<String> = file.unwrap().into_iter().map(|row| note(&row.unwrap())).collect();
    assert_eq!(notes, ["@paid"]);
}

fn note(row: &Row) -> String {
    let mut columns = row.get_column_iter();
    let (_, note) = columns.find(|(name, _)| *name == "note").unwrap();
    note.to_string().trim_matches('"').to_owned()
}

const TENANTS: &str = "[[buyer]]\nid = \"acme\"\ntimezone = \"UTC\"\n[[source]]\nid = \"ads\"\n";

/// Entries of the activity log, newest first.
fn log(home: &TempDir) -> Vec<serde_json::Value> {
    serde_json::from_str(&outputs(home, "activity --since 1d --json").1).unwrap()
}

#[test]
fn tokens_are_made_listed_and_revoked_and_the_log_names_the_user() {
    let home = home(&[("book.toml", TENANTS)]);
    let (code, secret, said) = outputs(&home, "token create --role buyer --buyer acme");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("warning: there is no book yet"), "{said}");
    assert!(secret.starts_with("strowger_") && secret.lines().count() == 1, "{secret}");
    assert_eq!(run(&home, "book apply book.toml").0, Some(0));
    for (arguments, code, said) in [
        ("--role admin --name ops --expires 90d", 0, "token ops (tok_"),
        ("--role admin --name ops", 1, "has the name `ops`"),
        ("--role buyer --buyer acmee", 1, "unknown buyer `acmee`; did you mean `acme`?"),
        ("--role source --source zzz", 1, "unknown source `zzz`"),
        ("--role source --source ads", 0, "does not expire"),
        ("--role analyst --expires soon", 1, "expected a duration like 90d"),
        ("--role analyst --name tok_1", 1, "looks like a token's id"),
        ("--role root", 1, "is not a role"),
    ] {
        let found = run(&home, &format!("token create {arguments}"));
        assert_eq!(found.0, Some(code), "{arguments}: {}", found.1);
        assert!(found.1.contains(said), "{arguments}: {}", found.1);
    }
    let listed: Vec<serde_json::Value> =
        serde_json::from_str(&outputs(&home, "token list --json").1).unwrap();
    assert_eq!(listed.len(), 3);
    assert_eq!((&listed[1]["name"], &listed[1]["role"]), (&"ops".into(), &"admin".into()));
    let secret = secret.trim().strip_prefix("strowger_").unwrap();
    let table = outputs(&home, "token list").1;
    assert!(table.contains("buyer acme") && !table.contains(secret), "{table}");
    assert_eq!(run(&home, "token revoke ops").0, Some(0));
    let (code, said) = run(&home, "token revoke opss");
    assert_eq!(code, Some(1));
    assert!(said.contains("there is no token `opss`"), "{said}");
    assert_eq!(outputs(&home, "token list").1.lines().count(), 3);
    assert_eq!(outputs(&home, "token list --all").1.lines().count(), 4);
    let log = log(&home);
    let shown = |entry: &serde_json::Value| {
        ["action", "kind", "outcome"].map(|name| entry[name].as_str().unwrap().to_owned()).join(" ")
    };
    assert_eq!(shown(&log[0]), "revoke token refused");
    assert_eq!(shown(&log[1]), "revoke token done");
    assert_eq!(shown(log.last().unwrap()), "create token done");
    assert_eq!(log.iter().filter(|entry| entry["outcome"] == "refused").count(), 7);
    assert!(log.iter().all(|entry| entry["by"]["user"]["name"].is_string()), "{log:?}");
    let history = outputs(&home, "book history").1;
    assert!(history.contains("strowger book apply book.toml by user "), "{history}");
}

/// Runs the program in a directory below `home`, with the settings above it.
fn run_below(home: &TempDir, arguments: &str) -> (Option<i32>, String) {
    let below = home.path().join("below");
    fs::create_dir_all(&below).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_strowger"));
    let command = command.current_dir(below).args(["-c", "../settings.toml"]);
    let done = command.args(arguments.split(' ')).output().unwrap();
    (done.status.code(), String::from_utf8(done.stderr).unwrap())
}

#[test]
fn relative_paths_do_not_depend_on_the_working_directory() {
    let home = home(&[]);
    let (code, said) = run_below(&home, "book apply ../book.toml");
    assert_eq!(code, Some(0), "{said}");
    let database = home.path().join("a.db");
    let created = format!("created the database {}", home.path().join("below/../a.db").display());
    assert!(said.contains(&created) && database.exists(), "{said}");
    let (code, printed, said) = outputs(&home, "book export");
    assert_eq!((code, printed.as_str(), said.as_str()), (Some(0), BOOK, ""), "nothing is created");
}

#[test]
fn a_database_in_the_old_place_is_not_passed_over() {
    let home = home(&[]);
    fs::create_dir(home.path().join("below")).unwrap();
    let old = home.path().join("below/a.db");
    fs::write(&old, "").unwrap();
    for command in ["serve", "calls", "token create --role admin", "book apply ../book.toml"] {
        let (code, said) = run_below(&home, command);
        assert_eq!(code, Some(1), "{command}: {said}");
        let there = format!("but there is {}", old.display());
        assert!(said.contains(&there) && said.contains("`[database] url`"), "{command}: {said}");
        assert!(!home.path().join("a.db").exists(), "{command}");
    }
    // With one in the new place, the old one is nobody's.
    assert_eq!(run(&home, "book apply book.toml").0, Some(0));
    assert_eq!(run_below(&home, "calls"), (Some(0), String::new()));
}

#[test]
fn a_database_without_a_book_is_warned_of() {
    for command in ["token create --role admin", "token list", "calls", "calls export", "activity"]
    {
        let home = home(&[]);
        let (code, said) = run(&home, command);
        assert_eq!(code, Some(0), "{command}: {said}");
        let database = home.path().join("a.db").display().to_string();
        let created = format!("created the database {database}\n");
        let warned = format!("warning: the database {database} has no book");
        assert!(said.contains(&created) && said.contains(&warned), "{command}: {said}");
        assert_eq!(run(&home, "book apply book.toml").0, Some(0));
        assert!(!run(&home, command).1.contains("warning"), "{command}");
    }
}

const ROUTED: &str = "[[buyer]]\nid = \"acme\"\ntimezone = \"America/Denver\"\n\
    [[offer]]\nid = \"auto\"\n[[source]]\nid = \"ads\"\n[[source]]\nid = \"tv\"\n[[contract]]\nid = \"a\"\n\
    buyer = \"acme\"\noffer = \"auto\"\nfilters = { sources = { deny = [\"ads\"] } }\n\
    price = { amount = \"10.00\", currency = \"USD\" }\n\
    schedule = { weekly = { mon = [\"09:00-17:00\"] } }\n\
    destination = { sip = \"sip:a@192.0.2.1\" }\n[[number]]\nnumber = \"+18005550100\"\n\
    offer = \"auto\"\nsource = \"ads\"\nflow = \"direct\"\n[[number]]\n\
    number = \"+18005550101\"\noffer = \"auto\"\nsource = \"tv\"\nflow = \"direct\"\n";

#[test]
fn explain_takes_local_times_and_a_number() {
    let several = format!(
        "{ROUTED}[[buyer]]\nid = \"blue\"\ntimezone = \"UTC\"\n[[contract]]\nid = \"b\"\n\
         buyer = \"blue\"\noffer = \"auto\"\nprice = {{ amount = \"1.00\", currency = \"USD\" }}\n\
         destination = {{ sip = \"sip:b@192.0.2.1\" }}\n"
    );
    let home = home(&[("book.toml", ROUTED), ("several.toml", &several)]);
    assert_eq!(run(&home, "book apply book.toml").0, Some(0));
    // 2026-01-12 is a Monday. In winter, Denver is 7 hours behind UTC.
    for (command, code, expected) in [
        ("--offer auto --at 2026-01-12T09:30", 0, "auto at 2026-01-12T16:30:00Z"),
        ("--offer auto --at 2026-01-12T09:30", 0, "1     a"),
        ("--offer auto --at 2026-01-12T09:30:00Z", 0, "auto at 2026-01-12T09:30:00Z"),
        ("--offer auto --at 2026-01-12T09:30 --zone UTC", 0, " closed "),
        ("--offer auto --at 2026-01-12T09:30 --zone Mars/Base", 1, "not a time zone"),
        ("--number +18005550100 --at 2026-01-12T09:30", 0, "source_denied"),
        ("--number 8005550100 --at 2026-01-12T09:30", 0, "source_denied"),
        ("--number +18005550109", 1, "did you mean +1800555010"),
        ("--number +18005550100 --offer auto", 2, "cannot be used with"),
        ("--at 2026-01-12T09:30", 2, "--offer"),
        (
            "--offer auto --at 2026-01-12T09:30 --book several.toml",
            1,
            "(America/Denver, UTC): give one by --zone",
        ),
    ] {
        let (exit, printed, said) = outputs(&home, &format!("route explain {command}"));
        let all = format!("{printed}{said}");
        assert_eq!(exit, Some(code), "{command}: {all}");
        assert!(all.contains(expected), "{command}: no {expected:?} in\n{all}");
    }
}

/// It would stop nobody.
#[test]
fn a_suppression_list_of_an_unknown_offer_or_source_is_refused() {
    let home = home(&[("book.toml", ROUTED), ("dnc.csv", "3055550123\n")]);
    assert_eq!(run(&home, "book apply book.toml").0, Some(0));
    for (command, hint) in [
        ("add +13055550123 --list x --offer atuo", "offer `atuo` is not in the book (did you"),
        ("add +13055550123 --list x --source zz", "source `zz` is not in the book"),
        ("import dnc.csv --list x --offer atuo", "(did you mean `auto`?)"),
    ] {
        let (code, said) = run(&home, &format!("suppress {command}"));
        assert!(code == Some(1) && said.contains(hint), "{command}: {said}");
    }
    assert!(!run(&home, "suppress lists").1.contains("offer"), "no list was made");
    assert_eq!(run(&home, "suppress import dnc.csv --list x --offer auto").0, Some(0));
}

/// No contract is asked for such a caller, so that the decision alone would mislead.
#[test]
fn explain_says_that_a_caller_is_suppressed() {
    let home = home(&[("book.toml", ROUTED)]);
    assert_eq!(run(&home, "book apply book.toml").0, Some(0));
    let add = "suppress add +13055550123 --list ours --source ads";
    assert_eq!(run(&home, add).0, Some(0));
    let note = "note: the caller is on the suppression list ours: such a call ends with the \
                reason suppressed_caller";
    for (question, noted) in [
        ("--number +18005550100 --field phone=+13055550123", true),
        ("--number +18005550101 --field phone=+13055550123", false),
        ("--number +18005550100 --field phone=+13055550124", false),
        ("--number +18005550100", false),
        ("--offer auto --field phone=+13055550123", false),
        ("--offer auto --source ads --channel form --field phone=+13055550123", false),
    ] {
        let (exit, printed, said) = outputs(&home, &format!("route explain --json {question}"));
        assert_eq!((exit, said.contains(note)), (Some(0), noted), "{question}: {said}");
        let decision: serde_json::Value = serde_json::from_str(&printed).unwrap();
        assert!(decision.is_object(), "{question}: {printed}");
    }
    fs::remove_file(home.path().join("a.db-suppression.key")).unwrap();
    let asked = "route explain --offer auto --field phone=+13055550123";
    let (exit, said) = run(&home, asked);
    assert_eq!(exit, Some(1), "{said}");
    assert!(said.contains("suppression.key"), "{said}");
}

#[test]
fn history_has_a_header_and_local_times() {
    let home = home(&[]);
    assert_eq!(run(&home, "book apply book.toml").0, Some(0));
    let mut command = Command::new(env!("CARGO_BIN_EXE_strowger"));
    let command = command.current_dir(home.path()).env("TZ", "Asia/Kathmandu");
    let done = command.args(["-c", "settings.toml", "book", "history"]).output().unwrap();
    let text = String::from_utf8(done.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.first().copied(), Some("version  applied              who"), "{text}");
    assert!(lines[1].starts_with("      1  20") && lines[1].contains("book apply"), "{text}");
    assert_eq!(lines.get(2).copied(), Some("Times are in Asia/Kathmandu."), "{text}");
}

#[test]
fn a_book_is_not_warned_of_flows_that_it_does_not_use() {
    let step = "    <Route offer=\"solar\"/>\n";
    let flow = |name: &str, body: &str| {
        format!("<Flow name=\"{name}\">\n  <Step id=\"a\">\n{body}  </Step>\n</Flow>\n")
    };
    let other = flow("other", step);
    let home = home(&[("book.toml", ROUTED), ("flows/other.xml", &other)]);
    for command in ["check --book book.toml", "book apply book.toml"] {
        let (code, said) = run(&home, command);
        assert_eq!(code, Some(0), "{command}: {said}");
        assert!(!said.contains("other.xml"), "{command}: {said}");
    }
    // Once a number leads there, even by another flow, it counts.
    let direct = flow("direct", "    <Redirect flow=\"other\"/>\n");
    fs::write(home.path().join("flows/direct.xml"), direct).unwrap();
    let (code, said) = run(&home, "check --book book.toml");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("other.xml:3:5: warning: offer `solar` is not in the book"), "{said}");
}

#[test]
fn a_closed_reader_ends_no_command_with_an_error() {
    let home = home(&[("book.toml", ROUTED)]);
    assert_eq!(run(&home, "book apply book.toml").0, Some(0));
    for command in [
        "book export",
        "book history",
        "book diff book.toml",
        "check",
        "audit",
        "route explain --offer auto",
        "token list",
        "activity",
        "calls",
        "balance show",
        "flow draw flows/direct.xml",
    ] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_strowger"));
        let program = program.current_dir(home.path()).args(["-c", "settings.toml"]);
        // A pipe whose reader is gone.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let done = program.args(command.split(' ')).stdout(writer).output().unwrap();
        let said = String::from_utf8(done.stderr).unwrap();
        assert_eq!(done.status.code(), Some(0), "{command}: {said}");
        assert!(!said.contains("panicked") && !said.contains("Broken pipe"), "{command}: {said}");
    }
}

#[test]
fn reports_are_tables_csv_and_json_and_name_every_fault() {
    let home = home(&[]);
    let (code, _, said) = outputs(&home, "book apply book.toml");
    assert_eq!(code, Some(0), "{said}");
    for report in ["pnl", "rejections", "fallbacks", "answer", "missed", "latency"] {
        let (code, printed, said) = outputs(&home, &format!("report {report}"));
        assert_eq!((code, said.as_str()), (Some(0), ""), "{report}");
        let lines: Vec<&str> = printed.lines().collect();
        assert!(lines[0].starts_with(&format!("{report} from ")), "{printed}");
        assert_eq!(lines[1], "no calls", "{printed}");
        let (_, csv, _) = outputs(&home, &format!("report {report} --csv"));
        assert_eq!(csv.lines().count(), 1, "{csv}");
        let (_, json, _) = outputs(&home, &format!("report {report} --json"));
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["rows"], serde_json::json!([]), "{json}");
    }
    assert_eq!(outputs(&home, "report caps").1, "no caps\n");
    assert_eq!(outputs(&home, "report caps --csv").1.lines().count(), 1);
    let audit = outputs(&home, "report audit --json").1;
    assert_eq!(audit, outputs(&home, "audit --json").1);
    for (arguments, code, expected) in [
        ("report pnl --group-by ofer", 1, "Did you mean `offer`?"),
        ("report pnl --group-by trunk --since 2020-01-01", 1, "may span at most 31 days"),
        ("report pnl --zone Mars --since soon", 1, "for `zone`"),
        ("report pnl --zone Mars --since soon", 1, "for `since`"),
        ("report caps --since 30d", 1, "omit --since"),
        ("report audit --csv", 1, "use --json"),
        ("report profit", 2, "invalid value 'profit'"),
        ("report pnl --csv --json", 2, "cannot be used with"),
    ] {
        let (found, said) = run(&home, arguments);
        assert_eq!(found, Some(code), "{arguments}: {said}");
        assert!(said.contains(expected), "{arguments}: {said}");
    }
}

/// A database without a difference, one with one, and none at all; nothing is created.
#[test]
fn verify_exits_with_0_1_or_2() {
    let home = home(&[]);
    let (code, said) = run(&home, "verify");
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("there is no database "), "{said}");
    assert!(!home.path().join("a.db").exists());
    assert_eq!(run(&home, "book apply book.toml").0, Some(0));
    let (code, printed, said) = outputs(&home, "verify");
    assert_eq!((code, said.as_str()), (Some(0), ""), "{printed}");
    assert!(printed.ends_with("no difference\n"), "{printed}");
    let db = rusqlite::Connection::open(home.path().join("a.db")).unwrap();
    db.execute_batch("INSERT INTO cap_use VALUES ('total', 'buyer', 'acme', 3, 7, 0)").unwrap();
    drop(db);
    let (code, printed, _) = outputs(&home, "verify");
    assert_eq!(code, Some(1), "{printed}");
    let line = "N3 counter_differs  buyer acme total: counter 3, sales 0\n";
    assert!(printed.starts_with(line), "{printed}");
    let (code, printed, _) = outputs(&home, "verify --json");
    assert_eq!(code, Some(1), "{printed}");
    let report: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(report["differences"], 1);
    assert_eq!(report["kinds"], serde_json::json!({ "counter_differs": 1 }));
    assert_eq!(report["items"][0]["subject"], "buyer acme total");
    assert_eq!(run(&home, "verify --sip-logs gone.log").0, Some(2));
    fs::write(home.path().join("a.db"), "These are notes, not a database. ".repeat(50)).unwrap();
    assert_eq!(run(&home, "verify").0, Some(2));
}
