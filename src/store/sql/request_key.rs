//! Requests with idempotency keys.

use crate::base::Wall;
use crate::store::ANSWER_BYTES_MAX;
use crate::store::ActivityOutcome;
use crate::store::Actor;
use crate::store::Begun;
use crate::store::KEY_UNANSWERED_MAX;
use crate::store::KEYS_MAX;
use crate::store::KeyedRequest;
use crate::store::Mutation;
use crate::store::StoreError;
use crate::store::StoredAnswer;

use super::activity;
use super::column::Columns;
use super::column::json;
use super::column::natural;
use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::Row;
use super::engine::params;

const FIND: &str = "SELECT * FROM request_key WHERE token = $1 AND key = $2";
const COUNT: &str = "SELECT count(*) FROM request_key WHERE token = $1";
const BEGIN: &str = "
    INSERT INTO request_key (token, key, digest, activity, run, created_at)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (token, key) DO UPDATE SET digest = excluded.digest,
        activity = excluded.activity, run = excluded.run, created_at = excluded.created_at,
        status = NULL, headers = NULL, body = NULL";
const ANSWER: &str =
    "UPDATE request_key SET status = $1, headers = $2, body = $3 WHERE activity = $4";
const FREE: &str = "DELETE FROM request_key WHERE activity = $1";

/// A key that was used before.
struct Seen {
    digest: String,
    activity: u64,
    run: String,
    created_at: Wall,
    answer: Option<StoredAnswer>,
}

/// Begins a change during the run `run` of the program.
pub(super) fn begin(
    db: &Db,
    run: &str,
    mutation: Mutation,
    request: Option<&KeyedRequest>,
) -> Result<Begun, StoreError> {
    let keyed = match (request, &mutation.actor) {
        (Some(request), Actor::Token { id, .. }) => Some((request, id.clone())),
        (Some(_) | None, Actor::Token { .. } | Actor::User { .. }) => None,
    };
    if let Some((request, token)) = &keyed
        && let Some(known) = known(db, run, token.as_str(), request, mutation.at)?
    {
        return Ok(known);
    }
    let key = keyed.as_ref().map(|(request, _)| request.key.to_string());
    let number = activity::add(db, &Mutation { key: key.clone(), ..mutation.clone() }, None)?;
    if let Some((request, token)) = &keyed {
        let KeyedRequest { key, digest } = request;
        let at = mutation.at.micros();
        let values = params![token.as_str(), key.as_str(), digest, natural(number), run, at];
        db.prepare_cached(BEGIN)?.execute(values)?;
    }
    Ok(Begun::New(Mutation { key, begun: Some(number), ..mutation }))
}

/// Returns why a request with a key must not begin; `None` if it may begin.
fn known(
    db: &Db,
    run: &str,
    token: &str,
    request: &KeyedRequest,
    at: Wall,
) -> Result<Option<Begun>, StoreError> {
    let Some(seen) = find(db, token, request)? else {
        let count: i64 = db.prepare_cached(COUNT)?.query_row(params![token], |row| row.get(0))?;
        let full = usize::try_from(count).is_ok_and(|count| count >= KEYS_MAX);
        return Ok(full.then_some(Begun::TooMany));
    };
    if seen.digest != request.digest {
        return Ok(Some(Begun::OtherRequest));
    }
    if let Some(answer) = seen.answer {
        return Ok(Some(Begun::Answered(answer)));
    }
    let activity = activity::fetch(db, seen.activity)?;
    match activity {
        Some(activity) if activity.outcome.is_some() => Ok(Some(Begun::Done(activity))),
        Some(_) | None => {
            let waits = seen.run == run && at < seen.created_at + KEY_UNANSWERED_MAX;
            Ok(waits.then_some(Begun::InProgress))
        }
    }
}

fn find(db: &Db, token: &str, request: &KeyedRequest) -> Result<Option<Seen>, StoreError> {
    let mut statement = db.prepare_cached(FIND)?;
    let found = statement.query_row(params![token, request.key.as_str()], |row| Ok(read(row)));
    found.optional()?.transpose()
}

fn read(row: Row<'_>) -> Result<Seen, StoreError> {
    let column = Columns::of("request_key", row);
    let answer = match column.plain::<Option<u16>>("status")? {
        None => None,
        Some(status) => Some(StoredAnswer {
            status,
            headers: column.json("headers")?,
            body: column.plain("body")?,
        }),
    };
    Ok(Seen {
        digest: column.plain("digest")?,
        activity: column.natural("activity")?,
        run: column.plain("run")?,
        created_at: column.wall("created_at")?,
        answer,
    })
}

/// Finishes a change that was begun. Adds a complete entry for any other change.
pub(super) fn finish(
    db: &Db,
    mutation: &Mutation,
    outcome: &ActivityOutcome,
    answer: Option<&StoredAnswer>,
) -> Result<(), StoreError> {
    let Some(number) = mutation.begun else {
        return activity::add(db, mutation, Some(outcome)).map(drop);
    };
    activity::finish(db, number, outcome, mutation.subject.as_deref())?;
    let noted = activity::fetch(db, number)?.and_then(|activity| activity.outcome);
    if matches!(noted, Some(ActivityOutcome::Failed { .. })) {
        db.prepare_cached(FREE)?.execute(params![natural(number)])?;
        return Ok(());
    }
    let fits = |answer: &&StoredAnswer| answer.body.len() <= ANSWER_BYTES_MAX;
    if let Some(StoredAnswer { status, headers, body }) = answer.filter(fits) {
        let values = params![status, json(headers)?, body, natural(number)];
        db.prepare_cached(ANSWER)?.execute(values)?;
    }
    Ok(())
}
