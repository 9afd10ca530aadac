//! `strowger calls list`: calls from the database, newest first.

use serde_json::json;

use super::arguments::List;
use super::paper::Paper;
use crate::app::Fault;
use crate::app::short_ids;
use crate::app::wrap::fit;
use crate::app::zone::Local;
use crate::call::CallQuery;
use crate::call::CallRecord;
use crate::net::Clock;
use crate::store::CallCursor;
use crate::store::PAGE_CALLS_MAX;
use crate::store::Store;

pub(super) async fn run(store: &dyn Store, list: List) -> Result<(), Fault> {
    let query = list.filters.query(Clock::system().now().wall)?;
    let (calls, next) = fetch(store, &query, list.limit).await?;
    let mut paper = Paper::new();
    if list.json {
        let next = next.map(|next| next.to_string());
        paper.json(&json!({ "items": calls, "next": next }))?;
        return paper.flush().map(drop);
    }
    for line in table(&calls, &Local::system()) {
        paper.line(&line)?;
    }
    if next.is_some() {
        paper.line("There are older calls: raise --limit, or narrow by --since and --until.")?;
    }
    paper.flush().map(drop)
}

async fn fetch(
    store: &dyn Store,
    query: &CallQuery,
    limit: usize,
) -> Result<(Vec<CallRecord>, Option<CallCursor>), Fault> {
    let (mut calls, mut cursor) = (Vec::new(), None);
    while calls.len() < limit {
        let wanted = (limit - calls.len()).min(PAGE_CALLS_MAX);
        let page = store.call_list(query.clone(), cursor, wanted).await.map_err(Fault::of)?;
        calls.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    Ok((calls, cursor))
}

/// Returns the lines of the table, at most 100 columns wide if the ids are short.
fn table(calls: &[CallRecord], local: &Local) -> Vec<String> {
    if calls.is_empty() {
        return vec!["no calls".to_owned()];
    }
    let row = |cells: [&str; 7]| {
        let [started, id, number, caller, buyer, reason, connected] = cells;
        let line = format!(
            "{started:<14} {id:<13} {number:<13} {caller:<13} {buyer:<12} {reason:<15} \
             {connected:>9}"
        );
        line.trim_end().to_owned()
    };
    let head = ["started", "id", "number", "caller", "buyer", "reason", "connected"];
    let mut lines = vec![row(head)];
    for (call, id) in calls.iter().zip(short_ids(calls.iter().map(|call| call.id.to_string()))) {
        let caller = call.caller.as_ref().map_or("-", |caller| caller.e164());
        let buyer = call.winner.as_ref().map_or("-", |winner| winner.buyer.as_str());
        let reason = call.reason.map_or("live", |reason| reason.code());
        lines.push(row([
            &local.brief(call.started_at),
            &id,
            &fit(call.number.e164(), 13),
            &fit(caller, 13),
            &fit(buyer, 12),
            &fit(reason, 15),
            &format!("{:.1} s", call.talk.as_secs_f64()),
        ]));
    }
    lines.push(format!("Times are in {}.", local.name()));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample::finished;
    use crate::store::sample::ringing;

    #[test]
    fn the_table_fits_a_terminal() {
        let lines = table(&[finished(2), ringing(1)], &Local::system());
        assert_eq!(lines.len(), 4);
        assert!(lines.iter().all(|line| line.chars().count() <= 100), "{lines:#?}");
        let cells: Vec<&str> = lines[1].split_whitespace().skip(3).collect();
        assert_eq!(cells, ["+18005550100", "+13055550123", "acme", "bridged", "95.2", "s"]);
        assert!(lines[2].contains(" live "), "{lines:#?}");
        assert_eq!(table(&[], &Local::system()), ["no calls"]);
    }
}
