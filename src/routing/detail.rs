//! A reason in words, with the values that differ.

use std::fmt;
use std::fmt::Display;
use std::sync::Arc;

use serde::Serialize;
use serde::Serializer;

use crate::base::Now;
use crate::base::Origin;
use crate::base::Phone;
use crate::base::Wall;
use crate::book::CityRule;
use crate::book::Decimal;
use crate::book::FieldRule;
use crate::book::FieldTest;
use crate::book::OPENING_DAYS_MAX;
use crate::book::SourceRule;
use crate::book::Tier;
use crate::caps::Full;
use crate::caps::Level;
use crate::geo::UsState;

use super::Known;
use super::Terms;
use super::Verdict;
use super::bids::BidSkip;
use super::terms::Switch;

/// Number of list entries that are shown before the rest is counted.
const LISTED_MAX: usize = 6;

/// The reason why a contract was passed over. The text is built only when it is displayed.
#[derive(Debug, Clone)]
pub struct Detail(Why);

#[derive(Debug, Clone)]
enum Why {
    Verdict { terms: Arc<Terms>, known: Arc<Known>, now: Now, verdict: Verdict },
    NotInTier { earlier: Tier },
    Bid(BidSkip),
}

impl Detail {
    pub(super) fn verdict(
        terms: &Arc<Terms>,
        known: &Arc<Known>,
        now: Now,
        verdict: Verdict,
    ) -> Self {
        Self(Why::Verdict { terms: terms.clone(), known: known.clone(), now, verdict })
    }

    /// Returns the full cap, if that is the reason.
    pub fn full(&self) -> Option<&Full> {
        match &self.0 {
            Why::Verdict { verdict: Verdict::Cap(full), .. } => Some(full),
            Why::Verdict { .. } | Why::NotInTier { .. } | Why::Bid(_) => None,
        }
    }

    /// Returns when the same person was sold, if that is the reason.
    pub fn sold(&self) -> Option<Wall> {
        match &self.0 {
            Why::Verdict { verdict: Verdict::Duplicate(at), .. } => Some(*at),
            Why::Verdict { .. } | Why::NotInTier { .. } | Why::Bid(_) => None,
        }
    }

    pub(super) fn bid(skip: BidSkip) -> Self {
        Self(Why::Bid(skip))
    }

    pub(super) fn not_in_tier(earlier: Tier) -> Self {
        Self(Why::NotInTier { earlier })
    }
}

impl Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (terms, known, now, verdict) = match &self.0 {
            Why::NotInTier { earlier } => {
                return write!(f, "{} still has capacity", earlier.name());
            }
            Why::Bid(skip) => return write!(f, "{skip}"),
            Why::Verdict { terms, known, now, verdict } => (terms, known, now, verdict),
        };
        let filters = &terms.filters;
        match verdict {
            Verdict::Eligible => Ok(()),
            Verdict::Off => switched_off(f, terms),
            Verdict::Channel => write!(f, "does not take the channel {}", known.channel),
            Verdict::State => state(f, known, &filters.states),
            Verdict::Zip => match (known.zip, known.value("zip")) {
                (None, Some(given)) => write!(f, "zip {given} is not a zip code"),
                (zip, _) => not_listed(f, "zip", zip, &filters.zips),
            },
            Verdict::AreaCode => not_listed(f, "area code", known.area_code, &filters.area_codes),
            Verdict::City | Verdict::County | Verdict::Country | Verdict::Radius | Verdict::Dma => {
                place(f, verdict, terms, known)
            }
            Verdict::Source => source(f, known, &filters.sources),
            Verdict::Field => field(f, known, &filters.fields),
            Verdict::Required => required(f, terms, known),
            Verdict::Score => score(f, terms, known),
            Verdict::Attestation => attestation(f, terms, known),
            Verdict::Duplicate(at) => write!(f, "sold at {at}"),
            Verdict::Cap(full) => cap(f, full),
            Verdict::Hours | Verdict::Holiday => hours(f, terms, *now),
        }
    }
}

