//! Attempts of inquiries.

use crate::base::ContractId;
use crate::base::InquiryId;
use crate::base::Wall;
use crate::sale::AttemptRecord;
use crate::sale::AttemptTier;
use crate::store::EARNED_MAX;
use crate::store::Earned;
use crate::store::StoreError;

use super::column::Columns;
use super::column::before;
use super::column::json;
use super::column::natural;
use super::column::word;
use super::engine::Db;
use super::engine::Row;
use super::engine::params;
use super::engine::row;
use super::gathered::Gathered;

const SAVE: &str = "
    INSERT INTO attempt (id, inquiry_id, ordinal, contract, buyer, wave, outcome, sip_status,
        started_at, ring_ms, post_dial_delay_ms, canceled_because, tier)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
    ON CONFLICT (id) DO UPDATE SET outcome = excluded.outcome, sip_status = excluded.sip_status,
        ring_ms = excluded.ring_ms, post_dial_delay_ms = excluded.post_dial_delay_ms,
        canceled_because = excluded.canceled_because";

const OF_INQUIRY: &str = "SELECT * FROM attempt WHERE inquiry_id = $1 ORDER BY ordinal";

/// Earnings of an attempt: the amounts posted for its sale; 0 without a sale.
const EARNED: &str = "
    SELECT contract, micros FROM (
        SELECT attempt.contract AS contract, attempt.inquiry_id AS inquiry_id,
            attempt.ordinal AS ordinal,
            (SELECT coalesce(sum(posting.micros), 0) FROM posting
             WHERE posting.sale = attempt.id AND posting.kind = 'revenue') AS micros
        FROM attempt JOIN inquiry ON inquiry.id = attempt.inquiry_id
        WHERE attempt.inquiry_id > $1 AND inquiry.state = 'ended'
            AND attempt.outcome IN ('won', 'no_answer')
            AND attempt.contract IN (SELECT value FROM json_each($2))
        ORDER BY attempt.inquiry_id DESC, attempt.ordinal DESC LIMIT $3) AS latest
    ORDER BY inquiry_id, ordinal";

/// Stores the new and changed attempts of an inquiry.
pub(super) fn save(
    db: &Db,
    inquiry: impl Into<InquiryId>,
    attempts: &[AttemptRecord],
) -> Result<(), StoreError> {
    let mut rows = Gathered::default();
    gather(&mut rows, inquiry, attempts)?;
    write(db, rows)
}

/// Gathers attempts; of an attempt, the last ones count.
pub(super) fn gather(
    rows: &mut Gathered,
    inquiry: impl Into<InquiryId>,
    attempts: &[AttemptRecord],
) -> Result<(), StoreError> {
    let inquiry = word(&inquiry.into())?;
    for (ordinal, attempt) in (0_i64..).zip(attempts) {
        let id = word(&attempt.id)?;
        let row = row![
            id,
            inquiry,
            ordinal,
            attempt.contract.as_str(),
            attempt.buyer.as_str(),
            attempt.wave,
            attempt.outcome.map(|outcome| outcome.code()),
            attempt.sip_status,
            attempt.started_at.micros(),
            natural(attempt.ring_ms),
            attempt.post_dial_delay_ms.map(natural),
            attempt.canceled_because.map(|because| because.code()),
            attempt.tier.map(AttemptTier::name),
        ];
        rows.put(id, row);
    }
    Ok(())
}

/// Stores attempts that were gathered.
pub(super) fn write(db: &Db, rows: Gathered) -> Result<(), StoreError> {
    rows.write(db, SAVE)
}

/// Returns the attempts of an inquiry, in the order in which they were made.
pub(super) fn of_inquiry(
    db: &Db,
    inquiry: impl Into<InquiryId>,
) -> Result<Vec<AttemptRecord>, StoreError> {
    let mut statement = db.prepare_cached(OF_INQUIRY)?;
    let mut rows = statement.query(params![word(&inquiry.into())?])?;
    let mut attempts = Vec::new();
    while let Some(row) = rows.next()? {
        attempts.push(read(row)?);
    }
    Ok(attempts)
}

/// Returns the earnings of the contracts' attempts, oldest first.
pub(super) fn earned_since(
    db: &Db,
    contracts: &[ContractId],
    since: Wall,
) -> Result<Vec<Earned>, StoreError> {
    if contracts.is_empty() {
        return Ok(Vec::new());
    }
    let most = i64::try_from(EARNED_MAX).unwrap_or(i64::MAX);
    let mut statement = db.prepare_cached(EARNED)?;
    let mut rows = statement.query(params![before(since), json(&contracts)?, most])?;
    let mut earned = Vec::new();
    while let Some(row) = rows.next()? {
        let column = Columns::of("attempt", row);
        let (contract, micros) = (column.word("contract")?, column.plain("micros")?);
        earned.push(Earned { contract, micros });
    }
    Ok(earned)
}

fn read(row: Row<'_>) -> Result<AttemptRecord, StoreError> {
    let column = Columns::of("attempt", row);
    Ok(AttemptRecord {
        id: column.word("id")?,
        contract: column.word("contract")?,
        buyer: column.word("buyer")?,
        tier: column.word_or_null("tier")?,
        wave: column.plain("wave")?,
        outcome: column.word_or_null("outcome")?,
        sip_status: column.plain("sip_status")?,
        started_at: column.wall("started_at")?,
        ring_ms: column.natural("ring_ms")?,
        post_dial_delay_ms: column.natural_or_null("post_dial_delay_ms")?,
        canceled_because: column.word_or_null("canceled_because")?,
    })
}
