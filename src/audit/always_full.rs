//! Finds caps that are full in nearly every period.

use std::collections::BTreeMap;

use super::Evidence;
use super::Finding;
use super::Full;
use super::Grade;
use super::Kind;
use crate::book::CapLimits;
use crate::caps::Level;
use crate::caps::Limits;
use crate::caps::Window;

/// Minimum number of periods for a finding.
const PERIODS_MIN: usize = 3;
/// One in this many periods may be below the cap.
const ONE_IN: usize = 5;

/// Finds caps that are always full: they turn away inquiries that the buyer may want, so the
/// operator should ask the buyer.
pub(super) fn find(evidence: &Evidence<'_>) -> Vec<Finding> {
    let mut seen: BTreeMap<(&Level, Window), Full> = BTreeMap::new();
    let limits = limits(evidence);
    for (key, used) in &evidence.used {
        let window = key.period.window();
        let Some(limit) = limits.get(&key.level).and_then(|limits| limits.of(window)) else {
            continue;
        };
        let count = seen.entry((&key.level, window)).or_insert(Full { periods: 0, full: 0 });
        count.periods += 1;
        count.full += usize::from(*used >= limit);
    }
    let habit = |count: &Full| {
        count.periods >= PERIODS_MIN && count.full * ONE_IN >= count.periods * (ONE_IN - 1)
    };
    let finding = |((level, window), count): ((&Level, Window), Full)| {
        let limit = limits.get(level).and_then(|limits| limits.of(window)).unwrap_or(0);
        let (name, Full { periods, full }) = (window.name(), count);
        let sentence = format!("its {name} cap of {limit} was full in {full} of {periods} {name}s");
        let remedy = "ask for more, or put a contract behind it that takes the rest";
        Finding::new(Grade::Hint, Kind::AlwaysFull, level, sentence, remedy)
    };
    seen.into_iter().filter(|(_, count)| habit(count)).map(finding).collect()
}

fn limits(evidence: &Evidence<'_>) -> BTreeMap<Level, Limits> {
    let book = evidence.book;
    let of = |caps: &CapLimits| Limits::from(caps);
    let contracts = book.contracts.iter().map(|c| (Level::Contract(c.id.clone()), of(&c.caps)));
    let buyers = book.buyers.iter().map(|b| (Level::Buyer(b.id.clone()), of(&b.caps)));
    let offers = book.offers.iter().map(|o| (Level::Offer(o.id.clone()), of(&o.caps)));
    contracts.chain(buyers).chain(offers).collect()
}
