//! `/v1/costs`: what traffic cost beside payouts, by source, offer and day.

use axum::Json;
use jiff::civil::Date;
use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

use super::Site;
use super::access::Staff;
use super::access::Writer;
use super::activity::EntryNumber;
use super::balances::amount_of;
use super::balances::note_of;
use super::calls::PageSize;
use super::handler::Admitted;
use super::problem::Problem;
use super::query::Value;
use super::query::query;
use super::reply::Made;
use super::schema::date;
use super::schema::slug;
use crate::base::Money;
use crate::base::OfferId;
use crate::base::SourceId;
use crate::store::Activity;
use crate::store::Cost;
use crate::store::CostId;
use crate::store::CostQuery;
use crate::store::EnteredCost;
use crate::store::Mutation;
use crate::store::NewCost;

/// Costs of a page unless the client asks for another number.
const PAGE_COSTS: usize = 50;

/// A cost of traffic.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCost)]
pub(super) struct WantedCost {
    /// The source whose traffic cost the amount.
    #[schema(schema_with = slug)]
    source: SourceId,
    /// The offer that the traffic was for.
    #[schema(schema_with = slug)]
    offer: OfferId,
    /// The calendar day that it belongs to.
    #[schema(schema_with = date)]
    day: Date,
    /// In the book's currency; a negative amount is a correction.
    amount: Money,
    /// Note; at most 500 bytes.
    #[serde(default)]
    #[schema(max_length = 500)]
    note: String,
}

/// Enters a cost. With an `Idempotency-Key` the key is its id, so it is entered once.
pub(super) async fn add(
    request: Admitted<Writer, (), (), Json<WantedCost>>,
) -> Result<Made<Cost>, Problem> {
    let Admitted { site, who: Writer { by }, body: Json(wanted), .. } = request;
    let WantedCost { source, offer, day, amount, note } = wanted;
    let snapshot = site.dispatch.snapshot();
    if snapshot.book().sources.iter().all(|known| known.id != source) {
        return Err(Problem::NotFound("source"));
    }
    if snapshot.book().offers.iter().all(|known| known.id != offer) {
        return Err(Problem::NotFound("offer"));
    }
    if !CostQuery::has_day(day) {
        return Err(Problem::Unreadable("`day` must be from 1970 to 9999.".to_owned()));
    }
    let (amount, note) = (amount_of(&site, amount)?, note_of(note)?);
    let id = id_of(&by)?;
    let new = NewCost { id, source, offer, day, amount, note, by };
    match site.store.cost_add(new).await? {
        EnteredCost::Now(cost) => Ok(Made::Now(cost)),
        EnteredCost::Before(cost) => Ok(Made::Before(cost)),
        EnteredCost::Other(cost) => Err(Problem::Conflict(format!(
            "`{}` is the id of another cost: {} of {} on {}.",
            cost.id, cost.amount, cost.source, cost.day
        ))),
    }
}

/// Returns the request's idempotency key as id, or a random one.
fn id_of(by: &Mutation) -> Result<CostId, Problem> {
    if let Some(key) = &by.key {
        return key.parse().map_err(|sentence| Problem::Unreadable(format!("{sentence}.")));
    }
    let mut entropy = [0; 32];
    getrandom::fill(&mut entropy).map_err(|error| {
        tracing::error!(%error, "cannot read entropy of the system");
        Problem::Internal
    })?;
    Ok(CostId::random(entropy))
}

/// Returns the result of an entry whose answer was lost. The write logged the cost's id.
pub(super) async fn again(site: Site, done: Activity) -> Result<Made<Cost>, Problem> {
    let lost = || Problem::DoneBefore(done.number);
    let id = done.mutation.subject.as_deref().map(str::parse).and_then(Result::ok);
    let found = site.store.cost_fetch(id.ok_or_else(lost)?).await?;
    found.map(Made::Now).ok_or_else(lost)
}

query! {
    /// Which costs, and which page of them.
    pub(super) struct Wanted {
        /// Only costs of this day or later.
        since: Day,
        /// Only costs of earlier days.
        until: Day,
        /// Only costs of this source.
        source: SourceId,
        /// Start of the page: the `next` of the previous page.
        cursor: EntryNumber,
        /// Costs per page; 50 by default.
        limit: PageSize,
    }
}

/// A calendar day.
pub(super) struct Day(Date);

impl Value for Day {
    const EXPECTED: &'static str = "a date, like 2026-05-04";

    fn schema() -> RefOr<Schema> {
        date()
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().filter(|day| CostQuery::has_day(*day)).map(Self)
    }
}

/// A page of costs, newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = CostPage)]
pub(super) struct Page {
    items: Vec<Cost>,
    /// The `cursor` of the next page; null when this is the last.
    next: Option<String>,
}

