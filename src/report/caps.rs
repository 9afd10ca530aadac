//! How much of each cap is used now.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde::Serialize;

use crate::base::BuyerId;
use crate::base::Currency;
use crate::base::Money;
use crate::base::Wall;
use crate::book::Book;
use crate::book::CapLimits;
use crate::call::Scope;
use crate::caps::CapKey;
use crate::caps::Level;
use crate::caps::Limits;
use crate::caps::Periods;
use crate::caps::Window;

/// The caps of the live book and their usage at one instant. Its JSON is that of the API.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CapsReport {
    /// The instant.
    pub at: Wall,
    /// Every cap, the fullest first.
    pub rows: Vec<CapRow>,
}

/// A cap and its usage. A cap of calls has `used` and `limit`, a budget `spent` and `budget`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CapRow {
    /// What is limited: `contract`, `buyer`, or `offer`.
    pub level: &'static str,
    /// Its id.
    pub id: String,
    /// Window: `hour`, `day`, `week`, `month`, or `total`.
    pub window: &'static str,
    /// The window's current span, in the buyer's time zone: `2026-11-01`.
    pub period: String,
    /// Units that are used; `None` for a budget.
    pub used: Option<u64>,
    /// Units that may be used.
    pub limit: Option<u64>,
    /// Amount that is spent; `None` for a cap of units.
    pub spent: Option<Money>,
    /// Amount that may be spent.
    pub budget: Option<Money>,
    /// Used part, 0 to 1; more after a limit was lowered.
    pub share: f64,
}

/// Usage of one counter: units, and money in micros.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    /// The counter.
    pub key: CapKey,
    /// Units.
    pub units: u64,
    /// Money, in micros.
    pub micros: i64,
}

/// Returns the caps that a reader may see, with their usage at `now`: of a buyer its own and those
/// of its contracts, of a source none. Concurrent calls are not stored, so they are left out.
pub fn caps_in_use(book: &Book, used: &[Used], who: &Scope, now: Wall) -> CapsReport {
    let used: BTreeMap<&CapKey, &Used> = used.iter().map(|one| (&one.key, one)).collect();
    let mut rows: Vec<CapRow> = accounts(book)
        .filter(|account| account.is_seen_by(who))
        .flat_map(|account| account.rows(&used, book.currency(), now))
        .collect();
    rows.sort_by(|one, other| other.share.total_cmp(&one.share));
    CapsReport { at: now, rows }
}

struct Account<'b> {
    level: Level,
    buyer: Option<&'b BuyerId>,
    zone: TimeZone,
    caps: &'b CapLimits,
}

fn accounts(book: &Book) -> impl Iterator<Item = Account<'_>> {
    let zone =
        |buyer: &BuyerId| book.buyer(buyer).map_or(TimeZone::UTC, |buyer| buyer.timezone.clone());
    let contracts = book.contracts.iter().map(move |contract| Account {
        level: Level::Contract(contract.id.clone()),
        buyer: Some(&contract.buyer),
        zone: zone(&contract.buyer),
        caps: &contract.caps,
    });
    let buyers = book.buyers.iter().map(|buyer| Account {
        level: Level::Buyer(buyer.id.clone()),
        buyer: Some(&buyer.id),
        zone: buyer.timezone.clone(),
        caps: &buyer.caps,
    });
    let offers = book.offers.iter().map(|offer| Account {
        level: Level::Offer(offer.id.clone()),
        buyer: None,
        zone: TimeZone::UTC,
        caps: &offer.caps,
    });
    contracts.chain(buyers).chain(offers)
}

impl Account<'_> {
    fn is_seen_by(&self, who: &Scope) -> bool {
        match who {
            Scope::All => true,
            Scope::Buyer(own) => self.buyer == Some(own),
            Scope::Source(_) => false,
        }
    }

    fn rows(&self, used: &BTreeMap<&CapKey, &Used>, currency: Currency, now: Wall) -> Vec<CapRow> {
        let limits = Limits::from(self.caps);
        let periods = Periods::at(&self.zone, now);
        let mut rows = Vec::new();
        for window in Window::ALL.into_iter().filter(|one| *one != Window::Concurrent) {
            let key = CapKey { level: self.level.clone(), period: periods.of(window) };
            let (units, micros) = used.get(&key).map_or((0, 0), |used| (used.units, used.micros));
            let row = |share| CapRow { share, ..self.row(window, &key) };
            if let Some(limit) = limits.of(window) {
                let row = row(share(units as f64, limit as f64));
                rows.push(CapRow { used: Some(units), limit: Some(limit), ..row });
            }
            if let Some(budget) = limits.budget(window) {
                let row = row(share(micros as f64, budget as f64));
                let money = |micros| Some(Money::from_micros(micros, currency));
                rows.push(CapRow { spent: money(micros), budget: money(budget), ..row });
            }
        }
        rows
    }

    fn row(&self, window: Window, key: &CapKey) -> CapRow {
        let (level, id) = match &self.level {
            Level::Contract(id) => ("contract", id.to_string()),
            Level::Buyer(id) => ("buyer", id.to_string()),
            Level::Offer(id) => ("offer", id.to_string()),
        };
        CapRow {
            level,
            id,
            window: window.name(),
            period: key.period.to_string(),
            used: None,
            limit: None,
            spent: None,
            budget: None,
            share: 0.0,
        }
    }
}

