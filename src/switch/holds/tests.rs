use std::io;
use std::sync::Mutex;

use tracing_subscriber::fmt::MakeWriter;

use super::*;
use crate::base::Fields;
use crate::base::Now;
use crate::base::Rng;
use crate::book;
use crate::book::Channel;
use crate::dispatch::Overrun;
use crate::quota::Quota;
use crate::quota::slow::Slow;
use crate::routing::HOLD_TTL;
use crate::routing::Inquiry;
use crate::routing::Snapshot;

const BOOK: &str = r#"
[[offer]]
id = "auto"
[[buyer]]
id = "acme"
timezone = "America/New_York"
[[buyer]]
id = "blue"
timezone = "America/New_York"
[[contract]]
id = "first"
buyer = "acme"
offer = "auto"
priority = 1
caps = { concurrent = 1, day = 2 }
price = { amount = "1.00", currency = "USD" }
destination = { sip = "sip:a@198.51.100.7" }
[[contract]]
id = "second"
buyer = "blue"
offer = "auto"
priority = 2
price = { amount = "1.00", currency = "USD" }
destination = { sip = "sip:b@198.51.100.7" }
"#;

fn start() -> Now {
    Now::at("2026-01-06T15:00:00Z".parse().unwrap())
}

/// The holds of a call, with a clock that the test advances.
struct Call {
    holds: Holds,
    dispatch: Arc<Dispatch>,
    clock: Arc<Mutex<Now>>,
    rng: Rng,
}

impl Call {
    fn new(dispatch: Arc<Dispatch>, seed: u64) -> Self {
        let clock = Arc::new(Mutex::new(start()));
        let read = clock.clone();
        let read = Clock::new(move || *read.lock().unwrap());
        let holds = Holds::new(dispatch.clone(), read);
        Self { holds, dispatch, clock, rng: Rng::seeded(seed) }
    }

    async fn pick(&self, contract: &str) -> Box<Pick> {
        let (offer, fields) = ("auto".parse().unwrap(), Fields::default());
        let inquiry = Inquiry { offer, channel: Channel::Call, source: None, caller: None, fields };
        // Without holds every contract is a pick.
        let dispatch = Dispatch::new(snapshot(), Quota::memory());
        let decision = dispatch.preview(&dispatch.snapshot(), &inquiry, start()).await;
        Box::new(decision.picks().find(|pick| pick.contract.as_str() == contract).unwrap())
    }

    /// Requests a hold.
    async fn ask(&mut self, contract: &str) -> HoldId {
        let id = HoldId::new(start(), &mut self.rng);
        self.holds.reserve(id, self.pick(contract).await);
        id
    }

    /// Waits for the next answer.
    async fn next(&mut self) -> Option<Granted> {
        let answer = self.holds.answer().await.unwrap();
        self.holds.take_in(answer)
    }

    /// Requests a hold that is granted.
    async fn hold(&mut self, contract: &str) -> HoldId {
        let id = self.ask(contract).await;
        assert!(self.next().await.unwrap().result.is_ok());
        id
    }

    async fn settle(&mut self, id: HoldId, how: Settle) {
        self.holds.settle(id, how);
        assert!(self.next().await.is_none());
    }

    async fn renew(&mut self, id: HoldId) {
        self.holds.renew(&[id]);
        assert!(self.next().await.is_none());
    }

    /// Advances the clock without a heartbeat. Returns how many holds expired.
    async fn pass(&self, seconds: u64) -> usize {
        let now = {
            let mut clock = self.clock.lock().unwrap();
            *clock = clock.later(std::time::Duration::from_secs(seconds));
            *clock
        };
        self.dispatch.sweep(now).await
    }
}

fn snapshot() -> Snapshot {
    let (book, faults) = book::parse("book.toml", BOOK);
    Snapshot::compile(Arc::new(book.unwrap_or_else(|| panic!("{faults:?}"))), 1)
}

