//! Models that score inquiries, and the inquiries that they are trained on.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::audit::Tried;
use crate::base::FieldName;
use crate::base::Fields;
use crate::base::Origin;
use crate::base::Phone;
use crate::base::SourceId;
use crate::base::Wall;
use crate::book::Channel;
use crate::report::Billed;
use crate::report::Grain;
use crate::report::Pair;
use crate::report::Quarter;
use crate::score::Past;
use crate::score::Quality;
use crate::store::EARLIER_MAX;
use crate::store::InquiryCursor;
use crate::store::ListedModel;
use crate::store::MODELS_MAX;
use crate::store::ModelInUse;
use crate::store::Mutation;
use crate::store::NewModel;
use crate::store::PAGE_INQUIRIES_MAX;
use crate::store::PastInquiries;
use crate::store::SCORED_MAX;
use crate::store::ScoredTries;
use crate::store::StoreError;

use super::activity;
use super::activity::Effect;
use super::aggregate::halves;
use super::aggregate::whole;
use super::column::Columns;
use super::column::before;
use super::column::json;
use super::column::natural;
use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::Row;
use super::engine::params;

const INSERT: &str = "
    INSERT INTO score_model (trained_at, examples, evaluation, trees) VALUES ($1, $2, $3, $4)
    RETURNING version";
const REMOVE: &str = "
    DELETE FROM score_model WHERE version IN (SELECT version FROM score_model
        WHERE version IS DISTINCT FROM (SELECT model FROM score_use) ORDER BY version DESC
        LIMIT 9223372036854775807 OFFSET $1)";
const USE: &str = "
    UPDATE score_use SET model = $1, change = change + 1
    WHERE CAST($1 AS BIGINT) IS NULL OR EXISTS (SELECT 1 FROM score_model WHERE version = $1)";
pub(super) const NEWEST: &str = "SELECT change FROM score_use";
const VERSION: &str = "SELECT model FROM score_use";
const IN_USE: &str = "
    SELECT version, trees FROM score_model WHERE version = (SELECT model FROM score_use)";
const LIST: &str = "
    SELECT version, trained_at, examples, evaluation,
        version IS NOT DISTINCT FROM (SELECT model FROM score_use) AS in_use
    FROM score_model ORDER BY version DESC";
/// Ids sort by time.
const ENDED: &str = "
    SELECT id, channel, offer, source, fields, caller, started_at FROM inquiry
    WHERE id > $1 AND state = 'ended' ORDER BY id LIMIT $2";
const EARLIER: &str = "
    SELECT count(*) FROM (SELECT 1 FROM inquiry WHERE caller = $1 AND id > $2 AND id < $3
        AND started_at >= $4 AND started_at < $5 LIMIT $6) AS earlier";
const QUALITIES: &str = "
    SELECT first AS source, sum(calls) + sum(leads) AS inquiries, sum(billable) AS billable,
        sum(returned) AS returned
    FROM call_rollup WHERE pair = $1 AND grain = $2 AND quarter >= $3 GROUP BY first";
/// Only the buyer's own word counts: a lead that was not delivered says nothing of its score.
const TRIES: &str = "
    SELECT attempt.contract,
        CAST(json_extract(decision.document, '$.told.score[0]') AS BIGINT) / 10 AS band,
        count(*) AS tried,
        count(*) FILTER (WHERE attempt.outcome = 'won'
            AND (latest.channel = 'form' OR latest.billable = 1)) AS taken
    FROM (SELECT id, channel, billable, decision_id FROM inquiry
            WHERE id > $1 AND state = 'ended' ORDER BY id DESC LIMIT $2) AS latest
        JOIN decision ON decision.id = latest.decision_id
        JOIN attempt ON attempt.inquiry_id = latest.id
    WHERE json_extract(decision.document, '$.told.score[0]') IS NOT NULL
        AND (attempt.outcome = 'won' OR (latest.channel = 'form' AND attempt.outcome = 'declined'))
    GROUP BY attempt.contract, band";

/// Stores a model and returns its version.
pub(super) fn add(db: &Db, model: &NewModel, by: &Mutation) -> Result<u64, StoreError> {
    let NewModel { json: trees, examples, evaluation } = model;
    let examples = natural(u64::try_from(*examples).unwrap_or(u64::MAX));
    let values = params![by.at.micros(), examples, json(evaluation)?, trees];
    let version: i64 = db.prepare_cached(INSERT)?.query_row(values, |row| row.get(0))?;
    let version = version.unsigned_abs();
    // The one in use is beside those that are counted here.
    let kept = i64::try_from(MODELS_MAX - 1).unwrap_or(i64::MAX);
    db.prepare_cached(REMOVE)?.execute(params![kept])?;
    activity::done(db, by, Effect::of(version))?;
    Ok(version)
}

/// Puts a model in use, or the points table. Returns whether there is such a model.
pub(super) fn put_in_use(db: &Db, version: Option<u64>, by: &Mutation) -> Result<bool, StoreError> {
    let changed = db.prepare_cached(USE)?.execute(params![version.map(natural)])? > 0;
    if changed {
        let what = version.map_or("points".to_owned(), |version| version.to_string());
        activity::done(db, by, Effect::of(what))?;
    }
    Ok(changed)
}

/// Returns the version of the model in use.
pub(super) fn version(db: &Db) -> Result<Option<u64>, StoreError> {
    let mut statement = db.prepare_cached(VERSION)?;
    statement
        .query_row(params![], |row| Ok(Columns::of("score_use", row).natural_or_null("model")))?
}

