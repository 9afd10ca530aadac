//! `strowger calls --refused`: the calls that the running switch refused since its start.

use serde_json::json;

use super::find;
use super::find::no_switch;
use super::find::unexpected;
use super::paper::Paper;
use crate::app::Fault;
use crate::app::wrap::fit;
use crate::app::zone::Local;
use crate::call::RefusedCalls;
use crate::control::ControlAnswer;
use crate::control::Request;
use crate::store::Store;

pub(super) async fn run(store: &dyn Store, json: bool) -> Result<(), Fault> {
    let answer = find::asked(store, Request::Refused).await?.ok_or_else(no_switch)?;
    let refused = match answer {
        ControlAnswer::Refused { items } => items,
        ControlAnswer::Failed { message } => return Err(Fault::of(message)),
        ControlAnswer::Done
        | ControlAnswer::Calls { .. }
        | ControlAnswer::Trunks { .. }
        | ControlAnswer::HungUp { .. }
        | ControlAnswer::Forgotten { .. } => {
            return Err(unexpected());
        }
    };
    let mut paper = Paper::new();
    if json {
        paper.json(&json!({ "items": refused, "next": null }))?;
    } else {
        for line in table(&refused, &Local::system()) {
            paper.line(&line)?;
        }
    }
    paper.flush().map(drop)
}

/// Returns the lines of the table, at most 100 columns wide but for the remedies, each below its
/// entry.
fn table(refused: &[RefusedCalls], local: &Local) -> Vec<String> {
    if refused.is_empty() {
        return vec!["no refused calls since the switch started".to_owned()];
    }
    let row = |cells: [&str; 6]| {
        let [latest, count, reason, from, called, caller] = cells;
        let line =
            format!("{latest:<14} {count:>6} {reason:<16} {from:<24} {called:<16} {caller:<16}");
        line.trim_end().to_owned()
    };
    let mut lines = vec![row(["latest", "count", "reason", "from", "called", "caller"])];
    for calls in refused {
        lines.push(row([
            &local.brief(calls.last_at),
            &calls.count.to_string(),
            calls.reason.code(),
            &fit(&calls.from, 24),
            &fit(calls.called.as_deref().unwrap_or("-"), 16),
            &fit(calls.caller.as_ref().map_or("-", |caller| caller.e164()), 16),
        ]));
        lines.push(format!("    {}", calls.remedy));
    }
    lines.push(format!("Times are in {}.", local.name()));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::RefusalReason;
    use crate::store::sample::second;

    #[test]
    fn the_table_fits_a_terminal_and_says_what_to_do() {
        let calls = |reason, from: &str, called: Option<&str>, count| RefusedCalls {
            reason,
            from: from.to_owned(),
            called: called.map(str::to_owned),
            caller: None,
            count,
            first_at: second(1),
            last_at: second(2),
            remedy: "do this".to_owned(),
        };
        let from = "2001:db8:1234:5678:9abc:def0:1234:5678";
        let refused = [
            calls(RefusalReason::UnknownNumber, "carrier-a", Some("+18005550199"), 3),
            calls(RefusalReason::UnknownSource, from, None, 999_999),
        ];
        let lines = table(&refused, &Local::system());
        assert!(lines.iter().all(|line| line.chars().count() <= 100), "{lines:#?}");
        let cells: Vec<&str> = lines[1].split_whitespace().skip(2).collect();
        assert_eq!(cells, ["3", "unknown_number", "carrier-a", "+18005550199", "-"]);
        assert_eq!(lines[2], "    do this");
        assert!(lines[3].contains(" 999999 unknown_source   2001:db8:"), "{lines:#?}");
        assert_eq!(table(&[], &Local::system()), ["no refused calls since the switch started"]);
    }
}
