//! One contract's terms, with the parts of its buyer and offer that decisions need.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use smallvec::SmallVec;

use crate::base::Barred;
use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::FieldName;
use crate::base::Money;
use crate::base::Phone;
use crate::base::Week;
use crate::book::Attestation;
use crate::book::AutoPause;
use crate::book::Buyer;
use crate::book::CapLimits;
use crate::book::Channels;
use crate::book::Contract;
use crate::book::Decimal;
use crate::book::Destination;
use crate::book::Duplicate;
use crate::book::Filters;
use crate::book::Offer;
use crate::book::Pacing;
use crate::book::RepeatAfter;
use crate::book::RepeatThen;
use crate::book::SaleRules;
use crate::book::Schedule;
use crate::book::Tier;
use crate::caps::Ceiling;
use crate::caps::Level;
use crate::caps::Limits;
use crate::caps::Mark;
use crate::caps::Noted;
use crate::geo::CityName;
use crate::geo::UsState;
use crate::geo::Zip;

use super::circles::Circles;

/// Whether a contract may be considered at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Switch {
    On,
    ContractOff,
    BuyerOff,
    /// Its destination may not be dialed.
    Barred(Barred),
}

/// A contract, compiled into a roster.
#[derive(Debug)]
pub struct Terms {
    pub(super) contract: ContractId,
    pub(super) buyer: BuyerId,
    pub(super) switch: Switch,
    pub(super) channels: Channels,
    pub(super) tier: Tier,
    pub(super) priority: u32,
    pub(super) weight: u32,
    pub(super) price: Money,
    pub(super) buffer: Duration,
    pub(super) rules: Arc<SaleRules>,
    pub(super) filters: Filters,
    /// Zips within the filter's radius, sorted.
    radius: Option<Arc<[Zip]>>,
    pub(super) schedule: Option<Schedule>,
    pub(super) destination: Option<Arc<Destination>>,
    /// Ceilings of contract, buyer, offer: the order in which a full cap is named.
    pub(super) ceilings: Arc<[Ceiling]>,
    /// Zones of the ceilings, as places in the roster's list.
    pub(super) ceiling_zones: [usize; 3],
    /// Zone of the buyer, as a place in the roster's list.
    pub(super) zone: usize,
    time_zone: TimeZone,
    /// The offer's rules, then the contract's.
    pub(super) duplicates: Vec<Rule>,
}

/// A rule on duplicates, and the level that it belongs to.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    level: Level,
    rule: Duplicate,
}

impl Rule {
    /// Returns the mark of the person under the rule; `None` when one of its fields is unknown.
    pub(super) fn mark(&self, known: &super::Known) -> Option<Mark> {
        let mut values: SmallVec<[Cow<'_, str>; 2]> = SmallVec::new();
        for name in &self.rule.fields {
            values.push(same(known.value(name.as_str())?));
        }
        Some(match self.rule.after {
            RepeatAfter::Connected => Mark::new(&self.level, &values, self.rule.window),
            RepeatAfter::Converted => Mark::of_conversion(&self.level, &values, self.rule.window),
        })
    }

    /// Returns whether the person's sale is a claim: while it lasts, no other sale of them begins.
    fn claims(&self) -> bool {
        (self.rule.then, self.rule.after) == (RepeatThen::Refuse, RepeatAfter::Connected)
    }
}

/// Returns a value without what does not distinguish two people: punctuation of a phone number,
/// surrounding white space, and case.
fn same(value: &str) -> Cow<'_, str> {
    let value = value.trim();
    match value.parse::<Phone>() {
        Ok(phone) => Cow::Owned(phone.e164().to_owned()),
        Err(_) if value.bytes().any(|b| b.is_ascii_uppercase() || !b.is_ascii()) => {
            Cow::Owned(value.to_lowercase())
        }
        Err(_) => Cow::Borrowed(value),
    }
}

impl Terms {
    /// Returns the fields that show whether the person was sold before.
    pub(super) fn duplicate_fields(&self) -> impl Iterator<Item = &FieldName> {
        self.duplicates.iter().flat_map(|rule| &rule.rule.fields)
    }