impl Serialize for Detail {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn switched_off(f: &mut fmt::Formatter<'_>, terms: &Terms) -> fmt::Result {
    match terms.switch {
        Switch::On => Ok(()),
        Switch::ContractOff => f.write_str("the contract is switched off"),
        Switch::Barred(why) => {
            write!(f, "its destination is {}, which its trunk does not allow", why.words())
        }
        Switch::BuyerOff => write!(f, "buyer {} is switched off", terms.buyer),
    }
}

/// Writes `state CA is not one of TX, OK`, or `state is not known`.
fn not_listed<T: Display>(
    f: &mut fmt::Formatter<'_>,
    what: &str,
    value: Option<T>,
    list: &[T],
) -> fmt::Result {
    match value {
        None => write!(f, "{what} is not known"),
        Some(value) => write!(f, "{what} {value} is not one of {}", List(list)),
    }
}

/// Writes the same for the state, and what it was derived from if it is not a field.
fn state(f: &mut fmt::Formatter<'_>, known: &Known, list: &[UsState]) -> fmt::Result {
    not_listed(f, "state", known.state, list)?;
    match known.state_from() {
        Some(Origin::Zip) if known.state_contradicted() => f.write_str(", by its zip"),
        Some(Origin::AreaCode) => f.write_str(", by the area code"),
        _ => Ok(()),
    }
}

fn place(
    f: &mut fmt::Formatter<'_>,
    verdict: &Verdict,
    terms: &Terms,
    known: &Known,
) -> fmt::Result {
    let filters = &terms.filters;
    match (verdict, known.zip) {
        (Verdict::City, _) => {
            let city = known.city.map(|name| CityRule { name, state: known.state });
            not_listed(f, "city", city, &filters.cities)
        }
        (Verdict::County, _) => not_listed(f, "county", known.county, &filters.counties),
        (Verdict::Country, _) => not_listed(f, "country", known.country, &filters.countries),
        (_, None) => f.write_str("zip is not known"),
        (Verdict::Radius, Some(zip)) => {
            let Some(radius) = &filters.radius else { return Ok(()) };
            match radius.miles_to(zip) {
                Some(miles) => write!(f, "zip {zip} is {miles:.0} miles from {}, ", radius.zip)?,
                None => write!(f, "zip {zip} has no place on the map, ")?,
            }
            write!(f, "not within {}", radius.miles)
        }
        (_, Some(zip)) => {
            let codes = filters.dma.as_ref().map_or(&[][..], |rule| rule.codes.as_slice());
            write!(f, "zip {zip} is not in DMA {}", List(codes))
        }
    }
}

fn score(f: &mut fmt::Formatter<'_>, terms: &Terms, known: &Known) -> fmt::Result {
    let Some(min) = &terms.filters.min_score else { return Ok(()) };
    match known.value("score") {
        None => f.write_str("score is not known"),
        Some(given) if given.trim().parse::<Decimal>().is_err() => {
            write!(f, "score {given} is not a number")
        }
        Some(given) => write!(f, "score {given} is below {min}"),
    }
}

fn attestation(f: &mut fmt::Formatter<'_>, terms: &Terms, known: &Known) -> fmt::Result {
    let list: Vec<&str> = terms.filters.attestation.iter().map(|level| level.as_str()).collect();
    not_listed(f, "attestation", known.value("attestation"), &list)
}

struct List<'a, T>(&'a [T]);

impl<T: Display> Display for List<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, entry) in self.0.iter().take(LISTED_MAX).enumerate() {
            write!(f, "{}{entry}", if i == 0 { "" } else { ", " })?;
        }
        match self.0.len().saturating_sub(LISTED_MAX) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

