//! Finds calls by the beginning of their id, and live calls at the switch.

use std::collections::BTreeSet;

use crate::app::Fault;
use crate::base::CallId;
use crate::call::CallQuery;
use crate::call::LiveCall;
use crate::control::ControlAnswer;
use crate::control::Request;
use crate::control::ask;
use crate::store::Store;

/// Most ids shown if several match.
const SHOWN: usize = 5;
/// Characters of a whole id.
const WHOLE: usize = 36;

/// Sends a request to the running switch; `None` if none runs on this database.
pub(in crate::app) async fn asked(
    store: &dyn Store,
    request: Request,
) -> Result<Option<ControlAnswer>, Fault> {
    let Some(path) = store.switch_socket() else { return Ok(None) };
    match ask(&path, request).await {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.is_not_listening() => Ok(None),
        Err(error) => Err(Fault::of(error)),
    }
}

/// Returns the fault of a command that needs the switch.
pub(in crate::app) fn no_switch() -> Fault {
    Fault::of("no switch is running on this database: start it with `strowger serve`")
}

/// Returns every matching live call, newest first; `None` if no switch runs.
pub(super) async fn live(
    store: &dyn Store,
    query: &CallQuery,
) -> Result<Option<Vec<LiveCall>>, Fault> {
    let (mut calls, mut before) = (Vec::new(), None);
    loop {
        let request = Request::Live { query: Box::new(query.clone()), before };
        let Some(answer) = asked(store, request).await? else { return Ok(None) };
        let (items, next) = page(answer)?;
        calls.extend(items);
        before = next;
        if before.is_none() {
            return Ok(Some(calls));
        }
    }
}

/// Returns the calls of an answer, and the start of the next page.
pub(super) fn page(answer: ControlAnswer) -> Result<(Vec<LiveCall>, Option<CallId>), Fault> {
    match answer {
        ControlAnswer::Calls { items, next } => Ok((items, next)),
        ControlAnswer::Failed { message } => Err(Fault::of(message)),
        ControlAnswer::Done
        | ControlAnswer::HungUp { .. }
        | ControlAnswer::Refused { .. }
        | ControlAnswer::Trunks { .. }
        | ControlAnswer::Forgotten { .. } => Err(unexpected()),
    }
}

/// Returns the fault for an answer of the wrong kind.
pub(in crate::app) fn unexpected() -> Fault {
    Fault::of("the switch gave an unexpected answer: it may be of another version")
}

/// Returns the id of the call that begins with a text. Live calls may not be in the database yet.
pub(in crate::app) async fn id(store: &dyn Store, text: &str) -> Result<CallId, Fault> {
    let text = text.to_ascii_lowercase();
    if let Ok(id) = text.parse()
        && text.len() == WHOLE
    {
        return Ok(id);
    }
    let hex = text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    if text.is_empty() || !hex {
        return Err(Fault::of(format!(
            "`{text}` is not a call id: expected a UUID, or its beginning"
        )));
    }
    let stored = store.call_ids(text.clone(), SHOWN + 1).await.map_err(Fault::of)?;
    let mut found: BTreeSet<CallId> = stored.into_iter().collect();
    let live = live(store, &CallQuery::default()).await?.unwrap_or_default();
    let begins = |id: &CallId| id.to_string().starts_with(&text);
    found.extend(live.iter().map(|call| call.record.id).filter(begins));
    let mut found = found.into_iter().rev();
    match (found.next(), found.next()) {
        (Some(id), None) => Ok(id),
        (None, _) => Err(Fault::of(format!("no call has an id that begins with `{text}`"))),
        (Some(first), Some(second)) => {
            let shown = [first, second].into_iter().chain(found).take(SHOWN);
            let shown: Vec<String> = shown.map(|id| id.to_string()).collect();
            let shown = shown.join(", ");
            Err(Fault::of(format!("several ids begin with `{text}`, use more of one: {shown}")))
        }
    }
}
