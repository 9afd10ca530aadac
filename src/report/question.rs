//! A question: which report, for whom, of which period, by what.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::About;
use super::Column;
use super::Dimension;
use super::Measure;
use super::Pair;
use super::Quarter;
use super::Span;
use super::Topic;
use super::Unit;
use super::topic::Subject;
use crate::base::Currency;
use crate::base::OfferId;
use crate::base::SourceId;
use crate::base::Wall;
use crate::base::day_start;
use crate::base::days_ago;
use crate::base::local_date;
use crate::base::parse_instant;
use crate::base::suggest;
use crate::call::Scope;

/// Longest period of a report that is summed from the cube, and of one by hour.
pub const CUBE_PERIOD_MAX: Duration = Duration::from_secs(31 * 86_400);
/// Longest period of a report by day.
pub const DAYS_PERIOD_MAX: Duration = Duration::from_secs(366 * 86_400);
/// Local days may be longer than 24 hours in all.
const CLOCK_CHANGES: Duration = Duration::from_secs(2 * 3_600);
/// Most dimensions of a grouping.
pub const DIMENSIONS_MAX: usize = 3;
/// Days of a report whose beginning is not given, with the current one.
const DAYS: i32 = 30;
/// Names that group by time.
const UNITS: [Unit; 2] = [Unit::Hour, Unit::Day];

/// The parameters of a request, as texts; `None` for the default.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// Dimensions, separated by commas; one may be `hour` or `day`.
    pub group_by: Option<&'a str>,
    /// Beginning: RFC 3339, a date, or a duration before now.
    pub since: Option<&'a str>,
    /// End, exclusive.
    pub until: Option<&'a str>,
    /// IANA name of the time zone of days, hours and dates; UTC by default.
    pub zone: Option<&'a str>,
    /// Currency of the amounts.
    pub currency: Option<&'a str>,
}

/// A question that can be answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    pub(super) topic: Topic,
    pub(super) unit: Option<Unit>,
    pub(super) span: Span,
    pub(super) zone: String,
    who: Scope,
    by: Vec<Dimension>,
    currency: Currency,
    local: TimeZone,
}

/// Sums that a question needs. They come from one table, and some of its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Where they come from.
    pub from: From,
    /// Only the rows with this value.
    pub only: Option<(Dimension, String)>,
}

/// Where sums come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// Sums of calls and postings.
    Calls(Pair),
    /// Sums of attempts.
    Attempts,
    /// Sums of reasons.
    Reasons(&'static [About]),
    /// Sums of calls and postings by every dimension together.
    Cube,
}

impl Question {
    /// Reads a request at `now`. Amounts are in `currency` unless the request names another.
    ///
    /// # Errors
    /// A sentence for every fault.
    pub fn new(
        topic: Topic,
        who: Scope,
        wanted: Wanted<'_>,
        now: Wall,
        currency: Currency,
    ) -> Result<Self, Vec<String>> {
        let mut faults = Vec::new();
        let zone = wanted.zone.unwrap_or("UTC");
        let local = TimeZone::get(zone).unwrap_or_else(|_| {
            let expected = "a time zone, like America/New_York";
            faults.push(invalid("zone", zone, expected));
            TimeZone::UTC
        });
        let currency = wanted.currency.map_or(currency, |text| {
            text.parse().unwrap_or_else(|_| {
                faults.push(invalid("currency", text, "an ISO 4217 code, like USD"));
                currency
            })
        });
        let span = span(wanted, &local, now, &mut faults);
        let text = wanted.group_by.unwrap_or_else(|| topic.default_grouping(&who));
        let (unit, by) = grouping(topic, &who, text, &mut faults);
        let zone = zone.to_owned();
        let question = Self { topic, who, unit, by, span, zone, local, currency };
        if faults.is_empty() {
            faults.extend(question.faults());
        }
        if faults.is_empty() { Ok(question) } else { Err(faults) }
    }

    /// Returns the dimensions that its rows have, beside hour or day.
    pub fn dimensions(&self) -> &[Dimension] {
        &self.by
    }

    /// Returns the currency of its amounts.
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// Returns whether its rows have amounts of money.
    pub fn has_amounts(&self) -> bool {
        let is_money =
            |column: &Column| matches!(column, Column::Plain(measure) if measure.is_money());
        self.columns().iter().any(is_money)
    }

