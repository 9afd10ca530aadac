//! What follows the demo's calls: the return of a sale, and the postbacks of a source.

use std::collections::BTreeSet;
use std::time::Duration;

use super::screen::Ink;
use super::screen::Screen;
use super::show::Row;
use crate::app::Fault;
use crate::app::user;
use crate::base::CallId;
use crate::base::Money;
use crate::call::CallRecord;
use crate::call::Scope;
use crate::demo::Tracker;
use crate::net::Clock;
use crate::store::AskedReturn;
use crate::store::DecidedReturn;
use crate::store::DecisionOutcome;
use crate::store::EntityKind;
use crate::store::ReturnOutcome;
use crate::store::ReturnVerdict;
use crate::store::Store;
use crate::store::Verb;

/// The source of the demo's book that has postbacks.
const SOURCE: &str = "search-ads";
/// Longest time between the last call and the last postback.
const POSTBACKS_MAX: Duration = Duration::from_secs(20);

/// A postback: its event, and its call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Postback {
    event: &'static str,
    call: CallId,
}

/// Returns a sale of the source, and prints its postbacks. Returns what did not happen.
pub(super) async fn show(
    screen: &mut Screen,
    store: &dyn Store,
    tracker: &mut Tracker,
    rows: &[Row],
) -> Result<Vec<String>, Fault> {
    let sold: Vec<&CallRecord> = rows.iter().filter_map(|row| row.record.as_ref()).collect();
    let is_sold = |record: &&CallRecord| record.billable && record.source.as_str() == SOURCE;
    let sold: Vec<&CallRecord> = sold.into_iter().filter(is_sold).collect();
    let Some(first) = sold.first() else { return Ok(vec![format!("{SOURCE} sold nothing")]) };
    screen.gap();
    screen.print(Ink::Title, "", "A buyer returns a call, and its source is informed:");
    let of = |call: CallId| {
        let row = rows.iter().find(|row| row.record.as_ref().is_some_and(|one| one.id == call));
        row.map_or_else(|| "a call".to_owned(), |row| format!("call {}", row.number))
    };
    let returned = give_back(store, first.id).await?;
    let (revenue, payout) = (first.revenue, first.payout);
    let amount = |money: Option<Money>| money.map_or_else(|| "0".to_owned(), |one| one.to_string());
    let text = format!(
        "{} is returned: {} back to {}, {} back from {SOURCE}",
        of(first.id),
        amount(revenue),
        returned,
        amount(payout)
    );
    screen.print(Ink::Plain, super::show::SCENE, &text);
    let converted = sold.iter().map(|one| Postback { event: "call.converted", call: one.id });
    let last = Postback { event: "sale.returned", call: first.id };
    let mut awaited: BTreeSet<Postback> = converted.chain([last]).collect();
    let arrive = async {
        while !awaited.is_empty() {
            let Some(url) = tracker.next().await else { break };
            let found = awaited.iter().find(|one| one.is_in(&url)).cloned();
            let Some(postback) = found else { continue };
            let payout = url.rsplit_once("payout=").map_or("", |(_, payout)| payout);
            let text =
                format!("postback {} of {}, payout {payout}", postback.event, of(postback.call));
            screen.print(Ink::Plain, super::show::SCENE, &text);
            awaited.remove(&postback);
        }
    };
    // What has not arrived by then is listed.
    drop(tokio::time::timeout(POSTBACKS_MAX, arrive).await);
    let missing = |one: Postback| format!("no postback {} of {}", one.event, of(one.call));
    Ok(awaited.into_iter().map(missing).collect())
}

impl Postback {
    /// Returns whether the URL of a request is that of this postback.
    fn is_in(&self, url: &str) -> bool {
        url.contains(&format!("event={}&call={}&", self.event, self.call))
    }
}

/// Returns a call, and accepts the return. Returns the buyer.
async fn give_back(store: &dyn Store, call: CallId) -> Result<String, Fault> {
    let makes = |verb| {
        let at = Clock::system().now().wall;
        user::makes(verb, EntityKind::Return, "strowger demo", at)
    };
    let (reason, note) = ("wrong_number".to_owned(), String::new());
    let by = makes(Verb::Create);
    let asked =
        AskedReturn { inquiry: call.into(), reason, note: note.clone(), scope: Scope::All, by };
    let asked = match store.return_ask(asked).await.map_err(Fault::of)? {
        ReturnOutcome::Now(asked) | ReturnOutcome::Before(asked) => asked,
        ReturnOutcome::Refused(refused) => return Err(Fault::of(refused)),
        ReturnOutcome::Unknown => return Err(Fault::of("the call to return is unknown")),
    };
    let (id, verdict) = (asked.id, ReturnVerdict::Accept);
    let decided = DecidedReturn { id, verdict, note, by: makes(Verb::Accept).of(id) };
    match store.return_decide(decided).await.map_err(Fault::of)? {
        DecisionOutcome::Now(found) | DecisionOutcome::Before(found) => Ok(found.buyer.to_string()),
        DecisionOutcome::Otherwise(_) | DecisionOutcome::Unknown => {
            Err(Fault::of("the return was decided otherwise"))
        }
    }
}
