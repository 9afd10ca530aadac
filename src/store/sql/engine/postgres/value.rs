//! Values of rows.

use rusqlite::types::FromSql;
use rusqlite::types::ValueRef;
use sqlx::ColumnIndex as _;
use sqlx::Row as _;
use sqlx::TypeInfo as _;
use sqlx::ValueRef as _;
use sqlx::postgres::PgRow;
use sqlx::postgres::PgValueRef;

use crate::store::StoreError;
use crate::store::sql::engine::Error;

/// Returns the place of a column.
pub(in crate::store) fn place(row: &PgRow, name: &str) -> Result<usize, Error> {
    name.index(row).map_err(|_| fault(&format!("no column `{name}`")))
}

/// Returns the value of a column.
pub(in crate::store) fn value<T: FromSql>(row: &PgRow, place: usize) -> Result<T, Error> {
    let raw = row.try_get_raw(place).map_err(|error| fault(&error.to_string()))?;
    let value = read(&raw)?;
    T::column_result(value).map_err(|error| fault(&error.to_string()))
}

/// Reads a value in PostgreSQL's binary format
/// (<https://www.postgresql.org/docs/15/protocol-overview.html#PROTOCOL-FORMAT-CODES>).
fn read<'r>(raw: &PgValueRef<'r>) -> Result<ValueRef<'r>, Error> {
    if raw.is_null() {
        return Ok(ValueRef::Null);
    }
    let bytes = raw.as_bytes().map_err(|error| fault(&error.to_string()))?;
    let name = raw.type_info().name().to_owned();
    let short = || fault(&format!("a value of type {name} has {} bytes", bytes.len()));
    Ok(match name.as_str() {
        "INT8" => ValueRef::Integer(i64::from_be_bytes(bytes.try_into().map_err(|_| short())?)),
        "INT4" => {
            let number = i32::from_be_bytes(bytes.try_into().map_err(|_| short())?);
            ValueRef::Integer(number.into())
        }
        "BOOL" => ValueRef::Integer(i64::from(bytes.first() == Some(&1))),
        "TEXT" | "VARCHAR" | "NAME" | "UNKNOWN" => ValueRef::Text(bytes),
        "BYTEA" => ValueRef::Blob(bytes),
        "FLOAT8" => ValueRef::Real(f64::from_be_bytes(bytes.try_into().map_err(|_| short())?)),
        "NUMERIC" => ValueRef::Integer(whole(bytes).ok_or_else(short)?),
        other => return Err(fault(&format!("values of type {other} are not read"))),
    })
}

/// Base of the digits of a `NUMERIC`.
const BASE: i128 = 10_000;
/// Sign of a negative `NUMERIC`.
const NEGATIVE: u16 = 0x4000;

/// Returns a `NUMERIC` that is an integer of 64 bits, such as a sum of integers: the number of its
/// digits, the weight of the first, its sign, the decimals shown, and the digits, 16 bits each.
fn whole(bytes: &[u8]) -> Option<i64> {
    let mut words = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    let (count, weight, sign, _shown) =
        (words.next()?, words.next()?.cast_signed(), words.next()?, words.next()?);
    let mut sum: i128 = 0;
    for place in 0..=i32::from(weight).max(-1) {
        let digit = if place < i32::from(count) { words.next()? } else { 0 };
        sum = sum.checked_mul(BASE)?.checked_add(digit.into())?;
    }
    match sign {
        0 => i64::try_from(sum).ok(),
        NEGATIVE => i64::try_from(-sum).ok(),
        _ => None,
    }
}

fn fault(cause: &str) -> Error {
    Error::Failed(StoreError::Sql(cause.to_owned()))
}
