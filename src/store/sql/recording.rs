//! Recordings of calls.

use std::time::Duration;

use crate::base::CallId;
use crate::call::Recording;
use crate::call::RecordingPlace;
use crate::store::StoreError;

use super::column::Columns;
use super::column::millis;
use super::column::natural;
use super::column::word;
use super::engine::Db;
use super::engine::Row;
use super::engine::params;
use super::engine::row;
use super::gathered::Gathered;

const SAVE: &str = "
    INSERT INTO recording (inquiry_id, n, kind, started_at, length_ms, channels, bytes, url)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (inquiry_id, n) DO NOTHING";
const OF_CALL: &str = "SELECT * FROM recording WHERE inquiry_id = $1 ORDER BY n";

/// Gathers the recordings of a call; of a recording, the first one counts.
pub(super) fn gather(
    rows: &mut Gathered,
    call: CallId,
    recordings: &[Recording],
) -> Result<(), StoreError> {
    let call = word(&call)?;
    for Recording { n, kind, started_at, length, place } in recordings {
        let (channels, bytes, url) = match place {
            RecordingPlace::File { bytes, channels } => (Some(*channels), Some(*bytes), None),
            RecordingPlace::Carrier { url } => (None, None, Some(url)),
        };
        let row = row![
            call,
            n,
            kind.name(),
            started_at.micros(),
            length.map(millis),
            channels,
            bytes.map(natural),
            url,
        ];
        rows.add(format!("{call} {n}"), row);
    }
    Ok(())
}

/// Stores recordings that were gathered. Does not change known ones.
pub(super) fn write(db: &Db, rows: Gathered) -> Result<(), StoreError> {
    rows.write(db, SAVE)
}

/// Returns the recordings of a call, in order.
pub(super) fn of_call(db: &Db, call: CallId) -> Result<Vec<Recording>, StoreError> {
    let mut statement = db.prepare_cached(OF_CALL)?;
    let mut rows = statement.query(params![word(&call)?])?;
    let mut recordings = Vec::new();
    while let Some(row) = rows.next()? {
        recordings.push(read(row)?);
    }
    Ok(recordings)
}

fn read(row: Row<'_>) -> Result<Recording, StoreError> {
    let column = Columns::of("recording", row);
    let place = match column.plain("url")? {
        Some(url) => RecordingPlace::Carrier { url },
        None => RecordingPlace::File {
            bytes: column.natural("bytes")?,
            channels: column.plain("channels")?,
        },
    };
    let length = column.natural_or_null("length_ms")?;
    Ok(Recording {
        n: column.plain("n")?,
        kind: column.word("kind")?,
        started_at: column.wall("started_at")?,
        length: length.map(Duration::from_millis),
        place,
    })
}
