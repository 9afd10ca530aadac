//! `/v1/bids`: bids of buyers on calls, leads, and pings, and what became of them.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

use super::access::Tenant;
use super::calls::PageSize;
use super::handler::Admitted;
use super::problem::Problem;
use super::query::Value;
use super::query::query;
use super::schema::event_id;
use super::schema::text;
use super::schema::word;
use crate::base::BidResult;
use crate::base::BuyerId;
use crate::base::CallId;
use crate::base::ContractId;
use crate::base::LeadId;
use crate::base::OfferId;
use crate::base::PingId;
use crate::base::Wall;
use crate::call::Scope;
use crate::sale::BidRecord;
use crate::store::BidCursor;
use crate::store::BidOn;
use crate::store::BidQuery;
use crate::store::StoredBid;

/// Bids of a page unless the client asks for another number.
const PAGE_BIDS: usize = 200;

query! {
    /// Which bids, and which page of them.
    pub(super) struct Wanted {
        /// Only bidders that were asked at or after this time.
        since: Wall,
        /// Only bidders that were asked before this time.
        until: Wall,
        /// The offer that was auctioned.
        offer: OfferId,
        /// The contract that was asked.
        contract: ContractId,
        /// Its buyer.
        buyer: BuyerId,
        /// What became of the bid.
        result: BidResult,
        /// Start of the page: the `next` of the previous page.
        cursor: BidCursor,
        /// Bids per page; 200 by default.
        limit: PageSize,
    }
}

/// A bid on a call, a lead, or a ping.
#[derive(Serialize, ToSchema)]
#[schema(as = Bid)]
pub(super) struct BidView {
    /// The call.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = event_id)]
    call: Option<CallId>,
    /// The lead.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = event_id)]
    lead: Option<LeadId>,
    /// The ping, if no lead was posted to it and no call came for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = event_id)]
    ping: Option<PingId>,
    #[serde(flatten)]
    bid: BidRecord,
}

impl From<StoredBid> for BidView {
    fn from(stored: StoredBid) -> Self {
        let StoredBid { on, bid, ordinal: _ } = stored;
        let none = Self { call: None, lead: None, ping: None, bid };
        match on {
            BidOn::Call(call) => Self { call: Some(call), ..none },
            BidOn::Lead(lead) => Self { lead: Some(lead), ..none },
            BidOn::Ping(ping) => Self { ping: Some(ping), ..none },
        }
    }
}

/// A page of bids, latest first.
#[derive(Serialize, ToSchema)]
#[schema(as = BidPage)]
pub(super) struct Page {
    items: Vec<BidView>,
    /// The `cursor` of the next page; null when this is the last.
    next: Option<String>,
}

/// Returns a page of bids, latest first. A buyer sees its own; a source sees none, as they name
/// buyers.
pub(super) async fn list(request: Admitted<Tenant, (), Wanted>) -> Result<Json<Page>, Problem> {
    let Admitted { site, who: Tenant { scope, .. }, query, .. } = request;
    let buyer = match (scope, &query.buyer) {
        (Scope::All, buyer) => buyer.clone(),
        (Scope::Buyer(own), None) => Some(own),
        (Scope::Buyer(_), Some(_)) => {
            let fault = "A buyer may not filter bids by `buyer`.";
            return Err(Problem::Unreadable(fault.to_owned()));
        }
        (Scope::Source(_), _) => return Ok(Json(Page { items: Vec::new(), next: None })),
    };
    let wanted = BidQuery {
        since: query.since,
        until: query.until,
        offer: query.offer.clone(),
        contract: query.contract.clone(),
        buyer,
        result: query.result,
    };
    let limit = query.limit.map_or(PAGE_BIDS, |limit| limit.0);
    let page = site.store.bid_list(wanted, query.cursor, limit).await?;
    let items = page.items.into_iter().map(BidView::from).collect();
    Ok(Json(Page { items, next: page.next.map(|next| next.to_string()) }))
}

impl Value for BidResult {
    const EXPECTED: &'static str = "a result of a bid, such as `won`, `outbid` or `late`";

