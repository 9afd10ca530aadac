//! The log has nothing of what a caller at a webhook carrier is or types, at any level; and none of
//! the secrets of the switch and its carriers.

use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use strowger::base::Rng;
use strowger::demo::carrier::Account;
use strowger::demo::carrier::Behaviour;
use strowger::demo::carrier::Kind;
use strowger::demo::carrier::Pace;
use strowger::demo::carrier::Script;
use strowger::demo::carrier::Side;
use strowger::demo::carrier::Simulator;
use strowger::demo::carrier::Site;
use strowger::demo::carrier::Time;
use strowger::net::Clock;

use super::gate::Gate;
use super::program::world_at;
use super::stage::BASE;
use super::stage::NUMBER;
use super::stage::Plot;
use super::stage::phone;
use super::stage::s;
use crate::canary::files_with;
use crate::canary::lines_with;

const CALLER: &str = "+12025550187";
/// What the caller types.
const POLICY: &str = "48213975";
/// The caller's number without its country code, names, and what the caller types.
const PERSONAL: [&str; 4] = ["2025550187", "Peregrina", "Vantongeren", POLICY];
/// The database of calls, and what the test itself wrote.
const OTHERS: [&str; 3] = ["strowger.db", "strowger.toml", "flows"];

fn script() -> Script {
    let talk = Behaviour::answers(s(4), s(60)).ended_by(Side::Dialled);
    let script = Script::new(CALLER, NUMBER).presses(POLICY);
    let mut script = script.phone(&phone(0), Behaviour::busy()).phone(&phone(1), talk);
    script.extra.push(("CallerName".to_owned(), "Peregrina Vantongeren".to_owned()));
    script
}

async fn nothing_of_a_caller_is_in_the_log(kind: Kind) {
    let mut gate = Gate::new().await;
    let contracts = &[("a", ""), ("b", "")];
    let plot = Plot { kind, flow: "personal", offer: "", contracts };
    let (switch, mut carrier) = world_at(&plot, gate.address, "trace").await;
    let behind = switch.clone();
    // The switch reads the call's journal after the first answers.
    gate.open(Arc::new(move |number| {
        let mut switch = behind.lock().unwrap();
        if number == 3 {
            switch.restart();
        }
        switch.address
    }));
    let seen = carrier.call(script()).await;
    assert_eq!(seen.complaints(), "", "{kind:?}");
    let stranger = Account::draw(kind, &mut Rng::seeded(99));
    let (base, time) = (BASE.to_owned(), Time::new(Clock::system().now().wall, Pace::AtOnce));
    let site = Site { base, address: gate.address };
    let voice = format!("{BASE}/carriers/{}/voice", kind.name());
    Simulator::new(stranger, site, &voice, time, Rng::seeded(1)).call(script()).await;
    let account = carrier.account().clone();
    let searched = tokio::task::spawn_blocking(move || {
        let mut switch = switch.lock().unwrap();
        let record = switch.records().remove(0);
        assert_eq!(record["caller"], json!(CALLER), "{kind:?}");
        assert_eq!(record["tags"]["policy"], json!(POLICY), "{kind:?}");
        let log = switch.stopped();
        for part in ["DEBUG ", "call arrived", "+1202•••••87", "call ended", "call refused"]
        {
            assert!(log.contains(part), "{kind:?}: no `{part}` in {log}");
        }
        let basic = STANDARD.encode(format!("{}:{}", account.id, account.api_token));
        let (webhook, token) = (account.webhook_secret(), switch.token().to_owned());
        let mut secrets: Vec<&str> = PERSONAL.to_vec();
        secrets.extend([account.api_token.as_str(), &basic, &webhook, &token]);
        assert_eq!(lines_with(&log, &secrets), [""; 0], "{kind:?}");
        assert_eq!(files_with(switch.home(), &secrets, &OTHERS), Vec::<PathBuf>::new(), "{kind:?}");
    });
    searched.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_caller_of_twilio_is_in_the_log() {
    nothing_of_a_caller_is_in_the_log(Kind::Twilio).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_caller_of_telnyx_is_in_the_log() {
    nothing_of_a_caller_is_in_the_log(Kind::Telnyx).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_caller_of_signalwire_is_in_the_log() {
    nothing_of_a_caller_is_in_the_log(Kind::SignalWire).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_caller_of_plivo_is_in_the_log() {
    nothing_of_a_caller_is_in_the_log(Kind::Plivo).await;
}
