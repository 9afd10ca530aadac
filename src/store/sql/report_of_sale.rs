//! Buyers' reports of their sales.

use crate::base::AttemptId;
use crate::base::BuyerReport;
use crate::base::InquiryId;
use crate::base::Money;
use crate::base::Reported;
use crate::store::StoreError;

use super::column::Columns;
use super::column::json;
use super::column::word;
use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::Row;
use super::engine::params;

/// Author of the postings that a report causes.
pub(super) const AUTHOR: &str = "conversion";

const SECRET: &str = "SELECT bytes FROM secret WHERE name = 'conversion'";
const KEEP_SECRET: &str = "
    INSERT INTO secret (name, bytes) VALUES ('conversion', $1) ON CONFLICT (name) DO NOTHING";
const INSERT: &str = "
    INSERT INTO conversion (sale, sold, micros, currency, disposition, reference, reported_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    RETURNING id";
const LATEST: &str = "SELECT * FROM conversion WHERE sale = $1 ORDER BY id DESC LIMIT 1";
const REPORTED: &str = "
    SELECT DISTINCT sale FROM conversion
    WHERE sale IN (SELECT value FROM json_each($1)) ORDER BY sale";
const COUNT: &str = "SELECT count(*) FROM conversion WHERE sale = $1";
const OF_INQUIRY: &str = "
    SELECT conversion.* FROM sale JOIN conversion ON conversion.sale = sale.id
    WHERE sale.inquiry_id = $1 ORDER BY conversion.id DESC LIMIT 1";
const ALL: &str = "
    SELECT conversion.* FROM sale JOIN conversion ON conversion.sale = sale.id
    WHERE sale.inquiry_id = $1 ORDER BY conversion.id";
/// Returns the secret, and stores it if there is none yet.
pub(super) fn secret(db: &Db, entropy: [u8; 32]) -> Result<[u8; 32], StoreError> {
    db.prepare_cached(KEEP_SECRET)?.execute(params![entropy])?;
    Ok(db.prepare_cached(SECRET)?.query_row(params![], |row| row.get(0))?)
}

/// Adds a row and returns its number.
pub(super) fn insert(db: &Db, sale: AttemptId, reported: &Reported) -> Result<u64, StoreError> {
    let Reported { report: BuyerReport { sold, revenue, disposition, reference }, at } = reported;
    let mut statement = db.prepare_cached(INSERT)?;
    let values = params![
        word(&sale)?,
        sold,
        revenue.map(Money::micros),
        revenue.map(|money| money.currency().as_str().to_owned()),
        disposition,
        reference,
        at.micros(),
    ];
    let number: i64 = statement.query_row(values, |row| row.get(0))?;
    u64::try_from(number).map_err(|_| StoreError::Sql("a report has no number".to_owned()))
}

/// Returns the latest report of a sale, with its number.
pub(super) fn latest(db: &Db, sale: AttemptId) -> Result<Option<(u64, Reported)>, StoreError> {
    let mut statement = db.prepare_cached(LATEST)?;
    let numbered = |row: Row<'_>| {
        let number = Columns::of("conversion", row).natural("id");
        Ok(number.and_then(|number| Ok((number, read(row)?))))
    };
    statement.query_row(params![word(&sale)?], numbered).optional()?.transpose()
}

/// Returns those sales that have a report.
pub(super) fn reported(db: &Db, sales: &[AttemptId]) -> Result<Vec<AttemptId>, StoreError> {
    let mut statement = db.prepare_cached(REPORTED)?;
    let read = |row: Row<'_>| Ok(Columns::of("conversion", row).word("sale"));
    statement.query_all(params![json(&sales)?], read)?.into_iter().collect()
}

/// Returns the number of reports of a sale.
pub(super) fn count(db: &Db, sale: AttemptId) -> Result<u32, StoreError> {
    Ok(db.prepare_cached(COUNT)?.query_row(params![word(&sale)?], |row| row.get(0))?)
}

/// Returns the latest report of the sales of an inquiry.
pub(super) fn of_inquiry(
    db: &Db,
    inquiry: impl Into<InquiryId>,
) -> Result<Option<Reported>, StoreError> {
    let mut statement = db.prepare_cached(OF_INQUIRY)?;
    statement
        .query_row(params![word(&inquiry.into())?], |row| Ok(read(row)))
        .optional()?
        .transpose()
}

/// Returns all reports of the sales of an inquiry, oldest first.
pub(super) fn all(db: &Db, inquiry: impl Into<InquiryId>) -> Result<Vec<Reported>, StoreError> {
    let mut statement = db.prepare_cached(ALL)?;
    let mut rows = statement.query(params![word(&inquiry.into())?])?;
    let mut reports = Vec::new();
    while let Some(row) = rows.next()? {
        reports.push(read(row)?);
    }
    Ok(reports)
}

fn read(row: Row<'_>) -> Result<Reported, StoreError> {
    let column = Columns::of("conversion", row);
    let report = BuyerReport {
        sold: column.plain("sold")?,
        revenue: column.money_or_null("micros", "currency")?,
        disposition: column.plain("disposition")?,
        reference: column.plain("reference")?,
    };
    Ok(Reported { report, at: column.wall("reported_at")? })
}
