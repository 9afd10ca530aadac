//! Calls and leads of one phone number.

use crate::base::InquiryId;
use crate::base::Phone;
use crate::book::Channel;
use crate::store::SAME_PERSON_MAX;
use crate::store::SameAs;
use crate::store::SamePerson;
use crate::store::StoreError;

use super::column::Columns;
use super::column::word;
use super::engine::Db;
use super::engine::params;

/// Needs no sort: the index of callers ends in the id, and ids sort by time.
const OTHERS: &str = "
    SELECT id, channel, offer, started_at FROM inquiry
    WHERE caller = $1 AND id <> $2 ORDER BY id DESC LIMIT $3";

/// Returns the other calls and leads of a number, latest first.
pub(super) fn others(
    db: &Db,
    phone: &Phone,
    except: InquiryId,
) -> Result<Vec<SamePerson>, StoreError> {
    let most = i64::try_from(SAME_PERSON_MAX).unwrap_or(i64::MAX);
    let mut statement = db.prepare_cached(OTHERS)?;
    let mut rows = statement.query(params![phone.e164(), word(&except)?, most])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let column = Columns::of("inquiry", row);
        let channel: Channel = column.word("channel")?;
        found.push(SamePerson {
            of: match channel {
                Channel::Call => SameAs::Call(column.word("id")?),
                Channel::Form => SameAs::Lead(column.word("id")?),
            },
            offer: column.word("offer")?,
            started_at: column.wall("started_at")?,
        });
    }
    Ok(found)
}
