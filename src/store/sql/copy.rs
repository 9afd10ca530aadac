//! Copies a database of SQLite to PostgreSQL.
//!
//! Tables are copied in the order of their keys, some rows per transaction. A copy that was stopped
//! goes on after the last key that is there. Until every table has been compared, the database is
//! marked, and no program opens it.

use std::path::Path;

use crate::config::Location;
use crate::store::StoreError;

use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::Row;
use super::engine::Source;
use super::engine::Value;
use super::engine::params;
use super::engine::params_from_iter;
use super::engine::sqlite;
use super::migrate;

/// Rows per transaction.
const ROWS: usize = 512;

/// The mark of a copy that is not complete.
const MARK: &str = "CREATE TABLE unfinished_copy (source TEXT)";
const UNMARK: &str = "DROP TABLE unfinished_copy";
const IS_MARKED: &str = "SELECT to_regclass('unfinished_copy') IS NOT NULL";
const IS_USED: &str = "
    SELECT EXISTS (SELECT 1 FROM book) OR EXISTS (SELECT 1 FROM inquiry)
        OR EXISTS (SELECT 1 FROM token)";

/// A table and its key.
struct Table {
    name: &'static str,
    key: &'static [&'static str],
    /// The column that the server numbers.
    numbered: Option<&'static str>,
}