    /// Compiles a contract; `barred` says why its destination may not be dialed. `zone_of` returns
    /// a zone's place in the roster's list.
    pub(super) fn compile(
        contract: &Contract,
        buyer: &Buyer,
        offer: &Offer,
        barred: Option<Barred>,
        circles: &mut Circles,
        mut zone_of: impl FnMut(&TimeZone) -> usize,
    ) -> Self {
        let buyers = zone_of(&buyer.timezone);
        let offers = zone_of(&TimeZone::UTC);
        let always = || Arc::new(Week::always());
        let ceiling = |level, zone: &TimeZone, caps: &CapLimits| {
            let mut ceiling = Ceiling::new(level, zone.clone(), Limits::from(caps));
            ceiling.price = contract.price.micros();
            ceiling.pace = (caps.pacing == Pacing::Even).then(always);
            ceiling
        };
        let (contract_level, offer_level) =
            (Level::Contract(contract.id.clone()), Level::Offer(offer.id.clone()));
        let rule = |level: &Level, rule: &Duplicate| {
            // Which contract had the person is remembered by each contract.
            let level = match rule.then {
                RepeatThen::Refuse | RepeatThen::NotBilled => level,
                RepeatThen::SameBuyer => &contract_level,
            };
            Rule { level: level.clone(), rule: rule.clone() }
        };
        let offers_rules = offer.duplicate.iter().map(|own| rule(&offer_level, own));
        let own_rules = contract.duplicate.iter().map(|own| rule(&contract_level, own));
        let duplicates = offers_rules.chain(own_rules).collect();
        let mut contracts = ceiling(contract_level, &buyer.timezone, &contract.caps);
        // A contract whose leads are posted rests while its buyer's server is down.
        let is_asked = contract.delivery.as_ref().is_some_and(|own| own.later().is_none());
        contracts.rest = contract.auto_pause.or_else(|| is_asked.then(AutoPause::default));
        if let (Some(pace), Some(schedule)) = (&mut contracts.pace, &contract.schedule) {
            *pace = Arc::new(schedule.weekly.clone());
        }
        let mut theirs = ceiling(Level::Buyer(buyer.id.clone()), &buyer.timezone, &buyer.caps);
        theirs.limits = theirs.limits.with_balance(buyer.prepaid);
        theirs.balance_low = buyer.balance_low.map(Money::micros);
        let mut rules = contract.rules.clone();
        if let Some(returns) = &mut rules.returns {
            returns.pause = contract.auto_pause.and_then(|rule| rule.returns);
        }
        Self {
            contract: contract.id.clone(),
            buyer: buyer.id.clone(),
            switch: match (contract.enabled, buyer.enabled, barred) {
                (true, true, None) => Switch::On,
                (true, true, Some(why)) => Switch::Barred(why),
                (false, _, _) => Switch::ContractOff,
                (true, false, _) => Switch::BuyerOff,
            },
            channels: contract.channels,
            tier: contract.tier,
            priority: contract.priority,
            weight: contract.weight,
            price: contract.price,
            buffer: contract.buffer,
            rules: Arc::new(rules),
            radius: contract.filters.radius.map(|radius| circles.zips(radius)),
            filters: contract.filters.clone(),
            schedule: contract.schedule.clone(),
            destination: contract.destination.clone().map(Arc::new),
            ceilings: Arc::new([
                contracts,
                theirs,
                ceiling(offer_level, &TimeZone::UTC, &offer.caps),
            ]),
            ceiling_zones: [buyers, buyers, offers],
            zone: buyers,
            time_zone: buyer.timezone.clone(),
            duplicates,
        }
    }

    /// Returns the zips within its radius, sorted; `None` without a radius.
    pub(super) fn radius(&self) -> Option<&[Zip]> {
        self.radius.as_deref()
    }

    /// Returns the zips of its market areas, sorted; `None` without areas.
    pub(super) fn dma(&self) -> Option<&[Zip]> {
        self.filters.dma.as_ref().map(|rule| &*rule.zips)
    }

    /// Returns whether the contract takes a city, in its state if that is known.
    pub(super) fn takes_city(&self, city: Option<CityName>, state: Option<UsState>) -> bool {
        let cities = &self.filters.cities;
        let own = |city| cities.iter().any(|rule| rule.takes(city, state));
        cities.is_empty() || city.is_some_and(own)
    }

    /// Returns whether a score reaches the contract's minimum.
    pub(super) fn takes_score(&self, score: Option<&str>) -> bool {
        let number = || score?.trim().parse::<Decimal>().ok();
        self.filters.min_score.is_none_or(|min| number().is_some_and(|score| score >= min))
    }

    /// Returns whether the contract takes an attestation.
    pub(super) fn takes_attestation(&self, given: Option<&str>) -> bool {
        let list = &self.filters.attestation;
        let level = || given?.parse::<Attestation>().ok();
        list.is_empty() || level().is_some_and(|level| list.contains(&level))
    }

    /// Returns the buyer's zone.
    pub(super) fn buyer_zone(&self) -> &TimeZone {
        &self.time_zone
    }

    /// Returns the marks that a hold on this contract claims.
    pub(super) fn claimed(&self, known: &super::Known) -> SmallVec<[Mark; 2]> {
        let claims = self.duplicates.iter().filter(|rule| rule.claims());
        claims.filter_map(|rule| rule.mark(known)).collect()
    }

    /// Returns the other marks that a sale of this contract leaves.
    pub(super) fn noted(&self, known: &super::Known) -> Noted {
        let of = |after: RepeatAfter| {
            let own = self.duplicates.iter().filter(|rule| !rule.claims());
            let own = own.filter(|rule| rule.rule.after == after);
            own.filter_map(|rule| rule.mark(known)).collect()
        };
        if self.duplicates.iter().all(Rule::claims) {
            return Noted::default();
        }
        Noted { connected: of(RepeatAfter::Connected), converted: of(RepeatAfter::Converted) }
    }

    /// Returns whether one of its rules has this consequence.
    pub(super) fn repeats(&self, then: RepeatThen) -> bool {
        self.duplicates.iter().any(|rule| rule.rule.then == then)
    }

    /// Returns the marks of its rules with this consequence.
    pub(super) fn marks(
        &self,
        then: RepeatThen,
        known: &super::Known,
    ) -> impl Iterator<Item = Mark> {
        let own = self.duplicates.iter().filter(move |rule| rule.rule.then == then);
        own.filter_map(|rule| rule.mark(known))
    }

    /// Returns the names of the required fields that are unknown.
    pub(super) fn missing<'a>(
        &'a self,
        known: &'a super::Known,
    ) -> impl Iterator<Item = &'a str> + 'a {
        let names = self.filters.required.iter().map(|name| name.as_str());
        names.filter(|name| known.value(name).is_none())
    }
}
