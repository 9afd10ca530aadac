//! Errors of statements and rows.

use crate::store::StoreError;

/// An error of a statement or a row.
#[derive(Debug, thiserror::Error)]
pub(in crate::store) enum Error {
    /// A query for one row found none.
    #[error("a row is missing")]
    NoRow,
    /// The statement, or the reading of a row, failed.
    #[error(transparent)]
    Failed(#[from] StoreError),
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::QueryReturnedNoRows => Self::NoRow,
            other => Self::Failed(other.into()),
        }
    }
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error {
            Error::NoRow => StoreError::Sql(error.to_string()),
            Error::Failed(error) => error,
        }
    }
}

/// Makes a missing row a value.
pub(in crate::store) trait OptionalExtension<T> {
    /// Returns `None` if there was no row.
    fn optional(self) -> Result<Option<T>, StoreError>;
}

impl<T> OptionalExtension<T> for Result<T, Error> {
    fn optional(self) -> Result<Option<T>, StoreError> {
        match self {
            Ok(value) => Ok(Some(value)),
            Err(Error::NoRow) => Ok(None),
            Err(Error::Failed(error)) => Err(error),
        }
    }
}
