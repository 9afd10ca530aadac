//! One step of a call: the machine takes the input, the switch carries out its outputs and stores
//! the answer, and then sends it.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio::time::timeout_at;

use super::ask::Inquirer;
use super::auction::Auction;
use super::live::Live;
use super::sources::Sources;
use crate::base::ContractId;
use crate::base::FieldName;
use crate::base::FlowName;
use crate::base::HoldId;
use crate::base::Money;
use crate::base::Now;
use crate::base::Phone;
use crate::call::CallEvent;
use crate::call::Finished;
use crate::caps::Settle;
use crate::carrier::Document;
use crate::carrier::JournalLine;
use crate::carrier::Output;
use crate::carrier::Question;
use crate::carrier::Reply;
use crate::carrier::Source;
use crate::carrier::Unplayable;
use crate::carrier::World;
use crate::dispatch::CallConfirm;
use crate::dispatch::Dispatch;
use crate::flow::Flow;
use crate::library::FlowText;
use crate::net::Clock;
use crate::routing::Decision;
use crate::routing::Inquiry;
use crate::routing::Pick;
use crate::routing::Trace;
use crate::sale::Confirmation;
use crate::sale::DecisionRecord;
use crate::store::CarrierCall;
use crate::store::CarrierLine;
use crate::store::CarrierStep;
use crate::store::Fact;
use crate::store::Sale;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::Written;
use crate::switch::Records;
use crate::switch::Reports;

/// The outcome of a step, before it is stored.
pub(super) struct Step {
    pub(super) answer: String,
    line: JournalLine,
    begun: Now,
    /// Until when the step may wait for other servers: the carrier waits for its document.
    waits_until: Instant,
    key: String,
    flows: Vec<Arc<FlowText>>,
    events: Vec<CallEvent>,
    finished: Option<Finished>,
    sale: Option<Sale>,
    /// Decisions of this step.
    decisions: Vec<DecisionRecord>,
    /// Holds that were granted in this step.
    granted: Vec<HoldId>,
    /// Sold holds and how to settle them, once the step is stored.
    sold: Vec<(HoldId, Settle)>,
}

/// What is stored when a new call arrives.
pub(super) struct New {
    pub(super) call: CarrierCall,
    /// The number's flow.
    pub(super) text: Arc<FlowText>,
    pub(super) record: crate::call::CallRecord,
}

/// Why a step was not stored.
#[derive(Debug)]
pub(super) enum Unwritten {
    /// Another node answered the same request first; its answer is in the journal.
    Taken,
    Store(StoreError),
    /// The input could not be applied to the machine.
    Unplayable(Unplayable),
}

/// The decision and the flow of the current reply.
#[derive(Default)]
struct Named {
    decision: Cell<Option<Decision>>,
    flow: Option<Arc<Flow>>,
}

impl Named {
    /// Keeps a decision for the reply that names it, and returns its trace.
    fn take(&self, made: Decision) -> Box<Trace> {
        let trace = Box::new(Trace::of(&made));
        self.decision.set(Some(made));
        trace
    }
}

impl World for Named {
    fn decision(&self, _: &Trace) -> Option<Decision> {
        self.decision.take()
    }

    fn flow(&self, _: &str) -> Option<Arc<Flow>> {
        self.flow.clone()
    }
}

/// Where a step is stored and published, and its holds are settled.
pub(super) struct Outlets<'a> {
    pub(super) clock: &'a Clock,
    pub(super) dispatch: &'a Dispatch,
    pub(super) records: &'a Records,
    pub(super) reports: &'a Reports,
}

/// Carries out one input. A replay of the journal's line applies it in exactly the same way.
pub(super) async fn take(
    sources: &Sources<'_>,
    live: &mut Live,
    rng: &mut crate::base::Rng,
    now: Now,
    key: String,
    source: Source,
) -> Result<Step, Unwritten> {
    let line = JournalLine { at: live.clock.at(now), source, replies: Vec::new() };
    let mut step = Step {
        answer: String::new(),
        line,
        begun: now,
        waits_until: tokio::time::sleep(live.call.carrier().waits_max()).deadline(),
        key,
        flows: Vec::new(),
        events: Vec::new(),
        finished: None,
        sale: None,
        decisions: Vec::new(),
        granted: Vec::new(),
        sold: Vec::new(),
    };
    match step.carry_out(sources, live, rng).await {
        Ok(()) => Ok(step),
        Err(why) => {
            step.give_back(sources.dispatch, live, now).await;
            Err(Unwritten::Unplayable(why))
        }
    }
}

/// Longest time to look up a caller's last call; after that, it counts as none.
const LAST_CALL_MAX: Duration = Duration::from_millis(500);

fn needed(dispatch: &Dispatch, live: &Live, inquiry: &Inquiry, flow: &Flow) -> Reply {
    let mut offers = live.library.offers_of(flow);
    offers.push(inquiry.offer.clone());
    Reply::Needed(dispatch.needed(&live.snapshot, inquiry, &offers))
}

