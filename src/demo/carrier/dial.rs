//! `<Dial>`: phones ring, one is bridged with the caller, and the action gets the result.

use std::time::Duration;

use super::call::Call;
use super::call::HungUp;
use super::call::Step;
use super::document::Dial;
use super::document::Order;
use super::document::Wire;
use super::params;
use super::params::Bridge;
use super::params::Dialled;
use super::params::Rang;
use super::race::Race;
use super::race::Runner;
use super::script::Side;
use super::script::Then;
use super::transcript::Status;

impl Call {
    /// Dials, keeps both sides connected, and continues with the action. The action is requested
    /// even after the caller has hung up; its answer is then ignored.
    pub(super) async fn dial(&mut self, dial: &Dial) -> Result<Step, HungUp> {
        let groups: Vec<_> = match dial.order {
            Order::Sequential => dial.nouns.chunks(1).collect(),
            Order::Together => vec![dial.nouns.as_slice()],
        };
        let mut result = without_noun();
        let mut gone = false;
        for nouns in groups {
            let mut race = Race::begin(self, dial, nouns).await;
            let winner = race.run(self).await;
            gone = winner.is_err();
            if let Ok(Some(winner)) = winner
                && let Some(runner) = race.runners.get_mut(winner)
            {
                gone = self.connect(dial, runner).await == Side::Caller
                    && self.script.hangs_up_at.is_some_and(|at| at <= self.now);
                result = outcome(std::slice::from_ref(runner), Bridge::Was);
                break;
            }
            result = outcome(&race.runners, Bridge::Never);
            if gone {
                break;
            }
        }
        let Some(action) = dial.action.clone() else {
            return if gone { Err(HungUp) } else { Ok(Step::On) };
        };
        let status = if gone { Status::Completed } else { self.status };
        let params = params::dialled(&self.line, status, &result);
        if gone {
            self.post.report(self.now, &action, params).await;
            return Err(HungUp);
        }
        Ok(self.follow(dial.redirects, action, params).await)
    }

    /// Keeps both sides connected; returns the side that hung up.
    async fn connect(&mut self, dial: &Dial, runner: &mut Runner) -> Side {
        let (length, ends) = match runner.behaviour.then {
            Then::Answers { length, ends, .. } => (length, ends),
            Then::Busy | Then::Fails(_) | Then::RingsOn => (Duration::ZERO, Side::Dialled),
        };
        let begun = self.now;
        // A caller who hangs up also ends the call.
        if ends == Side::Caller {
            let until = begun + length.min(dial.limit);
            let at = self.script.hangs_up_at.map_or(until, |at| at.min(until));
            self.script.hangs_up_at = Some(at);
        }
        let by = match self.spend(length.min(dial.limit)).await {
            Err(HungUp) => Side::Caller,
            Ok(()) => Side::Dialled,
        };
        runner.end(self, dial, Status::Completed, Some(by)).await;
        let connected = self.now.saturating_sub(begun);
        if let Some(leg) = self.legs.last_mut() {
            leg.connected = Some(connected);
        }
        by
    }
}

/// Returns the result of a `<Dial>` without a noun.
fn without_noun() -> Dialled {
    Dialled {
        status: Status::Failed,
        child: None,
        lasted: Duration::ZERO,
        bridge: Bridge::Never,
        sip_status: None,
        rang: Rang::No,
    }
}

/// Returns the result of the legs: that of an answered leg, otherwise of one that rang out,
/// otherwise of the last.
fn outcome(runners: &[Runner], bridge: Bridge) -> Dialled {
    let with = |status| runners.iter().rev().find(|runner| runner.status == status);
    let counts = with(Status::Completed).or_else(|| with(Status::NoAnswer));
    let Some(runner) = counts.or_else(|| runners.last()) else { return without_noun() };
    let sip = runners.iter().all(|runner| runner.wire() == Wire::Sip);
    Dialled {
        status: runner.status,
        child: Some(runner.child.clone()),
        lasted: runner.lasted,
        bridge,
        sip_status: runner.sip_status.filter(|_| sip),
        rang: if runners.iter().any(|runner| runner.rang) { Rang::Yes } else { Rang::No },
    }
}
