//! Bids on inquiries.

use crate::base::InquiryId;
use crate::base::Money;
use crate::base::PingId;
use crate::base::Wall;
use crate::sale::BidRecord;
use crate::sale::end_bids;
use crate::store::BidCursor;
use crate::store::BidOn;
use crate::store::BidPage;
use crate::store::BidQuery;
use crate::store::PAGE_BIDS_MAX;
use crate::store::StoreError;
use crate::store::StoredBid;

use super::column::Columns;
use super::column::natural;
use super::column::word;
use super::engine::Db;
use super::engine::Row;
use super::engine::params;
use super::engine::params_from_iter;
use super::engine::row;
use super::gathered::Gathered;
use super::select::Select;
use super::select::text;

/// The tables of bids on inquiries and on pings, and the column of the inquiry or ping.
const ON_INQUIRY: (&str, &str) = ("bid", "inquiry_id");
const ON_PING: (&str, &str) = ("ping_bid", "ping");
const SAVE: &str = "
    INSERT INTO <TABLE> (<OF>, ordinal, offer, contract, buyer, asked_at, answer_ms, amount_micros, amount_currency,
        ping_id, expires_at, result, reason, destination, buffer_seconds, repeated)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
    ON CONFLICT (<OF>, ordinal) DO UPDATE SET answer_ms = excluded.answer_ms,
        amount_micros = excluded.amount_micros, amount_currency = excluded.amount_currency,
        ping_id = excluded.ping_id, expires_at = excluded.expires_at, result = excluded.result,
        reason = excluded.reason, destination = excluded.destination,
        buffer_seconds = excluded.buffer_seconds, repeated = excluded.repeated";
/// Those on inquiries, and those on pings that led to none.
const BIDS: &str = "
    SELECT * FROM (
        SELECT inquiry_id AS id, ordinal, offer, contract, buyer, asked_at, answer_ms,
            amount_micros, amount_currency, ping_id, expires_at, result, reason, destination,
            buffer_seconds, repeated,
            (SELECT channel FROM inquiry WHERE inquiry.id = bid.inquiry_id) AS kind
        FROM bid
        UNION ALL
        SELECT ping, ordinal, offer, contract, buyer, asked_at, answer_ms, amount_micros,
            amount_currency, ping_id, expires_at, result, reason, destination, buffer_seconds,
            repeated, 'ping'
        FROM ping_bid
    ) AS bids WHERE TRUE";
const FORGET: &str = "
    UPDATE bid SET ping_id = NULL, destination = NULL, reason = NULL WHERE inquiry_id = $1";
const REMOVE: &str = "DELETE FROM ping_bid WHERE ping = $1";
const OF_INQUIRY: &str = "SELECT * FROM bid WHERE inquiry_id = $1 ORDER BY ordinal";

/// Stores the bids of an inquiry, in the order in which they were asked for.
pub(super) fn save(
    db: &Db,
    inquiry: impl Into<InquiryId>,
    bids: &[BidRecord],
) -> Result<(), StoreError> {
    let mut rows = Gathered::default();
    gather(&mut rows, &word(&inquiry.into())?, bids)?;
    write(db, rows)
}

/// Stores bids on inquiries that were gathered.
pub(super) fn write(db: &Db, rows: Gathered) -> Result<(), StoreError> {
    rows.write(db, &save_sql(ON_INQUIRY))
}

fn save_sql((table, of): (&str, &str)) -> String {
    SAVE.replace("<TABLE>", table).replace("<OF>", of)
}

/// Stores the bids on a ping: as long as it leads to no inquiry, nobody has bought.
pub(super) fn save_on_ping(
    db: &Db,
    ping: PingId,
    bids: &[BidRecord],
    at: Wall,
) -> Result<(), StoreError> {
    let mut bids = bids.to_vec();
    end_bids(&mut bids, false, at);
    let mut rows = Gathered::default();
    gather(&mut rows, &word(&ping)?, &bids)?;
    rows.write(db, &save_sql(ON_PING))
}

/// Removes the bids on a ping: they are those of its lead or call from now on.
pub(super) fn remove_from_ping(db: &Db, ping: PingId) -> Result<(), StoreError> {
    db.prepare_cached(REMOVE)?.execute(params![word(&ping)?])?;
    Ok(())
}