async fn whose(inquirer: &Inquirer, live: &Live, leg: &str, until: Instant) -> Reply {
    let asked = inquirer.rung(live.call.carrier(), live.account.as_deref(), leg);
    let to = timeout_at(until, asked).await.ok().flatten();
    if to.is_none() {
        tracing::error!(call.id = %live.id(), "cannot tell which buyer's leg won");
    }
    Reply::LegFound(to)
}

async fn last_call(store: &dyn Store, live: &Live, caller: Phone, until: Instant) -> Reply {
    let asked = store.call_last_of(caller, live.id());
    let asked = tokio::time::timeout(LAST_CALL_MAX, asked);
    let last = match timeout_at(until, asked).await.unwrap_or_else(Err) {
        Ok(Ok(last)) => last,
        Ok(Err(_)) | Err(_) => {
            tracing::warn!("last call of the caller not read");
            None
        }
    };
    Reply::LastCall(last)
}

/// Waits for the fields of a web server's answer, as long as the carrier waits.
async fn looked_up(
    found: impl Future<Output = Option<Vec<(FieldName, String)>>>,
    until: Instant,
) -> Reply {
    Reply::LookedUp(timeout_at(until, found).await.ok().flatten())
}

/// Returns the request that confirms a bid.
fn confirming(
    sources: &Sources<'_>,
    live: &Live,
    contract: ContractId,
    (price, ping_id): (Money, Option<String>),
    inquiry: Inquiry,
) -> CallConfirm {
    CallConfirm {
        book: live.snapshot.book().clone(),
        contract,
        call: live.id(),
        source: live.call.record().source.clone(),
        inquiry: Arc::new(inquiry),
        at: sources.clock.now().wall,
        price,
        ping_id,
    }
}

/// Asks a buyer to confirm its bid, as long as the carrier waits.
async fn confirmed(sources: &Sources<'_>, asked: CallConfirm, until: Instant) -> Reply {
    let late = Confirmation::Refused { reason: Some("no answer".to_owned()) };
    let answer = timeout_at(until, sources.bidders.confirm(asked)).await;
    Reply::Confirmed(answer.unwrap_or(late))
}

async fn holds(
    dispatch: &Dispatch,
    live: &mut Live,
    hold: crate::base::HoldId,
    pick: &Pick,
    now: Now,
) -> Reply {
    let result = live.hold(dispatch, hold, pick, now).await;
    Reply::Held(result.map_err(|refused| refused.skip()).err())
}

impl Step {
    /// Applies the input to the machine and carries out its outputs.
    async fn carry_out(
        &mut self,
        sources: &Sources<'_>,
        live: &mut Live,
        rng: &mut crate::base::Rng,
    ) -> Result<(), Unplayable> {
        let Sources { dispatch, store, fetcher, inquirer, .. } = *sources;
        let (now, at) = (self.begun, self.line.at);
        self.answer = Document::default().print(live.call.carrier());
        self.line.source.apply(&mut live.call, at)?;
        while let Some(output) = live.call.poll() {
            let question = Question::of(&output);
            let mut named = Named::default();
            let reply = match output {
                Output::CountPool(inquiry) => {
                    Some(Reply::Pool(dispatch.pool(&live.snapshot, &inquiry, now)))
                }
                Output::Survey(inquiry) => {
                    let made = Box::pin(dispatch.preview(&live.snapshot, &inquiry, now)).await;
                    Some(Reply::Surveyed(named.take(made)))
                }
                Output::Ask { contracts, window, inquiry } => {
                    let auction = Auction { contracts, window, inquiry: *inquiry };
                    Some(Box::pin(auction.hold(sources, live, self.waits_until)).await)
                }
                Output::Confirm { contract, price, ping_id, inquiry } => {
                    let asked = confirming(sources, live, contract, (price, ping_id), *inquiry);
                    Some(Box::pin(confirmed(sources, asked, self.waits_until)).await)
                }
                Output::Decide(inquiry, bids) => {
                    let made = dispatch.auction(&live.snapshot, &inquiry, &bids, now, rng).await;
                    self.decisions.extend(DecisionRecord::of(&made));
                    Some(Reply::Decided(named.take(made)))
                }
                Output::Hold { hold, pick } => {
                    self.granted.push(hold);
                    Some(holds(dispatch, live, hold, &pick, now).await)
                }
                Output::FindNeeded { inquiry, flow } => {
                    Some(needed(dispatch, live, &inquiry, &flow))
                }
                Output::FindLeg(leg) => {
                    Some(whose(inquirer, live, leg.as_str(), self.waits_until).await)
                }
                Output::FindLastCall(caller) => {
                    Some(last_call(store, live, caller, self.waits_until).await)
                }
                Output::Lookup { url, timeout, sets } => {
                    let found = fetcher.look_up(&url, timeout, &sets);
                    Some(looked_up(found, self.waits_until).await)
                }
                Output::Load(name) => Some(self.load(live, &name, &mut named)),
                Output::Settle { hold, how } => {
                    self.settle(dispatch, live, hold, how, now).await;
                    None
                }
                Output::Event(event) => {
                    self.events.push(event);
                    None
                }
                Output::Finish(finished) => {
                    self.finished = Some(*finished);
                    None
                }
                Output::Answer(document) => {
                    self.answer = document.print(live.call.carrier());
                    None
                }
            };
            let Some((question, reply)) = question.zip(reply) else { continue };
            reply.apply(&mut live.call, question, at, &named)?;
            self.line.replies.push(reply);
        }
        Ok(())
    }

