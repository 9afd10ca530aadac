//! The REST API: what a sweep of calls would read.

use super::site::s;
use super::site::scene;
use super::site::xml;
use crate::base::Rng;
use crate::demo::carrier::Account;
use crate::demo::carrier::Api;
use crate::demo::carrier::Behaviour;
use crate::demo::carrier::Kind;
use crate::demo::carrier::Script;
use crate::demo::carrier::wire;
use crate::demo::carrier::wire::HttpAnswer;
use crate::demo::carrier::wire::Letter;

async fn ask(api: &Api, path: &str, authorization: &str) -> HttpAnswer {
    let letter = Letter {
        method: "GET",
        url: format!("{}{path}", api.base()),
        headers: vec![("Authorization", authorization.to_owned())],
        body: String::new(),
    };
    let address = api.base().strip_prefix("http://").unwrap().parse().unwrap();
    wire::send(address, &letter).await.unwrap()
}

fn path(account: &Account, call: &str) -> String {
    let id = &account.id;
    match account.kind {
        Kind::Twilio => format!("/2010-04-01/Accounts/{id}/Calls/{call}.json"),
        Kind::SignalWire => format!("/api/laml/2010-04-01/Accounts/{id}/Calls/{call}"),
        Kind::Telnyx => format!("/v2/texml/Accounts/{id}/Calls/{call}"),
        Kind::Plivo => format!("/v1/Account/{id}/Call/{call}/"),
    }
}

#[tokio::test]
async fn calls_and_legs_are_reported_with_their_durations() {
    for kind in Kind::ALL {
        let mut scene = scene(kind, 1, |asked| match asked.path.as_str() {
            "/voice" => xml("<Dial action=\"{}/x\"><Number>+13055550001</Number></Dial>"),
            _ => xml("<Hangup/>"),
        })
        .await;
        let account = scene.carrier.account().clone();
        let api = Api::start(account.clone(), scene.carrier.calls()).await.unwrap();
        let script = Script::new("+13055550123", "+18005550100")
            .phone("+13055550001", Behaviour::answers(s(3), s(95)));
        let transcript = scene.carrier.call(script).await;
        assert_eq!(transcript.complaints(), "");
        let key = account.authorization();
        for (call, seconds, parent) in [
            (&transcript.call, 99, None),
            (&transcript.legs[0].id, 95, Some(transcript.call.as_str())),
        ] {
            let answer = ask(&api, &path(&account, call), &key).await;
            assert_eq!(answer.status, 200, "{}", kind.name());
            let json: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
            let (duration, parent_key) = match kind {
                Kind::Plivo => (json["call_duration"].to_string(), "parent_call_uuid"),
                _ => (json["duration"].as_str().unwrap().to_owned(), "parent_call_sid"),
            };
            assert_eq!(duration, seconds.to_string(), "{}", kind.name());
            assert_eq!(json[parent_key].as_str(), parent);
            if kind != Kind::Plivo {
                assert_eq!(json["status"], "completed");
            }
        }
        let stranger = Account::draw(kind, &mut Rng::seeded(9)).authorization();
        let own = path(&account, &transcript.call);
        assert_eq!(ask(&api, &own, &stranger).await.status, 401);
        assert_eq!(ask(&api, &path(&account, "CA0"), &key).await.status, 404);
    }
}
