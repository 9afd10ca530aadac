//! `/v1/leads/ping` and `/v1/leads/post`: what a lead would bring, and the lead. Reports on pings.

use std::collections::BTreeMap;

use axum::Json;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Value as JsonValue;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

use super::access::Sender;
use super::access::Tenant;
use super::calls::PageSize;
use super::handler::Admitted;
use super::leads::LeadAnswer;
use super::leads::key;
use super::leads::made;
use super::leads::values_of;
use super::problem::InvalidLead;
use super::problem::Problem;
use super::query::Words;
use super::query::query;
use super::reply::Made;
use super::schema::event_id;
use super::schema::moment;
use super::schema::nullable;
use super::schema::slug;
use super::schema::word;
use crate::base::CallId;
use crate::base::End;
use crate::base::LeadId;
use crate::base::Money;
use crate::base::OfferId;
use crate::base::PingId;
use crate::base::SourceId;
use crate::base::Wall;
use crate::base::days_ago;
use crate::base::parse_instant;
use crate::call::Scope;
use crate::intake::Answered;
use crate::intake::Purpose;
use crate::intake::WantedLead;
use crate::intake::WantedPost;
use crate::lead::PingRecord;
use crate::store::PINGS_LISTED_MAX;
use crate::store::PingCount;
use crate::store::PingQuery;

/// Days of a report unless the client asks for others, with the current one: as long as pings are
/// kept.
const REPORT_DAYS: i32 = 29;

/// A question what a lead would bring.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPing)]
pub(super) struct PingBody {
    /// The offer.
    #[schema(schema_with = slug)]
    offer: OfferId,
    /// The source that asks.
    #[schema(schema_with = slug)]
    source: SourceId,
    /// The lead's fields by name, as for a lead, without those that tell of its person.
    fields: BTreeMap<String, JsonValue>,
}

/// A lead that is posted to a ping.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPost)]
pub(super) struct PostBody {
    /// The ping.
    #[schema(schema_with = event_id)]
    ping_id: PingId,
    /// The lead's fields by name. Those that the ping had may be left out.
    fields: BTreeMap<String, JsonValue>,
}

/// What a lead would bring.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PingAnswer)]
pub(super) struct Offer {
    /// Id of the ping, which the post names; null without an offer.
    #[schema(schema_with = ping_id)]
    ping_id: Option<PingId>,
    /// `bid`, or `no_bid`.
    #[schema(schema_with = told)]
    status: &'static str,
    /// What the source is owed if the first buyer takes the lead; null without an offer, and for a
    /// source that is not paid.
    bid: Option<Money>,
    /// When the offer ends.
    #[schema(schema_with = end)]
    expires_at: Option<Wall>,
    /// Why there is no offer.
    #[schema(value_type = Option<String>)]
    reason: Option<End>,
}

fn ping_id() -> RefOr<Schema> {
    nullable(event_id())
}

fn end() -> RefOr<Schema> {
    nullable(moment())
}

fn told() -> RefOr<Schema> {
    word(["bid", "no_bid"])
}

/// Answers what a lead would bring its source. Takes nothing, and tells no buyer of a person.
pub(super) async fn ping(
    request: Admitted<Sender, (), (), Json<PingBody>>,
) -> Result<Json<Offer>, Problem> {
    let Admitted { site, body: Json(PingBody { offer, source, fields }), .. } = request;
    let snapshot = site.dispatch.snapshot();
    if snapshot.book().source(&source).is_none() {
        return Err(Problem::NotFound("source"));
    }
    if snapshot.book().offer(&offer).is_none() {
        return Err(Problem::NotFound("offer"));
    }
    let values = values_of(&fields)?;
    let wanted = WantedLead { offer, source, values, purpose: Purpose::Sale, browser: None };
    let Answered { record, faults } = site.intake.ping(wanted).await?;
    if !faults.is_empty() {
        return Err(Problem::InvalidLead(Box::new(InvalidLead::of_ping(faults))));
    }
    let has_offer = record.expires_at.is_some();
    Ok(Json(Offer {
        ping_id: Some(record.id).filter(|_| has_offer),
        status: if has_offer { "bid" } else { "no_bid" },
        bid: record.price,
        expires_at: record.expires_at,
        reason: record.reason,
    }))
}

/// Takes a lead in that is posted to a ping, and answers what became of it.
pub(super) async fn post(
    request: Admitted<Sender, (), (), Json<PostBody>>,
) -> Result<Made<LeadAnswer>, Problem> {
    let Admitted { site, who: Sender { token }, body: Json(body), headers, .. } = request;
    let key = key(token, &headers, &body)?;
    let values = values_of(&body.fields)?;
    let (ping, purpose) = (body.ping_id.to_string(), Purpose::Sale);
    made(
        site.intake
            .post(WantedPost { ping, from: None, values, purpose, browser: None }, key)
            .await?,
    )
}

query! {
    /// Which pings are listed.
    pub(super) struct Wanted {
        /// Start: RFC 3339, a date, or how long ago; 30 days with today by default.
        since: Words,
        /// End, exclusive; now by default.
        until: Words,
        /// The ping, by its id or by that of its bid.
        id: Words,
        /// Most pings; 200 by default.
        limit: PageSize,
    }
}

/// Pings, latest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PingList)]
pub(super) struct List {
    items: Vec<PingView>,
}