const fn table(name: &'static str, key: &'static [&'static str]) -> Table {
    Table { name, key, numbered: None }
}

const fn numbered(name: &'static str, key: &'static [&'static str]) -> Table {
    Table { name, key, numbered: Some(key[0]) }
}

/// Every table, after those that it refers to. Rows of tables whose rows are read in the order in
/// which they were added are copied in that order.
const TABLES: &[Table] = &[
    table("book", &["version"]),
    table("journal", &["id"]),
    table("flow_text", &["hash"]),
    table("secret", &["name"]),
    table("postback_secret", &["postback"]),
    Table { name: "token", key: &["rowid"], numbered: Some("rowid") },
    numbered("activity", &["number"]),
    Table { name: "request_key", key: &["rowid"], numbered: Some("rowid") },
    table("cap_use", &["period", "level", "subject"]),
    table("payout_use", &["source", "period"]),
    table("balance", &["buyer", "currency"]),
    table("sold_mark", &["mark"]),
    table("inquiry", &["id"]),
    table("attempt", &["id"]),
    Table { name: "decision", key: &["rowid"], numbered: Some("rowid") },
    Table { name: "sale", key: &["rowid"], numbered: Some("rowid") },
    numbered("posting", &["id"]),
    table("carrier_call", &["token"]),
    table("carrier_line", &["token", "place"]),
    table("recording", &["inquiry_id", "n"]),
    table("ladder", &["call", "at"]),
    table("carried_leg", &["leg"]),
    numbered("cost", &["number"]),
    numbered("conversion", &["id"]),
    numbered("sale_return", &["id"]),
    numbered("pause", &["number"]),
    numbered("event", &["sequence"]),
    numbered("delivery", &["id"]),
    table("outbox", &["one"]),
    table("call_rollup", &["pair", "grain", "quarter", "first", "second", "currency"]),
    table(
        "cube_rollup",
        &[
            "grain", "quarter", "offer", "source", "buyer", "contract", "number", "trunk", "flow",
            "reason", "currency",
        ],
    ),
    table("attempt_rollup", &["grain", "quarter", "tier", "offer", "buyer", "contract"]),
    table("reason_rollup", &["about", "grain", "quarter", "reason", "offer", "party"]),
    table("rollup_build", &["after"]),
    numbered("suppression_list", &["id"]),
    numbered("suppression_part", &["id"]),
    table("suppression", &["digest", "part"]),
    table("lead", &["id"]),
    table("lead_key", &["client", "key"]),
    table("lead_certificate", &["certificate", "lead"]),
    table("lead_delivery", &["lead", "contract"]),
    table("lead_status", &["sale"]),
    table("bid", &["inquiry_id", "ordinal"]),
    table("ping", &["id"]),
    table("ping_bid", &["ping", "ordinal"]),
    table("announced", &["platform", "id"]),
    table("node", &["name"]),
    table("node_takeover", &["run", "part"]),
    numbered("hang_up", &["number"]),
    numbered("score_model", &["version"]),
    table("score_use", &["id"]),
];

/// Tables with rows that the migrations make.
const MADE: &str = "DELETE FROM outbox; DELETE FROM score_use";

/// A table that was copied and compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedTable {
    /// Its name.
    pub name: &'static str,
    /// Rows that this copy added.
    pub added: u64,
    /// Rows that it has.
    pub rows: u64,
}

/// Copies a database of SQLite that no switch uses to an empty database of PostgreSQL, or goes on with
/// a copy that was stopped. Calls `show` for each table once it equals the original: the number of its
/// rows, and the sums of its integers. Blocks; not to be called by a task.
///
/// # Errors
/// [`StoreError`]: a database cannot be read or written, a switch uses the original, the target has
/// other content, or a table differs.
pub fn copy(
    from: &Location,
    to: &Location,
    show: &mut dyn FnMut(&CopiedTable),
) -> Result<(), StoreError> {
    let (Location::Sqlite(path), Location::Postgres { .. }) = (from, to) else {
        let message =
            "a copy goes from SQLite to PostgreSQL: FROM is sqlite:PATH, TO is postgres://…";
        return Err(StoreError::Copy(message.to_owned()));
    };
    let _claim = sqlite::claim(path)?;
    let original = Source::of(from)?.open_for_writing()?;
    migrate::migrate(&original, &from.to_string())?;
    original.begin_to_read()?;
    let target = Source::of(to)?.open_for_writing()?;
    migrate::migrate(&target, &to.to_string())?;
    mark(&target, path, to)?;
    for table in TABLES {
        let columns = columns(&original, table)?;
        let added = rows(&original, &target, table, &columns)?;
        let rows = compare(&original, &target, table, &columns)?;
        show(&CopiedTable { name: table.name, added, rows });
    }
    target.in_transaction(|| target.execute_batch(UNMARK))
}

/// Refuses a database with a copy that is not complete.
pub(super) fn refuse_unfinished(db: &Db, location: &Location) -> Result<(), StoreError> {
    let is_marked = match db {
        Db::Sqlite(_) => false,
        Db::Postgres(_) => db.query_row(IS_MARKED, params![], |row| row.get(0))?,
    };
    if is_marked {
        return Err(StoreError::Copy(format!(
            "{location} has a copy that is not complete: run `strowger db copy` again"
        )));
    }
    Ok(())
}

/// Marks the target, unless it has content that is not of a copy.
fn mark(target: &Db, path: &Path, to: &Location) -> Result<(), StoreError> {
    target.in_transaction(|| {
        if target.query_row(IS_MARKED, params![], |row| row.get(0))? {
            return Ok(());
        }
        if target.query_row(IS_USED, params![], |row| row.get(0))? {
            return Err(StoreError::Copy(format!("{to} is not empty: copy to a new database")));
        }
        target.execute_batch(MARK)?;
        target.execute_batch(MADE)?;
        let source = path.display().to_string();
        target.execute("INSERT INTO unfinished_copy VALUES ($1)", params![source])?;
        Ok(())
    })
}

/// A column of a table.
struct Column {
    name: String,
    is_number: bool,
}

fn columns(original: &Db, table: &Table) -> Result<Vec<Column>, StoreError> {
    let sql = "SELECT name, type = 'INTEGER' FROM pragma_table_info($1)";
    let read = |row: Row<'_>| Ok(Column { name: row.get(0)?, is_number: row.get(1)? });
    let mut columns = original.prepare_cached(sql)?.query_all([table.name], read)?;
    if table.key == ["rowid"] {
        columns.push(Column { name: "rowid".to_owned(), is_number: true });
    }
    Ok(columns)
}

/// Adds the rows after the last one that is there; returns how many.
fn rows(original: &Db, target: &Db, table: &Table, columns: &[Column]) -> Result<u64, StoreError> {
    let insert = insert(table, columns);
    let mut after = last_key(target, table)?;
    let mut added = 0;
    loop {
        let part = part(original, table, columns, after.as_deref())?;
        let Some(last) = part.last() else { break };
        after = Some(key_of(table, columns, last));
        added += u64::try_from(part.len()).unwrap_or(u64::MAX);
        target.in_transaction(|| Ok(target.prepare_cached(&insert)?.execute_all(part)?))?;
    }
    if let Some(column) = table.numbered {
        let name = table.name;
        target.execute_batch(&format!(
            "SELECT setval(pg_get_serial_sequence('{name}', '{column}'), max({column})) \
             FROM {name} HAVING max({column}) IS NOT NULL"
        ))?;
    }
    Ok(added)
}

fn last_key(target: &Db, table: &Table) -> Result<Option<Vec<Value>>, StoreError> {
    let Table { name, key, .. } = table;
    let order: Vec<String> = key.iter().map(|column| format!("{column} DESC")).collect();
    let sql =
        format!("SELECT {} FROM {name} ORDER BY {} LIMIT 1", key.join(", "), order.join(", "));
    let read = |row: Row<'_>| (0..key.len()).map(|place| row.get(place)).collect();
    target.query_row(&sql, params![], read).optional()
}

/// Reads some rows after a key.
fn part(
    original: &Db,
    table: &Table,
    columns: &[Column],
    after: Option<&[Value]>,
) -> Result<Vec<Vec<Value>>, StoreError> {
    let Table { name, key, .. } = table;
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let (names, key) = (names.join(", "), key.join(", "));
    let places: Vec<String> = (1..=table.key.len()).map(|place| format!("?{place}")).collect();
    let later = after.map_or(String::new(), |_| format!("WHERE ({key}) > ({})", places.join(", ")));
    let sql = format!("SELECT {names} FROM {name} {later} ORDER BY {key} LIMIT {ROWS}");
    let values = params_from_iter(after.unwrap_or_default().iter().cloned());
    let read = |row: Row<'_>| (0..columns.len()).map(|place| row.get(place)).collect();
    Ok(original.prepare_cached(&sql)?.query_all(values, read)?)
}

fn key_of(table: &Table, columns: &[Column], row: &[Value]) -> Vec<Value> {
    let of = |wanted: &&str| {
        let place = columns.iter().position(|column| column.name == *wanted);
        place.and_then(|place| row.get(place)).cloned().unwrap_or(Value::Null)
    };
    table.key.iter().map(of).collect()
}

fn insert(table: &Table, columns: &[Column]) -> String {
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let places: Vec<String> = (1..=columns.len()).map(|place| format!("${place}")).collect();
    format!("INSERT INTO {} ({}) VALUES ({})", table.name, names.join(", "), places.join(", "))
}

/// Compares the number of rows, and for each column of integers the sums of the halves of its values.
/// Returns the number of rows.
fn compare(
    original: &Db,
    target: &Db,
    table: &Table,
    columns: &[Column],
) -> Result<u64, StoreError> {
    let numbers = columns.iter().filter(|column| column.is_number);
    let sums: String = numbers
        .map(|Column { name, .. }| {
            format!(
                ", coalesce(sum({name} >> 32), 0), coalesce(sum({name} & 4294967295), 0), \
                 count({name})"
            )
        })
        .collect();
    let sql = format!("SELECT count(*){sums} FROM {}", table.name);
    let count = 1 + 3 * columns.iter().filter(|column| column.is_number).count();
    let read = |row: Row<'_>| (0..count).map(|place| row.get(place)).collect();
    let here: Vec<i64> = original.query_row(&sql, params![], read)?;
    let there: Vec<i64> = target.query_row(&sql, params![], read)?;
    if here != there {
        let name = table.name;
        return Err(StoreError::Copy(format!(
            "table `{name}` differs from the original: drop the new database and copy again"
        )));
    }
    Ok(here.first().map_or(0, |rows| rows.unsigned_abs()))
}
