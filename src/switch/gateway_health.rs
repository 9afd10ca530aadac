//! Which gateways are down, as calls and OPTIONS find out.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use crate::base::GatewayName;
use crate::base::Mono;
use crate::base::TrunkId;
use crate::call::GatewaySign;
use crate::call::GatewayState;

/// Failed dials in a row after which a gateway is down: one failed call says nothing of the others.
const DIALS: u32 = 3;
/// Unanswered OPTIONS in a row after which a gateway is down that answered them before.
const PINGS: u32 = 2;
/// How long a gateway is left out that failed calls. Then calls try it as any other.
const REST: Duration = Duration::from_secs(60);
/// The status of a gateway that serves no calls (RFC 3261 §21.5.4).
const UNAVAILABLE: u16 = 503;

/// What was seen of a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// What a call showed.
    Call(GatewaySign),
    /// The final status that answered an OPTIONS; `None` without an answer.
    Ping(Option<u16>),
}

/// A gateway or a trunk went down or came up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    Down,
    Up,
}

/// What turned: the gateway, and its trunk when the last of its gateways goes down, or the first one
/// comes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Turns {
    pub(super) gateway: Option<Turn>,
    pub(super) trunk: Option<Turn>,
}

/// The gateways of each trunk that were seen.
#[derive(Debug, Default)]
pub struct GatewayHealth {
    trunks: Mutex<BTreeMap<TrunkId, BTreeMap<GatewayName, Health>>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Health {
    /// Failed dials in a row.
    failed: u32,
    /// Whether it has taken a call.
    takes_calls: bool,
    pings: Pings,
    down: Option<Down>,
}

/// What OPTIONS have shown.
#[derive(Debug, Clone, Copy, Default)]
enum Pings {
    /// None was answered yet.
    #[default]
    Ignored,
    /// The last one was answered.
    Answered,
    /// So many in a row were not answered, after one that was.
    Missed(u32),
}

/// Why a gateway is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Down {
    /// Calls failed, the last one then.
    Calls(Mono),
    /// It answers OPTIONS no more.
    Pings,
}

impl GatewayHealth {
    /// Takes in what was seen of a gateway. `all` are the trunk's gateways; others are forgotten.
    pub(super) fn note(
        &self,
        (trunk, gateway): (&TrunkId, &GatewayName),
        all: &[GatewayName],
        seen: Seen,
        now: Mono,
    ) -> Turns {
        let mut trunks = self.lock();
        let known = trunks.entry(trunk.clone()).or_default();
        known.retain(|name, _| all.contains(name));
        if !all.contains(gateway) {
            return Turns::default();
        }
        let are_down = |known: &BTreeMap<GatewayName, Health>| {
            all.iter().all(|name| known.get(name).is_some_and(|own| own.down.is_some()))
        };
        let before = are_down(known);
        let gateway = known.entry(gateway.clone()).or_default().note(seen, now);
        let trunk = match (before, are_down(known)) {
            (false, true) => Some(Turn::Down),
            (true, false) => Some(Turn::Up),
            (false, false) | (true, true) => None,
        };
        Turns { gateway, trunk }
    }

    /// Returns whether calls go to others first.
    pub(super) fn is_down(&self, trunk: &TrunkId, gateway: &GatewayName, now: Mono) -> bool {
        let trunks = self.lock();
        let own = trunks.get(trunk).and_then(|known| known.get(gateway));
        own.and_then(|own| own.down).is_some_and(|down| match down {
            Down::Calls(last) => now.since(last) < REST,
            Down::Pings => true,
        })
    }

    /// Returns the state of a gateway.
    pub(super) fn state(&self, trunk: &TrunkId, gateway: &GatewayName) -> GatewayState {
        let trunks = self.lock();
        let Some(own) = trunks.get(trunk).and_then(|known| known.get(gateway)) else {
            return GatewayState::Unknown;
        };
        match (own.down, own.pings) {
            (Some(_), _) => GatewayState::Down,
            (None, Pings::Answered | Pings::Missed(_)) => GatewayState::Up,
            (None, Pings::Ignored) if own.takes_calls => GatewayState::Up,
            (None, Pings::Ignored) => GatewayState::Unknown,
        }
    }

