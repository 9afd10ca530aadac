//! What brings facts to the store: callers, journals of nodes, and requests of webhook carriers. Those
//! that are applied together share statements.

use std::collections::BTreeSet;
use std::collections::HashSet;

use crate::report::Additions;
use crate::store::CarrierCall;
use crate::store::CarrierStep;
use crate::store::Fact;
use crate::store::Origin;
use crate::store::StoreError;
use crate::store::Written;
use crate::store::change::Heads;

use super::carrier_call;
use super::carrier_call::LineKey;
use super::change;
use super::engine::Db;
use super::fact;

/// Facts that arrive together, and what is stored with them.
#[derive(Debug)]
pub(super) enum Arrival {
    /// Facts of a caller or a journal, in order.
    Facts { origin: Origin, facts: Vec<Fact> },
    /// The first request of a new call at a webhook carrier.
    Opened { call: CarrierCall, step: CarrierStep },
    /// A later request.
    Step(CarrierStep),
}

/// What became of an arrival.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrived {
    /// Whether it was stored, or another one stood in its place.
    pub(super) written: Written,
    /// The state of the database, if the ledger was corrected.
    pub(super) heads: Option<Heads>,
}

impl Arrival {
    fn facts(&self) -> &[Fact] {
        match self {
            Arrival::Facts { facts, .. } => facts,
            Arrival::Opened { step, .. } | Arrival::Step(step) => &step.facts,
        }
    }

    fn step(&self) -> Option<&CarrierStep> {
        match self {
            Arrival::Facts { .. } => None,
            Arrival::Opened { step, .. } | Arrival::Step(step) => Some(step),
        }
    }
}

/// Applies arrivals in order, and counts the calls that end. Returns what became of each.
pub(super) fn apply(
    db: &Db,
    arrivals: &[&Arrival],
    counted: &mut Additions,
) -> Result<Vec<Arrived>, StoreError> {
    let steps = || arrivals.iter().filter_map(|arrival| arrival.step());
    carrier_call::store_flows(db, steps().flat_map(|step| &step.flows))?;
    let mut free = Free::read(db, arrivals)?;
    let mut facts: Vec<&Fact> = Vec::new();
    let mut stored = Vec::new();
    let mut written = Vec::new();
    let mut journals = Vec::new();
    for arrival in arrivals {
        let is_stored = free.take(arrival);
        written.push(if is_stored { Written::Stored } else { Written::Taken });
        if !is_stored {
            continue;
        }
        let new = match arrival {
            Arrival::Facts { origin: Origin::Journal { id, first }, facts } => {
                let seen = fact::applied(db, *id)?.saturating_add(1).saturating_sub(*first);
                let seen = usize::try_from(seen).unwrap_or(usize::MAX);
                let new = facts.get(seen..).unwrap_or_default();
                let count = u64::try_from(facts.len()).unwrap_or(u64::MAX);
                if !new.is_empty() {
                    journals.push((*id, first.saturating_add(count).saturating_sub(1)));
                }
                new
            }
            Arrival::Facts { origin: Origin::Transaction, .. }
            | Arrival::Opened { .. }
            | Arrival::Step(_) => arrival.facts(),
        };
        facts.extend(new);
        stored.push(*arrival);
    }
    let corrected = fact::apply(db, &facts, counted)?;
    let opened = stored.iter().filter_map(|arrival| match arrival {
        Arrival::Opened { call, step } => Some((call, step)),
        Arrival::Facts { .. } | Arrival::Step(_) => None,
    });
    carrier_call::store_opened(db, opened)?;
    let has_ended = |step: &&CarrierStep| step.facts.iter().any(Fact::is_end);
    let ended = stored.iter().filter_map(|arrival| arrival.step()).filter(has_ended);
    carrier_call::end_all(db, ended.map(|step| step.token.as_str()).collect())?;
    for (journal, last) in journals {
        fact::advance(db, journal, last)?;
    }
    let heads = corrected.then(|| change::heads(db)).transpose()?;
    Ok(written.into_iter().map(|written| Arrived { written, heads }).collect())
}

/// The places of calls and lines at webhook carriers that nobody has taken.
struct Free<'d> {
    known: HashSet<String>,
    lines: HashSet<LineKey<'d>>,
}

impl<'d> Free<'d> {
    /// Reads the known calls, and writes the lines of the known calls' steps.
    fn read(db: &Db, arrivals: &[&'d Arrival]) -> Result<Self, StoreError> {
        let mut calls = BTreeSet::new();
        let mut steps = Vec::new();
        for arrival in arrivals {
            match arrival {
                Arrival::Facts { .. } => {}
                Arrival::Opened { call, .. } => {
                    calls.insert(call.carrier_id.as_str());
                }
                Arrival::Step(step) => steps.push(step),
            }
        }
        let known = carrier_call::known(db, &calls)?;
        Ok(Self { known, lines: carrier_call::store_lines(db, &steps)? })
    }

    /// Takes the place of an arrival; returns whether it was free.
    fn take(&mut self, arrival: &'d Arrival) -> bool {
        match arrival {
            Arrival::Facts { .. } => true,
            Arrival::Opened { call, .. } => self.known.insert(carrier_call::name_of(call)),
            Arrival::Step(step) => self.lines.remove(&LineKey::of(step)),
        }
    }
}
