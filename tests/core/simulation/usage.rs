//! Units in use, counted independently of the quota: no cap may ever be exceeded.

use std::collections::BTreeMap;
use std::sync::Arc;

use strowger::base::HoldId;
use strowger::caps::Ceiling;
use strowger::caps::Level;
use strowger::caps::Settle;
use strowger::caps::Window;

/// Units of one account. A simulation lasts minutes around noon, so its windows never turn over.
#[derive(Debug, Clone, Copy, Default)]
struct Units {
    taken: u64,
    concurrent: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Usage {
    accounts: BTreeMap<Level, Units>,
    open: BTreeMap<HoldId, Arc<[Ceiling]>>,
    pub(crate) committed: usize,
}

impl Usage {
    pub(crate) fn hold(&mut self, hold: HoldId, ceilings: &Arc<[Ceiling]>) {
        for ceiling in ceilings.iter() {
            let units = self.accounts.entry(ceiling.level.clone()).or_default();
            units.taken += 1;
            units.concurrent += 1;
            for window in Window::ALL {
                let used = match window {
                    Window::Concurrent => units.concurrent,
                    _ => units.taken,
                };
                let limit = ceiling.limits.of(window).unwrap_or(u64::MAX);
                let (level, window) = (&ceiling.level, window.name());
                assert!(used <= limit, "{level}: {window} cap exceeded: {used} of {limit}");
            }
        }
        self.open.insert(hold, ceilings.clone());
    }

    pub(crate) fn settle(&mut self, hold: HoldId, how: Settle) {
        if how == Settle::Commit {
            self.committed += 1;
            return;
        }
        let Some(ceilings) = self.open.remove(&hold) else { panic!("{how:?} of an unknown hold") };
        for ceiling in ceilings.iter() {
            let units = self.accounts.entry(ceiling.level.clone()).or_default();
            units.concurrent -= 1;
            if matches!(how, Settle::Release | Settle::Unanswered) {
                units.taken -= 1;
            }
        }
    }

    pub(crate) fn assert_all_over(&self) {
        assert!(self.open.is_empty(), "holds are left: {:?}", self.open.keys());
    }
}
