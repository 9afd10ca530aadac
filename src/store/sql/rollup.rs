//! Sums for reports, kept in the transactions of the facts and postings that they count.

use std::collections::BTreeMap;
use std::collections::HashMap;

use crate::base::AttemptId;
use crate::base::InquiryId;
use crate::billing::Posting;
use crate::billing::PostingKind;
use crate::call::CallRecord;
use crate::lead::LeadRecord;
use crate::report::Additions;
use crate::report::AttemptGroup;
use crate::report::Billed;
use crate::report::CallGroup;
use crate::report::CubeGroup;
use crate::report::Facets;
use crate::report::Grain;
use crate::report::Measure;
use crate::report::Posted;
use crate::report::ReasonGroup;
use crate::report::Sums;
use crate::report::Taker;
use crate::store::StoreError;

use super::aggregate::clamped_sum;
use super::column::Columns;
use super::column::json;
use super::column::word;
use super::decision;
use super::engine::Db;
use super::engine::Value;
use super::engine::params;

/// Selects the call or lead of a sale, once it has ended.
const SOLD: &str = "
    SELECT sale.buyer, sale.contract, inquiry.offer, inquiry.source, inquiry.number,
        inquiry.trunk, inquiry.flow, inquiry.reason, inquiry.tags, inquiry.started_at
    FROM sale JOIN inquiry ON inquiry.id = sale.inquiry_id
    WHERE sale.id = $1 AND inquiry.state = 'ended'";
/// Selects the amounts posted for an inquiry's sales, in order.
const OF_INQUIRIES: &str = "
    SELECT sale.inquiry_id, posting.sale, sale.buyer, sale.contract, posting.kind, posting.micros,
        posting.currency
    FROM sale JOIN posting ON posting.sale = sale.id
    WHERE sale.inquiry_id IN (SELECT value FROM json_each($1))
        AND posting.kind IN ('revenue', 'payout', 'margin')
    ORDER BY posting.id";
const BILLED: &str = "
    SELECT micros FROM posting WHERE sale = $1 AND kind = 'revenue' AND cause <> $2";
/// A table of sums: its name, its key and its measures.
struct Table {
    name: &'static str,
    key: &'static [&'static str],
    measures: &'static [Measure],
}

const CALLS: Table = Table {
    name: "call_rollup",
    key: &["pair", "grain", "quarter", "first", "second", "currency"],
    measures: Measure::OF_CALLS,
};
const CUBES: Table = Table {
    name: "cube_rollup",
    key: &[
        "grain", "quarter", "offer", "source", "buyer", "contract", "number", "trunk", "flow",
        "reason", "currency",
    ],
    measures: Measure::OF_CALLS,
};
const ATTEMPTS: Table = Table {
    name: "attempt_rollup",
    key: &["grain", "quarter", "tier", "offer", "buyer", "contract"],
    measures: Measure::OF_ATTEMPTS,
};
const REASONS: Table = Table {
    name: "reason_rollup",
    key: &["about", "grain", "quarter", "reason", "offer", "party"],
    measures: Measure::OF_REASONS,
};

