//! Many calls.

use super::bridged::assert_sold;
use super::scenario::Sipp;
use super::stage::Stage;
use super::stage::contract;

#[test]
fn a_hundred_calls_at_20_a_second_each_have_their_record() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 100);
    let more = ["-r", "20", "-d", "2000"];
    Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 100, &more).succeed();
    buyer.succeed();
    let records = stage.records();
    assert_eq!(records.len(), 100);
    for record in &records {
        assert_sold(record, "caller", 1.1..4.0);
    }
    let mut ids: Vec<_> = records.iter().map(|r| r["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 100, "every call has an id of its own");
}
