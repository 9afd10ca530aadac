//! `strowger returns`: returns of sales.

use super::Fault;
use super::command;
use super::open_store;
use super::out::out;
use super::user;
use crate::base::BuyerId;
use crate::base::ReturnState;
use crate::call::Scope;
use crate::config::Settings;
use crate::net::Clock;
use crate::store::DecidedReturn;
use crate::store::DecisionOutcome;
use crate::store::EntityKind;
use crate::store::RETURNS_MAX;
use crate::store::ReturnId;
use crate::store::ReturnQuery;
use crate::store::ReturnVerdict;
use crate::store::SaleReturn;
use crate::store::Store;
use crate::store::Verb;

pub(super) async fn run(settings: &Settings, command: command::Returns) -> Result<(), Fault> {
    let store = open_store(settings)?;
    let store = store.as_ref();
    match command {
        command::Returns::List { state, buyer, json } => list(store, state, buyer, json).await,
        command::Returns::Accept { id, note } => {
            decide(store, &id, note, ReturnVerdict::Accept).await
        }
        command::Returns::Refuse { id, note } => {
            decide(store, &id, note, ReturnVerdict::Refuse).await
        }
    }
}

async fn list(
    store: &dyn Store,
    state: Option<ReturnState>,
    buyer: Option<BuyerId>,
    json: bool,
) -> Result<(), Fault> {
    let query = ReturnQuery { state, buyer, scope: Scope::All };
    let mut all: Vec<SaleReturn> = Vec::new();
    loop {
        let before = all.last().map(|last| last.id);
        let page = store.returns(query.clone(), before, RETURNS_MAX).await.map_err(Fault::of)?;
        let count = page.len();
        all.extend(page);
        if count < RETURNS_MAX {
            break;
        }
    }
    if json {
        out!("{}", serde_json::to_string_pretty(&all).map_err(Fault::of)?);
        return Ok(());
    }
    all.iter().for_each(|found| out!("{}", line(found)));
    Ok(())
}

async fn decide(
    store: &dyn Store,
    id: &str,
    note: String,
    verdict: ReturnVerdict,
) -> Result<(), Fault> {
    let (verb, command) = match verdict {
        ReturnVerdict::Accept => (Verb::Accept, "strowger returns accept"),
        ReturnVerdict::Refuse => (Verb::Refuse, "strowger returns refuse"),
    };
    let by = user::makes(verb, EntityKind::Return, command, Clock::system().now().wall).of(id);
    let id: ReturnId = id.parse().map_err(Fault::Sentence)?;
    let decided = DecidedReturn { id, verdict, note, by: by.clone() };
    let outcome = store.return_decide(decided).await.map_err(Fault::of);
    let outcome = outcome.and_then(|outcome| match outcome {
        DecisionOutcome::Now(found) => Ok(line(&found)),
        DecisionOutcome::Before(found) => Ok(format!("{}, decided before", line(&found))),
        DecisionOutcome::Otherwise(found) => {
            let by = found.decided_by.unwrap_or_default();
            Err(Fault::of(format!("return {id} was {} by {by}", found.state)))
        }
        DecisionOutcome::Unknown => Err(Fault::of(format!("there is no return {id}"))),
    });
    let line = user::noted(store, &by, outcome).await?;
    out!("{line}");
    Ok(())
}

/// Returns a return as a line.
fn line(found: &SaleReturn) -> String {
    let SaleReturn { id, inquiry, contract, state, reason, note, revenue, asked_at, .. } = found;
    let revenue = revenue.map_or_else(|| "-".to_owned(), |revenue| revenue.to_string());
    let note = if note.is_empty() { String::new() } else { format!(" ({note})") };
    format!("{id:>6}  {asked_at}  {state:<8}  {contract}  {revenue}  {inquiry}  {reason}{note}")
}
