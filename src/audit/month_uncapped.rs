//! Finds caps per day or week without a cap per month.

use super::Evidence;
use super::Finding;
use super::Grade;
use super::Kind;
use crate::book::CapLimits;

/// Finds caps without a monthly one: budgets are monthly, and a daily cap adds up to 31 times its
/// limit.
pub(super) fn find(evidence: &Evidence<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (contract, buyer) in evidence.live() {
        let all = [&contract.caps, &buyer.caps];
        let any = |of: fn(&CapLimits) -> Option<u64>| all.iter().any(|caps| of(caps).is_some());
        let short = any(|caps| caps.hour) || any(|caps| caps.day) || any(|caps| caps.week);
        let budget = all.iter().any(|caps| caps.budget.month.or(caps.budget.total).is_some());
        let long = any(|caps| caps.month) || any(|caps| caps.total) || budget;
        if short && !long {
            let subject = format!("contract {}", contract.id);
            let most = most_a_month(&contract.caps).or_else(|| most_a_month(&buyer.caps));
            let sentence = match most {
                Some(most) => format!("its month is not capped: up to {most} in one"),
                None => "its month is not capped".to_owned(),
            };
            let remedy = "set `month` in `caps`, of the contract or of its buyer";
            found.push(Finding::new(Grade::Hint, Kind::MonthUncapped, subject, sentence, remedy));
        }
    }
    found
}

fn most_a_month(caps: &CapLimits) -> Option<u64> {
    let by = |limit: Option<u64>, times: u64| limit.map(|limit| limit.saturating_mul(times));
    [by(caps.day, 31), by(caps.week, 6), by(caps.hour, 744)].into_iter().flatten().min()
}