fn source(f: &mut fmt::Formatter<'_>, known: &Known, rule: &SourceRule) -> fmt::Result {
    match (&known.source, rule) {
        (Some(source), SourceRule::Only(list)) => {
            write!(f, "source {source} is not one of {}", List(list))
        }
        (None, SourceRule::Only(_)) => f.write_str("source is not known"),
        (Some(source), SourceRule::Except(_) | SourceRule::Any) => {
            write!(f, "source {source} is denied")
        }
        (None, SourceRule::Except(_) | SourceRule::Any) => f.write_str("source is denied"),
    }
}

/// Writes the first rule that fails, and the first test of it that fails.
fn field(f: &mut fmt::Formatter<'_>, known: &Known, rules: &[FieldRule]) -> fmt::Result {
    let fails = |rule: &&FieldRule| !rule.takes(known.fields.value(rule.field.as_str()));
    let Some(rule) = rules.iter().find(fails) else { return Ok(()) };
    let name = &rule.field;
    let Some(value) = known.fields.value(name.as_str()) else {
        return write!(f, "{name} is not known");
    };
    let Some(test) = rule.tests.iter().find(|test| !test.takes(value)) else { return Ok(()) };
    let number = value.parse::<Decimal>().is_ok();
    let value = shown(name.as_str(), value);
    match test {
        FieldTest::Min(_) | FieldTest::Max(_) if !number => {
            write!(f, "{name} {value} is not a number")
        }
        FieldTest::Min(min) => write!(f, "{name} {value} is below {min}"),
        FieldTest::Max(max) => write!(f, "{name} {value} is above {max}"),
        FieldTest::Equals(text) => write!(f, "{name} {value} is not {text}"),
        FieldTest::OneOf(texts) => write!(f, "{name} {value} is not one of {}", List(texts)),
        FieldTest::Matches(pattern) => write!(f, "{name} {value} does not match {pattern:?}"),
        FieldTest::Present => write!(f, "{name} is empty"),
    }
}

/// Returns a field's value for display: phone numbers are masked.
pub(super) fn shown(name: &str, value: &str) -> String {
    match value.parse::<Phone>() {
        Ok(phone) if name.contains("phone") => phone.to_string(),
        Ok(_) | Err(_) => value.to_owned(),
    }
}

fn required(f: &mut fmt::Formatter<'_>, terms: &Terms, known: &Known) -> fmt::Result {
    let missing: Vec<&str> = terms.missing(known).collect();
    let verb = if missing.len() == 1 { "is" } else { "are" };
    write!(f, "{} {verb} not known", List(&missing))
}

fn cap(f: &mut fmt::Formatter<'_>, full: &Full) -> fmt::Result {
    let Full { level, cap } = full;
    match level {
        Level::Contract(_) => {}
        Level::Buyer(_) | Level::Offer(_) => write!(f, "{level}: ")?,
    }
    write!(f, "{cap}")
}

/// Writes the next opening: `opens mon 2026-01-05 09:00 America/New_York`.
fn hours(f: &mut fmt::Formatter<'_>, terms: &Terms, now: Now) -> fmt::Result {
    let Some(schedule) = &terms.schedule else { return Ok(()) };
    let zone = terms.buyer_zone();
    let name = zone.iana_name().unwrap_or("UTC");
    let local = zone.to_datetime(now.wall.timestamp());
    if schedule.is_closed_on(local.date()) {
        write!(f, "closed on {}; ", local.date())?;
    }
    match schedule.opens_after(zone, now.wall) {
        Some(at) => {
            let at = zone.to_datetime(at.timestamp());
            let weekday = format!("{:?}", at.weekday()).to_lowercase();
            let weekday = weekday.get(..3).unwrap_or_default();
            write!(f, "opens {weekday} {} {:02}:{:02} {name}", at.date(), at.hour(), at.minute())
        }
        None => write!(f, "does not open within {OPENING_DAYS_MAX} days, {name}"),
    }
}
