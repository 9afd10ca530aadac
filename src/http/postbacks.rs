//! `/v1/postbacks`: deliveries that were given up, and the keys that sign requests.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use axum::response::Response;
use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::ResponseBuilder;
use utoipa::openapi::Schema;

use super::Site;
use super::access::Staff;
use super::access::Writer;
use super::activity::EntryNumber;
use super::body::JSON;
use super::calls::PageSize;
use super::change::NotKept;
use super::handler::Admitted;
use super::openapi::Sheet;
use super::problem::Problem;
use super::query::Value;
use super::query::query;
use super::reply::Reply;
use super::reply::content;
use super::schema::event_id;
use super::schema::nullable;
use super::schema::slug;
use super::segment::Segment;
use crate::base::OutboxId;
use crate::base::PostbackId;
use crate::outbox::Key;
use crate::outbox::Recipient;
use crate::outbox::Recipients;
use crate::store::DeadDelivery;
use crate::store::Resend;

/// Deliveries of a page unless the client asks for another number.
const PAGE: usize = 50;

query! {
    /// Which page of dead deliveries.
    pub(super) struct Wanted {
        /// Only those of this postback.
        postback: Slug,
        /// Start of the page: the `next` of the previous page.
        cursor: EntryNumber,
        /// Deliveries per page; 50 by default.
        limit: PageSize,
    }
}

/// Id of a postback.
pub(super) struct Slug(PostbackId);

impl Value for Slug {
    const EXPECTED: &'static str = "the id of a postback";

    fn schema() -> RefOr<Schema> {
        slug()
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

impl Segment for PostbackId {
    const ABOUT: &'static str = "Postback id.";

    fn schema() -> RefOr<Schema> {
        slug()
    }

    fn read(text: &str) -> Result<Self, Problem> {
        text.parse().map_err(|_| Problem::NotFound("postback"))
    }
}

/// A page of dead deliveries, newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = DeadDeliveryPage)]
pub(super) struct Page {
    items: Vec<DeadDelivery>,
    /// The `cursor` of the next page; null when this is the last.
    next: Option<String>,
}

/// Returns a page of the deliveries that were given up, newest first.
pub(super) async fn dead(request: Admitted<Staff, (), Wanted>) -> Result<Json<Page>, Problem> {
    let Admitted { site, query, .. } = request;
    let only = query.postback.map(|own| Recipients::Only(Recipient::Postback(own.0)));
    let before = query.cursor.map(|cursor| cursor.0);
    page(&site, only.unwrap_or(Recipients::Postbacks), before, query.limit).await
}

/// Returns a page of dead deliveries of some recipients.
pub(super) async fn page(
    site: &Site,
    of: Recipients,
    before: Option<u64>,
    limit: Option<PageSize>,
) -> Result<Json<Page>, Problem> {
    let limit = limit.map_or(PAGE, |limit| limit.0);
    let items = site.store.deliveries_dead(of, before, limit).await?;
    let next = items.last().filter(|_| items.len() == limit).map(|last| last.delivery.to_string());
    Ok(Json(Page { items, next }))
}

/// Which dead deliveries of the postback are resent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Resent {
    /// Id of the event; all of them when it is not given.
    #[serde(default)]
    #[schema(schema_with = event)]
    event: Option<OutboxId>,
}

pub(super) fn event() -> RefOr<Schema> {
    nullable(event_id())
}

/// Number of deliveries that are due again.
#[derive(Serialize, ToSchema)]
pub(super) struct ResentCount {
    /// The number; 0 if none was dead.
    pub(super) resent: u64,
}

/// Makes dead deliveries of a postback due again.
pub(super) async fn resend(
    request: Admitted<Writer, PostbackId, (), Json<Resent>>,
) -> Result<Json<ResentCount>, Problem> {
    let Admitted { site, who: Writer { by }, path, body: Json(Resent { event }), .. } = request;
    known(&site, &path)?;
    let resend = Resend { to: Recipient::Postback(path), event };
    let resent = site.store.deliveries_resend(resend, by).await?;
    Ok(Json(ResentCount { resent }))
}

/// A new key.
#[derive(Serialize, ToSchema)]
pub(super) struct MadeKey {
    /// `whsec_` and base64, for the receiver. No other response shows it.
    secret: String,
}

impl Reply for MadeKey {
    fn describe(sheet: &mut Sheet) -> Vec<(StatusCode, ResponseBuilder)> {
        vec![(StatusCode::CREATED, content(JSON, sheet.refer::<MadeKey>()))]
    }

    fn reply(self) -> Response {
        let mut response = (StatusCode::CREATED, Json(self)).into_response();
        response.extensions_mut().insert(NotKept);
        response
    }
}

/// Makes a new key for a postback, in place of an earlier one.
pub(super) async fn make_key(request: Admitted<Writer, PostbackId>) -> Result<MadeKey, Problem> {
    let Admitted { site, who: Writer { by }, path, .. } = request;
    known(&site, &path)?;
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| {
        tracing::error!(%error, "cannot read entropy of the system");
        Problem::Internal
    })?;
    let key = Key::of(random);
    let secret = key.reveal();
    site.store.postback_key_set(path, key, by).await?;
    Ok(MadeKey { secret })
}

