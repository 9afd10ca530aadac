//! Hold: a party that holds need not send audio, so that its silence is no sign of its end. While a
//! bridged call is held, the switch asks both parties within their dialogs whether they are there.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::base::LegId;
use crate::base::Now;
use crate::sdp;
use crate::sip::Command;

use super::Machine;
use super::MediaOrder;
use super::machine::Stage;

/// Interval of OPTIONS while a bridged call is held.
const PROBE_EVERY: Duration = Duration::from_secs(60);

impl Machine {
    /// Takes the direction of a leg's new negotiation. In any other than both ways, the far end
    /// holds, by either style (RFC 3264 §8.4).
    pub(super) fn on_direction(&mut self, leg: LegId, direction: sdp::Direction, now: Now) {
        let holds = direction != sdp::Direction::SendRecv;
        self.holding.alive(leg, now);
        let changed =
            if holds { self.holding.by.insert(leg) } else { self.holding.by.remove(&leg) };
        let Some((caller, buyer)) = self.bridged_legs().filter(|_| changed) else { return };
        let other = if leg == caller { buyer } else { caller };
        self.order(match holds {
            true => MediaOrder::Hold { leg: other },
            false => MediaOrder::Resume { leg: other },
        });
        self.watch_hold(now);
    }

    /// Starts what a party that held before the bridge makes necessary.
    pub(super) fn on_bridged(&mut self, now: Now) {
        let Some((caller, buyer)) = self.bridged_legs() else { return };
        for (leg, other) in [(caller, buyer), (buyer, caller)] {
            if self.holding.by.contains(&leg) {
                self.order(MediaOrder::Hold { leg: other });
            }
        }
        self.watch_hold(now);
    }

    /// Asks both parties of a held call, when it is time.
    pub(super) fn on_hold_deadline(&mut self, now: Now) {
        if self.holding.probe_at.is_none_or(|at| now.mono < at) {
            return;
        }
        self.holding.probe_at = Some(now.mono + PROBE_EVERY);
        if let Some((caller, buyer)) = self.bridged_legs() {
            self.command(Command::Probe { session: caller });
            self.command(Command::Probe { session: buyer });
        }
    }

    fn watch_hold(&mut self, now: Now) {
        let Some((caller, buyer)) = self.bridged_legs() else { return };
        let holding = &mut self.holding;
        // A buyer who held and was lost before the bridge holds nothing any more.
        if !holding.by.contains(&caller) && !holding.by.contains(&buyer) {
            holding.probe_at = None;
            holding.alive.clear();
        } else if holding.probe_at.is_none() {
            holding.probe_at = Some(now.mono + PROBE_EVERY);
            holding.alive = BTreeMap::from([(caller, now.mono), (buyer, now.mono)]);
        }
    }

    fn bridged_legs(&self) -> Option<(LegId, LegId)> {
        match self.stage {
            Stage::Bridged { .. } if self.transfers.is_open() => None,
            Stage::Bridged { buyer, .. } => Some((self.caller.session, buyer)),
            Stage::Asking | Stage::Ringing | Stage::Won { .. } | Stage::Connected { .. } => None,
            Stage::Announcement | Stage::Over | Stage::Done => None,
        }
    }
}
