//! Requests without a valid signature, and unknown calls.

use strowger::base::Rng;
use strowger::demo::carrier::Account;
use strowger::demo::carrier::End;
use strowger::demo::carrier::Kind;
use strowger::demo::carrier::Purpose;
use strowger::demo::carrier::Script;

use super::stage::CALLER;
use super::stage::Plot;
use super::stage::Stage;
use super::stage::caller;

const ONE: &[(&str, &str)] = &[("a", "")];

fn plot(kind: Kind) -> Plot<'static> {
    Plot { kind, flow: "direct", offer: "", contracts: ONE }
}

/// Every request of an account with other keys is rejected and counted, and has no other effect.
#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_refused() {
    for kind in Kind::ALL {
        let stage = Stage::new(&plot(kind)).await;
        let stranger = Account::draw(kind, &mut Rng::seeded(99));
        let voice = format!("/carriers/{}/voice", kind.name());
        let seen = stage.asks(stranger, &voice, 1).call(caller()).await;
        let statuses: Vec<_> =
            seen.sent(Purpose::Document).map(|sent| (sent.status, sent.body.as_str())).collect();
        assert!(!statuses.is_empty(), "{kind:?}");
        for (status, body) in &statuses {
            assert_eq!(*status, Some(403), "{kind:?}");
            assert!(body.contains("forged") && !body.contains("Response"), "{kind:?}: {body}");
        }
        assert_eq!(stage.records().await, [""; 0], "{kind:?}");
        let forged = format!("strowger_webhooks_forged_total{{carrier=\"{}\"}}", kind.name());
        assert_eq!(stage.figure(&forged).await, statuses.len() as f64, "{kind:?}");
        let answered = stage.figure("strowger_webhooks_total{what=\"answered\"}").await;
        assert_eq!(answered, 0.0, "{kind:?}");
        stage.stop().await;
    }
}

/// A request for an unknown call gets a document that ends politely.
#[tokio::test(flavor = "multi_thread")]
async fn unknown_calls_end_politely() {
    let token = "0123456789abcdef".repeat(2);
    for kind in Kind::ALL {
        let stage = Stage::new(&plot(kind)).await;
        let account = stage.carrier.account().clone();
        let paths = [
            format!("call/{token}/next/2"),
            format!("call/{token}/whisper/{token}/1"),
            format!("call/{token}/no/such/callback"),
            "call/x/next/2".to_owned(),
        ];
        for path in &paths {
            let path = format!("/carriers/{}/{path}", kind.name());
            let seen = stage.asks(account.clone(), &path, 1).call(caller()).await;
            assert_eq!(seen.complaints(), "", "{kind:?} {path}");
            assert_eq!(seen.end, End::Document, "{kind:?} {path}");
            let sorry = "We're sorry. Your call cannot be completed. Goodbye.";
            assert_eq!(seen.heard(), [sorry], "{kind:?} {path}");
        }
        assert_eq!(stage.records().await, [""; 0], "{kind:?}");
        let unknown = stage.figure("strowger_webhooks_total{what=\"unknown\"}").await;
        assert_eq!(unknown, paths.len() as f64, "{kind:?}");
        stage.assert_free();
        stage.stop().await;
    }
}

/// A call to a number outside the book is rejected unanswered; its end is reported and accepted.
#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_number_is_refused() {
    for kind in Kind::ALL {
        let mut stage = Stage::new(&plot(kind)).await;
        let seen = stage.call(Script::new(CALLER, "+18005559999")).await;
        assert_eq!(seen.complaints(), "", "{kind:?}");
        assert_eq!(seen.end, End::Rejected, "{kind:?}");
        assert_eq!(stage.records().await, [""; 0], "{kind:?}");
        stage.stop().await;
    }
}
