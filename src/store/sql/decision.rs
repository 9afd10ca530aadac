//! Routing decisions of inquiries.

use std::collections::HashMap;

use crate::base::InquiryId;
use crate::sale::DecisionRecord;
use crate::store::StoreError;

use super::column::Columns;
use super::column::json;
use super::column::word;
use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::Row;
use super::engine::params;
use super::engine::row;
use super::gathered::Gathered;

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
const OF_INQUIRIES: &str = "
    SELECT inquiry_id, id, made_at, document FROM decision
    WHERE inquiry_id IN (SELECT value FROM json_each($1)) ORDER BY made_at, rowid";

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

/// Returns the decisions of inquiries, in the order in which they were made.
pub(super) fn of_inquiries(
    db: &Db,
    inquiries: &[InquiryId],
) -> Result<HashMap<InquiryId, Vec<DecisionRecord>>, StoreError> {
    let mut statement = db.prepare_cached(OF_INQUIRIES)?;
    let mut rows = statement.query(params![json(&inquiries)?])?;
    let mut decisions: HashMap<InquiryId, Vec<DecisionRecord>> = HashMap::new();
    while let Some(row) = rows.next()? {
        let inquiry = Columns::of("decision", row).word("inquiry_id")?;
        decisions.entry(inquiry).or_default().push(read(row)?);
    }
    Ok(decisions)
}

/// Stores decisions of an inquiry. Does not change known decisions.
pub(super) fn save(
    db: &Db,
    inquiry: impl Into<InquiryId>,
    decisions: &[DecisionRecord],
) -> Result<(), StoreError> {
    let mut rows = Gathered::default();
    gather(&mut rows, inquiry, decisions)?;
    write(db, rows)
}

/// Gathers decisions; of a decision, the first one counts.
pub(super) fn gather(
    rows: &mut Gathered,
    inquiry: impl Into<InquiryId>,
    decisions: &[DecisionRecord],
) -> Result<(), StoreError> {
    let inquiry = word(&inquiry.into())?;
    for decision in decisions {
        let id = word(&decision.id)?;
        let row = row![id, inquiry, decision.at.micros(), decision.document];
        rows.add(id, row);
    }
    Ok(())
}

/// Stores decisions that were gathered. Does not change known ones.
pub(super) fn write(db: &Db, rows: Gathered) -> Result<(), StoreError> {
    rows.write(db, SAVE)
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
