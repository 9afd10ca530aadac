//! Deliveries of events to their recipients. The column `postback` has the text of a recipient.

use crate::base::PostbackId;
use crate::base::Wall;
use crate::outbox::GIVEN_UP_AFTER;
use crate::outbox::Key;
use crate::outbox::Next;
use crate::outbox::Recipient;
use crate::outbox::Recipients;
use crate::store::Attempted;
use crate::store::DeadDelivery;
use crate::store::Delivery;
use crate::store::Mutation;
use crate::store::OUTBOX_PAGE_MAX;
use crate::store::OutboxFigures;
use crate::store::Planned;
use crate::store::Resend;
use crate::store::StoreError;

use super::activity;
use super::activity::Effect;
use super::column::Columns;
use super::column::natural;
use super::column::word;
use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::params;
use super::event;

const PLAN: &str = "
    INSERT INTO delivery (event, postback, state, attempts, since, due_at)
    VALUES ($1, $2, 'waiting', 0, $3, $3) ON CONFLICT DO NOTHING";
const PLANNED: &str = "UPDATE outbox SET planned = $1 WHERE planned < $1";
const FORGET: &str = "DELETE FROM event WHERE sequence = $1";
const DUE: &str = "
    SELECT delivery.id AS delivery, delivery.postback, delivery.attempts, delivery.since,
        event.id, event.at, event.data
    FROM delivery JOIN event ON event.sequence = delivery.event
    WHERE delivery.postback = $1 AND delivery.state = 'waiting' AND delivery.due_at <= $2
    ORDER BY delivery.due_at LIMIT $3";
const NEXT: &str = "SELECT min(due_at) FROM delivery WHERE state = 'waiting' AND due_at > $1";
const ATTEMPTED: &str = "
    UPDATE delivery SET state = $1, due_at = $2, attempts = attempts + 1, fault = $3
    WHERE id = $4 AND state = 'waiting'";
const DEAD: &str = "
    SELECT delivery.id AS delivery, delivery.postback, delivery.attempts, delivery.due_at,
        delivery.fault, event.id, event.at, event.kind, event.call
    FROM delivery JOIN event ON event.sequence = delivery.event
    WHERE delivery.state = 'dead' AND delivery.id < $1
        AND (CAST($2 AS TEXT) IS NULL OR delivery.postback = $2)
        AND (CAST($3 AS BIGINT) IS NULL
            OR CASE WHEN delivery.postback LIKE 'contract:%' THEN 1 ELSE 0 END = $3)
    ORDER BY delivery.id DESC LIMIT $4";
const RESEND: &str = "
    UPDATE delivery SET state = 'waiting', attempts = 0, since = $1, due_at = $1, fault = NULL
    WHERE state = 'dead' AND postback = $2 AND (CAST($3 AS TEXT) IS NULL OR event =
        (SELECT sequence FROM event WHERE event.id = $3))";
const RESENT: &str = "UPDATE outbox SET resent = resent + 1";
const GIVE_UP: &str = "
    UPDATE delivery SET state = 'dead', due_at = $1,
        fault = coalesce(fault, 'it waited too long for its turn')
    WHERE state = 'waiting' AND since < $2";
const TO: &str = "SELECT DISTINCT postback FROM delivery WHERE state = 'waiting'";
const WITHDRAW: &str = "
    UPDATE delivery SET state = 'dead', due_at = $1, fault = $2
    WHERE state = 'waiting' AND postback = $3";
const REMOVE: &str = "
    DELETE FROM delivery WHERE id IN
        (SELECT id FROM delivery
         WHERE state <> 'waiting' AND due_at < $1 AND state = $2 ORDER BY due_at LIMIT $3)
    RETURNING event";
const REMOVE_EVENT: &str = "
    DELETE FROM event WHERE sequence = $1 AND NOT EXISTS
        (SELECT 1 FROM delivery WHERE delivery.event = event.sequence)";