    fn schema() -> RefOr<Schema> {
        word(BidResult::ALL.iter().map(|result| result.code()))
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Value for BidCursor {
    const EXPECTED: &'static str = "the `next` of an earlier page";

    fn schema() -> RefOr<Schema> {
        text()
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::http::client::Server;
    use crate::http::connection::Bounded;
    use crate::store::Role;

    const BOOK: &str = "[[source]]\nid = \"web\"\n[[offer]]\nid = \"o\"\nstrategy = \"auction\"\n\
        [[buyer]]\nid = \"acme\"\ntimezone = \"UTC\"\n[[buyer]]\nid = \"blue\"\ntimezone = \"UTC\"\n\
        [[contract]]\nid = \"a\"\nbuyer = \"acme\"\noffer = \"o\"\nchannels = [\"form\"]\n\
        price = { amount = \"9.00\", currency = \"USD\" }\n\
        delivery = { post = \"https://acme.example/\", ping = \"https://acme.example/ping\" }\n\
        [[contract]]\nid = \"b\"\nbuyer = \"blue\"\noffer = \"o\"\nchannels = [\"form\"]\n\
        price = { amount = \"9.00\", currency = \"USD\" }\n\
        delivery = { post = \"https://blue.example/\", ping = \"https://blue.example/ping\" }\n";

    /// Nobody can be reached: every bid failed.
    #[tokio::test]
    async fn bids_are_listed_page_by_page_and_each_buyer_sees_its_own() {
        let server = Server::start(Bounded::new).await;
        let token = server.token(Role::Admin).await;
        assert_eq!(server.tell("PUT /v1/book", &token, BOOK).await.status, 200);
        let lead = json!({ "offer": "o", "source": "web", "fields": { "zip": "90210" } });
        for _ in 0..2 {
            let answer = server.tell("POST /v1/leads", &token, &lead.to_string()).await;
            assert_eq!(answer.status, 201, "{answer:?}");
        }
        let first = server.ask("GET /v1/bids?limit=3", &token).await.json();
        assert_eq!(first["items"].as_array().unwrap().len(), 3, "{first}");
        let bid = &first["items"][0];
        assert_eq!((&bid["contract"], &bid["result"]), (&json!("b"), &json!("failed")), "{bid}");
        let next = first["next"].as_str().unwrap();
        let rest = server.ask(&format!("GET /v1/bids?limit=3&cursor={next}"), &token).await.json();
        assert_eq!(rest["items"].as_array().unwrap().len(), 1, "{rest}");
        assert_eq!((&rest["items"][0]["contract"], &rest["next"]), (&json!("a"), &json!(null)));
        let none = server.ask("GET /v1/bids?result=won", &token).await.json();
        assert_eq!(none["items"], json!([]));
        let path = format!("GET /v1/leads/{}", bid["lead"].as_str().unwrap());
        let shown = server.ask(&path, &token).await.json();
        assert_eq!(shown["bids"].as_array().unwrap().len(), 2, "{shown}");
        let steps = shown["steps"].as_array().unwrap().iter().map(|step| step["step"].clone());
        assert_eq!(
            steps.collect::<Vec<_>>(),
            ["received", "scored", "asked", "bids", "routed", "ended"]
        );
        let own = server.token(Role::Buyer("acme".parse().unwrap())).await;
        let page = server.ask("GET /v1/bids", &own).await;
        assert_eq!(page.json()["items"].as_array().unwrap().len(), 2, "{page:?}");
        assert!(!page.body.contains("blue"), "{page:?}");
        assert_eq!(server.ask("GET /v1/bids?buyer=blue", &own).await.status, 400);
        let source = server.token(Role::Source("web".parse().unwrap())).await;
        let hidden = server.ask("GET /v1/bids", &source).await;
        assert_eq!((hidden.status, &hidden.json()["items"]), (200, &json!([])));
        assert_eq!(server.ask("GET /v1/bids?result=lost", &token).await.status, 400);
        assert_eq!(server.ask("GET /v1/bids?cursor=1:2", &token).await.status, 400);
        server.verify();
    }
}
