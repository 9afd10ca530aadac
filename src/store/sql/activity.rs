//! Entries of the activity log.

use std::fmt::Display;

use crate::base::Wall;
use crate::store::ACTIVITY_PAGE_MAX;
use crate::store::Action;
use crate::store::Activity;
use crate::store::ActivityOutcome;
use crate::store::Actor;
use crate::store::EntityKind;
use crate::store::Mutation;
use crate::store::StoreError;
use crate::store::Verb;

use super::column::Columns;
use super::column::natural;
use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::Row;
use super::engine::params;

const INSERT: &str = "
    INSERT INTO activity (at, actor, actor_id, actor_name, verb, kind, subject, via, address,
        request_key, outcome, status, reason, book_version)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
    RETURNING number";
const FINISH: &str = "
    UPDATE activity SET outcome = $1, status = $2, reason = $3, book_version = $4,
        subject = coalesce($5, subject)
    WHERE number = $6 AND outcome IS NULL";
const HAS_KEY: &str = "SELECT EXISTS (SELECT 1 FROM request_key WHERE activity = $1)";
const FETCH: &str = "SELECT * FROM activity WHERE number = $1";
const LIST: &str = "
    SELECT * FROM activity WHERE number < $1 AND at >= $2 ORDER BY number DESC LIMIT $3";

/// What a write changed, as far as its mutation does not say.
#[derive(Debug, Default)]
pub(super) struct Effect {
    subject: Option<String>,
    book_version: Option<u64>,
}

impl Effect {
    /// Creates the effect of a change of the entity with this id.
    pub(super) fn of(subject: impl Display) -> Self {
        Self { subject: Some(subject.to_string()), book_version: None }
    }

    /// Creates the effect of a change that created this version of the book.
    pub(super) fn book(version: u64) -> Self {
        Self { subject: None, book_version: Some(version) }
    }
}

/// Logs a successful change, in the transaction that makes it. Returns [`StoreError::Abandoned`] if
/// the request has lost its key.
pub(super) fn done(db: &Db, by: &Mutation, effect: Effect) -> Result<(), StoreError> {
    let Effect { subject, book_version } = effect;
    let outcome = ActivityOutcome::Done { book_version };
    match by.begun {
        Some(number) => {
            if by.key.is_some() && !has_key(db, number)? {
                return Err(StoreError::Abandoned);
            }
            finish(db, number, &outcome, subject.as_deref())
        }
        None => {
            let subject = subject.or_else(|| by.subject.clone());
            add(db, &Mutation { subject, ..by.clone() }, Some(&outcome)).map(drop)
        }
    }
}

/// Returns whether a request still owns its key. A request that took too long has lost it.
fn has_key(db: &Db, number: u64) -> Result<bool, StoreError> {
    Ok(db.prepare_cached(HAS_KEY)?.query_row(params![natural(number)], |row| row.get(0))?)
}

/// Adds an entry and returns its number.
pub(super) fn add(
    db: &Db,
    mutation: &Mutation,
    outcome: Option<&ActivityOutcome>,
) -> Result<u64, StoreError> {
    let Mutation { actor, action, subject, via, address, key, at, begun: _ } = mutation;
    let (kind, id) = match actor {
        Actor::Token { id, .. } => ("token", Some(id.as_str())),
        Actor::User { .. } => ("user", None),
    };
    let columns = columns(outcome);
    let values = params![
        at.micros(),
        kind,
        id,
        actor.name(),
        action.verb.name(),
        action.kind.name(),
        subject,
        via,
        address.map(|address| address.to_string()),
        key,
        columns.outcome,
        columns.status,
        columns.reason,
        columns.book_version,
    ];
    let number: i64 = db.prepare_cached(INSERT)?.query_row(values, |row| row.get(0))?;
    u64::try_from(number)
        .map_err(|_| StoreError::Sql("an activity log entry has no number".to_owned()))
}

