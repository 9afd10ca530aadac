//! Compares a call's record and decision with its scene.

use serde_json::Value;

use super::scenes::Scene;
use crate::call::CallRecord;

/// Returns the differences from the expected result.
pub fn differences(scene: &Scene, record: &CallRecord, decision: Option<&Value>) -> Vec<String> {
    let expected = &scene.expected;
    let mut found = Vec::new();
    let mut compare = |what: &str, expected: String, seen: String| {
        if expected != seen {
            found.push(format!("{what}: expected {expected}, found {seen}"));
        }
    };
    let seen = record.reason.map_or("none".to_owned(), |reason| reason.to_string());
    compare("reason", expected.reason.to_string(), seen);
    let winner = record.winner.as_ref().map(|winner| winner.contract.to_string());
    compare("winner", show(expected.winner), show(winner.as_deref()));
    let revenue = record.revenue.map(|revenue| revenue.amount());
    compare("revenue", show(expected.revenue), show(revenue.as_deref()));
    let attempts = |rows: Vec<(String, String)>| {
        rows.iter().map(|(who, how)| format!("{who} {how}")).collect::<Vec<_>>().join(", ")
    };
    let expected_attempts =
        expected.attempts.iter().map(|(who, how)| ((*who).to_owned(), how.to_string())).collect();
    let seen_attempts = record
        .attempts
        .iter()
        .map(|row| {
            let how = row.outcome.map_or("none".to_owned(), |outcome| outcome.to_string());
            (row.contract.to_string(), how)
        })
        .collect();
    compare("attempts", attempts(expected_attempts), attempts(seen_attempts));
    for (contract, skip) in expected.passed_over {
        let seen = decision.and_then(|decision| reason_for(decision, contract));
        compare(contract, skip.to_string(), show(seen));
    }
    found
}

/// Returns why the decision skipped a contract.
fn reason_for<'a>(decision: &'a Value, contract: &str) -> Option<&'a str> {
    let rows = decision.get("passed_over")?.as_array()?;
    let row = rows.iter().find(|row| row.get("contract").and_then(Value::as_str) == Some(contract));
    row?.get("reason")?.as_str()
}

fn show(text: Option<&str>) -> String {
    text.unwrap_or("none").to_owned()
}
