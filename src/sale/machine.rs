//! The state machine of one sale.

use std::collections::VecDeque;

use crate::base::AttemptId;
use crate::base::DecisionId;
use crate::base::HoldId;
use crate::base::Mono;
use crate::base::Now;
use crate::base::OfferId;
use crate::base::Rng;
use crate::base::Wall;
use crate::book::Source;
use crate::routing::Bids;
use crate::routing::DQ_HOPS_MAX;
use crate::routing::Decision;
use crate::routing::Pick;

use super::Attempt;
use super::AttemptRecord;
use super::Event;
use super::Input;
use super::Output;
use super::Promise;
use super::Reach;
use super::Terms;
use super::Winner;
use super::attempt::Stage;
use super::race::HoldRequest;
use super::state::SaleState;

/// Most attempts of one inquiry, over all its decisions, fixed destinations included.
pub(super) const ATTEMPTS_MAX: u32 = 50;

/// One inquiry being sold through a channel. Mutate with [`Machine::handle`], then drain
/// [`Machine::poll`] until it is empty.
#[derive(Debug)]
pub struct Machine<R> {
    pub(super) reach: R,
    /// Source of the inquiry; `None` if no source is paid.
    pub(super) source: Option<Source>,
    /// What a bid promised the source; `None` without one.
    pub(super) promise: Option<Promise>,
    pub(super) state: SaleState,
    /// Terms of the current or last sale.
    pub(super) terms: Option<Box<Terms>>,
    /// Start of that sale.
    pub(super) since: Mono,
    /// Bids for the current offer.
    pub(super) bids: Bids,
    pub(super) decisions: Vec<Decision>,
    /// Number of decisions already returned as new.
    decisions_seen: usize,
    /// All attempts, in the order of their holds: at most [`ATTEMPTS_MAX`].
    pub(super) attempts: Vec<Attempt>,
    pub(super) rows: Vec<AttemptRecord>,
    pub(super) winners: Vec<Winner>,
    /// The hold request that is pending.
    pub(super) asked: Option<HoldRequest>,
    /// Number of attempts; picks with a full cap do not count.
    pub(super) tried: u32,
    /// Number of repeated decisions after every hold was refused.
    pub(super) decided_again: u32,
    /// Number of decisions that a free unit caused.
    pub(super) woken: u32,
    pub(super) handovers_left: usize,
    /// Number of decisions when the last DQ destination was used.
    pub(super) handed_over_after: usize,
    outputs: VecDeque<Output>,
}

/// A hold that is neither released nor ended.
#[derive(Debug, Clone, Copy)]
pub struct OpenHold<'a> {
    /// Its id.
    pub id: HoldId,
    /// The attempt that it is for.
    pub attempt: AttemptId,
    /// The pick that it is for.
    pub pick: &'a Pick,
    /// When it was granted.
    pub since: Wall,
}

impl<R: Reach> Machine<R> {
    /// Creates a sale through a channel; `source` is paid if the sale is billable.
    pub fn new(reach: R, source: Option<Source>) -> Self {
        Self {
            reach,
            source,
            promise: None,
            state: SaleState::Idle,
            terms: None,
            since: Mono::default(),
            bids: Bids::default(),
            decisions: Vec::new(),
            decisions_seen: 0,
            attempts: Vec::new(),
            rows: Vec::new(),
            winners: Vec::new(),
            asked: None,
            tried: 0,
            decided_again: 0,
            woken: 0,
            handovers_left: DQ_HOPS_MAX,
            handed_over_after: 0,
            outputs: VecDeque::new(),
        }
    }

    /// Sells on the terms of a bid that the source was promised, if there is one.
    #[must_use]
    pub fn promised(mut self, promise: Option<Promise>) -> Self {
        self.promise = promise;
        self
    }

