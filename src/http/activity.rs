//! `/v1/activity`: the log of changes and who made them.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

use super::access::Staff;
use super::calls::PageSize;
use super::handler::Admitted;
use super::problem::Problem;
use super::query::Value;
use super::query::query;
use super::schema::moment;
use super::schema::whole;
use crate::base::Wall;
use crate::store::Activity;

/// Entries of a page unless the client asks for another number.
const PAGE_ENTRIES: usize = 50;

query! {
    /// Which page of the log.
    pub(super) struct Wanted {
        /// Only entries at or after this time.
        since: Since,
        /// Start of the page: the `next` of the previous page.
        cursor: EntryNumber,
        /// Entries per page; 50 by default.
        limit: PageSize,
    }
}

/// The time from which entries are shown.
pub(super) struct Since(Wall);

impl Value for Since {
    const EXPECTED: &'static str = "a time in RFC 3339, like 2026-05-04T15:00:00Z";

    fn schema() -> RefOr<Schema> {
        moment()
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

/// The entry before which a page begins.
pub(super) struct EntryNumber(pub(super) u64);

impl Value for EntryNumber {
    const EXPECTED: &'static str = "the `next` of an earlier page";

    fn schema() -> RefOr<Schema> {
        whole(0, usize::MAX)
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

/// A page of the activity log, newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = ActivityPage)]
pub(super) struct Page {
    items: Vec<Activity>,
    /// The `cursor` of the next page; null when this is the last.
    next: Option<String>,
}

/// Returns a page of the activity log, newest first.
pub(super) async fn list(request: Admitted<Staff, (), Wanted>) -> Result<Json<Page>, Problem> {
    let Admitted { site, query, .. } = request;
    let limit = query.limit.map_or(PAGE_ENTRIES, |limit| limit.0);
    let since = query.since.map(|since| since.0);
    let items = site.store.activities(since, query.cursor.map(|cursor| cursor.0), limit).await?;
    let next = items.last().filter(|_| items.len() == limit).map(|last| last.number.to_string());
    Ok(Json(Page { items, next }))
}

#[cfg(test)]
mod tests {
    use crate::http::client::Server;
    use crate::http::connection::Bounded;
    use crate::store::Role;

    /// A client can put any address into a header, so the log ignores headers.
    #[tokio::test]
    async fn the_log_has_the_address_of_the_connection() {
        let server = Server::start(Bounded::new).await;
        let token = server.token(Role::Admin).await;
        let headers = format!(
            "{token}X-Forwarded-For: 192.0.2.9\r\nForwarded: for=192.0.2.9\r\n\
             X-Real-IP: 192.0.2.9\r\nContent-Type: application/json\r\n"
        );
        let request = "PUT /v1/book";
        let made = server.tell(request, &headers, r#"{"source": [{"id": "ads"}]}"#).await;
        assert_eq!(made.status, 200, "{made:?}");
        let log = server.ask("GET /v1/activity?limit=1", &token).await.json();
        let entry = &log["items"][0];
        assert_eq!((&entry["via"], &entry["address"]), (&request.into(), &"127.0.0.1".into()));
    }
}
