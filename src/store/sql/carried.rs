//! Legs that were dialed through trunks with limits.

use crate::base::CallId;
use crate::base::TrunkId;
use crate::base::Wall;
use crate::caps::Carried;
use crate::store::CARRIED_KEPT;
use crate::store::CarriedLeg;
use crate::store::CarriedTo;
use crate::store::StoreError;

use super::column::Columns;
use super::column::natural;
use super::column::word;
use super::engine::Db;
use super::engine::Row;
use super::engine::params;
use super::engine::row;
use super::gathered::Gathered;

/// Most old legs that a new leg deletes.
const REMOVED_AT_ONCE: i64 = 100;

const SAVE: &str = "
    INSERT INTO carried_leg (leg, inquiry_id, trunk, number, way, dialed_at, ended_at, talk_ms,
        micros)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT (leg) DO UPDATE SET ended_at = excluded.ended_at, talk_ms = excluded.talk_ms,
        micros = excluded.micros
    WHERE carried_leg.ended_at IS NULL";
const REMOVE: &str = "
    DELETE FROM carried_leg WHERE leg IN
        (SELECT leg FROM carried_leg WHERE dialed_at < $1 ORDER BY dialed_at LIMIT $2)";
/// A leg of a killed switch has no end, but its call has.
const SINCE: &str = "
    SELECT leg.number AS number,
        count(*) FILTER (WHERE leg.dialed_at >= $1 AND leg.way = 0) AS calls,
        coalesce(sum(leg.talk_ms) FILTER (WHERE leg.ended_at >= $1), 0) AS talk_ms,
        coalesce(sum(leg.micros) FILTER (WHERE leg.ended_at >= $1), 0) AS micros,
        coalesce(sum(max(0, inquiry.ended_at - leg.dialed_at) / 1000)
            FILTER (WHERE leg.ended_at IS NULL AND inquiry.ended_at >= $1), 0) AS unknown_ms
    FROM carried_leg AS leg LEFT JOIN inquiry ON inquiry.id = leg.inquiry_id
    WHERE leg.trunk = $2 AND leg.dialed_at >= $3
    GROUP BY leg.number";

/// Legs that are gathered and written together.
#[derive(Debug, Default)]
pub(super) struct Legs {
    /// Those without an end, then those with one: of an ended leg, the first one counts.
    rows: [Gathered; 2],
    /// When the latest was dialed.
    latest: Option<Wall>,
    count: i64,
}

impl Legs {
    /// Gathers legs of a call.
    pub(super) fn gather(&mut self, call: CallId, legs: &[CarriedLeg]) -> Result<(), StoreError> {
        let call = word(&call)?;
        for CarriedLeg { leg, trunk, number, way, dialed_at, ended } in legs {
            let row = row![
                leg,
                call,
                trunk.as_str(),
                number.e164(),
                way,
                dialed_at.micros(),
                ended.map(|end| end.at.micros()),
                ended.map(|end| natural(end.talk_ms)),
                ended.map(|end| end.micros),
            ];
            let [open, over] = &mut self.rows;
            let rows = if ended.is_some() { over } else { open };
            rows.add(leg.to_string(), row);
            self.latest = self.latest.max(Some(*dialed_at));
            self.count += 1;
        }
        Ok(())
    }

    /// Stores legs, and the ends of known ones. Deletes some old legs for each.
    pub(super) fn write(self, db: &Db) -> Result<(), StoreError> {
        let Some(latest) = self.latest else { return Ok(()) };
        for rows in self.rows {
            rows.write(db, SAVE)?;
        }
        let oldest = latest - CARRIED_KEPT;
        let most = REMOVED_AT_ONCE.saturating_mul(self.count);
        db.prepare_cached(REMOVE)?.execute(params![oldest.micros(), most])?;
        Ok(())
    }
}

/// Returns what a trunk has carried since an instant, by number.
pub(super) fn since(db: &Db, trunk: &TrunkId, since: Wall) -> Result<Vec<CarriedTo>, StoreError> {
    let mut statement = db.prepare_cached(SINCE)?;
    // Also legs that were dialed before, and have ended since.
    let dialed = since - CARRIED_KEPT;
    let mut rows = statement.query(params![since.micros(), trunk.as_str(), dialed.micros()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

fn read(row: Row<'_>) -> Result<CarriedTo, StoreError> {
    let column = Columns::of("carried_leg", row);
    Ok(CarriedTo {
        number: column.word("number")?,
        carried: Carried {
            calls: column.natural("calls")?,
            talk_ms: column.natural("talk_ms")?,
            micros: column.plain("micros")?,
        },
        unknown_ms: column.natural("unknown_ms")?,
    })
}
