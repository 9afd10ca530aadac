//! Performance: the expected earnings of a contract's next call.
//!
//! The estimate is the mean of the contract's recent calls, shrunk towards the expectation for a
//! new contract of its price. A contract with few calls gets a bonus that shrinks with every call
//! (upper confidence bounds: Auer, Cesa-Bianchi, Fischer, "Finite-time analysis of the multiarmed
//! bandit problem", Machine Learning 47, 2002), so that a new contract is tried, and an unlucky one
//! is tried again. Old calls fade, so that a change in a contract shows.

use serde::Deserialize;
use serde::Serialize;

/// One call, in the unit of call counts: fading leaves fractions of a call.
const CALL: i64 = 1 << 20;
/// Part in 256 of the earlier calls that remains after each call: half is gone after 177 calls.
const KEPT: i64 = 255;
/// Weight of the expectation for a new contract, in calls.
const PRIOR_CALLS: i64 = 8;
/// Expected billable calls per hundred calls to a contract without history.
const PRIOR_BILLABLE: i64 = 50;

/// Earnings of a contract's recent calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Performance {
    /// Number of calls, faded by age, in parts of 2²⁰.
    pub(super) calls: i64,
    /// Their earnings, in micros, faded alike.
    pub(super) revenue: i64,
}

impl Performance {
    /// Adds a call that earned `micros`: 0 when it was not billable or not answered.
    pub fn record(&mut self, micros: i64) {
        let fade = |sum: i64| sum - (sum / 256) * (256 - KEPT);
        self.calls = fade(self.calls) + CALL;
        self.revenue = fade(self.revenue).saturating_add(micros);
    }

    /// Returns the expected revenue of the next call at a price, in micros, without the bonus.
    pub fn expected(&self, price: i64) -> i64 {
        let prior = i128::from(price) * i128::from(PRIOR_BILLABLE) / 100;
        let sum = i128::from(self.revenue) * i128::from(CALL)
            + prior * i128::from(PRIOR_CALLS) * i128::from(CALL);
        let calls = i128::from(self.calls) + i128::from(PRIOR_CALLS) * i128::from(CALL);
        i64::try_from(sum / calls).unwrap_or(i64::MAX)
    }

    /// Returns the score that orders contracts: the estimate, the bonus, and up to a thousandth of
    /// the price by lot, so that equal contracts take turns. `all` is the calls of every contract
    /// in the pool.
    pub(super) fn score(&self, price: i64, all: i64, lot: u64) -> i64 {
        let ratio = i128::from(all.max(0)) / CALL as i128 + 1;
        let log = i64::from(ratio.ilog2()) + 1;
        let calls = self.calls / CALL + PRIOR_CALLS;
        // √(log/calls), in 1024ths.
        let spread = (log * 1024 * 1024 / calls).max(0).isqrt();
        let bonus = i128::from(price) * i128::from(spread) / 1024;
        let lot = i128::from(price) * i128::from(lot % 1024) / 1_024_000;
        let score = i128::from(self.expected(price)) + bonus + lot;
        i64::try_from(score).unwrap_or(i64::MAX)
    }

    /// Returns the number of recent calls, in parts of 2²⁰.
    pub(super) fn calls(&self) -> i64 {
        self.calls
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOLLAR: i64 = 1_000_000;

    #[test]
    fn few_calls_say_little_and_many_say_all() {
        // Billable calls of all calls, at 10 dollars: expected earnings of the next call, in cents.
        for (billable, calls, from, to) in [
            (0, 0, 500, 500),
            (1, 1, 550, 560),
            (0, 1, 440, 450),
            (8, 8, 740, 760),
            (0, 8, 240, 260),
            (500, 500, 960, 1_000),
            (0, 500, 0, 40),
            (250, 500, 450, 550),
        ] {
            let mut performance = Performance::default();
            for n in 0..calls {
                let won = billable * (n + 1) / calls > billable * n / calls;
                performance.record(if won { 10 * DOLLAR } else { 0 });
            }
            let cents = performance.expected(10 * DOLLAR) / 10_000;
            assert!((from..=to).contains(&cents), "{billable} of {calls}: {cents}");
        }
    }
}