/// Returns the model in use.
pub(super) fn in_use(db: &Db) -> Result<Option<ModelInUse>, StoreError> {
    let mut statement = db.prepare_cached(IN_USE)?;
    let read = |row: Row<'_>| {
        let column = Columns::of("score_model", row);
        Ok(ModelInUse { version: column.natural("version")?, json: column.plain("trees")? })
    };
    statement.query_row(params![], |row| Ok(read(row))).optional()?.transpose()
}

/// Returns the models, newest first.
pub(super) fn list(db: &Db) -> Result<Vec<ListedModel>, StoreError> {
    let mut statement = db.prepare_cached(LIST)?;
    let mut rows = statement.query(params![])?;
    let mut models = Vec::new();
    while let Some(row) = rows.next()? {
        let column = Columns::of("score_model", row);
        models.push(ListedModel {
            version: column.natural("version")?,
            trained_at: column.wall("trained_at")?,
            examples: column.natural("examples")?,
            evaluation: column.json("evaluation")?,
            in_use: column.plain("in_use")?,
        });
    }
    Ok(models)
}

/// Returns a page of ended inquiries.
pub(super) fn ended(
    db: &Db,
    since: Wall,
    after: Option<&InquiryCursor>,
) -> Result<PastInquiries, StoreError> {
    let from = after.map_or_else(|| before(since), |InquiryCursor(id)| id.clone());
    let most = i64::try_from(PAGE_INQUIRIES_MAX).unwrap_or(i64::MAX);
    let mut statement = db.prepare_cached(ENDED)?;
    let mut rows = statement.query(params![from, most])?;
    let (mut items, mut read, mut last) = (Vec::new(), 0, None);
    while let Some(row) = rows.next()? {
        let column = Columns::of("inquiry", row);
        let id: String = column.plain("id")?;
        let given: BTreeMap<FieldName, String> = column.json("fields")?;
        let mut fields = Fields::default();
        for (name, value) in given {
            // A record has no more fields than an inquiry may have.
            let _fits = fields.set(name, &value, Origin::Form);
        }
        let Billing { billable, returned } = billing(db, &id)?;
        let at = column.wall("started_at")?;
        if at >= since {
            items.push(Past {
                channel: column.word::<Channel>("channel")?,
                offer: column.word("offer")?,
                source: column.word("source")?,
                fields,
                phone: column.word_or_null("caller")?,
                at,
                billable,
                returned,
            });
        }
        (read, last) = (read + 1, Some(id));
    }
    let next = last.filter(|_| read == PAGE_INQUIRIES_MAX).map(InquiryCursor);
    Ok(PastInquiries { items, next })
}

/// Sales of an inquiry.
struct Billing {
    billable: u64,
    returned: u64,
}

/// Counts the sales of an inquiry that buyers owe for, and those that were returned.
fn billing(db: &Db, inquiry: &str) -> Result<Billing, StoreError> {
    let sql = format!(
        "SELECT count(*), count(*) FILTER (WHERE posting.micros <> 0), {} \
         FROM sale JOIN posting ON posting.sale = sale.id \
         WHERE sale.inquiry_id = ?1 AND posting.kind = 'revenue' GROUP BY sale.id",
        halves("posting.micros")
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params![inquiry])?;
    let mut found = Billing { billable: 0, returned: 0 };
    while let Some(row) = rows.next()? {
        let [postings, amounts]: [i64; 2] = [row.get(0)?, row.get(1)?];
        let billed = Billed {
            postings: postings.unsigned_abs(),
            amounts: amounts.unsigned_abs(),
            micros: whole(row.get(2)?, row.get(3)?),
        };
        found.billable += u64::from(billed.is_billable());
        found.returned += u64::from(billed.is_returned());
    }
    Ok(found)
}

/// Counts what contracts were tried with, by the band of the score.
pub(super) fn tries(db: &Db, since: Wall) -> Result<Vec<ScoredTries>, StoreError> {
    let most = i64::try_from(SCORED_MAX).unwrap_or(i64::MAX);
    let mut statement = db.prepare_cached(TRIES)?;
    let mut rows = statement.query(params![before(since), most])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let column = Columns::of("attempt", row);
        let tried = Tried { tried: column.natural("tried")?, taken: column.natural("taken")? };
        let band = u8::try_from(column.natural("band")?).unwrap_or(u8::MAX);
        found.push(ScoredTries { contract: column.word("contract")?, band, tried });
    }
    Ok(found)
}

/// Counts the inquiries of a number.
pub(super) fn earlier(db: &Db, phone: &Phone, since: Wall, until: Wall) -> Result<u64, StoreError> {
    // Ids have a precision of milliseconds.
    let ids = [before(since), before(until + Duration::from_millis(1))];
    let [from, to] = ids;
    let (least, end) = (since.micros(), until.micros());
    let mut statement = db.prepare_cached(EARLIER)?;
    let values = params![phone.e164(), from, to, least, end, natural(EARLIER_MAX)];
    let count: i64 = statement.query_row(values, |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

/// Returns what became of the inquiries of each source since the day of an instant, in UTC.
pub(super) fn qualities(db: &Db, since: Wall) -> Result<BTreeMap<SourceId, Quality>, StoreError> {
    let first = Quarter::of(since).first(Grain::Day);
    let mut statement = db.prepare_cached(QUALITIES)?;
    let pair = Pair::SourceOffer.number();
    let mut rows = statement.query(params![pair, Grain::Day.number(), first.number()])?;
    let mut found = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let column = Columns::of("call_rollup", row);
        let count =
            |name: &str| Ok::<u64, StoreError>(column.plain::<i64>(name)?.max(0).unsigned_abs());
        let quality = Quality {
            inquiries: count("inquiries")?,
            billable: count("billable")?,
            returned: count("returned")?,
        };
        found.insert(column.word("source")?, quality);
    }
    Ok(found)
}
