//! Invariants of one call, checked at every output.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::time::Duration;

use strowger::base::End;
use strowger::base::HoldId;
use strowger::base::LegId;
use strowger::base::Money;
use strowger::base::Mono;
use strowger::base::Now;
use strowger::base::Outcome;
use strowger::billing::payout_of;
use strowger::call::CallRecord;
use strowger::call::CallState;
use strowger::call::EndedBy;
use strowger::call::Finished;
use strowger::call::Input;
use strowger::call::Output;
use strowger::caps::Settle;
use strowger::sale::AttemptRecord;
use strowger::sip::Command;

/// Maximum attempts of one call.
const ATTEMPTS_MAX: usize = 50;
/// The ring timeout of every offer in these books. Deadlines hold to the millisecond.
const RING_MS: u64 = 8_000;
/// A leg may outlive its call by this: twice 64·T1 (an ACK that never comes, then a BYE that is
/// never answered), plus delays of mailboxes and address lookups.
const LEGS_END: Duration = Duration::from_secs(64 + 6);

/// The life of a hold, as the call reported it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hold {
    Asked,
    Refused,
    Held,
    Committed,
    Released,
    Ended,
}

/// A buyer's leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leg {
    /// Not dialed.
    Planned(HoldId),
    /// Dialed, under this hold.
    Up(HoldId),
    /// Its terminal event has arrived.
    Over(HoldId),
}

#[derive(Debug)]
pub(crate) struct Audit {
    begun: Now,
    caller: LegId,
    opens: usize,
    on_disk: bool,
    /// Attempts and decisions that were written before a buyer was dialed.
    attempted: usize,
    decided: usize,
    /// Whether a transfer was accepted whose leg is not prepared yet.
    referred: bool,
    holds: BTreeMap<HoldId, Hold>,
    /// Holds whose leg is not prepared yet, in order.
    granted: VecDeque<HoldId>,
    legs: BTreeMap<LegId, Leg>,
    /// The leg whose event the machine received.
    news_of: Option<LegId>,
    /// When the winner's units were committed.
    bridged: Option<Mono>,
    finished: Option<Mono>,
    done: bool,
    /// The agent has sent a 200 to the caller.
    accepted: bool,
    /// The caller's terminal event has arrived.
    caller_over: bool,
    /// The call has rejected the caller; no event follows, unless a CANCEL crosses.
    rejected: bool,
}

