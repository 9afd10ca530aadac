//! Programs that try a SIP server: `sipsak`, and SIPVicious, which looks for servers, extensions, and
//! passwords.

use std::net::Ipv4Addr;
use std::net::UdpSocket;
use std::process::Command;

use serde_json::Value;

use super::scenario::Sipp;
use super::stage::Stage;
use super::stage::contract;

/// Seconds after which a program is interrupted.
const PATIENCE: &str = "60";
/// The same, of a program that waits for an answer for ever.
const IMPATIENCE: &str = "8";

/// Runs a program against the switch, for so many seconds at most; returns what it prints.
fn printed_within(stage: &Stage, seconds: &str, command: &[&str]) -> String {
    let output = Command::new("timeout")
        .args(["--foreground", "-s", "INT", seconds])
        .args(command)
        .env("HOME", stage.home())
        .current_dir(stage.home())
        .output()
        .unwrap();
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8_lossy(&printed).into_owned();
    assert_ne!(output.status.code(), Some(127), "run scripts/install-test-tools.sh: {printed}");
    printed
}

fn printed(stage: &Stage, command: &[&str]) -> String {
    printed_within(stage, PATIENCE, command)
}

/// The switch still serves its trunk, and took no call.
fn is_unharmed(stage: &Stage) {
    Sipp::caller(stage, "uac-options-expect-200", 1).succeed();
    assert_eq!(stage.records(), Vec::<Value>::new());
}

/// Returns a port that is free at every address: a phone of another test must find its own one free.
fn free_port() -> String {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    socket.local_addr().unwrap().port().to_string()
}

/// Lets SIPVicious look for the switch, its extensions, and the password of 1001, which is 1001.
fn sipvicious_finds_nothing(stage: &Stage) {
    let (switch, port) = (stage.ip(1).to_string(), free_port());
    for method in ["OPTIONS", "INVITE", "REGISTER"] {
        let map = printed(stage, &["svmap", "-P", &port, "-m", method, &switch]);
        assert!(!map.to_lowercase().contains("strowger"), "{method}: {map}");
        let war = printed(stage, &["svwar", "-P", &port, "-m", method, "-e", "1000-1004", &switch]);
        assert!(war.contains("found nothing"), "{method}: {war}");
    }
    for once in ["-v", "-vn"] {
        let crack = ["svcrack", once, "-P", &port, "-u", "1001", "-r", "1000-1003", &switch];
        let crack = printed_within(stage, IMPATIENCE, &crack);
        assert!(!crack.contains("The password for"), "{crack}");
    }
    is_unharmed(stage);
}

#[test]
fn sipvicious_finds_no_extension_and_no_product() {
    sipvicious_finds_nothing(&Stage::direct(&[contract("acme", 10)]));
}

#[test]
fn sipvicious_finds_no_password_of_a_trunk() {
    let credentials = "[credentials.own]\nusername = \"1001\"\npassword = \"1001\"\n";
    let stage = Stage::changed(
        &[contract("acme", 10)],
        |_, text| text.replace("[sip]\n", "[sip]\ndigest = \"MD5\"\n") + credentials,
        |_, text| format!("[[trunk]]\nid = \"digest\"\ncredentials = \"own\"\n{text}"),
    );
    sipvicious_finds_nothing(&stage);
}

#[test]
fn sipsak_gets_an_answer_as_a_trunk_and_breaks_nothing() {
    let stage = Stage::changed(
        &[contract("acme", 10)],
        |_, settings| settings,
        // The system chooses its address.
        |_, book| book.replace("accept_from = [", "accept_from = [\"127.0.0.1\", "),
    );
    let number = format!("sip:+18005550100@{}:5060", stage.ip(1));
    let user = format!("sip:1001@{}:5060", stage.ip(1));
    let is_there = || {
        let ping = printed(&stage, &["sipsak", "-N", "-v", "-s", &number]);
        assert!(ping.contains("SIP ok"), "{ping}");
    };
    is_there();
    let random = printed(&stage, &["sipsak", "-R", "-t", "60", "-v", "-s", &number]);
    assert!(!random.is_empty());
    is_there();
    let register = ["sipsak", "-U", "-C", "sip:a@127.0.0.1", "-a", "1001", "-v", "-s", &user];
    let register = printed(&stage, &register);
    assert!(register.contains("405 Method Not Allowed"), "{register}");
    is_unharmed(&stage);
}