fn dispatch(quota: Quota) -> Arc<Dispatch> {
    Arc::new(Dispatch::new(snapshot(), quota))
}

fn asked(slow: &Slow) -> Vec<String> {
    slow.waiting().into_iter().map(|(_, what)| what).collect()
}

#[tokio::test]
async fn of_one_hold_nothing_overtakes_anything() {
    let (slow, quota) = Slow::new();
    let mut call = Call::new(dispatch(quota), 1);
    let id = call.ask("first").await;
    call.holds.settle(id, Settle::Commit);
    call.holds.settle(id, Settle::End);
    assert_eq!(asked(&slow), ["reserve"]);
    slow.let_go(id);
    assert!(call.next().await.unwrap().result.is_ok());
    assert_eq!(asked(&slow), ["Commit"]);
    call.holds.renew(&[id]);
    assert_eq!(asked(&slow), ["Commit"], "it is being asked about");
    slow.let_go(id);
    assert!(call.next().await.is_none());
    assert_eq!(asked(&slow), ["End"]);
    assert!(!call.holds.is_idle());
    slow.let_go(id);
    assert!(call.next().await.is_none());
    assert!(call.holds.is_idle() && call.holds.places.is_empty());
    assert_eq!(call.dispatch.live(), 0);
}

#[tokio::test]
async fn a_settlement_waits_for_a_renewal() {
    let (slow, quota) = Slow::new();
    let mut call = Call::new(dispatch(quota), 1);
    let id = call.ask("first").await;
    slow.let_go(id);
    assert!(call.next().await.unwrap().result.is_ok());
    call.holds.renew(&[id]);
    call.holds.settle(id, Settle::Release);
    assert_eq!(asked(&slow), ["renew"]);
    slow.let_go(id);
    assert!(call.next().await.is_none());
    assert_eq!(asked(&slow), ["Release"]);
    slow.let_go(id);
    assert!(call.next().await.is_none());
    assert_eq!(call.dispatch.live(), 0);
}

#[tokio::test]
async fn different_holds_are_asked_about_side_by_side() {
    let (slow, quota) = Slow::new();
    let mut call = Call::new(dispatch(quota), 1);
    let (first, second) = (call.ask("first").await, call.ask("second").await);
    assert_eq!(asked(&slow), ["reserve", "reserve"]);
    for id in [second, first] {
        slow.let_go(id);
        assert_eq!(call.next().await.map(|granted| granted.hold), Some(id));
    }
}

#[tokio::test]
async fn picks_are_reserved_in_the_order_in_which_they_are_asked_for() {
    let mut call = Call::new(dispatch(Quota::memory()), 1);
    let (one, two) = (call.ask("first").await, call.ask("first").await);
    let granted = call.next().await.unwrap();
    assert_eq!((granted.hold, granted.result.is_ok()), (one, true));
    let refused = call.next().await.unwrap();
    assert_eq!((refused.hold, refused.result.err()), (two, Some(Skip::CapConcurrent)));
}

#[tokio::test]
async fn no_more_than_a_commitment_and_an_end_wait() {
    let (slow, quota) = Slow::new();
    let mut call = Call::new(dispatch(quota), 1);
    let id = call.ask("first").await;
    for _ in 0..WAITING_MAX + 3 {
        call.holds.settle(id, Settle::Commit);
    }
    assert_eq!(call.holds.places[&id].waiting.len(), WAITING_MAX);
    slow.let_go(id);
    assert!(call.next().await.unwrap().result.is_ok());
    for _ in 0..WAITING_MAX {
        assert_eq!(asked(&slow), ["Commit"]);
        slow.let_go(id);
        assert!(call.next().await.is_none());
    }
    assert!(call.holds.is_idle());
    assert_eq!(call.dispatch.live(), 1, "it expires when it is not renewed");
}

