//! Marks of persons sold, to detect duplicates.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::base::AttemptId;
use crate::base::Wall;
use crate::caps::MARKS_MAX;
use crate::caps::Mark;
use crate::store::Sale;
use crate::store::SoldMark;
use crate::store::StoreError;

use super::column::Columns;
use super::column::json;
use super::engine::Db;
use super::engine::Value;
use super::engine::params;
use super::engine::row;

const SAVE: &str = "
    INSERT INTO sold_mark (mark, sold_at, until) VALUES ($1, $2, $3)
    ON CONFLICT (mark) DO UPDATE SET sold_at = max(sold_mark.sold_at, excluded.sold_at),
        until = max(sold_mark.until, excluded.until)";

/// How long expired rows are kept: a wall clock that jumps and is set right again forgets no sale.
const KEPT: Duration = Duration::from_secs(2 * 86_400);

/// Deletes a few expired rows per sale, more than the sale adds, so that the table does not grow.
const FORGET: &str = "
    DELETE FROM sold_mark WHERE mark IN
        (SELECT mark FROM sold_mark WHERE until <= $1 ORDER BY until LIMIT $2)";

/// Most rows that a sale deletes.
const REMOVED_AT_ONCE: i64 = 8;

/// The usage of sales that note who converts.
const CONVERTING: &str = "
    SELECT taken FROM sale
    WHERE id IN (SELECT value FROM json_each($1)) AND taken LIKE '%converted_marks%'";

const MARKED: &str = "
    SELECT id, taken FROM sale WHERE inquiry_id = $1 AND taken LIKE '%\"mark\"%'";
const ERASE: &str = "DELETE FROM sold_mark WHERE mark = $1";
const UNMARK: &str = "UPDATE sale SET taken = $1 WHERE id = $2";

const SINCE: &str = "
    SELECT mark, sold_at, until FROM
        (SELECT * FROM sold_mark WHERE until > $1 ORDER BY until DESC LIMIT $2) AS latest
    ORDER BY until";

/// Stores the marks of the persons sold.
pub(super) fn save_all(db: &Db, sales: &[&Sale]) -> Result<(), StoreError> {
    let marked: Vec<_> = sales.iter().filter(|sale| !sale.marks.is_empty()).collect();
    let Some(latest) = marked.iter().map(|sale| sale.at).max() else { return Ok(()) };
    let most = REMOVED_AT_ONCE.saturating_mul(i64::try_from(marked.len()).unwrap_or(i64::MAX));
    db.prepare_cached(FORGET)?.execute(params![(latest - KEPT).micros(), most])?;
    let mut marks: BTreeMap<String, (Wall, Wall)> = BTreeMap::new();
    for sale in marked {
        for mark in &sale.marks {
            let (at, until) = (sale.at, sale.at + mark.window);
            let known = marks.entry(mark.key().to_string()).or_insert((at, until));
            *known = (known.0.max(at), known.1.max(until));
        }
    }
    let row = |(mark, (at, until)): (String, (Wall, Wall))| -> Result<Vec<Value>, StoreError> {
        Ok(row![mark, at.micros(), until.micros()])
    };
    let rows: Vec<_> = marks.into_iter().map(row).collect::<Result<_, _>>()?;
    Ok(db.execute_all(SAVE, rows)?)
}

/// Stores the marks of persons whose sales have become billable.
pub(super) fn convert(db: &Db, sales: &[AttemptId]) -> Result<(), StoreError> {
    if sales.is_empty() {
        return Ok(());
    }
    let mut statement = db.prepare_cached(CONVERTING)?;
    let mut rows = statement.query(params![json(&sales)?])?;
    let mut marked = Vec::new();
    while let Some(row) = rows.next()? {
        let taken: Sale = Columns::of("sale", row).json("taken")?;
        marked.push(Sale { marks: taken.converted_marks.clone(), ..taken });
    }
    save_all(db, &marked.iter().collect::<Vec<_>>())
}

/// Forgets the marks of the sales of a call or lead.
pub(super) fn forget(db: &Db, inquiry: &str) -> Result<(), StoreError> {
    let mut statement = db.prepare_cached(MARKED)?;
    let mut rows = statement.query(params![inquiry])?;
    let mut marked: Vec<(String, Sale)> = Vec::new();
    while let Some(row) = rows.next()? {
        let column = Columns::of("sale", row);
        marked.push((column.plain("id")?, column.json("taken")?));
    }
    for (id, mut taken) in marked {
        let marks = std::mem::take(&mut taken.marks);
        let converted = std::mem::take(&mut taken.converted_marks);
        for mark in marks.iter().chain(&converted) {
            db.prepare_cached(ERASE)?.execute(params![mark.key().to_string()])?;
        }
        db.prepare_cached(UNMARK)?.execute(params![json(&taken)?, id])?;
    }
    Ok(())
}

/// Returns the persons whose window is still open at `at`, in the order in which the windows end.
/// If there are more than [`MARKS_MAX`], returns those whose windows end last.
pub(super) fn since(db: &Db, at: Wall) -> Result<Vec<SoldMark>, StoreError> {
    let most = i64::try_from(MARKS_MAX).unwrap_or(i64::MAX);
    let mut statement = db.prepare_cached(SINCE)?;
    let mut rows = statement.query(params![at.micros(), most])?;
    let mut sold = Vec::new();
    while let Some(row) = rows.next()? {
        let column = Columns::of("sold_mark", row);
        let (at, until) = (column.wall("sold_at")?, column.wall("until")?);
        sold.push(SoldMark { mark: Mark::of(column.word("mark")?, until.since(at)), at });
    }
    Ok(sold)
}
