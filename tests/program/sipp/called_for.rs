//! Calls that come for the bid of a ping: by the bid's address or by number and caller, once, and
//! after a kill.

use std::process::Command;

use serde_json::Value;
use serde_json::json;

use super::scenario::Sipp;
use super::stage::Contract;
use super::stage::NUMBER;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::attempts;
use crate::leads::Buyers;
use crate::leads::LOW_PING;
use crate::until::until;

const KEY: &str = "key-of-ads-0123456789";
/// The caller of the scenarios.
const ANN: &str = "13055550123";

/// Returns a stage whose source bids for its calls and gets four fifths.
fn stage(contracts: &[Contract<'_>], offer: &str) -> Stage {
    Stage::changed(
        contracts,
        |_, settings| {
            settings.replace("[media]", "host = \"sip.example\"\n[media]")
                + "[outbound]\nallow_private = true\n"
        },
        |_, book| {
            let paid = "payout = { amount = \"2.00\", currency = \"USD\" }\n";
            let bids = format!(
                "margin = {{ share = \"20%\" }}\ncall_pings = {{ life = \"10m\" }}\n\
                 intake = [{{ key = \"{KEY}\", offer = \"auto\", live = true }}]\n"
            );
            let own = "[[offer]]\nid = \"auto\"\n";
            book.replacen(paid, &bids, 1).replacen(own, &format!("{own}{offer}"), 1)
        },
    )
}

/// Sends a ping and returns its answer.
fn ping(stage: &Stage, form: &str) -> Value {
    let url = format!("http://{}/in/{KEY}/rtb.json", stage.api());
    let said = Command::new("curl").args(["-s", "-d", form, &url]).output().unwrap().stdout;
    serde_json::from_slice(&said).unwrap()
}

/// The address of the bid is called: the buyer pays its bid, and the source is owed its own.
#[test]
fn a_call_to_the_address_of_a_bid_is_sold_on_its_terms_once() {
    let buyers = Buyers::start();
    let bidder = format!("bidder = \"http://{}{LOW_PING}\"", buyers.address);
    let contracts = [Contract { id: "acme", host: 10, more: &bidder }];
    let stage = stage(&contracts, "strategy = \"auction\"\n");
    let told = ping(&stage, &format!("CID={ANN}&sipOk=yes&zipcode=90210&campaign=spring"));
    assert_eq!(told["bidAmount"], json!(9.60), "{told}");
    let (id, host) = told["sipAddress"].as_str().unwrap().split_once('@').unwrap();
    assert_eq!((json!(id), host), (told["bidId"].clone(), "sip.example"));
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    let call = ["-s", id, "-d", "1500"];
    Sipp::caller_to(&stage, "uac-talks-then-hangs-up", &call).succeed();
    buyer.succeed();
    let record = stage.ended_record();
    assert_fields(
        &record,
        &[
            ("/number", json!(NUMBER)),
            ("/ping/result", json!("bid")),
            ("/ping/payout/amount", json!("9.60")),
            ("/ping/buffer_seconds", json!(1)),
            ("/winner/price/amount", json!("12.00")),
            ("/revenue/amount", json!("12.00")),
            ("/payout/amount", json!("9.60")),
            ("/fields/zip", json!("90210")),
            ("/fields/campaign", json!("spring")),
        ],
    );
    assert_eq!(buyers.posts(LOW_PING, ""), 1, "nobody was asked again");
    let shown = stage.fetch(&format!("/v1/pings?id={id}"));
    assert_fields(
        &shown["items"][0],
        &[("/call", record["id"].clone()), ("/id", record["ping"]["ping"].clone())],
    );
    assert!(!shown.to_string().contains(ANN), "{shown}");
    let printed = stage.run(&["calls", "show", record["id"].as_str().unwrap()]);
    assert!(printed.contains("bid 9.60 USD from 1 s"), "{printed}");

    // The bid was used, and another was never made.
    Sipp::caller_to(&stage, "uac-calls-a-used-bid-expect-410", &["-s", id]).succeed();
    let other = "RTB0190a0b0000070008000000000000001";
    Sipp::caller_to(&stage, "uac-calls-no-bid-expect-404", &["-s", other]).succeed();
    let refused = stage.fetch("/v1/calls/refused");
    assert_fields(
        &refused["items"][0],
        &[("/reason", json!("no_bid")), ("/count", json!(2)), ("/from", json!("carrier"))],
    );
    assert_eq!(stage.calls().len(), 1);
    let row = &stage.fetch("/v1/reports/pings")["items"][0];
    assert_eq!((&row["posted"], &row["unused"]), (&json!(1), &json!(0)), "{row}");
    stage.verify(&[]);
}

/// The buyer behind the bid is busy, and the next one owes nothing yet. The source is owed its bid.
#[test]
fn a_call_by_number_and_caller_is_owed_its_bid_after_a_kill_whatever_the_buyer_owes() {
    let reports = "conversion = { by = \"report\" }";
    let contracts = [
        Contract { id: "acme", host: 10, more: "" },
        Contract { id: "blue", host: 11, more: reports },
    ];
    let mut stage = stage(&contracts, "");
    let told = ping(&stage, &format!("CID={ANN}"));
    assert_fields(
        &told,
        &[
            ("/bidAmount", json!(4.00)),
            ("/phoneNumber", json!(NUMBER)),
            ("/bidTerms/0/callMinDuration", json!(1)),
        ],
    );
    stage.kill();
    stage.start();
    let refuses = Sipp::buyer(&stage, 10, "uas-busy-486", 3);
    let buyer = Sipp::buyer(&stage, 11, "uas-answers", 3);
    let call = |caller: &str| {
        let before = stage.records().len();
        let more = ["-s", NUMBER, "-d", "1500", "-key", "caller", caller];
        Sipp::caller_to(&stage, "uac-talks-then-hangs-up", &more).succeed();
        until("the call has ended", || {
            stage.records().iter().filter(|call| call["state"] == "ended").count() > before
        });
    };
    // Another caller, the caller, and the caller again.
    for caller in ["+13055550199", "+13055550123", "+13055550123"] {
        call(caller);
    }
    refuses.succeed();
    buyer.succeed();
    let mut records = stage.records();
    records.sort_by_key(|record| record["id"].as_str().unwrap().to_owned());
    let zero = json!("0.00");
    for (record, (result, payout)) in
        records.iter().zip([("other_caller", &zero), ("bid", &json!("4.00")), ("used", &zero)])
    {
        assert_eq!(attempts(record), ["acme busy", "blue won"], "{record}");
        assert_fields(
            record,
            &[
                ("/ping/result", json!(result)),
                ("/payout/amount", payout.clone()),
                ("/revenue/amount", zero.clone()),
                ("/billable", json!(false)),
            ],
        );
    }
    assert_eq!(records[1]["ping"]["ping"], records[2]["ping"]["ping"]);
    let ledger = stage.run(&["statement", "source", "ads", "--json"]);
    assert!(ledger.contains("4.00"), "{ledger}");
    stage.verify(&[]);
}
