//! Sums and lines of statements.

use crate::base::Currency;
use crate::base::Money;
use crate::statement::Line;
use crate::statement::LinePlace;
use crate::statement::Party;
use crate::statement::PostedSum;
use crate::statement::Question;
use crate::statement::Sums;
use crate::store::STATEMENT_PAGE_MAX;
use crate::store::StoreError;

use super::column::Columns;
use super::column::natural;
use super::engine::Db;
use super::engine::Row;
use super::engine::params;

/// Kind of a posting in its account: revenue of a sale that was charged to a balance is apart.
/// `$last` is the parameter with the number of the statement's latest posting.
macro_rules! kind {
    ($last:literal) => {
        concat!(
            "CASE WHEN posting.kind = 'revenue' AND EXISTS (
            SELECT 1 FROM posting AS paid
            WHERE paid.sale = posting.sale AND paid.kind = 'charge' AND paid.id <= ",
            $last,
            ")
         THEN 'revenue_prepaid' ELSE posting.kind END"
        )
    };
}

const LAST: &str = "SELECT coalesce(max(id), 0) AS last FROM posting";
/// Sums 32-bit halves, because SQLite fails when a sum exceeds 64 bits. A buyer and a source may
/// have the same id: only payouts are a source's.
const SUMS: &str = concat!(
    "SELECT currency, kind, inside, count(*) AS count,
        sum(micros >> 32) AS high, sum(micros & 4294967295) AS low
    FROM (
        SELECT posting.currency, posting.micros, posting.made_at >= $1 AS inside, ",
    kind!("$2"),
    " AS kind
        FROM posting
        WHERE posting.party = $3 AND posting.made_at < $4 AND posting.id <= $2
            AND CASE WHEN posting.kind = 'payout' THEN 1 ELSE 0 END = $5) AS own
    GROUP BY currency, kind, inside ORDER BY currency <> $6, currency, kind, inside"
);
const LINES: &str = concat!(
    "SELECT posting.id, posting.made_at, posting.cause, posting.note, posting.micros,
        posting.currency, sale.contract, sale.inquiry_id, inquiry.number, inquiry.caller,
        inquiry.offer, ",
    kind!("$1"),
    " AS kind
    FROM posting
    LEFT JOIN sale ON sale.id = posting.sale
    LEFT JOIN inquiry ON inquiry.id = sale.inquiry_id
    WHERE posting.party = $2 AND posting.currency = $3
        AND (posting.made_at, posting.id) > ($4, $5)
        AND posting.made_at < $6 AND posting.id <= $1
        AND CASE WHEN posting.kind = 'payout' THEN 1 ELSE 0 END = $7
    ORDER BY posting.made_at, posting.id LIMIT $8"
);

/// Returns the sums of an account before and within a period.
pub(super) fn sums(db: &Db, question: &Question) -> Result<Sums, StoreError> {
    let Question { party, currency, since, until, zone: _ } = question;
    let mut last = db.prepare_cached(LAST)?;
    let last =
        last.query_row(params![], |row| Ok(Columns::of("posting", row).natural("last")))??;
    let mut statement = db.prepare_cached(SUMS)?;
    let mut rows = statement.query(params![
        since.micros(),
        natural(last),
        party.id(),
        until.micros(),
        is_source(party),
        currency.as_str(),
    ])?;
    let mut sums = Sums { last, ..Sums::default() };
    while let Some(row) = rows.next()? {
        let column = Columns::of("posting", row);
        let own: Currency = column.text("currency")?;
        if own != *currency {
            if sums.other_currencies.last() != Some(&own) {
                sums.other_currencies.push(own);
            }
            continue;
        }
        let (kind, is_within) = (column.text("kind")?, column.plain::<bool>("inside")?);
        let (micros, count) = (column.whole("high", "low")?, column.natural("count")?);
        if sums.sums.last().is_none_or(|sum| sum.kind != kind) {
            sums.sums.push(PostedSum { kind, before: 0, within: 0, count: 0 });
        }
        let Some(sum) = sums.sums.last_mut() else { continue };
        match is_within {
            true => (sum.within, sum.count) = (micros, count),
            false => sum.before = micros,
        }
    }
    Ok(sums)
}

/// Returns the lines of a statement after a place, up to the posting `last`; at most `limit` and
/// [`STATEMENT_PAGE_MAX`].
pub(super) fn lines(
    db: &Db,
    question: &Question,
    last: u64,
    after: Option<LinePlace>,
    limit: usize,
) -> Result<Vec<Line>, StoreError> {
    let Question { party, currency, since, until, zone: _ } = question;
    // Numbers begin at 1.
    let LinePlace { at, number } = after.unwrap_or(LinePlace { at: *since, number: 0 });
    let mut statement = db.prepare_cached(LINES)?;
    let mut rows = statement.query(params![
        natural(last),
        party.id(),
        currency.as_str(),
        at.micros(),
        natural(number),
        until.micros(),
        is_source(party),
        i64::try_from(limit.min(STATEMENT_PAGE_MAX)).unwrap_or(i64::MAX),
    ])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        lines.push(read(row)?);
    }
    Ok(lines)
}

const fn is_source(party: &Party) -> bool {
    matches!(party, Party::Source(_))
}

fn read(row: Row<'_>) -> Result<Line, StoreError> {
    let column = Columns::of("posting", row);
    Ok(Line {
        number: column.natural("id")?,
        at: column.wall("made_at")?,
        kind: column.text("kind")?,
        call: column.word_or_null("inquiry_id")?,
        dialled: column.word_or_null("number")?,
        caller: column.word_or_null("caller")?,
        offer: column.word_or_null("offer")?,
        contract: column.word_or_null("contract")?,
        cause: column.plain("cause")?,
        note: column.plain("note")?,
        amount: Money::from_micros(column.plain("micros")?, column.text("currency")?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sql::migrate::migrate;

    /// A page costs the same, however many postings come before it or belong to others.
    #[test]
    fn lines_are_read_in_order_from_an_index() {
        let db = Db::in_memory();
        migrate(&db, "x").unwrap();
        for (sql, index) in
            [(LINES, "posting_of_party_by_time (party=? AND made_at"), (SUMS, "posting_of_party")]
        {
            let plan = db.plan(sql);
            assert!(plan.contains(index), "{plan}");
            assert!(plan.contains("posting_once"), "{plan}");
            assert_eq!(plan.contains("TEMP B-TREE FOR ORDER BY"), sql == SUMS, "{plan}");
        }
    }
}
