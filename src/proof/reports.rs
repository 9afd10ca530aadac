//! The sums that reports are made of: each pair of dimensions, the cube, and each grain of them has
//! every ended call of a unit once.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::Differences;
use super::Kind;
use super::ReportDay;
use super::ReportSums;
use super::money::differs;
use crate::base::Money;
use crate::call::CallRecord;
use crate::call::CallState;
use crate::lead::LeadRecord;
use crate::report::CallGroup;
use crate::report::CubeGroup;
use crate::report::Grain;

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// Pairs of dimensions that have each call once; in the one after them, it counts once per tag.
const PAIRS: i64 = 5;
/// The number that stands for the cube among those of the pairs.
const CUBE: i64 = -1;

/// A day, in UTC, and the currency of its amounts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Day {
    /// Days since 1970-01-01.
    day: i64,
    currency: String,
}

/// A table: a pair of dimensions, or the cube, by a grain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Table {
    pair: i64,
    grain: i64,
}

/// Sums over the records, by day, and those that are stored.
#[derive(Debug, Clone, Default)]
pub(super) struct Reports {
    recorded: BTreeMap<Day, ReportSums>,
    stored: BTreeMap<Table, BTreeMap<Day, ReportSums>>,
}

impl Reports {
    /// Notes that the sums are complete: each table has every ended call.
    pub(super) fn expect(&mut self) {
        for pair in 0..PAIRS {
            self.expect_grains(pair, CallGroup::GRAINS);
        }
        self.expect_grains(CUBE, CubeGroup::GRAINS);
    }

    fn expect_grains(&mut self, pair: i64, grains: &[Grain]) {
        for grain in grains {
            self.stored.entry(Table { pair, grain: grain.number() }).or_default();
        }
    }

    /// Adds a record.
    pub(super) fn record(&mut self, record: &CallRecord) {
        if record.state != CallState::Ended {
            return;
        }
        let currency = record.winner.as_ref().map(|winner| winner.price.currency());
        let currency = currency.map_or(String::new(), |currency| currency.as_str().to_owned());
        let day = Day { day: record.started_at.micros().div_euclid(DAY), currency };
        let micros = |money: Option<Money>| money.map_or(0, |money| i128::from(money.micros()));
        let (revenue, payout) = (micros(record.revenue), micros(record.payout));
        self.recorded.entry(day).or_default().add(ReportSums {
            calls: 1,
            leads: 0,
            answered: i128::from(record.answered_at.is_some()),
            talk_ms: i128::try_from(record.talk.as_millis()).unwrap_or(i128::MAX),
            revenue,
            payout,
            margin: revenue - payout,
        });
    }

    /// Adds the record of a lead.
    pub(super) fn lead(&mut self, record: &LeadRecord) {
        if !record.status.is_over() || record.is_test() {
            return;
        }
        let currency = record.sales.first().map(|sale| sale.winner.price.currency());
        let currency = currency.map_or(String::new(), |currency| currency.as_str().to_owned());
        let day = Day { day: record.received_at.micros().div_euclid(DAY), currency };
        let micros = |money: Option<Money>| money.map_or(0, |money| i128::from(money.micros()));
        let (revenue, payout) = (micros(record.revenue), micros(record.payout));
        let margin = revenue - payout;
        let added = ReportSums { leads: 1, revenue, payout, margin, ..ReportSums::default() };
        self.recorded.entry(day).or_default().add(added);
    }

    /// Adds stored sums.
    pub(super) fn day(&mut self, row: ReportDay) {
        let ReportDay { pair, grain, day, currency, sums } = row;
        let table = self.stored.entry(Table { pair, grain }).or_default();
        table.insert(Day { day, currency }, sums);
    }

    /// Compares the sums of each table.
    pub(super) fn finish(self, found: &mut Differences) {
        for (Table { pair, grain }, stored) in self.stored {
            let recorded = by_unit(&self.recorded, grain);
            let days: BTreeSet<&Day> = stored.keys().chain(recorded.keys()).collect();
            for day in days {
                let sums =
                    |sums: &BTreeMap<Day, ReportSums>| sums.get(day).copied().unwrap_or_default();
                let (stored, recorded) = (sums(&stored), sums(&recorded));
                if stored != recorded {
                    let table =
                        if pair == CUBE { "cube".to_owned() } else { format!("pair {pair}") };
                    let subject = format!(
                        "reports of {table}, grain {grain}, day {} {}",
                        day.day, day.currency
                    );
                    found.add(Kind::ReportDiffers, subject, differing(&stored, &recorded));
                }
            }
        }
    }
}

/// Returns the sums of days by the first days of a grain's units.
fn by_unit(days: &BTreeMap<Day, ReportSums>, grain: i64) -> BTreeMap<Day, ReportSums> {
    let grain = Grain::ALL.into_iter().find(|one| one.number() == grain);
    let length = grain.map_or(1, |grain| (grain.quarters() / Grain::Day.quarters()).max(1));
    let mut units: BTreeMap<Day, ReportSums> = BTreeMap::new();
    for (day, sums) in days {
        let first = Day { day: day.day - day.day.rem_euclid(length), ..day.clone() };
        units.entry(first).or_default().add(*sums);
    }
    units
}

/// Returns the members that differ: `calls 3, records 2`.
fn differing(stored: &ReportSums, recorded: &ReportSums) -> String {
    let members = |sums: &ReportSums| {
        let ReportSums { calls, leads, answered, talk_ms, revenue, payout, margin } = *sums;
        [calls, leads, answered, talk_ms, revenue, payout, margin]
    };
    let names = ["calls", "leads", "answered", "talk_ms", "revenue", "payout", "margin"];
    let pairs = members(stored).into_iter().zip(members(recorded));
    let differing = names.into_iter().zip(pairs).filter(|(_, (one, other))| one != other);
    let named = differing.map(|(name, (one, other))| match name {
        "revenue" | "payout" | "margin" => differs(name, one, "records", other),
        name => format!("{name} {one}, records {other}"),
    });
    named.collect::<Vec<_>>().join("; ")
}
