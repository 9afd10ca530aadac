//! Routing decisions of inquiries.

use crate::base::InquiryId;
use crate::sale::DecisionRecord;
use crate::store::StoreError;

use super::column::Columns;
use super::column::word;
use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::Row;
use super::engine::params;

const SAVE: &str = "
    INSERT INTO decision (id, inquiry_id, made_at, document) VALUES ($1, $2, $3, $4)
    ON CONFLICT (id) DO NOTHING";

/// Selects the decision that the record names, or else the newest.
const LAST_OF_INQUIRY: &str = "
    SELECT decision.id, decision.made_at, decision.document
    FROM decision JOIN inquiry ON inquiry.id = decision.inquiry_id
    WHERE inquiry.id = $1
    ORDER BY CASE WHEN decision.id = inquiry.decision_id THEN 0 ELSE 1 END, decision.id DESC
    LIMIT 1";

const OF_INQUIRY: &str = "
    SELECT id, made_at, document FROM decision WHERE inquiry_id = $1 ORDER BY made_at, rowid";

/// Returns all decisions of an inquiry, in the order in which they were made.
pub(super) fn of_inquiry(
    db: &Db,
    inquiry: impl Into<InquiryId>,
) -> Result<Vec<DecisionRecord>, StoreError> {
    let mut statement = db.prepare_cached(OF_INQUIRY)?;
    let mut rows = statement.query(params![word(&inquiry.into())?])?;
    let mut decisions = Vec::new();
    while let Some(row) = rows.next()? {
        decisions.push(read(row)?);
    }
    Ok(decisions)
}

/// Stores decisions of an inquiry. Does not change known decisions.
pub(super) fn save(
    db: &Db,
    inquiry: impl Into<InquiryId>,
    decisions: &[DecisionRecord],
) -> Result<(), StoreError> {
    let call = word(&inquiry.into())?;
    let mut statement = db.prepare_cached(SAVE)?;
    for decision in decisions {
        let id = word(&decision.id)?;
        statement.execute(params![id, call, decision.at.micros(), decision.document])?;
    }
    Ok(())
}

/// Returns the last decision of an inquiry.
pub(super) fn last_of_inquiry(
    db: &Db,
    inquiry: impl Into<InquiryId>,
) -> Result<Option<DecisionRecord>, StoreError> {
    let mut statement = db.prepare_cached(LAST_OF_INQUIRY)?;
    let found =
        statement.query_row(params![word(&inquiry.into())?], |row| Ok(read(row))).optional()?;
    found.transpose()
}

fn read(row: Row<'_>) -> Result<DecisionRecord, StoreError> {
    let column = Columns::of("decision", row);
    Ok(DecisionRecord {
        id: column.word("id")?,
        at: column.wall("made_at")?,
        document: column.plain("document")?,
    })
}