    /// Returns the measures that its columns are made of.
    pub fn measures(&self) -> BTreeSet<Measure> {
        self.columns().into_iter().flat_map(Column::measures).collect()
    }

    /// Returns its period.
    pub fn span(&self) -> Span {
        self.span
    }

    /// Returns the spans to sum over, oldest first, each with the text of its hour or day.
    pub fn spans(&self) -> Vec<(Option<String>, Span)> {
        let Some(unit) = self.unit else { return vec![(None, self.span)] };
        let parts = unit.split(self.span, &self.local).into_iter();
        parts.map(|(period, span)| (Some(period.to_string()), span)).collect()
    }

    /// Returns the first day whose costs may be in the report, and the day after the last; `None`
    /// if the report has no costs.
    pub fn cost_days(&self) -> Option<(Date, Date)> {
        if !self.columns().contains(&Column::Plain(Measure::Cost)) {
            return None;
        }
        let Span { from, until } = self.span;
        let last = local_date(&self.local, until.start());
        Some((local_date(&self.local, from.start()), last.tomorrow().unwrap_or(last)))
    }

    /// Returns when a cost of a day counts: at the day's beginning in the zone.
    pub fn cost_instant(&self, day: Date) -> Option<Wall> {
        day_start(day, &self.local)
    }

    /// Returns the group of a source's cost for an offer. A cost has no other dimension.
    pub fn cost_group(&self, source: &SourceId, offer: &OfferId) -> Vec<String> {
        let value = |dimension: &Dimension| match dimension {
            Dimension::Source => source.to_string(),
            Dimension::Offer => offer.to_string(),
            Dimension::Buyer
            | Dimension::Number
            | Dimension::Tag
            | Dimension::Contract
            | Dimension::Trunk
            | Dimension::Flow
            | Dimension::Reason
            | Dimension::Tier
            | Dimension::Kind => String::new(),
        };
        self.by.iter().map(value).collect()
    }

    /// Returns the sums that it needs. There are none for a source's question about attempts.
    pub fn parts(&self) -> Vec<Part> {
        let subjects = self.subjects();
        subjects
            .filter_map(|subject| Some(Part { from: self.from(subject)?, only: self.only() }))
            .collect()
    }

    /// Returns the columns that its rows have.
    pub(super) fn columns(&self) -> Vec<Column> {
        let subjects: Vec<Subject> = self.subjects().collect();
        let has = |column: &Column| subjects.iter().any(|subject| subject.has(*column));
        self.topic.columns(&self.who).iter().copied().filter(has).collect()
    }

    /// Returns what is summed: all subjects of the topic that have every dimension.
    fn subjects(&self) -> impl Iterator<Item = Subject> {
        let has_all =
            |subject: &Subject| self.by.iter().all(|dimension| subject.groups_by(*dimension));
        self.topic.subjects(&self.who).iter().copied().filter(has_all)
    }

    /// Returns the value that a buyer's or source's rows have.
    fn only(&self) -> Option<(Dimension, String)> {
        match &self.who {
            Scope::All => None,
            Scope::Buyer(buyer) => Some((Dimension::Buyer, buyer.to_string())),
            Scope::Source(source) => Some((Dimension::Source, source.to_string())),
        }
    }

    fn from(&self, subject: Subject) -> Option<From> {
        let own = self.only().map(|(dimension, _)| dimension);
        match subject {
            Subject::Calls => {
                let wanted: Vec<Dimension> = self.by.iter().copied().chain(own).collect();
                Some(Pair::with(&wanted).map_or(From::Cube, From::Calls))
            }
            Subject::Attempts => (own != Some(Dimension::Source)).then_some(From::Attempts),
            Subject::Reasons => Some(From::Reasons(match own.or_else(|| party(&self.by)) {
                Some(Dimension::Source) => &[About::Call, About::Lead],
                Some(Dimension::Buyer) => &[About::Attempt],
                Some(Dimension::Contract) => &[About::Contract],
                Some(_) | None => &[About::Call, About::Lead, About::Attempt, About::Contract],
            })),
            // Fallbacks are no buyer's and no source's.
            Subject::Fallbacks => own.is_none().then_some(From::Reasons(&[About::Fallback])),
        }
    }