/// Returns the used part, with four decimals; a limit of 0 is used up.
fn share(used: f64, limit: f64) -> f64 {
    if limit == 0.0 { 1.0 } else { (used / limit * 10_000.0).round() / 10_000.0 }
}

impl CapsReport {
    /// Returns the lines of a table for people, at most 100 columns wide if the ids are short.
    pub fn table(&self) -> Vec<String> {
        if self.rows.is_empty() {
            return vec!["no caps".to_owned()];
        }
        let line = |cells: [&str; 6]| {
            let [what, window, period, used, limit, share] = cells;
            let line =
                format!("{what:<32} {window:<6} {period:<17} {used:>14} {limit:>14} {share:>8}");
            line.trim_end().to_owned()
        };
        let mut lines = vec![line(["cap of", "window", "period", "used", "limit", "share"])];
        for row in &self.rows {
            let text = |units: Option<u64>, money: Option<Money>| {
                units
                    .map(|units| units.to_string())
                    .or(money.map(Money::amount))
                    .unwrap_or_default()
            };
            lines.push(line([
                &format!("{} {}", row.level, row.id),
                row.window,
                &row.period,
                &text(row.used, row.spent),
                &text(row.limit, row.budget),
                &format!("{:.1}%", row.share * 100.0),
            ]));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book;

    const BOOK: &str = r#"
        [[buyer]]
        id = "acme"
        timezone = "America/New_York"
        caps = { day = 10, total = 0 }
        [[buyer]]
        id = "blue"
        timezone = "UTC"
        [[offer]]
        id = "auto"
        caps = { hour = 4 }
        [[contract]]
        id = "acme-auto"
        buyer = "acme"
        offer = "auto"
        price = { amount = "10.00", currency = "USD" }
        destination = { sip = "sip:a@198.51.100.7" }
        caps = { day = 4, concurrent = 2, budget = { month = { amount = "100.00", currency = "USD" } } }
        [[contract]]
        id = "blue-auto"
        buyer = "blue"
        offer = "auto"
        price = { amount = "10.00", currency = "USD" }
        destination = { sip = "sip:b@198.51.100.7" }
        caps = { week = 7 }
    "#;

    fn rows(who: &Scope) -> Vec<String> {
        let (book, faults) = book::parse("b", BOOK);
        let book = book.unwrap_or_else(|| panic!("{faults:#?}"));
        // 23:30 in New York, still the day before.
        let now = "2026-05-05T03:30:00Z".parse().unwrap();
        let used = |level, period: &str, units, micros| Used {
            key: CapKey { level, period: period.parse().unwrap() },
            units,
            micros,
        };
        let contract = || Level::Contract("acme-auto".parse().unwrap());
        let used = [
            used(contract(), "2026-05-04", 3, 30_000_000),
            used(contract(), "2026-05-05", 1, 10_000_000),
            used(contract(), "2026-05", 3, 30_000_000),
            used(Level::Offer("auto".parse().unwrap()), "2026-05-05T03+0000", 2, 0),
        ];
        let report = caps_in_use(&book, &used, who, now);
        let lines = report.table();
        assert!(lines.iter().all(|line| line.chars().count() <= 100), "{lines:#?}");
        lines
            .iter()
            .skip(1)
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect()
    }

    #[test]
    fn usage_is_that_of_the_buyers_current_windows() {
        assert_eq!(
            rows(&Scope::All),
            [
                "buyer acme total total 0 0 100.0%",
                "contract acme-auto day 2026-05-04 3 4 75.0%",
                "offer auto hour 2026-05-05T03+0000 2 4 50.0%",
                "contract acme-auto month 2026-05 30.00 100.00 30.0%",
                "contract blue-auto week 2026-W19 0 7 0.0%",
                "buyer acme day 2026-05-04 0 10 0.0%",
            ]
        );
    }

    #[test]
    fn a_buyer_sees_its_own_caps_and_a_source_none() {
        assert_eq!(rows(&Scope::Buyer("blue".parse().unwrap())).len(), 1);
        assert_eq!(rows(&Scope::Buyer("acme".parse().unwrap())).len(), 4);
        assert_eq!(rows(&Scope::Source("ads".parse().unwrap())).len(), 0);
    }
}