const SECRET: &str = "SELECT secret FROM postback_secret WHERE postback = $1";
const SET_SECRET: &str = "
    INSERT INTO postback_secret (postback, secret, made_at) VALUES ($1, $2, $3)
    ON CONFLICT (postback) DO UPDATE SET secret = excluded.secret, made_at = excluded.made_at";
const FIGURES: &str = "
    SELECT (SELECT count(*) FROM delivery WHERE state = 'waiting') AS waiting,
        (SELECT count(*) FROM delivery WHERE state = 'dead') AS dead,
        (SELECT min(since) FROM delivery WHERE state = 'waiting') AS oldest";

/// Plans deliveries, and removes events that nobody wants.
pub(super) fn plan(db: &Db, planned: &[Planned], at: Wall) -> Result<(), StoreError> {
    let Some(last) = planned.last() else { return Ok(()) };
    for Planned { sequence, to } in planned {
        if to.is_empty() {
            db.prepare_cached(FORGET)?.execute(params![natural(*sequence)])?;
        }
        for recipient in to {
            let values = params![natural(*sequence), recipient.to_string(), at.micros()];
            db.prepare_cached(PLAN)?.execute(values)?;
        }
    }
    db.prepare_cached(PLANNED)?.execute(params![natural(last.sequence)])?;
    Ok(())
}

/// Returns the deliveries that are due, the earliest first for each recipient.
pub(super) fn due(
    db: &Db,
    wanted: &[(Recipient, usize)],
    at: Wall,
) -> Result<Vec<Delivery>, StoreError> {
    let mut statement = db.prepare_cached(DUE)?;
    let mut due = Vec::new();
    for (to, most) in wanted {
        let left = OUTBOX_PAGE_MAX.saturating_sub(due.len()).min(*most);
        let limit = i64::try_from(left).unwrap_or(i64::MAX);
        let mut rows = statement.query(params![to.to_string(), at.micros(), limit])?;
        while let Some(row) = rows.next()? {
            let column = Columns::of("delivery", row);
            // An event of another version of the program waits until it is given up.
            let Ok(event) = event::read(row) else { continue };
            due.push(Delivery {
                id: column.natural("delivery")?,
                to: to.clone(),
                event,
                attempts: column.plain("attempts")?,
                since: column.wall("since")?,
            });
        }
    }
    Ok(due)
}

/// Returns when the first delivery after `at` is due.
pub(super) fn next(db: &Db, at: Wall) -> Result<Option<Wall>, StoreError> {
    let mut statement = db.prepare_cached(NEXT)?;
    let next: Option<i64> = statement.query_row(params![at.micros()], |row| row.get(0))?;
    Ok(next.map(Wall::from_micros))
}

/// Stores the ends of attempts.
pub(super) fn attempted(db: &Db, attempts: &[Attempted]) -> Result<(), StoreError> {
    let mut statement = db.prepare_cached(ATTEMPTED)?;
    for Attempted { id, at, next, fault } in attempts {
        let (state, due_at) = match next {
            Next::Delivered => ("delivered", *at),
            Next::At(due_at) => ("waiting", *due_at),
            Next::Dead => ("dead", *at),
        };
        statement.execute(params![state, due_at.micros(), fault, natural(*id)])?;
    }
    Ok(())
}