/// Gathers the bids on an inquiry or a ping, in the order in which they were asked for; of a bid, the
/// last ones count.
pub(super) fn gather(rows: &mut Gathered, id: &str, bids: &[BidRecord]) -> Result<(), StoreError> {
    for (ordinal, bid) in (0_i64..).zip(bids) {
        let row = row![
            id,
            ordinal,
            bid.offer.as_str(),
            bid.contract.as_str(),
            bid.buyer.as_str(),
            bid.asked_at.micros(),
            bid.answer_ms.map(natural),
            bid.amount.map(Money::micros),
            bid.amount.map(|amount| amount.currency().as_str().to_owned()),
            bid.ping_id,
            bid.expires_at.map(Wall::micros),
            bid.result.code(),
            bid.reason,
            bid.destination,
            bid.buffer_seconds.map(natural),
            bid.repeated,
        ];
        rows.put(format!("{id} {ordinal}"), row);
    }
    Ok(())
}

/// Returns the bids of an inquiry, in the order in which they were asked for.
pub(super) fn of_inquiry(
    db: &Db,
    inquiry: impl Into<InquiryId>,
) -> Result<Vec<BidRecord>, StoreError> {
    let mut statement = db.prepare_cached(OF_INQUIRY)?;
    let mut rows = statement.query(params![word(&inquiry.into())?])?;
    let mut bids = Vec::new();
    while let Some(row) = rows.next()? {
        bids.push(read(row)?);
    }
    Ok(bids)
}

/// Removes from the bids of an inquiry what may tell of a person.
pub(super) fn forget_person(db: &Db, inquiry: &str) -> Result<(), StoreError> {
    db.prepare_cached(FORGET)?.execute(params![inquiry])?;
    Ok(())
}

/// Returns a page of bids, latest first.
pub(super) fn page(
    db: &Db,
    query: &BidQuery,
    cursor: Option<BidCursor>,
    limit: usize,
) -> Result<BidPage, StoreError> {
    let limit = limit.clamp(1, PAGE_BIDS_MAX);
    let Select { sql, values } = select(query, cursor, limit + 1);
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        let column = Columns::of("bid", row);
        let on = match column.plain::<String>("kind")?.as_str() {
            "call" => BidOn::Call(column.word("id")?),
            "form" => BidOn::Lead(column.word("id")?),
            _ => BidOn::Ping(column.word("id")?),
        };
        items.push(StoredBid { on, ordinal: column.natural("ordinal")?, bid: read(row)? });
    }
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(BidCursor::of);
    Ok(BidPage { items, next })
}

fn select(query: &BidQuery, cursor: Option<BidCursor>, limit: usize) -> Select {
    let BidQuery { since, until, offer, contract, buyer, result } = query;
    let mut select = Select::from(BIDS);
    select.when("asked_at >= ?", since.map(Wall::micros));
    select.when("asked_at < ?", until.map(Wall::micros));
    select.when("offer = ?", offer.as_ref().map(|offer| text(offer.as_str())));
    select.when("contract = ?", contract.as_ref().map(|contract| text(contract.as_str())));
    select.when("buyer = ?", buyer.as_ref().map(|buyer| text(buyer.as_str())));
    select.when("result = ?", result.map(|result| text(result.code())));
    if let Some(BidCursor { asked_at, id, ordinal }) = cursor {
        select.only("asked_at <= ?", asked_at.micros());
        let place = [asked_at.micros().into(), text(id).into(), natural(ordinal).into()];
        select.only_all("(asked_at, id, ordinal) < (?, ?, ?)", place);
    }
    select.limit("asked_at DESC, id DESC, ordinal", limit);
    select
}

/// Reads a row of `bid`.
pub(super) fn read(row: Row<'_>) -> Result<BidRecord, StoreError> {
    let column = Columns::of("bid", row);
    Ok(BidRecord {
        offer: column.word("offer")?,
        contract: column.word("contract")?,
        buyer: column.word("buyer")?,
        asked_at: column.wall("asked_at")?,
        answer_ms: column.natural_or_null("answer_ms")?,
        amount: column.money_or_null("amount_micros", "amount_currency")?,
        ping_id: column.plain("ping_id")?,
        expires_at: column.wall_or_null("expires_at")?,
        result: column.word("result")?,
        reason: column.plain("reason")?,
        destination: column.plain("destination")?,
        buffer_seconds: column.natural_or_null("buffer_seconds")?,
        repeated: column.plain("repeated")?,
    })
}
