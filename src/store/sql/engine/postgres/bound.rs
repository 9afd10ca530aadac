//! Values bound to parameters.

use rusqlite::ToSql;
use rusqlite::types::ToSqlOutput;
use rusqlite::types::ValueRef;
use sqlx::Arguments as _;
use sqlx::Encode;
use sqlx::Postgres;
use sqlx::Type;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::PgArgumentBuffer;
use sqlx::postgres::PgArguments;
use sqlx::postgres::PgTypeInfo;
use sqlx::postgres::types::Oid;

use crate::store::StoreError;

/// No value, of the type that the server finds for the parameter.
struct Null;

impl Type<Postgres> for Null {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl Encode<'_, Postgres> for Null {
    fn encode_by_ref(&self, _buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Ok(IsNull::Yes)
    }
}

/// Returns the values of a statement's parameters.
pub(super) fn bound(values: &[&dyn ToSql]) -> Result<PgArguments, StoreError> {
    let mut bound = PgArguments::default();
    for value in values {
        let value = value.to_sql().map_err(|error| StoreError::Sql(error.to_string()))?;
        add(&mut bound, &value).map_err(|error| StoreError::Sql(error.to_string()))?;
    }
    Ok(bound)
}

fn add(bound: &mut PgArguments, value: &ToSqlOutput<'_>) -> Result<(), BoxDynError> {
    match value {
        ToSqlOutput::Borrowed(value) => add_ref(bound, *value),
        ToSqlOutput::Owned(value) => add_ref(bound, ValueRef::from(value)),
        _ => Err("a value that only SQLite takes".into()),
    }
}

fn add_ref(bound: &mut PgArguments, value: ValueRef<'_>) -> Result<(), BoxDynError> {
    match value {
        ValueRef::Null => bound.add(Null),
        ValueRef::Integer(number) => bound.add(number),
        ValueRef::Real(number) => bound.add(number),
        ValueRef::Text(text) => bound.add(std::str::from_utf8(text)?),
        ValueRef::Blob(bytes) => bound.add(bytes),
    }
}
