//! Access tokens, by the hash of their secret.

use rusqlite::Connection;
use rusqlite::OptionalExtension as _;
use rusqlite::params;

use crate::base::Wall;
use crate::store::Role;
use crate::store::StoreError;

const INSERT: &str = "
    INSERT INTO token (hash, role, scope, created_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (hash) DO NOTHING";
const ROLE_OF: &str = "SELECT role, scope FROM token WHERE hash = $1";

/// Stores a token.
pub(super) fn insert(db: &Connection, hash: &str, role: &Role, at: Wall) -> Result<(), StoreError> {
    let mut statement = db.prepare_cached(INSERT)?;
    statement.execute(params![hash, role.name(), role.scope(), at.micros()])?;
    Ok(())
}

/// The role of a token.
pub(super) fn role_of(db: &Connection, hash: &str) -> Result<Option<Role>, StoreError> {
    let mut statement = db.prepare_cached(ROLE_OF)?;
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let found: Option<(String, Option<String>)> =
        statement.query_row(params![hash], read).optional()?;
    let role = found.map(|(name, scope)| Role::parse(&name, scope.as_deref())).transpose();
    role.map_err(|cause| StoreError::Unreadable { what: "token", cause })
}
