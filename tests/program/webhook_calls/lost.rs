//! Holds that expire although their call lives: everything sold is counted.

use std::sync::Arc;
use std::sync::Mutex;

use strowger::base::Fields;
use strowger::base::HoldId;
use strowger::base::Now;
use strowger::base::Rng;
use strowger::book::Channel;
use strowger::demo::carrier::Behaviour;
use strowger::demo::carrier::Kind;
use strowger::dispatch::Dispatch;
use strowger::routing::HOLD_TTL;
use strowger::routing::Inquiry;

use super::stage::Plot;
use super::stage::Stage;
use super::stage::caller;
use super::stage::look;
use super::stage::phone;
use super::stage::s;
use super::stage::summary;

const OVERRUNS: &str = "strowger_cap_overruns_total{level=\"contract\",cap=\"day\"}";

/// What happens while the buyer rings.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Meanwhile {
    /// Its hold expires.
    Expires,
    /// It expires, and the node checks its calls.
    IsRenewed,
    /// It expires, and another call takes the unit.
    IsTaken,
}

/// Takes the first pick, as another node would.
async fn take(dispatch: &Dispatch, now: Now) {
    let (offer, fields) = ("o".parse().unwrap(), Fields::default());
    let inquiry = Inquiry { offer, channel: Channel::Call, source: None, caller: None, fields };
    let decision = dispatch.preview(&dispatch.snapshot(), &inquiry, now).await;
    let hold = HoldId::new(now, &mut Rng::seeded(1));
    dispatch.hold(&decision.first().unwrap(), hold, now).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_hold_expired_is_counted_all_the_same() {
    for meanwhile in [Meanwhile::Expires, Meanwhile::IsRenewed, Meanwhile::IsTaken] {
        let contracts = &[("a", "caps = { day = 1 }")];
        let plot = Plot { kind: Kind::Twilio, flow: "direct", offer: "", contracts };
        let mut stage = Stage::new(&plot).await;
        let shared = stage.node().shared.clone();
        let webhooks = stage.node().carriers.webhooks.clone();
        let handle = tokio::runtime::Handle::current();
        let lost = Arc::new(Mutex::new(0));
        let counted = lost.clone();
        stage.meets(move |number| {
            if number == 2 {
                let now = shared.clock.now();
                handle.block_on(async {
                    *counted.lock().unwrap() = shared.dispatch.sweep(now.later(HOLD_TTL)).await;
                    match meanwhile {
                        Meanwhile::Expires => {}
                        Meanwhile::IsRenewed => look(&webhooks).await,
                        Meanwhile::IsTaken => take(&shared.dispatch, now).await,
                    }
                });
            }
            None
        });
        let script = || caller().phone(&phone(0), Behaviour::answers(s(4), s(60)));
        let seen = stage.call(script()).await;
        assert_eq!(seen.complaints(), "", "{meanwhile:?}");
        assert_eq!(*lost.lock().unwrap(), 1, "{meanwhile:?}");
        let first = stage.records().await.pop().unwrap();
        assert_eq!(summary(&first), "bridged by caller [1a:won] 60.0s 10.00", "{meanwhile:?}");
        stage.meets(|_| None);
        stage.call(script()).await;
        let second = stage.records().await.pop().unwrap();
        assert_eq!(summary(&second), "no_contract by switch [] 0.0s -", "{meanwhile:?}: one a day");
        let left = usize::from(meanwhile == Meanwhile::IsTaken);
        assert_eq!(stage.node().shared.dispatch.live(), left, "{meanwhile:?}");
        if meanwhile == Meanwhile::IsTaken {
            assert_eq!(stage.figure(OVERRUNS).await, 1.0);
        } else {
            assert_eq!(stage.node().shared.dispatch.overruns(), []);
        }
        stage.stop().await;
    }
}