/// Logs the outcome of a request, unless it has one.
pub(super) fn finish(
    db: &Db,
    number: u64,
    outcome: &ActivityOutcome,
    subject: Option<&str>,
) -> Result<(), StoreError> {
    let OutcomeColumns { outcome, status, reason, book_version } = columns(Some(outcome));
    let number = natural(number);
    let mut statement = db.prepare_cached(FINISH)?;
    statement.execute(params![outcome, status, reason, book_version, subject, number])?;
    Ok(())
}

/// Returns one entry.
pub(super) fn fetch(db: &Db, number: u64) -> Result<Option<Activity>, StoreError> {
    let mut statement = db.prepare_cached(FETCH)?;
    let found = statement.query_row(params![natural(number)], |row| Ok(read(row)));
    found.optional()?.transpose()
}

/// Returns entries made at `since` or later with numbers below `before`, newest first.
pub(super) fn list(
    db: &Db,
    since: Option<Wall>,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<Activity>, StoreError> {
    let since = since.map_or(i64::MIN, Wall::micros);
    let before = before.map_or(i64::MAX, natural);
    let limit = i64::try_from(limit.min(ACTIVITY_PAGE_MAX)).unwrap_or(i64::MAX);
    let mut statement = db.prepare_cached(LIST)?;
    let mut rows = statement.query(params![before, since, limit])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(read(row)?);
    }
    Ok(entries)
}

/// The columns that hold the outcome of an entry.
#[derive(Default)]
struct OutcomeColumns<'a> {
    outcome: Option<&'static str>,
    status: Option<u16>,
    reason: Option<&'a str>,
    book_version: Option<i64>,
}

fn columns(outcome: Option<&ActivityOutcome>) -> OutcomeColumns<'_> {
    let word = outcome.map(ActivityOutcome::name);
    match outcome {
        None => OutcomeColumns::default(),
        Some(ActivityOutcome::Done { book_version }) => OutcomeColumns {
            outcome: word,
            book_version: book_version.map(natural),
            ..OutcomeColumns::default()
        },
        Some(
            ActivityOutcome::Refused { status, reason }
            | ActivityOutcome::Failed { status, reason },
        ) => OutcomeColumns {
            outcome: word,
            status: *status,
            reason: Some(reason),
            book_version: None,
        },
    }
}

fn read(row: Row<'_>) -> Result<Activity, StoreError> {
    let column = Columns::of("activity", row);
    let unknown = |what: &str| StoreError::Unreadable {
        what: "activity",
        cause: format!("{what}: unexpected value"),
    };
    let name: String = column.plain("actor_name")?;
    let actor = match column.plain::<String>("actor")?.as_str() {
        "token" => Actor::Token {
            id: column.text("actor_id")?,
            name: name.parse().map_err(|_| unknown("actor_name"))?,
        },
        _ => Actor::User { name },
    };
    let (verb, kind): (String, String) = (column.plain("verb")?, column.plain("kind")?);
    let verb = Verb::ALL.iter().find(|known| known.name() == verb);
    let kind = EntityKind::ALL.iter().find(|known| known.name() == kind);
    let action = Action {
        verb: *verb.ok_or_else(|| unknown("verb"))?,
        kind: *kind.ok_or_else(|| unknown("kind"))?,
    };
    let address: Option<String> = column.plain("address")?;
    let address = address.map(|text| text.parse().map_err(|_| unknown("address")));
    let (status, reason): (Option<u16>, Option<String>) =
        (column.plain("status")?, column.plain("reason")?);
    let reason = reason.unwrap_or_default();
    let outcome = match column.plain::<Option<String>>("outcome")?.as_deref() {
        None => None,
        Some("done") => {
            Some(ActivityOutcome::Done { book_version: column.natural_or_null("book_version")? })
        }
        Some("refused") => Some(ActivityOutcome::Refused { status, reason }),
        Some(_) => Some(ActivityOutcome::Failed { status, reason }),
    };
    let number = column.natural("number")?;
    let mutation = Mutation {
        actor,
        action,
        subject: column.plain("subject")?,
        via: column.plain("via")?,
        address: address.transpose()?,
        key: column.plain("request_key")?,
        at: column.wall("at")?,
        begun: Some(number),
    };
    Ok(Activity { number, mutation, outcome })
}