/// Returns a page of costs, the latest entry first.
pub(super) async fn list(request: Admitted<Staff, (), Wanted>) -> Result<Json<Page>, Problem> {
    let Admitted { site, query: Wanted { since, until, source, cursor, limit }, .. } = request;
    let limit = limit.map_or(PAGE_COSTS, |limit| limit.0);
    let day = |day: Option<Day>| day.map(|Day(date)| date);
    let query = CostQuery { since: day(since), until: day(until), source };
    let items = site.store.costs(query, cursor.map(|cursor| cursor.0), limit).await?;
    let next = items.last().filter(|_| items.len() == limit).map(|last| last.number.to_string());
    Ok(Json(Page { items, next }))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::http::client::Server;
    use crate::http::connection::Bounded;
    use crate::store::Role;

    const BOOK: &str = "[[source]]\nid = \"ads\"\n[[offer]]\nid = \"o\"\n";
    const COST: &str = "{\"source\": \"ads\", \"offer\": \"o\", \"day\": \"2026-05-04\", \
        \"amount\": {\"amount\": \"120.00\", \"currency\": \"USD\"}, \"note\": \"clicks\"}";

    async fn server() -> (Server, String) {
        let server = Server::start(Bounded::new).await;
        let operator = server.token(Role::Operator).await;
        assert_eq!(server.tell("PUT /v1/book", &operator, BOOK).await.status, 200);
        (server, operator)
    }

    #[tokio::test]
    async fn a_cost_is_entered_once_per_key_and_logged() {
        let (server, operator) = server().await;
        let keyed = format!("{operator}Idempotency-Key: c-1\r\n");
        let other = COST.replace("120.00", "121.00");
        for (headers, body, status) in [
            (&keyed, COST, 201),
            (&keyed, COST, 201),
            (&keyed, other.as_str(), 422),
            (&operator, COST, 201),
        ] {
            let answer = server.tell("POST /v1/costs", headers, body).await;
            assert_eq!(answer.status, status, "{answer:?}");
        }
        // A program that was killed before it stored the answer, and another token with the key.
        server.lose_answers();
        let again = server.tell("POST /v1/costs", &keyed, COST).await;
        assert_eq!((again.status, &again.json()["id"]), (201, &"c-1".into()), "{again:?}");
        let admin = server.token(Role::Admin).await;
        let admin = format!("{admin}Idempotency-Key: c-1\r\n");
        assert_eq!(server.tell("POST /v1/costs", &admin, &other).await.status, 409);
        let back = COST.replace("120.00", "-20.00").replace("05-04", "05-05");
        assert_eq!(server.tell("POST /v1/costs", &operator, &back).await.status, 201);
        let listed = async |query: &str| -> Vec<String> {
            let page = server.ask(&format!("GET /v1/costs?{query}"), &operator).await.json();
            let amount = |cost: &Value| cost["amount"]["amount"].as_str().unwrap().to_owned();
            page["items"].as_array().unwrap().iter().map(amount).collect()
        };
        for (query, expected) in [
            ("", vec!["-20.00", "120.00", "120.00"]),
            ("since=2026-05-05", vec!["-20.00"]),
            ("until=2026-05-05&source=ads", vec!["120.00", "120.00"]),
            ("source=other", vec![]),
            ("limit=1", vec!["-20.00"]),
            ("cursor=2", vec!["120.00"]),
        ] {
            assert_eq!(listed(query).await, expected, "{query}");
        }
        let log = server.ask("GET /v1/activity?limit=1", &operator).await.json();
        let entry = &log["items"][0];
        assert_eq!((&entry["action"], &entry["kind"]), (&"create".into(), &"cost".into()));
    }

    #[tokio::test]
    async fn what_is_no_cost_is_refused() {
        let (server, operator) = server().await;
        let analyst = server.token(Role::Analyst).await;
        let note = COST.replace("clicks", &"n".repeat(501));
        for (headers, body, status) in [
            (&analyst, COST.to_owned(), 403),
            (&operator, COST.replace("ads", "nobody"), 404),
            (&operator, COST.replace("\"o\"", "\"nothing\""), 404),
            (&operator, COST.replace("USD", "EUR"), 400),
            (&operator, COST.replace("120.00", "0.00"), 400),
            (&operator, COST.replace("120.00", "1000000000.01"), 400),
            (&operator, COST.replace("120.00", "-1000000000.01"), 400),
            (&operator, COST.replace("2026-05-04", "2026-02-30"), 400),
            (&operator, COST.replace("2026-05-04", "0999-05-04"), 400),
            (&operator, note, 400),
            (&operator, "{}".to_owned(), 400),
        ] {
            let answer = server.tell("POST /v1/costs", headers, &body).await;
            assert_eq!(answer.status, status, "{body}: {answer:?}");
        }
        let all = server.ask("GET /v1/costs", &analyst).await.json();
        assert_eq!(all["items"].as_array().unwrap().len(), 0);
        assert_eq!(server.ask("GET /v1/costs?since=soon", &analyst).await.status, 400);
    }
}