impl Audit {
    pub(crate) fn new(caller: LegId, now: Now) -> Audit {
        Audit {
            begun: now,
            caller,
            opens: 0,
            on_disk: false,
            attempted: 0,
            decided: 0,
            referred: false,
            holds: BTreeMap::new(),
            granted: VecDeque::new(),
            legs: BTreeMap::new(),
            news_of: None,
            bridged: None,
            finished: None,
            done: false,
            accepted: false,
            caller_over: false,
            rejected: false,
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.done
    }

    /// The agent must answer the caller: it does, unless the caller's leg has ended.
    pub(crate) fn accepted(&mut self) {
        self.accepted = !self.caller_over;
    }

    pub(crate) fn was_accepted(&self) -> bool {
        self.accepted
    }

    /// The machine is about to receive this input.
    pub(crate) fn input(&mut self, input: &Input) {
        self.news_of = match input {
            Input::Sip(event) => Some(event.session()),
            _ => None,
        };
        if matches!(input, Input::Opened) {
            self.on_disk = true;
        }
    }

    /// Returns how long caller and buyer have been connected, up to now if they still are.
    pub(crate) fn talked(&self, now: Now) -> Duration {
        self.bridged.map_or(Duration::ZERO, |since| now.mono.since(since))
    }

    /// The agent reports the terminal event of a leg.
    pub(crate) fn leg_over(&mut self, leg: LegId, now: Now) {
        if let Some(finished) = &self.finished {
            let after = now.mono.since(*finished);
            assert!(after <= LEGS_END, "leg {leg} ends {after:?} after its call");
        }
        if leg == self.caller {
            assert!(!self.caller_over, "the caller's leg ends twice");
            self.caller_over = true;
            return;
        }
        match self.legs.get_mut(&leg) {
            Some(state) => match *state {
                Leg::Up(hold) => *state = Leg::Over(hold),
                Leg::Planned(_) | Leg::Over(_) => panic!("leg {leg} ends, but was {state:?}"),
            },
            None => panic!("an unknown leg {leg} ends"),
        }
    }

    pub(crate) fn output(&mut self, output: &Output, now: Now) {
        assert!(!self.done, "after Done comes {output:?}");
        match output {
            Output::Sip(command) => self.command(command),
            Output::Hold { hold, .. } => {
                self.is_live("a hold is asked for");
                assert_eq!(self.holds.insert(*hold, Hold::Asked), None, "a hold asked for twice");
            }
            Output::Settle { hold, how } => self.settled(*hold, *how, now),
            Output::Prepare { leg, failed, .. } => self.prepare(*leg, failed.len()),
            Output::Open(record) => {
                self.opens += 1;
                assert_eq!(self.opens, 1, "a record is opened twice");
                assert_eq!(record.state, CallState::Live);
            }
            Output::Attempted { attempts, decisions } => {
                self.is_live("an attempt");
                assert!(attempts.len() > self.attempted, "an attempt is written twice");
                self.attempted = attempts.len();
                self.decided += decisions.len();
            }
            Output::Update(record) => {
                self.is_live("an update");
                assert_eq!(record.state, CallState::Live);
                assert!(record.bridged_at.is_some() && record.winner.is_some());
            }
            Output::Beat { holds } => {
                self.is_live("a beat");
                for hold in holds {
                    let state = self.holds.get(hold);
                    let live = matches!(state, Some(Hold::Held | Hold::Committed));
                    assert!(live, "a heartbeat of a hold that is {state:?}");
                }
            }
            Output::Finish(finished) => self.finish(finished, now),
            Output::Done => self.done(),
            Output::FindNeeded { .. } | Output::FindLastCall(_) | Output::Lookup { .. } => {}
            Output::CountPool(_)
            | Output::Survey(_)
            | Output::Ask { .. }
            | Output::Confirm { .. }
            | Output::Decide(..)
            | Output::Load(_) => {
                self.is_live("a question is asked");
            }
            Output::Media(_) | Output::Event(_) => {}
            Output::SdpRefused { .. } | Output::SrtpRefused { .. } => {}
        }
    }

    fn is_live(&self, what: &str) {
        assert!(self.finished.is_none(), "{what} after the call has finished");
    }

    fn command(&mut self, command: &Command) {
        match command {
            Command::Dial(dial) => {
                self.is_live("a buyer is dialled");
                let Some(Leg::Planned(hold)) = self.legs.get(&dial.session).copied() else {
                    panic!("leg {} is dialled, but was {:?}", dial.session, self.legs);
                };
                self.needs_live(hold, "a buyer is dialled");
                assert!(self.decided > 0, "a buyer is dialled before the decision is written");
                self.legs.insert(dial.session, Leg::Up(hold));
            }
            Command::Reject { session, .. } | Command::Dismiss { session, .. } => {
                assert_eq!(*session, self.caller);
                self.rejected = true;
            }
            Command::Accept { session, .. } => {
                self.is_live("the caller is answered");
                assert_eq!(*session, self.caller);
                assert!(self.on_disk, "a caller is answered without a record on disk");
            }
            Command::Ring { session, .. } => {
                self.is_live("the caller is told that it rings");
                assert_eq!(*session, self.caller);
            }
            Command::Cancel { session, .. } => {
                assert!(self.legs.contains_key(session), "CANCEL of a leg that is none");
            }
            Command::AnswerRefer { answer: Ok(()), .. } => {
                self.is_live("a transfer is accepted");
                assert!(!self.referred, "two transfers at once");
                self.referred = true;
            }
            Command::Bye { .. }
            | Command::Answer { .. }
            | Command::Admit(_)
            | Command::Register(_)
            | Command::Ping(_)
            | Command::Drain
            | Command::AnswerRefer { answer: Err(_), .. }
            | Command::ReportRefer { .. }
            | Command::Probe { .. } => {}
        }
    }

    fn prepare(&mut self, leg: LegId, failed: usize) {
        self.is_live("a leg is prepared");
        let hold = match (failed, self.news_of.and_then(|before| self.legs.get(&before))) {
            // The sale, and its hold, stay with the buyer that transfers.
            (0, _) if std::mem::take(&mut self.referred) => {
                let committed = |(_, state): &(&HoldId, &Hold)| **state == Hold::Committed;
                *self.holds.iter().find(committed).expect("an unsold call is transferred").0
            }
            // Legs are prepared in the order of their granted holds.
            (0, _) => {
                assert!(self.on_disk, "a buyer is rung without a record on disk");
                assert_eq!(self.legs.get(&leg), None, "leg {leg} is prepared twice");
                let holds = &self.holds;
                let live = |hold: &HoldId| holds.get(hold) == Some(&Hold::Held);
                let granted = std::iter::from_fn(|| self.granted.pop_front());
                granted.into_iter().find(live).expect("a leg is prepared without a hold")
            }
            (_, Some(Leg::Over(hold))) => *hold,
            (_, other) => panic!("another gateway is tried after {other:?}"),
        };
        self.needs_live(hold, "a leg is prepared");
        self.legs.insert(leg, Leg::Planned(hold));
    }

    fn needs_live(&self, hold: HoldId, what: &str) {
        let state = self.holds.get(&hold);
        let is_live = matches!(state, Some(Hold::Held | Hold::Committed));
        assert!(is_live, "{what} under a hold that is {state:?}");
    }

    /// The quota's answer.
    pub(crate) fn held(&mut self, hold: HoldId, granted: bool) {
        let state = if granted { Hold::Held } else { Hold::Refused };
        if granted {
            self.granted.push_back(hold);
        }
        assert_eq!(self.holds.insert(hold, state), Some(Hold::Asked));
    }

    fn settled(&mut self, hold: HoldId, how: Settle, now: Now) {
        let before = self.holds.get(&hold).copied();
        let after = match (before, how) {
            (Some(Hold::Held), Settle::Commit) => {
                assert_eq!(self.bridged, None, "a second buyer wins");
                self.bridged = Some(now.mono);
                Hold::Committed
            }
            (Some(Hold::Held), Settle::Release | Settle::Unanswered) => Hold::Released,
            (Some(Hold::Committed), Settle::End | Settle::Unbilled) => Hold::Ended,
            (before, how) => panic!("{how:?} of a hold that is {before:?}"),
        };
        self.holds.insert(hold, after);
    }

    fn finish(&mut self, finished: &Finished, now: Now) {
        self.is_live("a finish");
        assert_eq!(self.opens, 1, "a call finishes that was never opened");
        let record = &finished.record;
        self.check_times(record, now);
        self.check_attempts(record);
        check_bill(record);
        let last = finished.decisions.last().map(|decision| decision.id);
        assert_eq!(record.decision_id, last, "the record names the last decision");
        assert!(self.decided <= finished.decisions.len(), "a decision is written twice");
        let talk = self.talked(now);
        assert!(record.talk <= talk, "talk {:?} of {talk:?}", record.talk);
        self.finished = Some(now.mono);
    }

    fn check_times(&self, record: &CallRecord, now: Now) {
        assert_eq!(record.state, CallState::Ended);
        assert_eq!(record.started_at, self.begun.wall);
        assert_eq!(record.ended_at, Some(now.wall));
        let order = [Some(record.started_at), record.answered_at, record.bridged_at];
        let order: Vec<_> = order.into_iter().flatten().chain(record.ended_at).collect();
        assert!(order.is_sorted(), "times run backwards: {order:?}");
        let reason = record.reason.expect("a reason");
        let by = record.ended_by.expect("who ended it");
        assert_eq!(record.bridged_at.is_some(), reason == End::Bridged, "{reason}");
        assert_eq!(record.bridged_at.is_some(), self.bridged.is_some());
        assert!(by != EndedBy::Buyer || reason == End::Bridged, "ended by the buyer: {reason}");
        assert!(by != EndedBy::Caller || matches!(reason, End::Bridged | End::Abandoned));
        assert!(record.bridged_at.is_none() || record.answered_at.is_some());
        assert_eq!(record.answered_at.is_none(), record.sip_status.is_some(), "{record:?}");
    }

    fn check_attempts(&self, record: &CallRecord) {
        assert!(record.attempts.len() <= ATTEMPTS_MAX);
        for attempt in &record.attempts {
            let outcome = attempt.outcome.expect("every attempt has an outcome");
            let status = attempt.sip_status;
            let fits = match outcome {
                Outcome::Busy => matches!(status, Some(486 | 600)),
                Outcome::Won | Outcome::LostRace | Outcome::NotAccepted | Outcome::Gone => {
                    status == Some(200)
                }
                Outcome::Declined => status.is_some(),
                Outcome::NoAnswer | Outcome::Canceled | Outcome::Failed | Outcome::Loop => true,
                Outcome::Unreachable | Outcome::Barred | Outcome::TrunkLimit => status.is_none(),
                Outcome::NoCommonCodec => matches!(status, Some(200 | 488 | 606)),
                Outcome::Machine => false,
            };
            assert!(fits, "{outcome} with status {status:?}");
            assert!(attempt.ring_ms <= RING_MS, "a buyer is rung for {} ms", attempt.ring_ms);
        }
        let won: Vec<_> =
            record.attempts.iter().filter(|row| row.outcome == Some(Outcome::Won)).collect();
        let winner = record.winner.as_ref();
        assert_eq!(winner.is_some(), record.bridged_at.is_some());
        let won: Vec<_> = won.iter().map(|row| (&row.contract, &row.buyer)).collect();
        let winner: Vec<_> =
            winner.iter().map(|winner| (&winner.contract, &winner.buyer)).collect();
        assert_eq!(won, winner, "the one attempt that won is the winner's");
        let granted =
            self.holds.values().filter(|hold| !matches!(hold, Hold::Asked | Hold::Refused));
        assert!(record.attempts.len() <= granted.count(), "an attempt without a hold");
        let lost = |row: &&AttemptRecord| row.outcome == Some(Outcome::LostRace);
        let mut others = record.attempts.iter().filter(|row| !lost(row));
        let answered = others.any(|row| row.sip_status == Some(200));
        assert!(
            answered || !record.attempts.iter().any(|row| lost(&row)),
            "nobody won: {record:?}"
        );
    }

    fn done(&mut self) {
        assert!(self.finished.is_some(), "Done before the record is finished");
        assert!(self.caller_over || self.rejected, "Done while the caller's leg is up");
        for (leg, state) in &self.legs {
            assert!(!matches!(state, Leg::Up(_)), "Done while leg {leg} is up");
        }
        for (hold, state) in &self.holds {
            let over = matches!(state, Hold::Refused | Hold::Released | Hold::Ended);
            assert!(over, "Done while hold {hold} is {state:?}");
        }
        self.done = true;
    }
}

/// The amounts owed follow from the record alone.
pub(crate) fn check_bill(record: &CallRecord) {
    let Some(winner) = &record.winner else {
        assert!(!record.billable && record.revenue.is_none() && record.payout.is_none());
        assert_eq!(record.talk, Duration::ZERO);
        return;
    };
    assert_eq!(record.billable, record.talk >= winner.buffer, "billable by the buffer");
    let zero = |money: Money| Money::zero(money.currency());
    let owed = |money: Money| if record.billable { money } else { zero(money) };
    assert_eq!(record.revenue, Some(owed(winner.price)));
    let payout = winner.payout.as_ref().map(|payout| payout_of(payout, winner.price));
    assert_eq!(record.payout, payout.map(owed));
}
