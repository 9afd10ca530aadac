//! `strowger calls export`: prints every matching call, one per line, with at most a page of them
//! in memory.

use serde::Serialize;
use serde_json::Value;

use super::Filters;
use super::paper::Paper;
use super::paper::Printed;
use crate::app::Fault;
use crate::base::Money;
use crate::base::Wall;
use crate::base::csv::quoted;
use crate::base::csv::safe;
use crate::call::CallMedia;
use crate::call::CallQuery;
use crate::call::CallRecord;
use crate::call::Mos;
use crate::call::Traffic;
use crate::net::Clock;
use crate::store::PAGE_CALLS_MAX;
use crate::store::Store;

/// Output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// RFC 4180, with a header line.
    Csv,
    /// One record as JSON per line.
    Json,
}

/// The columns of the CSV, in order.
const COLUMNS: [&str; 32] = [
    "id",
    "state",
    "started_at",
    "answered_at",
    "bridged_at",
    "ended_at",
    "ended_by",
    "reason",
    "number",
    "caller",
    "trunk",
    "offer",
    "source",
    "flow",
    "book_version",
    "buyer",
    "contract",
    "talk_seconds",
    "billable",
    "revenue",
    "payout",
    "currency",
    "sip_status",
    "attempts",
    "tags",
    "fields",
    "caller_lost",
    "caller_jitter_ms",
    "caller_mos",
    "buyer_lost",
    "buyer_jitter_ms",
    "buyer_mos",
];

pub(super) async fn run(store: &dyn Store, filters: &Filters, form: Form) -> Result<(), Fault> {
    let query = filters.query(Clock::system().now().wall)?;
    let mut paper = Paper::new();
    match export(store, &query, form, |line| paper.line(line)).await? {
        Printed::More => paper.flush().map(drop),
        Printed::Closed => Ok(()),
    }
}

/// Prints line by line until the last call, or until the reader closes.
async fn export(
    store: &dyn Store,
    query: &CallQuery,
    form: Form,
    mut print: impl FnMut(&str) -> Result<Printed, Fault>,
) -> Result<Printed, Fault> {
    if form == Form::Csv {
        print(&COLUMNS.join(","))?;
    }
    let mut cursor = None;
    loop {
        let page = store.call_list(query.clone(), cursor, PAGE_CALLS_MAX).await;
        let page = page.map_err(Fault::of)?;
        for call in &page.items {
            let line = match form {
                Form::Csv => row(call)?,
                Form::Json => serde_json::to_string(call).map_err(Fault::of)?,
            };
            if print(&line)? == Printed::Closed {
                return Ok(Printed::Closed);
            }
        }
        cursor = page.next;
        if cursor.is_none() {
            return Ok(Printed::More);
        }
    }
}

fn row(call: &CallRecord) -> Result<String, Fault> {
    let time = |at: Option<Wall>| at.map(|at| at.to_string()).unwrap_or_default();
    let amount = |money: Option<Money>| money.map(Money::amount).unwrap_or_default();
    let owed = call.revenue.or(call.payout);
    let heard = |of: fn(&CallMedia) -> Option<Traffic>| call.media.as_ref().and_then(of);
    let (caller, buyer) = (heard(|media| media.caller), heard(|media| media.buyer));
    let lost = |heard: Option<Traffic>| heard.map(|own| own.lost.to_string()).unwrap_or_default();
    let jitter =
        |heard: Option<Traffic>| heard.map(|own| own.jitter_ms.to_string()).unwrap_or_default();
    let mos = |heard: Option<Traffic>| {
        let score = heard.and_then(|own| own.mos).map(Mos::score);
        score.map(|score| format!("{score:.2}")).unwrap_or_default()
    };
    let cells: [String; 32] = [
        call.id.to_string(),
        word(&call.state)?,
        call.started_at.to_string(),
        time(call.answered_at),
        time(call.bridged_at),
        time(call.ended_at),
        word(&call.ended_by)?,
        word(&call.reason)?,
        call.number.e164().to_owned(),
        call.caller.as_ref().map(|caller| caller.e164().to_owned()).unwrap_or_default(),
        safe(&call.ingress.to_string()),
        safe(call.offer.as_str()),
        safe(call.source.as_str()),
        safe(call.flow.as_str()),
        call.book_version.to_string(),
        call.winner.as_ref().map(|winner| safe(winner.buyer.as_str())).unwrap_or_default(),
        call.winner.as_ref().map(|winner| safe(winner.contract.as_str())).unwrap_or_default(),
        format!("{:.3}", call.talk.as_secs_f64()),
        call.billable.to_string(),
        amount(call.revenue),
        amount(call.payout),
        owed.map(|owed| owed.currency().as_str().to_owned()).unwrap_or_default(),
        call.sip_status.map(|status| status.to_string()).unwrap_or_default(),
        call.attempts.len().to_string(),
        safe(&serde_json::to_string(&call.tags).map_err(Fault::of)?),
        safe(&serde_json::to_string(&call.fields).map_err(Fault::of)?),
        lost(caller),
        jitter(caller),
        mos(caller),
        lost(buyer),
        jitter(buyer),
        mos(buyer),
    ];
    Ok(cells.map(|cell| quoted(&cell)).join(","))
}

