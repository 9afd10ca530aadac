//! Compiles a roster's contracts into rows.

use std::sync::Arc;

use crate::base::FieldName;
use crate::base::SourceId;
use crate::book::AreaCode;
use crate::book::Attestation;
use crate::book::Channel;
use crate::book::Decimal;
use crate::book::FieldRule;
use crate::book::RepeatThen;
use crate::book::Schedule;
use crate::book::SourceRule;
use crate::book::UsState;
use crate::caps::Ceiling;
use crate::geo::Country;
use crate::geo::County;

use super::fields::Field;
use super::groups::Groups;
use super::places::Cities;
use super::places::Sets;
use super::row::Attribute;
use super::row::Named;
use super::row::Row;
use super::zips::Zips;
use crate::routing::Terms;
use crate::routing::terms::Switch;

/// The rows of one roster.
#[derive(Debug)]
pub(in crate::routing) struct Index {
    pub(super) on: Row,
    calls: Row,
    forms: Row,
    pub(super) states: Attribute<UsState>,
    pub(super) zips: Zips,
    pub(super) area_codes: Attribute<AreaCode>,
    pub(super) cities: Cities,
    pub(super) counties: Attribute<County>,
    pub(super) countries: Attribute<Country>,
    /// Radii.
    pub(super) circles: Sets,
    /// Market areas.
    pub(super) areas: Sets,
    pub(super) sources: Attribute<SourceId>,
    pub(super) fields: Vec<Field>,
    /// Rules on fields that do not fit into rows.
    pub(super) rules: Groups<FieldRule>,
    pub(super) required: Groups<FieldName>,
    /// Minimum scores.
    pub(super) scores: Groups<Decimal>,
    pub(super) attestations: Attribute<Attestation>,
    /// Contracts with a limit at some level.
    pub(super) capped: Row,
    /// Contracts whose caps may be full without any hold: those that pace, count money or rest.
    pub(super) moving: Row,
    /// Whether the offer itself has caps, and whether such caps are among them.
    pub(super) offer_capped: bool,
    pub(super) offer_moves: bool,
    /// Contracts that do not buy the same person twice.
    pub(super) once: Row,
    /// Schedules and their zones.
    hours: Groups<(Schedule, usize)>,
    /// Whether there are schedules.
    pub(super) scheduled: bool,
}

impl Index {
    /// Compiles the rows of contracts that are in rank order.
    pub(in crate::routing) fn build(contracts: &[Arc<Terms>]) -> Self {
        let slots = contracts.len();
        let row = |test: &dyn Fn(&Terms) -> bool| {
            Row::of(slots, |slot| contracts.get(slot).is_some_and(|terms| test(terms)))
        };
        let zips: Vec<_> = contracts.iter().map(|terms| terms.filters.zips.as_slice()).collect();
        let rules: Vec<Vec<FieldRule>> =
            contracts.iter().map(|terms| terms.filters.fields.clone()).collect();
        let (fields, rest) = fields(&rules);
        let offer = contracts.first().and_then(|terms| terms.ceilings.get(2));
        let moves = |ceiling: &Ceiling| {
            ceiling.limits.counts_money() || ceiling.pace.is_some() || ceiling.rest.is_some()
        };
        Self {
            on: row(&|terms| terms.switch == Switch::On),
            calls: row(&|terms| terms.channels.contains(Channel::Call)),
            forms: row(&|terms| terms.channels.contains(Channel::Form)),
            states: listed(contracts, |terms| &terms.filters.states),
            zips: Zips::build(&zips),
            area_codes: listed(contracts, |terms| &terms.filters.area_codes),
            cities: cities(contracts),
            counties: listed(contracts, |terms| &terms.filters.counties),
            countries: listed(contracts, |terms| &terms.filters.countries),
            circles: circles(contracts),
            areas: areas(contracts),
            sources: sources(contracts),
            fields,
            rules: Groups::build(rest.into_iter()),
            required: Groups::build(contracts.iter().map(|terms| terms.filters.required.clone())),
            scores: Groups::build(
                contracts.iter().map(|terms| terms.filters.min_score.into_iter().collect()),
            ),
            attestations: listed(contracts, |terms| &terms.filters.attestation),
            capped: row(&|terms| terms.ceilings.iter().any(|c| !c.is_unlimited())),
            moving: row(&|terms| terms.ceilings.iter().any(moves)),
            offer_capped: offer.is_some_and(|offer| !offer.is_unlimited()),
            offer_moves: offer.is_some_and(moves),
            once: row(&|terms| terms.repeats(RepeatThen::Refuse)),
            hours: Groups::build(contracts.iter().map(|terms| hours(terms))),
            scheduled: contracts.iter().any(|terms| terms.schedule.is_some()),
        }
    }

    /// Returns every schedule with its zone, and the contracts that have it.
    pub(in crate::routing) fn hours(
        &self,
    ) -> impl Iterator<Item = (&(Schedule, usize), Box<dyn Iterator<Item = usize> + '_>)> {
        self.hours.entries()
    }

    /// Returns the contracts that take a channel.
    pub(super) fn channel(&self, channel: Channel) -> &Row {
        match channel {
            Channel::Call => &self.calls,
            Channel::Form => &self.forms,
        }
    }
}

/// Builds the rows of a list of places. An empty list takes everything.
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

/// Builds the rows of field rules, by field, and returns the remaining rules by contract.
fn fields(rules: &[Vec<FieldRule>]) -> (Vec<Field>, Vec<Vec<FieldRule>>) {
    let mut rest = vec![Vec::new(); rules.len()];
    let mut names: Vec<&FieldName> = rules.iter().flatten().map(|rule| &rule.field).collect();
    names.sort_unstable();
    names.dedup();
    let fields = names.into_iter().map(|name| Field::build(name, rules, &mut rest)).collect();
    (fields, rest)
}

fn cities(contracts: &[Arc<Terms>]) -> Cities {
    let lists: Vec<_> = contracts.iter().map(|terms| terms.filters.cities.as_slice()).collect();
    Cities::build(&lists)
}

fn circles(contracts: &[Arc<Terms>]) -> Sets {
    let circle = |terms: &'_ Arc<Terms>| {
        let radius = terms.filters.radius.as_ref()?;
        Some((radius.zip, radius.miles))
    };
    let circles = contracts.iter().map(|terms| circle(terms).zip(terms.radius()));
    Sets::build(circles.collect())
}

fn areas(contracts: &[Arc<Terms>]) -> Sets {
    let areas = contracts.iter().map(|terms| {
        let rule = terms.filters.dma.as_ref()?;
        Some((rule.codes.as_slice(), &*rule.zips))
    });
    Sets::build(areas.collect())
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
