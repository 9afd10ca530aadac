//! Access tokens, by the hash of their secret.

use crate::base::Wall;
use crate::store::LAST_USE_EVERY;
use crate::store::Mutation;
use crate::store::NewToken;
use crate::store::REVOKED_TOKENS_MAX;
use crate::store::Role;
use crate::store::Secret;
use crate::store::StoreError;
use crate::store::TOKEN_ID_PREFIX;
use crate::store::TOKENS_MAX;
use crate::store::Token;
use crate::store::TokenCreated;
use crate::store::TokenRevoked;
use crate::store::TokenState;
use crate::store::token::digits;
use crate::store::token::hash;

use super::activity;
use super::activity::Effect;
use super::column::Columns;
use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::Params;
use super::engine::Row;
use super::engine::params;

/// Fails for an existing secret, whose token does not change.
const INSERT: &str = "
    INSERT INTO token (id, name, hash, role, scope, created_at, created_by, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
/// Frees the name of an expired token.
const FREE_NAME: &str = "
    UPDATE token SET revoked_at = expires_at
    WHERE name = $1 AND revoked_at IS NULL AND expires_at <= $2";
const OF_HASH: &str = "SELECT * FROM token WHERE hash = $1";
const OF_ID: &str = "SELECT * FROM token WHERE id = $1";
const OF_NAME: &str = "SELECT * FROM token WHERE name = $1 AND revoked_at IS NULL";
const COUNT: &str = "SELECT count(*) FROM token WHERE revoked_at IS NULL";
const LIST: &str = "SELECT * FROM token ORDER BY created_at DESC, rowid DESC";
const REVOKE: &str = "UPDATE token SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL";
const FORGET: &str = "
    DELETE FROM token WHERE revoked_at IS NOT NULL AND id NOT IN
        (SELECT id FROM token WHERE revoked_at IS NOT NULL
         ORDER BY revoked_at DESC, rowid DESC LIMIT $1)";
const USED: &str = "
    UPDATE token SET last_used_at = $1
    WHERE id = $2 AND (last_used_at IS NULL OR last_used_at <= $3)";

/// Creates a token from 32 random bytes.
pub(super) fn create(
    db: &Db,
    wanted: &NewToken,
    entropy: [u8; 32],
    by: &Mutation,
) -> Result<TokenCreated, StoreError> {
    let NewToken { role, name, expires_at } = wanted;
    if let Some(name) = name.as_ref().filter(|name| name.as_str().starts_with(TOKEN_ID_PREFIX)) {
        return Ok(TokenCreated::NameIsAnId(name.clone()));
    }
    let secret = Secret::new(entropy);
    let hash = hash(secret.reveal());
    let digits = digits(&hash);
    let name = match name {
        Some(name) => name.to_string(),
        None => format!("{}-{digits}", role.name()),
    };
    db.prepare_cached(FREE_NAME)?.execute(params![name, by.at.micros()])?;
    if let Some(taken) = one(db, OF_NAME, params![name])? {
        return Ok(TokenCreated::NameTaken(taken));
    }
    let count: i64 = db.prepare_cached(COUNT)?.query_row(params![], |row| row.get(0))?;
    if usize::try_from(count).is_ok_and(|count| count >= TOKENS_MAX) {
        return Ok(TokenCreated::TooMany);
    }
    db.prepare_cached(INSERT)?.execute(params![
        format!("{TOKEN_ID_PREFIX}{digits}"),
        name,
        hash,
        role.name(),
        role.scope(),
        by.at.micros(),
        by.actor.to_string(),
        expires_at.map(Wall::micros),
    ])?;
    let made = one(db, OF_HASH, params![hash])?.ok_or_else(vanished)?;
    activity::done(db, by, Effect::of(&made.id))?;
    Ok(TokenCreated::Now(made, secret))
}

/// Returns the token whose secret has this hash.
pub(super) fn of_hash(db: &Db, hash: &str) -> Result<Option<Token>, StoreError> {
    one(db, OF_HASH, params![hash])
}

/// Returns all tokens, newest first.
pub(super) fn list(db: &Db) -> Result<Vec<Token>, StoreError> {
    let mut statement = db.prepare_cached(LIST)?;
    let mut rows = statement.query(params![])?;
    let mut tokens = Vec::new();
    while let Some(row) = rows.next()? {
        tokens.push(read(row)?);
    }
    Ok(tokens)
}

/// Revokes a token by its id or name.
pub(super) fn revoke(db: &Db, wanted: &str, by: &Mutation) -> Result<TokenRevoked, StoreError> {
    let found = match one(db, OF_ID, params![wanted])? {
        Some(found) => Some(found),
        None => one(db, OF_NAME, params![wanted])?,
    };
    let Some(found) = found else { return Ok(TokenRevoked::Unknown) };
    let id = found.id.clone();
    let revoked = db.prepare_cached(REVOKE)?.execute(params![by.at.micros(), id.as_str()])? > 0;
    activity::done(db, by, Effect::of(&id))?;
    if !revoked {
        return Ok(TokenRevoked::Before(found));
    }
    let kept = i64::try_from(REVOKED_TOKENS_MAX).unwrap_or(i64::MAX);
    db.prepare_cached(FORGET)?.execute(params![kept])?;
    Ok(TokenRevoked::Now(Token { revoked_at: Some(by.at), ..found }))
}

/// Returns whether the use of a token must be stored. Only live tokens can be used.
pub(super) fn is_use_due(token: &Token, at: Wall) -> bool {
    let noted = token.last_used_at.is_some_and(|last| last + LAST_USE_EVERY > at);
    token.state(at) == TokenState::Live && !noted
}

/// Stores the last use of a token.
pub(super) fn used(db: &Db, token: &Token, at: Wall) -> Result<(), StoreError> {
    let due = at - LAST_USE_EVERY;
    let values = params![at.micros(), token.id.as_str(), due.micros()];
    db.prepare_cached(USED)?.execute(values)?;
    Ok(())
}

fn vanished() -> StoreError {
    StoreError::Sql("the token just created is missing".to_owned())
}

fn one(db: &Db, sql: &str, values: impl Params) -> Result<Option<Token>, StoreError> {
    let mut statement = db.prepare_cached(sql)?;
    statement.query_row(values, |row| Ok(read(row))).optional()?.transpose()
}

fn read(row: Row<'_>) -> Result<Token, StoreError> {
    let column = Columns::of("token", row);
    let (role, scope): (String, Option<String>) = (column.plain("role")?, column.plain("scope")?);
    let role = Role::parse(&role, scope.as_deref());
    Ok(Token {
        id: column.text("id")?,
        name: column.text("name")?,
        role: role.map_err(|cause| StoreError::Unreadable { what: "token", cause })?,
        created_at: column.wall("created_at")?,
        created_by: column.plain("created_by")?,
        expires_at: column.wall_or_null("expires_at")?,
        revoked_at: column.wall_or_null("revoked_at")?,
        last_used_at: column.wall_or_null("last_used_at")?,
    })
}