    /// Returns what is wrong with a question whose parameters were read.
    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let by = self.by.iter().map(|one| one.name()).collect::<Vec<_>>().join(",");
        let longer = |most: Duration| self.span.length() > most + CLOCK_CHANGES;
        let days = |most: Duration| most.as_secs() / 86_400;
        if self.subjects().next().is_none() {
            faults.push(format!("The report has no groups by `{by}` together."));
        }
        let cube = self.parts().iter().any(|part| part.from == From::Cube);
        if cube && self.by.contains(&Dimension::Tag) {
            faults.push("Group `tag` alone, by day or hour, or with `offer`.".to_owned());
        }
        if cube && longer(CUBE_PERIOD_MAX) {
            let most = days(CUBE_PERIOD_MAX);
            faults.push(format!("A report by `{by}` may span at most {most} days."));
        }
        let most = match self.unit {
            Some(Unit::Hour) => Some(("hour", CUBE_PERIOD_MAX)),
            Some(Unit::Day) => Some(("day", DAYS_PERIOD_MAX)),
            None => None,
        };
        if let Some((unit, most)) = most.filter(|(_, most)| longer(*most)) {
            faults.push(format!("A report by {unit} may span at most {} days.", days(most)));
        }
        let parties = self.by.iter().filter(|one| party(&[**one]).is_some()).count();
        if self.topic == Topic::Rejections && parties > 1 {
            faults.push("Group by one of `contract`, `buyer` and `source`.".to_owned());
        }
        faults
    }
}

/// Returns the dimension that says whom a reason concerns.
fn party(by: &[Dimension]) -> Option<Dimension> {
    let parties = [Dimension::Contract, Dimension::Buyer, Dimension::Source];
    by.iter().copied().find(|one| parties.contains(one))
}

fn invalid(name: &str, value: &str, expected: &str) -> String {
    let value: String = value.chars().take(80).collect();
    format!("Invalid value `{value}` for `{name}`: expected {expected}.")
}

fn grouping(
    topic: Topic,
    who: &Scope,
    text: &str,
    faults: &mut Vec<String>,
) -> (Option<Unit>, Vec<Dimension>) {
    let (mut unit, mut by) = (None, Vec::new());
    let allowed = topic.dimensions(who);
    for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let as_unit = UNITS.into_iter().find(|unit| unit.name() == name);
        let as_dimension = name.parse::<Dimension>().ok().filter(|one| allowed.contains(one));
        match (as_unit, as_dimension) {
            (Some(_), _) if unit.is_some() => {
                faults.push("Group by one of `hour` and `day`.".to_owned());
            }
            (Some(found), _) => unit = Some(found),
            (None, Some(found)) if by.contains(&found) => {
                faults.push(format!("`{found}` is given twice in `group_by`."));
            }
            (None, Some(found)) => by.push(found),
            (None, None) => faults.push(unknown(name, allowed)),
        }
    }
    if by.len() > DIMENSIONS_MAX {
        faults.push(format!("Group by at most {DIMENSIONS_MAX} dimensions."));
    }
    (unit, by)
}

fn unknown(name: &str, allowed: &[Dimension]) -> String {
    let known: Vec<&str> =
        UNITS.iter().map(|unit| unit.name()).chain(allowed.iter().map(|one| one.name())).collect();
    let near = suggest(name, known.iter().copied());
    let near = near.map_or(String::new(), |near| format!(" Did you mean `{near}`?"));
    format!("{}{near}", invalid("group_by", name, &format!("one of `{}`", known.join("`, `"))))
}

/// Returns the period, widened to quarter hours. By default it is 30 local days with the current
/// one, until now.
fn span(wanted: Wanted<'_>, zone: &TimeZone, now: Wall, faults: &mut Vec<String>) -> Span {
    let mut read = |name, text: Option<&str>, default: Wall| {
        let Some(text) = text else { return default };
        parse_instant(text, zone, now).unwrap_or_else(|| {
            let expected = "a time in RFC 3339, a date like 2026-05-04, or how long ago, like 30d";
            faults.push(invalid(name, text, expected));
            default
        })
    };
    let since = read("since", wanted.since, days_ago(zone, now, DAYS - 1));
    let until = read("until", wanted.until, now);
    let span = Span { from: Quarter::of(since), until: Quarter::from(until) };
    if faults.is_empty() && span.from >= span.until {
        faults.push("`until` is not after `since`.".to_owned());
    }
    span
}

#[cfg(test)]
mod tests;