#[tokio::test]
async fn a_buyer_answers_after_the_hold_has_expired() {
    let mut call = Call::new(dispatch(Quota::memory()), 1);
    let id = call.hold("first").await;
    assert_eq!(call.pass(HOLD_TTL.as_secs()).await, 1);
    assert_eq!(call.dispatch.live(), 0);
    call.settle(id, Settle::Commit).await;
    assert_eq!(call.dispatch.live(), 1);
    let mut other = Call::new(call.dispatch.clone(), 2);
    other.ask("first").await;
    assert_eq!(other.next().await.unwrap().result.err(), Some(Skip::CapConcurrent));
    call.settle(id, Settle::End).await;
    assert_eq!(call.dispatch.live(), 0);
    // The cap is two a day: one is sold, and the released unit is free again.
    let sold = other.hold("first").await;
    other.settle(sold, Settle::Release).await;
    let sold = other.hold("first").await;
    other.settle(sold, Settle::Commit).await;
    other.settle(sold, Settle::End).await;
    other.ask("first").await;
    assert_eq!(other.next().await.unwrap().result.err(), Some(Skip::CapDay));
    assert_eq!(call.dispatch.overruns(), []);
}

#[tokio::test]
async fn a_hold_that_expires_while_they_are_connected_is_reserved_again() {
    let mut call = Call::new(dispatch(Quota::memory()), 1);
    let id = call.hold("first").await;
    call.settle(id, Settle::Commit).await;
    assert_eq!(call.pass(HOLD_TTL.as_secs()).await, 1);
    call.renew(id).await;
    assert_eq!(call.dispatch.live(), 1);
    let mut other = Call::new(call.dispatch.clone(), 2);
    other.ask("first").await;
    assert_eq!(other.next().await.unwrap().result.err(), Some(Skip::CapConcurrent));
    call.settle(id, Settle::End).await;
    let id = other.hold("first").await;
    other.settle(id, Settle::Release).await;
    assert_eq!((call.dispatch.live(), call.dispatch.overruns()), (0, vec![]));
}

/// Captured log output.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Log;

    fn make_writer(&self) -> Log {
        self.clone()
    }
}

#[tokio::test]
async fn a_call_goes_on_above_a_cap_that_others_filled_and_is_counted() {
    let log = Log::default();
    let to = tracing_subscriber::fmt().with_ansi(false).with_writer(log.clone()).finish();
    let _logged = tracing::subscriber::set_default(to);
    for (committed, count) in [(false, 1), (true, 2)] {
        let mut call = Call::new(dispatch(Quota::memory()), 1);
        let mut other = Call::new(call.dispatch.clone(), 2);
        let id = call.hold("first").await;
        if committed {
            call.settle(id, Settle::Commit).await;
        }
        assert_eq!(call.pass(HOLD_TTL.as_secs()).await, 1);
        let taken = other.hold("first").await;
        other.settle(taken, Settle::Commit).await;
        let span = tracing::info_span!("call", call.id = "c1").entered();
        if committed {
            call.holds.renew(&[id]);
        } else {
            call.holds.settle(id, Settle::Commit);
        }
        drop(span);
        assert!(call.next().await.is_none());
        assert_eq!(call.dispatch.live(), 2, "both calls are up, and counted");
        let overruns = [Overrun { level: "contract", cap: "concurrent".to_owned(), count: 1 }];
        assert_eq!(call.dispatch.overruns(), overruns);
        // The overrun is counted once.
        call.renew(id).await;
        assert_eq!(call.dispatch.overruns(), overruns);
        call.settle(id, Settle::End).await;
        other.settle(taken, Settle::End).await;
        assert_eq!(call.dispatch.live(), 0);
        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<&str> = text.lines().filter(|line| line.contains("cap overrun")).collect();
        assert_eq!(lines.len(), count, "{text}");
        for part in ["ERROR call{call.id=\"c1\"}", "contract=first", "concurrent cap 1 of 1 used"] {
            assert!(lines.iter().all(|line| line.contains(part)), "{part}: {text}");
        }
    }
}