/// Counts calls that have ended, and the postings of their sales so far.
pub(super) fn end(
    db: &Db,
    ended: &[&CallRecord],
    counted: &mut Additions,
) -> Result<(), StoreError> {
    let ids: Vec<InquiryId> = ended.iter().map(|record| record.id.into()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let decisions = decision::of_inquiries(db, &ids)?;
    let mut facets = HashMap::new();
    for (record, id) in ended.iter().zip(ids) {
        counted.end(record, decisions.get(&id).map_or(&[][..], |decisions| decisions));
        facets.insert(id, Facets::of(record));
    }
    posted(db, &facets, counted)
}

/// Takes back what calls that had ended were counted for.
pub(super) fn take_back(
    db: &Db,
    ended: &[&CallRecord],
    counted: &mut Additions,
) -> Result<(), StoreError> {
    let mut own = Additions::default();
    end(db, ended, &mut own)?;
    counted.absorb(own.negated());
    Ok(())
}

/// Counts a form lead that has ended, and the postings of its sales so far.
pub(super) fn end_lead(
    db: &Db,
    record: &LeadRecord,
    counted: &mut Additions,
) -> Result<(), StoreError> {
    counted.end_lead(record, &decision::of_inquiry(db, record.id)?);
    posted(db, &HashMap::from([(record.id.into(), Facets::of_lead(record))]), counted)
}

/// Counts the postings of the sales of inquiries that have ended.
fn posted(
    db: &Db,
    ended: &HashMap<InquiryId, Facets>,
    counted: &mut Additions,
) -> Result<(), StoreError> {
    let mut billed: BTreeMap<AttemptId, Billed> = BTreeMap::new();
    let mut statement = db.prepare_cached(OF_INQUIRIES)?;
    let ids: Vec<&InquiryId> = ended.keys().collect();
    let mut rows = statement.query(params![json(&ids)?])?;
    while let Some(row) = rows.next()? {
        let column = Columns::of("posting", row);
        let inquiry: InquiryId = column.word("inquiry_id")?;
        let Some(facets) = ended.get(&inquiry) else { continue };
        let sale: AttemptId = column.word("sale")?;
        let (buyer, contract) = (column.word("buyer")?, column.word("contract")?);
        let Some(amount) = column.money_or_null("micros", "currency")? else { continue };
        let kind: String = column.plain("kind")?;
        let posted = match kind.as_str() {
            "revenue" => {
                let sale = billed.entry(sale).or_default();
                let before = *sale;
                *sale = before.with(amount.micros());
                Posted::Revenue(before)
            }
            "payout" => Posted::Payout,
            _ => Posted::Margin,
        };
        counted.post(facets, Taker { buyer: &buyer, contract: &contract }, posted, amount);
    }
    Ok(())
}

/// Counts a posting that was just added, unless its call is still live.
pub(super) fn post(db: &Db, posting: &Posting) -> Result<(), StoreError> {
    let Posting { sale, kind, cause, amount, .. } = posting;
    let posted = match kind {
        PostingKind::Revenue(_) => Posted::Revenue(billed_before(db, *sale, cause.as_str())?),
        PostingKind::Payout(_) => Posted::Payout,
        PostingKind::Margin => Posted::Margin,
        PostingKind::Budget | PostingKind::Charge(_) | PostingKind::Return(_) => return Ok(()),
    };
    let mut statement = db.prepare_cached(SOLD)?;
    let mut rows = statement.query(params![word(sale)?])?;
    let Some(row) = rows.next()? else { return Ok(()) };
    let column = Columns::of("inquiry", row);
    let facets = Facets {
        at: column.wall("started_at")?,
        offer: column.word("offer")?,
        source: column.word("source")?,
        number: column.word_or_null("number")?,
        ingress: column.text_or_null("trunk")?,
        flow: column.word_or_null("flow")?,
        reason: column.word_or_null("reason")?,
        tags: column.json("tags")?,
    };
    let mut counted = Additions::default();
    let (buyer, contract) = (column.word("buyer")?, column.word("contract")?);
    counted.post(&facets, Taker { buyer: &buyer, contract: &contract }, posted, *amount);
    add(db, &counted)
}

/// Returns the revenue posted for a sale by other causes.
fn billed_before(db: &Db, sale: AttemptId, cause: &str) -> Result<Billed, StoreError> {
    let mut statement = db.prepare_cached(BILLED)?;
    let mut rows = statement.query(params![word(&sale)?, cause])?;
    let mut billed = Billed::default();
    while let Some(row) = rows.next()? {
        billed = billed.with(row.get(0)?);
    }
    Ok(billed)
}

/// Adds to the sums that are kept, of every grain.
pub(super) fn add(db: &Db, counted: &Additions) -> Result<(), StoreError> {
    CALLS.add(db, &counted.calls)?;
    CUBES.add(db, &counted.cube)?;
    ATTEMPTS.add(db, &counted.attempts)?;
    REASONS.add(db, &counted.reasons)
}

/// A group of a table of sums.
trait Group: Ord + Clone {
    /// Grains that are kept, from the finest.
    const GRAINS: &'static [Grain];
    /// Returns the group of the whole unit of a grain.
    fn within(self, grain: Grain) -> Self;
    /// Returns the values of its key's columns.
    fn key(&self, grain: Grain) -> Vec<Value>;
}

impl Group for CallGroup {
    const GRAINS: &'static [Grain] = CallGroup::GRAINS;

    fn within(self, grain: Grain) -> Self {
        Self { at: self.at.first(grain), ..self }
    }

    fn key(&self, grain: Grain) -> Vec<Value> {
        let CallGroup { pair, at, values: [first, second], currency } = self;
        let numbers = [pair.number(), grain.number(), at.number()].map(Value::from);
        let texts = [first, second, currency].map(|text| Value::from(text.clone()));
        numbers.into_iter().chain(texts).collect()
    }
}

impl Group for CubeGroup {
    const GRAINS: &'static [Grain] = CubeGroup::GRAINS;

    fn within(self, grain: Grain) -> Self {
        Self { at: self.at.first(grain), ..self }
    }

    fn key(&self, grain: Grain) -> Vec<Value> {
        let CubeGroup { at, values, currency } = self;
        let numbers = [grain.number(), at.number()].map(Value::from);
        let texts = values.iter().chain([currency]).map(|text| Value::from(text.clone()));
        numbers.into_iter().chain(texts).collect()
    }
}

impl Group for AttemptGroup {
    const GRAINS: &'static [Grain] = AttemptGroup::GRAINS;

    fn within(self, grain: Grain) -> Self {
        Self { at: self.at.first(grain), ..self }
    }

    fn key(&self, grain: Grain) -> Vec<Value> {
        let AttemptGroup { at, tier, offer, buyer, contract } = self;
        let numbers = [grain.number(), at.number()].map(Value::from);
        let texts = [tier, offer, buyer, contract].map(|text| Value::from(text.clone()));
        numbers.into_iter().chain(texts).collect()
    }
}

impl Group for ReasonGroup {
    const GRAINS: &'static [Grain] = ReasonGroup::GRAINS;

    fn within(self, grain: Grain) -> Self {
        Self { at: self.at.first(grain), ..self }
    }

    fn key(&self, grain: Grain) -> Vec<Value> {
        let ReasonGroup { at, about, reason, offer, party } = self;
        let about = Value::from(about.name().to_owned());
        let numbers = [grain.number(), at.number()].map(Value::from);
        let texts = [reason, offer, party].map(|text| Value::from(text.clone()));
        [about].into_iter().chain(numbers).chain(texts).collect()
    }
}

impl Table {
    fn add<G: Group>(&self, db: &Db, sums: &BTreeMap<G, Sums>) -> Result<(), StoreError> {
        if sums.is_empty() {
            return Ok(());
        }
        let mut statement = db.prepare_cached(&self.upsert())?;
        for grain in G::GRAINS.iter().copied() {
            let mut units: BTreeMap<G, Sums> = BTreeMap::new();
            for (group, sums) in sums {
                units.entry(group.clone().within(grain)).or_default().absorb(sums);
            }
            let rows = units.iter().map(|(group, sums)| {
                let measures = self.measures.iter().map(|measure| Value::from(fit(sums, *measure)));
                group.key(grain).into_iter().chain(measures).collect()
            });
            statement.execute_all(rows)?;
        }
        Ok(())
    }

    /// Returns the statement that adds to a row.
    fn upsert(&self) -> String {
        let Table { name, key, measures } = self;
        let columns: Vec<&str> =
            key.iter().copied().chain(measures.iter().map(|measure| measure.name())).collect();
        let places: Vec<String> = (1..=columns.len()).map(|place| format!("?{place}")).collect();
        let sets: Vec<String> = measures.iter().map(|measure| combine(name, *measure)).collect();
        format!(
            "INSERT INTO {name} ({}) VALUES ({}) ON CONFLICT ({}) DO UPDATE SET {}",
            columns.join(", "),
            places.join(", "),
            key.join(", "),
            sets.join(", "),
        )
    }
}

/// Returns how an added value changes a column. Counts cannot exceed 64 bits; other sums are clamped.
fn combine(table: &str, measure: Measure) -> String {
    let column = measure.name();
    let (old, added) = (format!("{table}.{column}"), format!("excluded.{column}"));
    if measure.is_greatest() {
        return format!("{column} = max({old}, {added})");
    }
    if measure.is_money() || measure.is_time() {
        return format!("{column} = {}", clamped_sum(&old, &added));
    }
    format!("{column} = {old} + {added}")
}

/// Returns a value clamped to 64 bits.
fn fit(sums: &Sums, measure: Measure) -> i64 {
    let value = sums.of(measure);
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}
