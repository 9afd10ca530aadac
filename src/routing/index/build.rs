//! Compiling a roster's contracts into rows.

use std::sync::Arc;

use crate::base::FieldName;
use crate::base::SourceId;
use crate::book::AreaCode;
use crate::book::Channel;
use crate::book::FieldRule;
use crate::book::Schedule;
use crate::book::SourceRule;
use crate::book::State;

use super::groups::Groups;
use super::row::Attribute;
use super::row::Named;
use super::row::Row;
use super::row::Zips;
use crate::routing::Terms;
use crate::routing::terms::Switch;

/// The rows of one roster.
#[derive(Debug)]
pub(in crate::routing) struct Index {
    pub(super) on: Row,
    calls: Row,
    forms: Row,
    pub(super) states: Attribute<State>,
    pub(super) zips: Zips,
    pub(super) area_codes: Attribute<AreaCode>,
    pub(super) sources: Attribute<SourceId>,
    pub(super) rules: Groups<FieldRule>,
    pub(super) required: Groups<FieldName>,
    /// The contracts with a limit at some level.
    pub(super) capped: Row,
    /// Schedules, and the zone they are in.
    pub(super) hours: Groups<(Schedule, usize)>,
}

impl Index {
    /// Compiles the rows of contracts in rank order.
    pub(in crate::routing) fn build(contracts: &[Arc<Terms>]) -> Self {
        let slots = contracts.len();
        let row = |test: &dyn Fn(&Terms) -> bool| {
            Row::of(slots, |slot| contracts.get(slot).is_some_and(|terms| test(terms)))
        };
        let zips: Vec<_> = contracts.iter().map(|terms| terms.filters.zips.as_slice()).collect();
        Self {
            on: row(&|terms| terms.switch == Switch::On),
            calls: row(&|terms| terms.channels.contains(Channel::Call)),
            forms: row(&|terms| terms.channels.contains(Channel::Form)),
            states: listed(contracts, |terms| &terms.filters.states),
            zips: Zips::build(&zips),
            area_codes: listed(contracts, |terms| &terms.filters.area_codes),
            sources: sources(contracts),
            rules: Groups::build(contracts.iter().map(|terms| terms.filters.fields.clone())),
            required: Groups::build(contracts.iter().map(|terms| terms.filters.required.clone())),
            capped: row(&|terms| terms.ceilings.iter().any(|c| !c.limits.is_unlimited())),
            hours: Groups::build(contracts.iter().map(|terms| hours(terms))),
        }
    }

    /// The contracts that take a channel.
    pub(super) fn channel(&self, channel: Channel) -> &Row {
        match channel {
            Channel::Call => &self.calls,
            Channel::Form => &self.forms,
        }
    }
}

/// The rows of a list of places: an empty list takes everything.
fn listed<K: Ord + Clone>(
    contracts: &[Arc<Terms>],
    list: impl Fn(&Terms) -> &Vec<K>,
) -> Attribute<K> {
    let rules = contracts.iter().map(|terms| match list(terms).as_slice() {
        [] => Named::Any,
        list => Named::In(list),
    });
    Attribute::build(&rules.collect::<Vec<_>>())
}

fn sources(contracts: &[Arc<Terms>]) -> Attribute<SourceId> {
    let rules = contracts.iter().map(|terms| match &terms.filters.sources {
        SourceRule::Any => Named::Any,
        SourceRule::Only(list) => Named::In(list),
        SourceRule::Except(list) => Named::Out(list),
    });
    Attribute::build(&rules.collect::<Vec<_>>())
}

fn hours(terms: &Terms) -> Vec<(Schedule, usize)> {
    terms.schedule.iter().map(|schedule| (schedule.clone(), terms.zone)).collect()
}
