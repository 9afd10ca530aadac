//! Consent certificates of form leads.

use crate::base::FieldName;
use crate::base::LeadId;
use crate::base::SourceId;
use crate::lead::LeadRecord;
use crate::lead::Refusal;
use crate::lead::check::Holder;
use crate::store::StoreError;

use super::column::Columns;
use super::column::word;
use super::engine::Db;
use super::engine::params;

/// Most earlier leads with one certificate that a lead is compared with: the latest.
const COMPARED_MAX: u32 = 50;

const NOTE: &str = "
    INSERT INTO lead_certificate (certificate, lead) VALUES ($1, $2)
    ON CONFLICT DO NOTHING";
const FORGET: &str = "DELETE FROM lead_certificate WHERE lead = $1";
/// Ids of leads are in order of time.
const HOLDERS: &str = "
    SELECT inquiry.id, inquiry.source, inquiry.fields
    FROM lead_certificate JOIN inquiry ON inquiry.id = lead_certificate.lead
    WHERE certificate = $1 ORDER BY lead DESC LIMIT $2";

/// Returns why a lead may not have its certificates; `None` if it may.
pub(super) fn refusal(
    db: &Db,
    own: Holder<'_>,
    certificates: &[FieldName],
) -> Result<Option<Refusal>, StoreError> {
    for field in certificates {
        let Some(certificate) = own.fields.get(field) else { continue };
        let mut statement = db.prepare_cached(HOLDERS)?;
        let mut rows = statement.query(params![certificate, COMPARED_MAX])?;
        while let Some(row) = rows.next()? {
            let column = Columns::of("lead_certificate", row);
            let (source, fields): (SourceId, _) = (column.word("source")?, column.json("fields")?);
            if own.excludes(&Holder { source: &source, fields: &fields }) {
                let lead: LeadId = column.word("id")?;
                return Ok(Some(Refusal::CertificateReused { field: field.clone(), lead }));
            }
        }
    }
    Ok(None)
}

/// Notes the certificates of a lead.
pub(super) fn note(
    db: &Db,
    record: &LeadRecord,
    certificates: &[FieldName],
) -> Result<(), StoreError> {
    for certificate in certificates.iter().filter_map(|field| record.fields.get(field)) {
        db.prepare_cached(NOTE)?.execute(params![certificate, word(&record.id)?])?;
    }
    Ok(())
}

/// Forgets the certificates of a lead.
pub(super) fn forget(db: &Db, id: &str) -> Result<(), StoreError> {
    db.prepare_cached(FORGET)?.execute(params![id])?;
    Ok(())
}
