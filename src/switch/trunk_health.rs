//! Which trunks are down, as the calls that are dialed through them find out.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use crate::base::TrunkId;
use crate::call::GatewaySign;

/// Failed dials in a row, for each address of a trunk, after which the trunk is down.
const FAILURES: usize = 3;

/// The trunks that failed last. An entry per trunk of the books since the start, at most.
#[derive(Debug, Default)]
pub struct TrunkHealth {
    failing: Mutex<HashMap<TrunkId, Failing>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failing {
    /// So many dials in a row failed.
    Since(usize),
    Down,
}

/// A trunk went down or came up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    Down,
    Up,
}

impl TrunkHealth {
    /// Notes what a dial says about its trunk. Returns whether the trunk goes down or comes up.
    pub(super) fn note(
        &self,
        trunk: &TrunkId,
        addresses: usize,
        sign: GatewaySign,
    ) -> Option<Turn> {
        let mut failing = self.lock();
        match sign {
            GatewaySign::Alive => (failing.remove(trunk)? == Failing::Down).then_some(Turn::Up),
            GatewaySign::Dead => {
                let failed = failing.entry(trunk.clone()).or_insert(Failing::Since(0));
                let Failing::Since(count) = failed else { return None };
                *count += 1;
                let is_down = *count >= FAILURES * addresses.max(1);
                is_down.then(|| {
                    *failed = Failing::Down;
                    Turn::Down
                })
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TrunkId, Failing>> {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trunk_is_down_when_every_address_failed_three_times_in_a_row() {
        const DEAD: GatewaySign = GatewaySign::Dead;
        const ALIVE: GatewaySign = GatewaySign::Alive;
        let health = TrunkHealth::default();
        let (one, two) = ("one", "two");
        for (of, sign, expected) in [
            (one, ALIVE, None),
            (one, DEAD, None),
            (two, DEAD, None),
            (one, DEAD, None),
            (one, ALIVE, None),
            (one, DEAD, None),
            (one, DEAD, None),
            (two, DEAD, None),
            (one, DEAD, Some(Turn::Down)),
            (one, DEAD, None),
            (two, DEAD, None),
            (one, ALIVE, Some(Turn::Up)),
            (one, ALIVE, None),
            (two, DEAD, None),
            (two, DEAD, None),
            (two, DEAD, Some(Turn::Down)),
        ] {
            let addresses = if of == one { 1 } else { 2 };
            let turn = health.note(&of.parse().unwrap(), addresses, sign);
            assert_eq!(turn, expected, "{of} {sign:?}");
        }
    }
}
