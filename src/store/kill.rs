//! Tests that kill the switch at a random time: every acknowledged write is stored, and the restart
//! closes every open call.
//!
//! The child is this test program itself, started in a directory that contains a marker file.

use std::collections::BTreeMap;
use std::io::BufRead as _;
use std::io::BufReader;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

use super::Calls as _;
use super::Database;
use super::Store as _;
use super::sample::beat;
use super::sample::bridged;
use super::sample::finish;
use super::sample::finished;
use super::sample::node;
use super::sample::open;
use super::sample::ringing;
use super::sample::second;
use super::sample::update;
use crate::base::End;
use crate::base::Rng;
use crate::call::CallQuery;
use crate::call::CallState;

const DATABASE: &str = "kill.db";
const CHILD_MARKER: &str = "the-child-writes-here";

/// The child: writes calls until it is killed, and prints each acknowledged write. Does nothing
/// when run as a normal test.
#[tokio::test]
async fn the_child() {
    if !Path::new(CHILD_MARKER).exists() {
        return;
    }
    let store = Database::sqlite(Path::new(DATABASE)).unwrap();
    for call in 0.. {
        open(&store, ringing(call)).await.unwrap();
        println!("acknowledged {call} open");
        update(&store, bridged(call)).await.unwrap();
        beat(&store, vec![bridged(call).id], second(call + 30)).await.unwrap();
        println!("acknowledged {call} bridged");
        // Every third call stays open.
        if call % 3 != 0 {
            finish(&store, finished(call)).await.unwrap();
            println!("acknowledged {call} finished");
        }
    }
}

/// Starts the child, kills it after a number of acknowledgements, and returns the last acknowledged
/// stage of each call.
fn killed_after(directory: &Path, acknowledgements: u64) -> BTreeMap<u64, String> {
    std::fs::write(directory.join(CHILD_MARKER), "").unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "store::kill::the_child", "--nocapture", "--test-threads=1"])
        .current_dir(directory)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stages = BTreeMap::new();
    let mut count = 0;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        // The first line may begin with output of the test program.
        let Some((_, acknowledged)) = line.as_ref().unwrap().split_once("acknowledged ") else {
            continue;
        };
        // The kill may have truncated the last line.
        if let Some((call, stage @ ("open" | "bridged" | "finished"))) =
            acknowledged.split_once(' ')
        {
            stages.insert(call.parse().unwrap(), stage.to_owned());
            count += 1;
        }
        if count == acknowledgements {
            child.kill().unwrap();
        }
    }
    assert!(!child.wait().unwrap().success(), "the child ended before the kill");
    stages
}

#[tokio::test]
async fn nothing_acknowledged_is_lost() {
    let mut rng = Rng::seeded(7);
    for round in 0..4 {
        let home = tempfile::tempdir().unwrap();
        let stages = killed_after(home.path(), 1 + rng.below(120));
        let store = Database::sqlite(&home.path().join(DATABASE)).unwrap();
        let closed = store.calls_close_open(&node(), second(1_000_000)).await.unwrap();
        for (call, stage) in &stages {
            let what = format!("round {round}, call {call} {stage}");
            let found = store.call_fetch(ringing(*call).id).await.unwrap().expect(&what);
            assert_eq!(found.state, CallState::Ended, "{what}");
            if stage == "finished" {
                assert_eq!(found, finished(*call), "{what}");
            } else if found.reason == Some(End::SwitchRestart) {
                assert!(closed.contains(&found.id), "{what}");
                let seen = if stage == "bridged" { call + 30 } else { *call };
                assert!(found.ended_at.unwrap() >= second(seen), "{what}");
                assert!(found.ended_at.unwrap() <= second(call + 30), "{what}");
                assert!(!found.billable, "{what}");
            } else {
                assert_eq!(found, finished(*call), "{what}: its finish was not printed");
            }
        }
        let known = stages.len();
        let stored =
            store.call_list(CallQuery::default(), None, usize::MAX).await.unwrap().items.len();
        assert!((known..=known + 1).contains(&stored), "round {round}: {known} printed, {stored}");
    }
}
