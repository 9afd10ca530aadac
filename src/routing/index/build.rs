//! Compiling a roster's contracts into rows.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::Arc;

use crate::base::BuyerId;
use crate::base::FieldName;
use crate::base::SourceId;
use crate::book::AreaCode;
use crate::book::Channel;
use crate::book::FieldRule;
use crate::book::Schedule;
use crate::book::SourceRule;
use crate::book::State;

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
    /// Each different rule, and the contracts that have it.
    pub(super) rules: Vec<(FieldRule, Row)>,
    /// Each field that is needed, and the contracts that need it.
    pub(super) required: Vec<(FieldName, Row)>,
    /// The contracts with a limit at some level.
    pub(super) capped: Row,
    /// Each contract's buyer, as a number below `buyers`.
    pub(super) buyer_of: Vec<usize>,
    pub(super) buyers: usize,
    /// Each different week of hours.
    pub(super) hours: Vec<Hours>,
}

/// Contracts with the same hours in the same zone.
#[derive(Debug)]
pub(in crate::routing) struct Hours {
    pub(super) schedule: Schedule,
    pub(super) zone: usize,
    pub(super) row: Row,
}

impl Index {
    /// Compiles the rows of contracts in rank order.
    pub(in crate::routing) fn build(contracts: &[Arc<Terms>]) -> Self {
        let slots = contracts.len();
        let row = |test: &dyn Fn(&Terms) -> bool| {
            Row::of(slots, |slot| contracts.get(slot).is_some_and(|terms| test(terms)))
        };
        let mut buyers: HashMap<&BuyerId, usize> = HashMap::new();
        let buyer_of = contracts.iter().map(|terms| {
            let next = buyers.len();
            *buyers.entry(&terms.buyer).or_insert(next)
        });
        let buyer_of: Vec<usize> = buyer_of.collect();
        let zips: Vec<_> = contracts.iter().map(|terms| terms.filters.zips.as_slice()).collect();
        Self {
            on: row(&|terms| terms.switch == Switch::On),
            calls: row(&|terms| terms.channels.contains(Channel::Call)),
            forms: row(&|terms| terms.channels.contains(Channel::Form)),
            states: listed(contracts, |terms| &terms.filters.states),
            zips: Zips::build(&zips),
            area_codes: listed(contracts, |terms| &terms.filters.area_codes),
            sources: sources(contracts),
            rules: grouped(contracts, |terms| terms.filters.fields.clone()),
            required: grouped(contracts, |terms| terms.filters.required.clone()),
            capped: row(&|terms| terms.ceilings.iter().any(|c| !c.limits.is_unlimited())),
            buyer_of,
            buyers: buyers.len(),
            hours: hours(contracts),
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

/// Each different entry of the contracts' lists, and the contracts that have it.
fn grouped<T: PartialEq + Debug>(
    contracts: &[Arc<Terms>],
    entries: impl Fn(&Terms) -> Vec<T>,
) -> Vec<(T, Row)> {
    let mut groups: Vec<(T, Row)> = Vec::new();
    // By their text, as patterns have no hash; entries that only look alike are told apart.
    let mut alike: HashMap<String, Vec<usize>> = HashMap::new();
    for (slot, terms) in contracts.iter().enumerate() {
        for entry in entries(terms) {
            let places = alike.entry(format!("{entry:?}")).or_default();
            let same = |place: &usize| groups.get(*place).is_some_and(|(e, _)| *e == entry);
            let place = match places.iter().copied().find(same) {
                Some(place) => place,
                None => {
                    places.push(groups.len());
                    groups.push((entry, Row::none(contracts.len())));
                    groups.len() - 1
                }
            };
            if let Some((_, row)) = groups.get_mut(place) {
                row.set(slot);
            }
        }
    }
    groups
}

fn hours(contracts: &[Arc<Terms>]) -> Vec<Hours> {
    let weeks = grouped(contracts, |terms| {
        terms.schedule.iter().map(|schedule| (schedule.clone(), terms.zone)).collect()
    });
    weeks.into_iter().map(|((schedule, zone), row)| Hours { schedule, zone, row }).collect()
}
