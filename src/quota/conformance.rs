//! Conformance suites of the three traits. Each check gets an unused quota.

mod duplicates;
mod holds;
mod lost;
mod money;
mod rotation;
mod view;

use std::time::Duration;

use jiff::tz::TimeZone;
use tokio::runtime::Handle;

use super::Quota;
use crate::base::HoldId;
use crate::base::Now;
use crate::base::Rng;
use crate::caps::Cap;
use crate::caps::CapKey;
use crate::caps::Ceiling;
use crate::caps::Claim;
use crate::caps::HoldState;
use crate::caps::Level;
use crate::caps::Limits;
use crate::caps::Period;
use crate::caps::Periods;
use crate::caps::Refused;
use crate::caps::Settle;
use crate::caps::Settled;
use crate::caps::Window;

const TTL: Duration = Duration::from_secs(60);
/// Number of racing threads.
const RACERS: u64 = 4;
/// Reservations that each racer tries.
const TRIES: u64 = 2_000;

/// Checks the view: it includes every answer that this node received.
pub(crate) async fn view(make: impl Fn() -> Quota) {
    view::all(make).await;
}

/// Checks the holds; their counters are read through the view.
pub(crate) async fn holds(make: impl Fn() -> Quota) {
    holds::all(&make).await;
    duplicates::all(&make).await;
    money::all(&make).await;
    lost::all(&make).await;
}

/// Checks the rotation.
pub(crate) async fn rotation(make: impl Fn() -> Quota) {
    rotation::all(make).await;
}

fn start() -> Now {
    Now::at("2026-01-06T15:00:00Z".parse().unwrap())
}

fn at(seconds: u64) -> Now {
    start().later(Duration::from_secs(seconds))
}

fn ceiling(level: Level, limits: Limits) -> Ceiling {
    Ceiling::new(level, TimeZone::get("America/New_York").unwrap(), limits)
}

fn contract(name: &str, limits: Limits) -> Ceiling {
    ceiling(Level::Contract(name.parse().unwrap()), limits)
}

fn buyer(limits: Limits) -> Ceiling {
    ceiling(Level::Buyer("acme".parse().unwrap()), limits)
}

fn day(ceiling: &Ceiling) -> CapKey {
    let period = Periods::at(&ceiling.zone, start().wall).of(Window::Day);
    CapKey { level: ceiling.level.clone(), period }
}

fn under_way(ceiling: &Ceiling) -> CapKey {
    CapKey { level: ceiling.level.clone(), period: Period::Concurrent }
}

fn ids(seed: u64) -> impl FnMut() -> HoldId {
    let mut rng = Rng::seeded(seed);
    move || HoldId::new(start(), &mut rng)
}

/// Runs racers in parallel, one thread each; each has its own id stream.
fn race(racer: impl AsyncFn(u64) + Sync) {
    let runtime = Handle::current();
    std::thread::scope(|scope| {
        for n in 0..RACERS {
            let (racer, runtime) = (&racer, &runtime);
            scope.spawn(move || runtime.block_on(racer(n)));
        }
    });
}