    fn load(&mut self, live: &Live, name: &FlowName, named: &mut Named) -> Reply {
        match live.library.flow(name).zip(live.library.source(name).cloned()) {
            Some((flow, text)) => {
                let hash = text.hash.clone();
                self.flows.push(text);
                named.flow = Some(flow);
                Reply::Loaded(Some(hash))
            }
            None => Reply::Loaded(None),
        }
    }

    async fn settle(
        &mut self,
        dispatch: &Dispatch,
        live: &mut Live,
        hold: HoldId,
        how: Settle,
        now: Now,
    ) {
        let sale = live.held.remove(&hold);
        match how {
            Settle::Commit => {
                self.sale = sale;
                self.sold.push((hold, how));
            }
            Settle::End | Settle::Unbilled => self.sold.push((hold, how)),
            // Settles it now: the next buyer may need the unit.
            Settle::Release | Settle::Unanswered => {
                live.settle(dispatch, hold, how, now).await;
            }
        }
    }

    fn stored(&self, live: &Live) -> Result<CarrierStep, StoreError> {
        let line = serde_json::to_string(&self.line)
            .map_err(|error| StoreError::Sql(format!("a line of a journal: {error}")))?;
        let facts = self.facts(live);
        let (place, callback) = (live.lines + 1, self.key.clone());
        let line = CarrierLine { place, callback, line, answer: self.answer.clone() };
        Ok(CarrierStep { token: live.token.clone(), line, flows: self.flows.clone(), facts })
    }

    /// Returns the facts of this step. The fact of an end is complete without the others.
    fn facts(&self, live: &Live) -> Vec<Fact> {
        if let Some(finished) = &self.finished {
            let decisions = finished.decisions.iter().filter_map(DecisionRecord::of).collect();
            return vec![Fact::ended(finished.record.clone(), decisions, self.sale.clone())];
        }
        if self.decisions.is_empty() {
            return Vec::new();
        }
        let (call, attempts) = (live.id(), live.call.attempts().to_vec());
        vec![Fact::Attempted { call, attempts, decisions: self.decisions.clone() }]
    }

    /// Stores the first step of a new call.
    pub(super) async fn open(
        mut self,
        outlets: &Outlets<'_>,
        live: &mut Live,
        new: New,
    ) -> Result<String, Unwritten> {
        let New { call, text, record } = new;
        self.flows.push(text);
        let mut stored = self.stored(live).map_err(Unwritten::Store)?;
        let opened = Fact::Opened { record: Box::new(record), node: outlets.records.node.clone() };
        stored.facts.insert(0, opened);
        let written = outlets.records.store.carrier_call_open(call, stored).await;
        self.written(outlets, live, written).await
    }

    /// Stores the step.
    pub(super) async fn write(
        self,
        outlets: &Outlets<'_>,
        live: &mut Live,
    ) -> Result<String, Unwritten> {
        let stored = self.stored(live).map_err(Unwritten::Store)?;
        let written = outlets.records.store.carrier_call_step(stored).await;
        self.written(outlets, live, written).await
    }

    /// Releases the holds of this step, since no journal line records them. The call keeps its
    /// earlier holds.
    async fn give_back(&self, dispatch: &Dispatch, live: &mut Live, now: Now) {
        for hold in &self.granted {
            live.settle(dispatch, *hold, Settle::Release, now).await;
        }
    }

    async fn written(
        self,
        outlets: &Outlets<'_>,
        live: &mut Live,
        written: Result<Written, StoreError>,
    ) -> Result<String, Unwritten> {
        let (now, dispatch) = (outlets.clock.now(), outlets.dispatch);
        let unwritten = match written {
            Ok(Written::Stored) => None,
            Ok(Written::Taken) => Some(Unwritten::Taken),
            Err(error) => Some(Unwritten::Store(error)),
        };
        if let Some(why) = unwritten {
            self.give_back(dispatch, live, now).await;
            if matches!(why, Unwritten::Store(_)) {
                live.holds.doubt(self.sold).await;
            }
            return Err(why);
        }
        for (hold, how) in self.sold {
            live.settle(dispatch, hold, how, now).await;
        }
        if let Some(Finished { record, .. }) = &self.finished {
            dispatch.count_bids(&record.bids);
        }
        live.lines += 1;
        live.heard_at = self.line.at;
        live.answers.insert(self.key, self.answer.clone());
        for event in self.events {
            live.standing.note(&event, self.line.at);
            outlets.reports.report(self.line.at, live.id(), event);
        }
        Ok(self.answer)
    }
}