    /// Forgets the trunks that a book has no more.
    pub(super) fn keep(&self, is_known: impl Fn(&TrunkId) -> bool) {
        self.lock().retain(|trunk, _| is_known(trunk));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<TrunkId, BTreeMap<GatewayName, Health>>> {
        self.trunks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Health {
    fn note(&mut self, seen: Seen, now: Mono) -> Option<Turn> {
        let was_down = self.down.is_some();
        match seen {
            Seen::Call(GatewaySign::Alive) => {
                (self.failed, self.takes_calls, self.down) = (0, true, None);
            }
            Seen::Call(GatewaySign::Dead) => {
                self.failed = self.failed.saturating_add(1);
                if self.failed >= DIALS && self.down != Some(Down::Pings) {
                    self.down = Some(Down::Calls(now));
                }
            }
            Seen::Ping(Some(status)) if status != UNAVAILABLE => {
                self.pings = Pings::Answered;
                // It may answer these, and serve no calls.
                if self.down == Some(Down::Pings) {
                    (self.failed, self.down) = (0, None);
                }
            }
            Seen::Ping(answer) => {
                self.pings = match self.pings {
                    Pings::Ignored if answer.is_none() => Pings::Ignored,
                    Pings::Ignored | Pings::Answered => Pings::Missed(1),
                    Pings::Missed(count) => Pings::Missed(count.saturating_add(1)),
                };
                if let Pings::Missed(PINGS..) = self.pings {
                    self.down = Some(Down::Pings);
                }
            }
        }
        match (was_down, self.down.is_some()) {
            (false, true) => Some(Turn::Down),
            (true, false) => Some(Turn::Up),
            (false, false) | (true, true) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEAD: Seen = Seen::Call(GatewaySign::Dead);
    const ALIVE: Seen = Seen::Call(GatewaySign::Alive);
    const SILENT: Seen = Seen::Ping(None);
    const ANSWERS: Seen = Seen::Ping(Some(405));
    const BUSY: Seen = Seen::Ping(Some(503));

    fn at(seconds: u64) -> Mono {
        Mono::from_nanos(0) + Duration::from_secs(seconds)
    }

    /// Notes what is seen of the gateways `a` and `b`, one each second, and checks what turns.
    #[track_caller]
    fn check(
        gateways: &[&str],
        story: &[(&str, Seen, Option<Turn>, Option<Turn>)],
    ) -> GatewayHealth {
        let health = GatewayHealth::default();
        let trunk: TrunkId = "out".parse().unwrap();
        let name = |host: &str| GatewayName::new("udp", host, 5060);
        let all: Vec<_> = gateways.iter().map(|host| name(host)).collect();
        for (second, (host, seen, gateway, of_trunk)) in story.iter().enumerate() {
            let turns = health.note((&trunk, &name(host)), &all, *seen, at(second as u64));
            let expected = Turns { gateway: *gateway, trunk: *of_trunk };
            assert_eq!(turns, expected, "{second}: {host} {seen:?}");
        }
        health
    }

    const DOWN: Option<Turn> = Some(Turn::Down);
    const UP: Option<Turn> = Some(Turn::Up);

    #[test]
    fn a_gateway_is_down_when_three_calls_in_a_row_failed() {
        check(
            &["a"],
            &[
                ("a", ALIVE, None, None),
                ("a", DEAD, None, None),
                ("a", DEAD, None, None),
                ("a", ALIVE, None, None),
                ("a", DEAD, None, None),
                ("a", DEAD, None, None),
                ("a", DEAD, DOWN, DOWN),
                ("a", DEAD, None, None),
                ("a", ALIVE, UP, UP),
                ("a", ALIVE, None, None),
            ],
        );
    }

    #[test]
    fn a_trunk_is_down_when_all_of_its_gateways_are() {
        check(
            &["a", "b"],
            &[
                ("a", DEAD, None, None),
                ("a", DEAD, None, None),
                ("b", DEAD, None, None),
                ("a", DEAD, DOWN, None),
                ("b", DEAD, None, None),
                ("b", DEAD, DOWN, DOWN),
                ("a", ALIVE, UP, UP),
                ("b", ALIVE, UP, None),
                // No gateway of the trunk any more.
                ("c", DEAD, None, None),
            ],
        );
    }

    #[test]
    fn a_gateway_that_ignores_options_stays_usable() {
        check(&["a"], &[("a", SILENT, None, None); 5]);
        check(
            &["a"],
            &[
                ("a", SILENT, None, None),
                ("a", ANSWERS, None, None),
                ("a", SILENT, None, None),
                ("a", ANSWERS, None, None),
                ("a", SILENT, None, None),
                ("a", SILENT, DOWN, DOWN),
                ("a", SILENT, None, None),
                ("a", ANSWERS, UP, UP),
                ("a", BUSY, None, None),
                ("a", BUSY, DOWN, DOWN),
                // It takes calls all the same.
                ("a", ALIVE, UP, UP),
            ],
        );
    }

    /// An answer to OPTIONS does not bring a gateway back that fails calls; time does.
    #[test]
    fn a_gateway_that_fails_calls_is_tried_again_after_a_while() {
        let health = check(
            &["a"],
            &[
                ("a", DEAD, None, None),
                ("a", DEAD, None, None),
                ("a", DEAD, DOWN, DOWN),
                ("a", ANSWERS, None, None),
            ],
        );
        let (trunk, gateway) = ("out".parse().unwrap(), GatewayName::new("udp", "a", 5060));
        assert!(health.is_down(&trunk, &gateway, at(61)));
        assert!(!health.is_down(&trunk, &gateway, at(62)));
        assert_eq!(health.state(&trunk, &gateway), GatewayState::Down, "until it takes a call");
        let all = [gateway.clone()];
        health.note((&trunk, &gateway), &all, DEAD, at(70));
        assert!(health.is_down(&trunk, &gateway, at(129)));
        health.keep(|_| false);
        assert_eq!(health.state(&trunk, &gateway), GatewayState::Unknown);
    }
}
