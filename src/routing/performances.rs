//! The performance of all contracts, learned from calls.

use std::collections::HashMap;

use super::Performance;
use super::Standing;
use crate::base::ContractId;

/// The performance of every contract. The history of an idle contract counts half as much after
/// each [`AGE`] calls of all contracts, so that it is tried again.
#[derive(Debug, Clone, Default)]
pub struct Performances {
    by: HashMap<ContractId, (Performance, u64)>,
    recorded: u64,
}

/// Calls of all contracts after which an idle contract's history counts half.
pub(super) const AGE: u64 = 512;

impl Standing for Performances {
    fn performance(&self, contract: &ContractId) -> Performance {
        self.of(contract)
    }
}

impl Performances {
    /// Returns a contract's performance.
    pub fn of(&self, contract: &ContractId) -> Performance {
        let Some((performance, latest)) = self.by.get(contract) else {
            return Performance::default();
        };
        let halves = (self.recorded.saturating_sub(*latest) / AGE).min(62);
        Performance { calls: performance.calls >> halves, revenue: performance.revenue >> halves }
    }

    /// Adds a call.
    pub fn record(&mut self, contract: &ContractId, micros: i64) {
        let mut performance = self.of(contract);
        performance.record(micros);
        self.recorded += 1;
        let known = (performance, self.recorded);
        match self.by.get_mut(contract) {
            Some(of) => *of = known,
            None => {
                self.by.insert(contract.clone(), known);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOLLAR: i64 = 1_000_000;

    #[test]
    fn the_better_contract_gets_most_and_a_changed_one_is_noticed() {
        let names: [ContractId; 3] = ["a", "b", "c"].map(|name| name.parse().unwrap());
        let mut known = Performances::default();
        let mut served = [[0; 3]; 2];
        for n in 0..4_000_u64 {
            let late = n >= 2_000;
            let all = [0, 1, 2].map(|i: usize| known.of(&names[i]));
            let calls = all.iter().map(Performance::calls).sum();
            let score =
                |i: usize| all[i].score(10 * DOLLAR, calls, n.wrapping_mul(2_654_435_761) >> i);
            let best = (0..3).max_by_key(|i| score(*i)).unwrap();
            // Of ten calls 6, 4 and 2 are billable; later the last contract has 9.
            let billable = if late { [6, 4, 9] } else { [6, 4, 2] };
            let billable = n.wrapping_mul(7) % 10 < billable[best];
            known.record(&names[best], if billable { 10 * DOLLAR } else { 0 });
            served[usize::from(late)][best] += 1;
        }
        assert!(served[0][0] > 1_200, "{served:?}");
        assert!(served[0].iter().all(|count| *count > 10), "everybody is tried: {served:?}");
        assert!(served[1][2] > 1_000, "{served:?}");
    }
}