/// Returns a value whose JSON is a string as that string; empty for a missing value.
fn word(value: &impl Serialize) -> Result<String, Fault> {
    match serde_json::to_value(value).map_err(Fault::of)? {
        Value::String(text) => Ok(text),
        Value::Null => Ok(String::new()),
        value => Ok(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Database;
    use crate::store::Fact;
    use crate::store::Facts as _;
    use crate::store::Origin;
    use crate::store::sample::finished;
    use crate::store::sample::node;
    use crate::store::sample::ringing;

    /// Splits a line by the rules of RFC 4180.
    fn cells(line: &str) -> Vec<String> {
        let (mut cells, mut cell, mut within) = (Vec::new(), String::new(), false);
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            match (c, within) {
                ('"', true) if chars.peek() == Some(&'"') => {
                    chars.next();
                    cell.push('"');
                }
                ('"', _) => within = !within,
                (',', false) => cells.push(std::mem::take(&mut cell)),
                (c, _) => cell.push(c),
            }
        }
        cells.push(cell);
        cells
    }

    #[tokio::test]
    async fn every_call_is_exported_over_several_pages() {
        const COUNT: u64 = 2 * PAGE_CALLS_MAX as u64 + 50;
        let home = tempfile::tempdir().unwrap();
        let store = Database::sqlite(&home.path().join("strowger.db")).unwrap();
        let opened = (0..COUNT)
            .map(|seconds| Fact::Opened { record: Box::new(ringing(seconds)), node: node() });
        store.apply(Origin::Transaction, opened.collect()).await.unwrap();
        for (form, head) in [(Form::Csv, 1), (Form::Json, 0)] {
            let mut lines = Vec::new();
            let keep = |line: &str| {
                lines.push(line.to_owned());
                Ok(Printed::More)
            };
            let query = CallQuery::default();
            let printed = export(&store, &query, form, keep).await.unwrap();
            assert_eq!(printed, Printed::More);
            assert_eq!(lines.len() as u64, COUNT + head);
            for (line, seconds) in lines.iter().skip(head as usize).zip((0..COUNT).rev()) {
                assert!(line.contains(&ringing(seconds).id.to_string()), "{line}");
            }
        }
        let mut count = 0;
        let few = |_: &str| {
            count += 1;
            Ok(if count < 3 { Printed::More } else { Printed::Closed })
        };
        let printed = export(&store, &CallQuery::default(), Form::Json, few).await.unwrap();
        assert_eq!((printed, count), (Printed::Closed, 3));
    }

    #[test]
    fn a_row_has_the_cells_of_the_header() {
        let mut call = finished(1);
        call.tags.insert("note".parse().unwrap(), "a \"b\", c".to_owned());
        let found = cells(&row(&call).unwrap());
        let of = |name: &str| {
            let place = COLUMNS.iter().position(|column| *column == name).unwrap();
            found[place].as_str()
        };
        assert_eq!(found.len(), COLUMNS.len());
        for (name, value) in [
            ("state", "ended"),
            ("reason", "bridged"),
            ("caller", "+13055550123"),
            ("buyer", "acme"),
            ("talk_seconds", "95.200"),
            ("billable", "true"),
            ("revenue", "45.00"),
            ("payout", "20.00"),
            ("currency", "USD"),
            ("attempts", "1"),
            ("tags", r#"{"note":"a \"b\", c"}"#),
        ] {
            assert_eq!(of(name), value, "{name}");
        }
        let live = cells(&row(&ringing(1)).unwrap());
        assert_eq!((live[1].as_str(), live[5].as_str(), live[7].as_str()), ("live", "", ""));
    }
}
