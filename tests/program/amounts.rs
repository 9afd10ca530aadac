//! Every way in which an amount enters by the command line is bounded, and says so.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

const SETTINGS: &str = "[database]\nurl = \"sqlite:a.db\"\n";

/// Returns a book with an amount at each place that takes one, `9.00` but for `amount` at `place`.
fn book(place: &str, amount: &str) -> String {
    let at = |own: &str| {
        let amount = if own == place { amount } else { "9.00" };
        format!("{{ amount = \"{amount}\", currency = \"USD\" }}")
    };
    let budget = |noun: &str| {
        let windows = ["hour", "day", "week", "month", "total"];
        let windows =
            windows.map(|window| format!("{window} = {}", at(&format!("{noun} {window}"))));
        format!("caps = {{ budget = {{ {} }} }}\n", windows.join(", "))
    };
    format!(
        "[[source]]\nid = \"s\"\npayout = {}\n\
         [[buyer]]\nid = \"b\"\ntimezone = \"UTC\"\nprepaid = true\n{}\
         [[offer]]\nid = \"o\"\n{}\
         [[contract]]\nid = \"c\"\nbuyer = \"b\"\noffer = \"o\"\nprice = {}\n{}\
         destination = {{ sip = \"sip:a@192.0.2.1\" }}\n",
        at("payout"),
        budget("buyer"),
        budget("offer"),
        at("price"),
        budget("contract"),
    )
}

/// Runs the program in a directory; returns whether it succeeded, and all that it printed.
fn run(home: &TempDir, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strowger"));
    let command = command.current_dir(home.path()).args(["-c", "settings.toml"]).args(arguments);
    let done = command.output().unwrap();
    let text = [done.stdout, done.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (done.status.success(), text.concat())
}

#[test]
fn every_amount_that_comes_in_is_bounded() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("settings.toml"), SETTINGS).unwrap();
    let write = |text: &str| fs::write(home.path().join("book.toml"), text).unwrap();
    write(&book("price", "1000000000.00"));
    let (done, said) = run(&home, &["book", "apply", "book.toml"]);
    assert!(done, "the largest amount is taken: {said}");
    let places = ["payout", "price"].map(str::to_owned).into_iter();
    let nouns = ["buyer", "offer", "contract"].into_iter();
    let budgets = nouns.flat_map(|noun| {
        ["hour", "day", "week", "month", "total"].map(|window| format!("{noun} {window}"))
    });
    let too_large = "is too large: at most 1000000000.00";
    let amounts = [
        ("1000000000.000001", too_large),
        ("9223372036854.775807", too_large),
        ("99999999999999999999", too_large),
        ("1.0000001", "has more than 6 decimals"),
        ("-0.01", "is below zero"),
        ("1e9", "is not an amount"),
    ];
    for place in places.chain(budgets) {
        // All are read by the same rule: one place shows what else it refuses.
        let tried = if place == "price" { &amounts[..] } else { &amounts[..1] };
        for (amount, expected) in tried {
            write(&book(&place, amount));
            for arguments in [["check", "--book", "book.toml"], ["book", "apply", "book.toml"]] {
                let (done, said) = run(&home, &arguments);
                assert!(!done && said.contains(expected), "{place} {amount} {arguments:?}: {said}");
            }
        }
    }
    for (amount, expected) in [
        ("1000000000.01", too_large),
        ("-1000000000.01", too_large),
        ("9223372036854.775807", too_large),
        ("-99999999999999999999", too_large),
        ("0.0000001", "has more than 6 decimals"),
        ("NaN", "is not an amount"),
    ] {
        let (done, said) = run(&home, &["balance", "credit", "b", amount]);
        assert!(!done && said.contains(expected), "credit {amount}: {said}");
    }
    let (done, said) = run(&home, &["balance", "show", "b"]);
    assert!(done && said.lines().count() == 2, "nothing was entered: {said}");
}
