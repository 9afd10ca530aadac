//! `strowger calls live` and `hangup`: the commands that need the running switch.

use serde_json::json;

use super::Filters;
use super::find;
use super::find::no_switch;
use super::find::unexpected;
use super::paper::Paper;
use crate::app::Fault;
use crate::app::short_ids;
use crate::app::user::makes;
use crate::app::wrap::fit;
use crate::base::Wall;
use crate::call::CallRecord;
use crate::call::CallState;
use crate::call::LiveCall;
use crate::call::Phase;
use crate::control::ControlAnswer;
use crate::control::Request;
use crate::net::Clock;
use crate::store::ActivityOutcome;
use crate::store::EntityKind;
use crate::store::Store;
use crate::store::Verb;

/// Lists the live calls.
pub(super) async fn list(store: &dyn Store, filters: &Filters, json: bool) -> Result<(), Fault> {
    let now = Clock::system().now().wall;
    let query = filters.query(now)?;
    let calls = find::live(store, &query).await?.ok_or_else(no_switch)?;
    let mut paper = Paper::new();
    if json {
        paper.json(&json!({ "items": calls, "next": null }))?;
    } else {
        for line in table(&calls, now) {
            paper.line(&line)?;
        }
    }
    paper.flush().map(drop)
}

/// Hangs up a call.
pub(super) async fn hang_up(store: &dyn Store, text: &str, json: bool) -> Result<(), Fault> {
    let id = find::id(store, text).await?;
    let answer = find::asked(store, Request::HangUp { id }).await?.ok_or_else(no_switch)?;
    let record = match answer {
        ControlAnswer::HungUp { record } => record,
        ControlAnswer::Failed { message } => {
            return Err(Fault::of(format!("call {id}: {message}")));
        }
        ControlAnswer::Done
        | ControlAnswer::Calls { .. }
        | ControlAnswer::Refused { .. }
        | ControlAnswer::Trunks { .. }
        | ControlAnswer::Forgotten { .. } => {
            return Err(unexpected());
        }
    };
    let at = Clock::system().now().wall;
    let by = makes(Verb::HangUp, EntityKind::Call, "strowger calls hangup", at).of(id);
    let done = ActivityOutcome::Done { book_version: None };
    store.activity_add(by, done).await.map_err(Fault::of)?;
    let mut paper = Paper::new();
    if json {
        paper.json(&record)?
    } else {
        paper.line(&hung_up(&record))?
    };
    paper.flush().map(drop)
}

fn hung_up(record: &CallRecord) -> String {
    if record.state == CallState::Live {
        return format!("call {}: the node that keeps it is asked to hang up", record.id);
    }
    let connected = record.talk.as_secs_f64();
    let owed = record.revenue.map_or(String::new(), |owed| format!(", revenue {owed}"));
    format!("call {} hung up: connected {connected:.1} s{owed}", record.id)
}

/// Returns the lines of the table, at most 100 columns wide if the ids are short.
fn table(calls: &[LiveCall], now: Wall) -> Vec<String> {
    if calls.is_empty() {
        return vec!["no live calls".to_owned()];
    }
    let row = |cells: [&str; 7]| {
        let [id, age, number, caller, phase, since, with] = cells;
        let line = format!(
            "{id:<13} {age:>8} {number:<13} {caller:<13} {phase:<12} {since:>8} {with:<24}"
        );
        line.trim_end().to_owned()
    };
    let mut lines = vec![row(["id", "age", "number", "caller", "phase", "for", "with"])];
    let ids = short_ids(calls.iter().map(|call| call.record.id.to_string()));
    for (call, id) in calls.iter().zip(ids) {
        let LiveCall { record, live } = call;
        let caller = record.caller.as_ref().map_or("-", |caller| caller.e164());
        lines.push(row([
            &id,
            &age(record.started_at, now),
            &fit(record.number.e164(), 13),
            &fit(caller, 13),
            live.phase.name(),
            &age(live.since, now),
            &fit(&with(call), 24),
        ]));
    }
    lines
}

/// Returns the caller's counterpart: the flow's step, the ringing buyers, or the connected buyer.
pub(super) fn with(call: &LiveCall) -> String {
    let LiveCall { record, live } = call;
    let ringing = || {
        let open = record.attempts.iter().filter(|attempt| attempt.outcome.is_none());
        let names: Vec<&str> = open.map(|attempt| attempt.contract.as_str()).collect();
        names.join(", ")
    };
    let dialled = || record.dials.last().map_or(String::new(), |dial| dial.to.clone());
    match live.phase {
        Phase::Flow => live.step.as_ref().map_or(String::new(), |step| format!("step {step}")),
        Phase::Routing | Phase::Ringing => ringing(),
        Phase::Transferring => dialled(),
        Phase::Bridged => match &record.winner {
            Some(winner) => winner.buyer.to_string(),
            None if record.dials.is_empty() => ringing(),
            None => dialled(),
        },
        Phase::Ending => String::new(),
    }
}

/// Returns the time since an instant: `0:07`, `12:34`, `1:02:03`.
fn age(since: Wall, now: Wall) -> String {
    let seconds = now.since(since).as_secs();
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        hours => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Standing;
    use crate::store::sample::bridged;
    use crate::store::sample::ringing;
    use crate::store::sample::second;

    #[test]
    fn the_table_fits_a_terminal_and_shows_with_whom() {
        let of = |record, phase, step: Option<&str>| {
            let step = step.map(str::to_owned);
            LiveCall { record, live: Standing { phase, since: second(5), step } }
        };
        let calls = [
            of(bridged(3), Phase::Bridged, Some("route")),
            of(ringing(2), Phase::Ringing, Some("route")),
            of(ringing(1), Phase::Flow, Some("zip")),
        ];
        let lines = table(&calls, second(3_670));
        assert!(lines.iter().all(|line| line.chars().count() <= 100), "{lines:#?}");
        let ends: Vec<&str> = lines.iter().map(|line| &line[line.len() - 9..]).collect();
        assert!(ends[1].ends_with(" acme") && lines[2].ends_with(" acme-auto-ca"), "{lines:#?}");
        assert!(ends[3] == " step zip" && lines[3].contains(" 1:01:09 "), "{lines:#?}");
        assert_eq!(table(&[], second(1)), ["no live calls"]);
    }
}
