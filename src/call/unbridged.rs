//! A winner that is not bridged yet: it waits for the caller's ACK, and may be lost meanwhile.

use std::time::Duration;

use crate::base::CanceledBecause;
use crate::base::End;
use crate::base::Now;
use crate::base::Outcome;
use crate::sale;
use crate::sale::Loss;

use super::Machine;
use super::leg::Callee;
use super::leg::Purpose;
use super::machine::Stage;
use super::record::EndedBy;

/// Longest time that a buyer who took the call waits for the caller's ACK. The 200 is sent five
/// times in it (RFC 3261 §13.3.1.4).
pub(super) const CALLER_WAIT_MAX: Duration = Duration::from_secs(10);

impl Machine {
    /// Continues after a winner was lost before the bridge: nothing was sold. A caller who is
    /// answered hears ringback again, and the next buyer or the flow follows.
    pub(super) fn on_winner_lost(&mut self, callee: &Callee, now: Now) {
        self.stage = Stage::Ringing;
        self.ring_back_again();
        match callee.purpose {
            Purpose::Sale => {
                let loss = Loss { outcome: Outcome::Gone, status: Some(200) };
                self.sell(sale::Input::Lost(callee.id, loss), now);
            }
            // A transfer is bridged as soon as it is answered.
            Purpose::Transfer { .. } => {}
            Purpose::Fixed { .. } => {
                self.end_answered_dial(callee.id, Outcome::Gone);
                self.on_not_dialled(now);
            }
        }
    }

    /// Ends the call when the winner has waited too long for the caller's ACK. The switch may not
    /// hang up on the caller before that ACK or its timeout (RFC 3261 §15).
    pub(super) fn on_caller_late(&mut self, now: Now) {
        let (Stage::Won { until, .. } | Stage::Connected { until, .. }) = self.stage else {
            return;
        };
        if now.mono >= until {
            self.sell(sale::Input::Withdrawn(CanceledBecause::CallerUnconfirmed), now);
            self.end(EndedBy::Switch, End::CallerUnconfirmed, now);
        }
    }
}