/// Returns dead deliveries, newest first.
pub(super) fn dead(
    db: &Db,
    of: &Recipients,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<DeadDelivery>, StoreError> {
    let limit = i64::try_from(limit.min(OUTBOX_PAGE_MAX)).unwrap_or(i64::MAX);
    let before = before.map_or(i64::MAX, natural);
    let (only, is_contract) = match of {
        Recipients::All => (None, None),
        Recipients::Postbacks => (None, Some(false)),
        Recipients::Contracts => (None, Some(true)),
        Recipients::Only(to) => (Some(to.to_string()), None),
    };
    let mut statement = db.prepare_cached(DEAD)?;
    let mut rows = statement.query(params![before, only, is_contract, limit])?;
    let mut dead = Vec::new();
    while let Some(row) = rows.next()? {
        let column = Columns::of("delivery", row);
        dead.push(DeadDelivery {
            delivery: column.natural("delivery")?,
            to: column.text("postback")?,
            event: column.word("id")?,
            inquiry: column.word_or_null("call")?,
            kind: column.text("kind")?,
            at: column.wall("at")?,
            attempts: column.plain("attempts")?,
            dead_at: column.wall("due_at")?,
            fault: column.plain::<Option<String>>("fault")?.unwrap_or_default(),
        });
    }
    Ok(dead)
}

/// Makes dead deliveries due again.
pub(super) fn resend(db: &Db, resend: &Resend, by: &Mutation) -> Result<u64, StoreError> {
    let Resend { to, event } = resend;
    let event = event.as_ref().map(word).transpose()?;
    let values = params![by.at.micros(), to.to_string(), event];
    let count = db.prepare_cached(RESEND)?.execute(values)?;
    db.prepare_cached(RESENT)?.execute(params![])?;
    let effect = match to {
        Recipient::Postback(id) => Effect::of(id),
        Recipient::Contract(id) => Effect::of(id),
    };
    activity::done(db, by, effect)?;
    Ok(u64::try_from(count).unwrap_or(u64::MAX))
}

/// Removes some deliveries in the state `state` that ended before `before`, and their events.
/// Returns the number of deliveries.
pub(super) fn remove(db: &Db, state: &str, before: Wall, most: usize) -> Result<usize, StoreError> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut statement = db.prepare_cached(REMOVE)?;
    let values = params![before.micros(), state, most];
    let events: Vec<i64> = statement.query_all(values, |row| row.get(0))?;
    for event in &events {
        db.prepare_cached(REMOVE_EVENT)?.execute(params![event])?;
    }
    Ok(events.len())
}

/// Gives up deliveries that cannot be made.
pub(super) fn tidy(db: &Db, known: &[Recipient], at: Wall) -> Result<u64, StoreError> {
    let earliest = (at - GIVEN_UP_AFTER).micros();
    let mut given_up = db.prepare_cached(GIVE_UP)?.execute(params![at.micros(), earliest])?;
    let mut statement = db.prepare_cached(TO)?;
    for text in statement.query_all(params![], |row| row.get::<_, String>(0))? {
        let to = text.parse::<Recipient>();
        if to.as_ref().is_ok_and(|to| known.contains(to)) {
            continue;
        }
        let fault = match to {
            Ok(Recipient::Contract(_)) => "the contract no longer gets leads after their sale",
            Ok(Recipient::Postback(_)) | Err(_) => "the postback was removed",
        };
        given_up += db.prepare_cached(WITHDRAW)?.execute(params![at.micros(), fault, text])?;
    }
    Ok(u64::try_from(given_up).unwrap_or(u64::MAX))
}

/// Returns the key that was made for a postback.
pub(super) fn key(db: &Db, postback: &PostbackId) -> Result<Option<Key>, StoreError> {
    let mut statement = db.prepare_cached(SECRET)?;
    let text: Option<String> =
        statement.query_row(params![postback.as_str()], |row| row.get(0)).optional()?;
    let cause = "secret: unexpected value".to_owned();
    let unreadable = StoreError::Unreadable { what: "postback_secret", cause };
    text.map(|text| text.parse().map_err(|_| unreadable)).transpose()
}

/// Stores a new key for a postback.
pub(super) fn set_key(
    db: &Db,
    postback: &PostbackId,
    key: &Key,
    by: &Mutation,
) -> Result<(), StoreError> {
    let values = params![postback.as_str(), key.reveal(), by.at.micros()];
    db.prepare_cached(SET_SECRET)?.execute(values)?;
    activity::done(db, by, Effect::of(postback))
}

/// Returns the state of the outbox.
pub(super) fn figures(db: &Db) -> Result<OutboxFigures, StoreError> {
    db.prepare_cached(FIGURES)?.query_row(params![], |row| {
        let column = Columns::of("delivery", row);
        Ok((|| {
            Ok(OutboxFigures {
                waiting: column.natural("waiting")?,
                dead: column.natural("dead")?,
                oldest: column.wall_or_null("oldest")?,
            })
        })())
    })?
}