fn known(site: &Site, postback: &PostbackId) -> Result<(), Problem> {
    let snapshot = site.dispatch.snapshot();
    let found = snapshot.book().postback(postback).map(drop);
    found.ok_or(Problem::NotFound("postback"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::http::client::Server;
    use crate::http::connection::Bounded;
    use crate::outbox::Next;
    use crate::outbox::Recipient;
    use crate::store::Attempted;
    use crate::store::Planned;
    use crate::store::Role;
    use crate::store::sample::finish;
    use crate::store::sample::finished;
    use crate::store::sample::second;

    const BOOK: &str = "[[postback]]\nid = \"ads\"\nevent = \"call.completed\"\n\
                        url = \"https://t.example/\"\n";

    async fn server() -> (Server, String) {
        let server = Server::start(Bounded::new).await;
        let operator = server.token(Role::Operator).await;
        assert_eq!(server.tell("PUT /v1/book", &operator, BOOK).await.status, 200);
        (server, operator)
    }

    /// Gives up the deliveries of every event of a call.
    async fn give_up(server: &Server) {
        finish(&*server.store, finished(1)).await.unwrap();
        let events = server.store.events_unplanned().await.unwrap();
        let to = vec![Recipient::Postback("ads".parse().unwrap())];
        let plan = |sequence| Planned { sequence, to: to.clone() };
        let plans = events.iter().map(|event| plan(event.sequence)).collect();
        server.store.deliveries_plan(plans, second(5)).await.unwrap();
        let due = server.store.deliveries_due(vec![(to[0].clone(), 100)], second(5)).await;
        let fault = Some("the answer has status 500".to_owned());
        let end = |id| Attempted { id, at: second(6), next: Next::Dead, fault: fault.clone() };
        let ends = due.unwrap().iter().map(|own| end(own.id)).collect();
        server.store.deliveries_attempted(ends).await.unwrap();
    }

    #[tokio::test]
    async fn dead_deliveries_are_listed_and_resent() {
        let (server, operator) = server().await;
        give_up(&server).await;
        let page = server.ask("GET /v1/postbacks/dead?limit=3", &operator).await.json();
        assert_eq!(page["items"].as_array().unwrap().len(), 3);
        assert_eq!(page["items"][0]["fault"], "the answer has status 500");
        assert_eq!(page["items"][0]["kind"], "call.converted");
        let next = page["next"].as_str().unwrap();
        let rest = format!("GET /v1/postbacks/dead?limit=3&postback=ads&cursor={next}");
        let rest = server.ask(&rest, &operator).await.json();
        assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next"]), (2, &().into()));
        let event = page["items"][0]["event"].as_str().unwrap();
        let one = format!("{{\"event\": \"{event}\"}}");
        for (path, body, status, resent) in [
            ("ads", one.as_str(), 200, Some(1)),
            ("ads", one.as_str(), 200, Some(0)),
            ("ads", "{}", 200, Some(4)),
            ("other", "{}", 404, None),
            ("ads", "{\"event\": \"x\"}", 400, None),
        ] {
            let request = format!("POST /v1/postbacks/{path}/resend");
            let answer = server.tell(&request, &operator, body).await;
            assert_eq!(answer.status, status, "{path} {body}: {answer:?}");
            assert_eq!(answer.json()["resent"].as_u64(), resent, "{path} {body}");
        }
        let due = vec![(Recipient::Postback("ads".parse().unwrap()), 100)];
        let at = second(100) + Duration::from_secs(3_600);
        assert_eq!(server.store.deliveries_due(due, at).await.unwrap().len(), 5);
    }

    #[tokio::test]
    async fn a_key_is_made_and_shown_once() {
        let (server, operator) = server().await;
        let keyed = format!("{operator}Idempotency-Key: k\r\n");
        let made = server.tell("POST /v1/postbacks/ads/secret", &keyed, "").await;
        assert_eq!(made.status, 201, "{made:?}");
        let secret = made.json()["secret"].as_str().unwrap().to_owned();
        let stored = server.store.postback_key("ads".parse().unwrap()).await.unwrap();
        assert_eq!(stored.map(|key| key.reveal()), Some(secret.clone()));
        let again = server.tell("POST /v1/postbacks/ads/secret", &keyed, "").await;
        assert!(again.status == 409 && !again.body.contains(&secret), "{again:?}");
        let entry = server.ask("GET /v1/postbacks/ads", &operator).await;
        let log = server.ask("GET /v1/activity", &operator).await;
        assert!(!entry.body.contains("whsec_") && !log.body.contains("whsec_"));
        let missing = server.tell("POST /v1/postbacks/other/secret", &operator, "").await;
        assert_eq!(missing.status, 404, "{missing:?}");
    }
}