/// A ping of a source, and what it was offered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ping)]
pub(super) struct PingView {
    /// Id of the ping.
    #[schema(schema_with = event_id)]
    id: PingId,
    /// Id of its bid, for a call.
    bid_id: Option<String>,
    /// The source.
    #[schema(schema_with = slug)]
    source: SourceId,
    /// The offer.
    #[schema(schema_with = slug)]
    offer: OfferId,
    /// When it came in.
    #[schema(schema_with = moment)]
    at: Wall,
    /// Whether it is a test.
    test: bool,
    /// What the source was offered.
    price: Option<Money>,
    /// Connected time from which that is owed for a call, in seconds.
    buffer_seconds: Option<u64>,
    /// When the offer ends; null without one.
    #[schema(schema_with = end)]
    expires_at: Option<Wall>,
    /// Why there is no offer.
    #[schema(value_type = Option<String>)]
    reason: Option<End>,
    /// The lead that was posted to it.
    #[schema(schema_with = ping_id)]
    lead: Option<LeadId>,
    /// The call that came for its bid.
    #[schema(schema_with = ping_id)]
    call: Option<CallId>,
}

impl From<PingRecord> for PingView {
    fn from(ping: PingRecord) -> Self {
        let PingRecord {
            id, source, offer, at, test, price, expires_at, reason, lead, call, ..
        } = ping;
        Self {
            id,
            bid_id: call.as_ref().map(|_| id.bid_id()),
            source,
            offer,
            at,
            test,
            price,
            buffer_seconds: call.as_ref().filter(|_| price.is_some()).map(|c| c.buffer.as_secs()),
            expires_at,
            reason,
            lead,
            call: call.and_then(|call| call.came),
        }
    }
}

/// Returns pings, latest first. A source sees its own, a buyer none.
pub(super) async fn list(request: Admitted<Tenant, (), Wanted>) -> Result<Json<List>, Problem> {
    let Admitted { site, who: Tenant { scope, .. }, query, .. } = request;
    let Wanted { since, until, id, limit } = query;
    let Some(query) = question(scope, since, until, site.clock.now().wall)? else {
        return Ok(Json(List { items: Vec::new() }));
    };
    let id = id.map(|text| {
        let (text, id) = (text.as_str(), PingId::of_bid_id(text.as_str()));
        let id = id.or_else(|| text.parse().ok());
        id.ok_or_else(|| Problem::Unreadable(format!("`{text}` is no id of a ping or a bid.")))
    });
    let limit = limit.map_or(PINGS_LISTED_MAX, |limit| limit.0);
    let pings = site.store.ping_list(query, id.transpose()?, limit).await?;
    Ok(Json(List { items: pings.into_iter().map(PingView::from).collect() }))
}

query! {
    /// Which pings a report counts.
    pub(super) struct Asked {
        /// Start: RFC 3339, a date, or how long ago; 30 days with today by default.
        since: Words,
        /// End, exclusive; now by default.
        until: Words,
    }
}

/// What became of pings.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PingReport)]
pub(super) struct PingReport {
    /// A row for each source and offer.
    items: Vec<PingRow>,
}

/// What became of the pings of a source for an offer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PingRow {
    /// The source.
    #[schema(schema_with = slug)]
    source: SourceId,
    /// The offer.
    #[schema(schema_with = slug)]
    offer: OfferId,
    /// Pings that came in.
    pings: u64,
    /// Those that were answered with an offer.
    bids: u64,
    /// Those that a lead was posted to.
    posted: u64,
    /// Those whose offer ended without a post.
    unused: u64,
}

impl From<PingCount> for PingRow {
    fn from(count: PingCount) -> Self {
        let PingCount { source, offer, pings, bids, posted, unused } = count;
        Self { source, offer, pings, bids, posted, unused }
    }
}

/// Returns what became of pings, by source and offer. A source sees its own, a buyer none.
pub(super) async fn report(
    request: Admitted<Tenant, (), Asked>,
) -> Result<Json<PingReport>, Problem> {
    let Admitted { site, who: Tenant { scope, .. }, query: Asked { since, until }, .. } = request;
    let Some(query) = question(scope, since, until, site.clock.now().wall)? else {
        return Ok(Json(PingReport { items: Vec::new() }));
    };
    let counts = site.store.ping_sums(query).await?;
    Ok(Json(PingReport { items: counts.into_iter().map(PingRow::from).collect() }))
}

/// Returns which pings are asked for; `None` for a buyer, who sees none.
fn question(
    scope: Scope,
    since: Option<Words>,
    until: Option<Words>,
    now: Wall,
) -> Result<Option<PingQuery>, Problem> {
    let source = match scope {
        Scope::All => None,
        Scope::Source(source) => Some(source),
        Scope::Buyer(_) => return Ok(None),
    };
    let time = |given: Option<Words>, usual| match given {
        None => Ok(usual),
        Some(text) => parse_instant(text.as_str(), &TimeZone::UTC, now).ok_or_else(|| {
            Problem::Unreadable(format!("`{}` is no time: 2026-12-24, or 12h.", text.as_str()))
        }),
    };
    let since = time(since, days_ago(&TimeZone::UTC, now, REPORT_DAYS))?;
    // A ping of this very moment counts.
    let until = time(until, now + std::time::Duration::from_secs(1))?;
    Ok(Some(PingQuery { since, until, source, now }))
}
