//! Live calls: listed, shown and hung up by the command line, at the switch's socket.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Output;

use serde_json::Value;
use serde_json::json;

use super::scenario::Sipp;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::contract;
use crate::until::until;

fn listed(stage: &Stage, arguments: &[&str]) -> Vec<Value> {
    let arguments = [&["calls"], arguments, &["--json"]].concat();
    let printed: Value = serde_json::from_str(&stage.run(&arguments)).unwrap();
    printed["items"].as_array().unwrap().clone()
}

/// A command that fails; what it says.
fn refused(stage: &Stage, arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = stage.command(arguments).output().unwrap();
    assert_eq!(status.code(), Some(1), "{arguments:?}");
    assert!(stdout.is_empty(), "{arguments:?}");
    String::from_utf8(stderr).unwrap()
}

#[test]
fn a_bridged_call_is_listed_and_hung_up_on_both_sides() {
    let mut stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    let caller = Sipp::caller(&stage, "uac-talks-until-hung-up-on", 1);
    let bridged = || {
        let live = listed(&stage, &["live"]);
        live.first().is_some_and(|call| call["live"]["phase"] == "bridged")
    };
    until("the call is bridged", bridged);
    let [call] = &listed(&stage, &["live", "--buyer", "acme", "--number", "8005550100"])[..] else {
        panic!("the call is not listed");
    };
    assert_fields(call, &[("/state", json!("live")), ("/winner/buyer", json!("acme"))]);
    assert_eq!(listed(&stage, &["live", "--buyer", "blue"]), Vec::<Value>::new());
    let id = call["id"].as_str().unwrap();
    let short = &id[..13];
    let shown = stage.run(&["calls", "show", short]);
    assert!(shown.contains("phase       bridged acme, since "), "{shown}");
    let socket = std::fs::metadata(stage.home().join("strowger.db.sock")).unwrap();
    assert_eq!(socket.permissions().mode() & 0o777, 0o600);

    let said = stage.run(&["calls", "hangup", short]);
    assert!(said.starts_with(&format!("call {id} hung up: connected ")), "{said}");
    assert_eq!(listed(&stage, &["list", "--state", "live"]), Vec::<Value>::new());
    caller.succeed();
    buyer.succeed();
    let record = stage.record();
    assert_fields(
        &record,
        &[
            ("/state", json!("ended")),
            ("/reason", json!("hung_up")),
            ("/ended_by", json!("switch")),
            ("/winner/buyer", json!("acme")),
            ("/attempts/0/outcome", json!("won")),
        ],
    );
    let billable = record["talk_seconds"].as_f64().unwrap() >= 1.0;
    assert_eq!(record["billable"], billable, "the buffer is a second");
    let again: Value =
        serde_json::from_str(&stage.run(&["calls", "hangup", id, "--json"])).unwrap();
    assert_eq!(again, record, "twice is as once");

    let unknown = "00000000-0000-7000-8000-000000000000";
    let said = refused(&stage, &["calls", "hangup", unknown]);
    assert_eq!(said, format!("strowger: call {unknown}: there is no such call\n"));
    let said = refused(&stage, &["calls", "show", "fff"]);
    assert_eq!(said, "strowger: no call has an id that begins with `fff`\n");

    // What needs the switch says so without it; the rest is read from the database.
    stage.tell_to_stop();
    assert_eq!(stage.ended(), Some(0));
    let sentence =
        "strowger: no switch is running on this database: start it with `strowger serve`\n";
    assert_eq!(refused(&stage, &["calls", "live"]), sentence);
    assert_eq!(refused(&stage, &["calls", "hangup", short]), sentence);
    assert_eq!(listed(&stage, &["list", "--reason", "hung_up"]), std::slice::from_ref(&record));
    assert_eq!(listed(&stage, &["--since", "1h", "--caller", "+13055550123"]), [record]);
    assert!(stage.run(&["calls", "show", short]).contains("reason      hung_up: "));
    let csv = stage.run(&["calls", "export", "--state", "ended"]);
    assert_eq!(csv.lines().count(), 2, "{csv}");
    assert!(csv.contains(id), "{csv}");
}
