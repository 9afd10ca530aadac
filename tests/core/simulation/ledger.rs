//! A model of the database: writes take time and are in order; a crash leaves what was written.

use std::collections::BTreeMap;
use std::time::Duration;

use strowger::base::End;
use strowger::base::Mono;
use strowger::base::Now;
use strowger::base::Wall;
use strowger::call::CallRecord;
use strowger::call::CallState;

use super::audit::check_bill;

/// What is on disk, by call number.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    rows: BTreeMap<usize, Row>,
    /// When the last write of a call is on disk. The next one comes after it.
    busy_until: BTreeMap<usize, Mono>,
}

#[derive(Debug)]
struct Row {
    record: CallRecord,
    seen: Wall,
}

impl Ledger {
    /// Returns how long a call's next write takes, including those before it.
    pub(crate) fn queue(&mut self, call: usize, takes: Duration, now: Now) -> Duration {
        let before = self.busy_until.get(&call).copied().unwrap_or_default().max(now.mono);
        let done = before + takes;
        self.busy_until.insert(call, done);
        done.since(now.mono)
    }

    pub(crate) fn write(&mut self, call: usize, record: CallRecord, now: Now) {
        if let Some(row) = self.rows.get(&call) {
            assert_eq!(row.record.state, CallState::Live, "call {call} is written after its end");
            assert_eq!(row.record.id, record.id, "call {call} changes its id");
        }
        self.rows.insert(call, Row { record, seen: now.wall });
    }

    pub(crate) fn beat(&mut self, call: usize, now: Now) {
        if let Some(row) = self.rows.get_mut(&call) {
            row.seen = now.wall;
        }
    }

    pub(crate) fn finished(&self, call: usize) -> Option<&CallRecord> {
        let row = self.rows.get(&call)?;
        (row.record.state == CallState::Ended).then_some(&row.record)
    }

    /// The switch has crashed and starts again: every call ends when it was last seen alive.
    /// `talked` returns how long a call was really bridged.
    pub(crate) fn restart(&mut self, talked: impl Fn(usize) -> Duration) {
        for (call, row) in &mut self.rows {
            let was_live = row.record.state == CallState::Live;
            row.record.close_after_restart(row.seen);
            let record = &row.record;
            assert_eq!(record.state, CallState::Ended);
            assert!(record.attempts.iter().all(|row| row.outcome.is_some()), "{record:?}");
            check_bill(record);
            if was_live {
                assert_eq!(record.reason, Some(End::SwitchRestart));
                let truth = talked(*call);
                assert!(
                    record.talk <= truth,
                    "call {call} is billed {:?} of {truth:?}",
                    record.talk
                );
            }
        }
    }

    /// Returns whether a call has a record.
    pub(crate) fn knows(&self, call: usize) -> bool {
        self.rows.contains_key(&call)
    }
}
