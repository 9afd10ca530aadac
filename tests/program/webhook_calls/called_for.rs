//! A call at a webhook carrier that comes for the bid of a ping. The program is killed after the bid
//! and before each request of the call.

use std::process::Command;
use std::sync::Arc;
use std::sync::Mutex;

use serde_json::Value;
use strowger::demo::carrier::Behaviour;
use strowger::demo::carrier::Kind;
use strowger::demo::carrier::Script;
use strowger::demo::carrier::Side;

use super::gate::Gate;
use super::program::Switch;
use super::program::world;
use super::stage::CALLER;
use super::stage::Plot;
use super::stage::phone;
use super::stage::s;
use super::stage::summary;

const KEY: &str = "key-of-pub-0123456789";
const LINE: &str = "+18005550177";

fn ping(switch: &Mutex<Switch>) -> Value {
    let address = switch.lock().unwrap().address;
    let url = format!("http://{address}/in/{KEY}/rtb.json");
    let form = format!("CID={}&State=CA", CALLER.trim_start_matches('+'));
    let said = Command::new("curl").args(["-s", "-d", &form, &url]).output().unwrap().stdout;
    serde_json::from_slice(&said).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_for_a_bid_is_replayed_on_its_terms() {
    let mut gate = Gate::new().await;
    let source = format!(
        "[[source]]\nid = \"pub\"\nmargin = {{ share = \"40%\" }}\n\
         call_pings = {{ life = \"10m\" }}\n\
         intake = [{{ key = \"{KEY}\", offer = \"o\", live = true }}]\n\
         [[number]]\nnumber = \"{LINE}\"\noffer = \"o\"\nsource = \"pub\"\nflow = \"menu\"\n"
    );
    let contracts = &[("a", ""), ("b", "")];
    let plot = Plot { kind: Kind::Twilio, flow: "menu", offer: &source, contracts };
    let (switch, mut carrier) = world(&plot, gate.address).await;
    let told = ping(&switch);
    assert_eq!(told["bidAmount"], 6.0, "{told}");
    assert_eq!(told["phoneNumber"], LINE);
    let behind = switch.clone();
    gate.open(Arc::new(move |_| {
        let mut switch = behind.lock().unwrap();
        switch.restart();
        switch.address
    }));
    let talk = Behaviour::answers(s(4), s(60)).ended_by(Side::Dialled);
    let script = || {
        let caller = Script::new(CALLER, LINE).presses("1");
        caller.phone(&phone(0), Behaviour::busy()).phone(&phone(1), talk.clone())
    };
    for _ in 0..2 {
        let seen = carrier.call(script()).await;
        assert_eq!(seen.complaints(), "");
    }
    let records = tokio::task::spawn_blocking(move || switch.lock().unwrap().records());
    let records = records.await.unwrap();
    let ended = "bridged by buyer [1a:busy 2b:won] 60.0s 10.00";
    for record in &records {
        assert_eq!(summary(record), ended);
        assert_eq!(record["payout"]["amount"], "6.00");
        assert_eq!(record["source"], "pub");
    }
    assert_eq!(records[0]["ping"]["result"], "bid", "{}", records[0]);
    // A used bid is not remembered over a kill: the second call is an ordinary one.
    assert!(records[1].get("ping").is_none(), "{}", records[1]);
    assert_eq!(records[0]["fields"]["state"], "CA", "{}", records[0]);
    assert_eq!(records[0]["winner"]["payout_from_seconds"], 5);
    assert!(records[1]["winner"].get("payout_from_seconds").is_none());
}
