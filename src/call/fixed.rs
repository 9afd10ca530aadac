//! `<Dial>`: dials a fixed destination, without a contract. It is not billed.

use std::sync::Arc;
use std::time::Duration;

use crate::base::AttemptId;
use crate::base::Now;
use crate::base::Outcome;
use crate::base::Phone;
use crate::book::Accept;
use crate::book::Destination;
use crate::book::Target;
use crate::flow;
use crate::flow::DialTo;
use crate::flow::NotDialled;
use crate::sale::Loss;
use crate::sip::CancelWhy;

use super::CallEvent;
use super::Machine;
use super::leg::Leg;
use super::leg::LegState;
use super::leg::Purpose;
use super::machine::Stage;
use super::record::DialRecord;

impl Machine {
    /// Dials a fixed destination; the caller hears ringback until it ends.
    pub(super) fn dial_fixed(
        &mut self,
        to: DialTo,
        timeout: Duration,
        caller_id: Option<Phone>,
        now: Now,
    ) {
        if !self.sale.count_other() {
            return self.go_on(flow::Input::NotDialled(NotDialled::Failed), now);
        }
        self.ring_back(None);
        let (to, shown) = match to {
            DialTo::Sip(uri) => (Target::Sip { uri: uri.clone() }, uri.as_str().to_owned()),
            DialTo::Phone { number, trunk } => {
                let Some(trunk) = trunk.or_else(|| self.record.ingress.trunk().cloned()) else {
                    return self.go_on(flow::Input::NotDialled(NotDialled::Failed), now);
                };
                let shown = number.e164().to_owned();
                (Target::Phone { number, trunk }, shown)
            }
        };
        let destination = Arc::new(Destination {
            to,
            whisper: None,
            accept: Accept::None,
            symmetric_rtp: None,
            srtp: None,
        });
        let id = AttemptId::new(now, &mut self.rng);
        let purpose = Purpose::Fixed { to: shown, caller_id };
        self.stage = Stage::Ringing;
        self.prepare(Leg::new((id, purpose), destination, timeout));
    }

    /// Returns control to the flow when the fixed destination did not take the call.
    pub(super) fn on_not_dialled(&mut self, now: Now) {
        let why = match self.record.dials.last().and_then(|dial| dial.outcome) {
            Some(Outcome::Busy) => NotDialled::Busy,
            Some(Outcome::NoAnswer) => NotDialled::NoAnswer,
            Some(
                Outcome::Won
                | Outcome::LostRace
                | Outcome::Declined
                | Outcome::Failed
                | Outcome::NoCommonCodec
                | Outcome::Unreachable
                | Outcome::Barred
                | Outcome::TrunkLimit
                | Outcome::Loop
                | Outcome::NotAccepted
                | Outcome::Gone
                | Outcome::Machine
                | Outcome::Canceled,
            )
            | None => NotDialled::Failed,
        };
        self.stop_playback();
        self.stage = Stage::Asking;
        self.go_on(flow::Input::NotDialled(why), now);
    }

    /// Adds the record of a fixed destination that is being dialled.
    pub(super) fn open_dial(&mut self, id: AttemptId, to: String, now: Now) {
        self.report(CallEvent::Transfer { to: to.clone() });
        self.record.dials.push(DialRecord::begun(id, to, now.wall));
    }

    pub(super) fn dial_rings(&mut self, id: AttemptId, after: Duration) {
        if let Some(dial) = self.dial_row(id) {
            dial.row().ring(after);
        }
    }

    /// Records that the fixed destination answered.
    pub(super) fn dial_answered(&mut self, id: AttemptId, rang: Duration) {
        if let Some(dial) = self.dial_row(id) {
            dial.row().answer(Some(200), rang);
        }
    }

    /// Records the outcome of a fixed destination that answered, once.
    pub(super) fn end_answered_dial(&mut self, id: AttemptId, outcome: Outcome) {
        let Some(dial) = self.dial_row(id) else { return };
        if dial.row().end_answered(outcome) {
            let status = dial.sip_status;
            self.report(CallEvent::Transferred { outcome, status });
        }
    }

    /// Records the outcome of a fixed destination that did not answer, once.
    pub(super) fn end_dial(&mut self, id: AttemptId, loss: Loss, rang: Duration) {
        let Some(dial) = self.dial_row(id) else { return };
        if dial.row().end(loss, rang) {
            self.report(CallEvent::Transferred { outcome: loss.outcome, status: loss.status });
        }
    }

    /// Stops a fixed destination that was not bridged.
    pub(super) fn cancel_dial(&mut self, now: Now) {
        let fixed = self.legs.iter().find_map(|(leg, own)| match own.callee.purpose {
            Purpose::Fixed { .. } if !own.is_ending() => Some(*leg),
            Purpose::Fixed { .. } | Purpose::Sale => None,
        });
        let Some((leg, own)) = fixed.and_then(|leg| Some((leg, self.legs.get(&leg)?))) else {
            return;
        };
        let (callee, answered) = (own.callee.clone(), matches!(own.state, LegState::Won { .. }));
        let status = answered.then_some(200);
        self.stop_leg(leg, CancelWhy::Plain);
        self.end_dial(
            callee.id,
            Loss { outcome: Outcome::Canceled, status },
            callee.rung.rang(now),
        );
    }

    fn dial_row(&mut self, id: AttemptId) -> Option<&mut DialRecord> {
        self.record.dials.iter_mut().find(|dial| dial.id == id)
    }
}