    /// Applies an input. Drain [`Machine::poll`] afterwards.
    pub fn handle(&mut self, input: Input, now: Now, rng: &mut Rng) {
        match input {
            Input::Sell(terms) => self.on_sell(terms, now),
            Input::Surveyed(decision) => self.on_surveyed(&decision, now),
            Input::Bid(bid) => self.on_bid(bid),
            Input::Decided(decision) => self.on_decided(*decision, now, rng),
            Input::Held(result) => self.on_held(result, now, rng),
            Input::Confirmed(id, answer) => self.on_confirmed(id, &answer, now, rng),
            Input::Accepted(id) => self.on_accepted(id, now),
            Input::Delivered(id) => self.on_delivered(id, now, rng),
            Input::Lost(id, loss) => self.on_lost(id, loss, now, rng),
            Input::Canceled(id, because) => self.on_canceled(id, because, now, rng),
            Input::Unknown(id) => self.on_unknown(id),
            Input::Billed(id, bill) => self.on_billed(id, &bill),
            Input::Reopened => self.on_reopened(now, rng),
            Input::Freed => self.on_freed(),
            Input::Tick => self.on_tick(now, rng),
            Input::Withdrawn(because) => self.on_withdrawn(because, now),
        }
    }

    /// Returns the next output to carry out.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Returns the latest time for `handle(Input::Tick)`; `None` without a deadline. The channel
    /// watches the ring timeout.
    pub fn deadline(&self) -> Option<Mono> {
        match &self.state {
            SaleState::AwaitBids(auction) => Some(auction.until()),
            SaleState::Waiting(wait) => Some(wait.deadline()),
            SaleState::Idle
            | SaleState::AwaitSurvey
            | SaleState::AwaitDecision
            | SaleState::Selling(_)
            | SaleState::Sold(_)
            | SaleState::Withdrawn => None,
        }
    }

    /// Returns the offer of the current or last sale; `None` before the first.
    pub fn offer(&self) -> Option<&OfferId> {
        self.terms.as_ref().map(|terms| &terms.inquiry.offer)
    }

    /// Returns every decision, in order.
    pub fn decisions(&self) -> &[Decision] {
        &self.decisions
    }

    /// Returns the decisions since the last call.
    pub fn new_decisions(&mut self) -> Vec<Decision> {
        let made = self.decisions.get(self.decisions_seen..).map(<[_]>::to_vec);
        self.decisions_seen = self.decisions.len();
        made.unwrap_or_default()
    }

    /// Takes the decisions, for the record.
    pub fn take_decisions(&mut self) -> Vec<Decision> {
        std::mem::take(&mut self.decisions)
    }

    /// Returns the id of the last decision; `None` without one.
    pub fn decision_id(&self) -> Option<DecisionId> {
        self.decisions.last().map(|decision| decision.id)
    }

    /// Returns the rows of the attempts, in the order in which they were rung.
    pub fn rows(&self) -> &[AttemptRecord] {
        &self.rows
    }

    /// Returns the winners, in order.
    pub fn winners(&self) -> &[Winner] {
        &self.winners
    }

    /// Returns an attempt by its id.
    pub fn attempt(&self, id: AttemptId) -> Option<&Attempt> {
        self.attempts.iter().find(|attempt| attempt.id == id)
    }

    /// Returns the delivered attempt that is not billed yet.
    pub fn delivered(&self) -> Option<AttemptId> {
        let has_it = |attempt: &&Attempt| attempt.stage == Stage::Delivered;
        self.attempts.iter().find(has_it).map(|attempt| attempt.id)
    }

    /// Returns whether the sale waits for a unit or for an opening.
    pub fn is_waiting(&self) -> bool {
        matches!(self.state, SaleState::Waiting(_))
    }

    /// Returns the channel's answer to what can be tried.
    pub fn reach_mut(&mut self) -> &mut R {
        &mut self.reach
    }

    /// Returns whether a hold request is pending.
    pub fn awaits_hold(&self) -> bool {
        self.asked.is_some()
    }

    /// Returns the open holds with their picks and start times: the caller renews them while
    /// the inquiry lives and reserves them again after a restart.
    pub fn holds(&self) -> impl Iterator<Item = OpenHold<'_>> {
        let open = self.attempts.iter();
        open.filter_map(|attempt| {
            let (pick, since) = (&attempt.pick, attempt.held_at);
            let attempt_id = attempt.id;
            attempt.hold.map(|id| OpenHold { id, attempt: attempt_id, pick, since })
        })
    }

    /// Counts a destination that is rung without a sale as an attempt. Returns `false` when the
    /// limit is reached.
    pub fn count_other(&mut self) -> bool {
        if self.tried >= ATTEMPTS_MAX {
            return false;
        }
        self.tried += 1;
        true
    }

    pub(super) fn push(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    pub(super) fn report(&mut self, event: Event) {
        self.push(Output::Event(event));
    }
}
