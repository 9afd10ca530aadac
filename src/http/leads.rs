//! `/v1/leads`: form leads.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::HeaderMap;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Value as JsonValue;
use sha2::Digest as _;
use sha2::Sha256;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

use super::access::Sender;
use super::access::Tenant;
use super::access::Writer;
use super::calls::PageSize;
use super::change::key_of;
use super::handler::Admitted;
use super::problem::InvalidLead;
use super::problem::Problem;
use super::problem::sentence;
use super::query::Value;
use super::query::query;
use super::reply::Made;
use super::same_person::WithOthers;
use super::schema::event_id;
use super::schema::moment;
use super::schema::slug;
use super::schema::word;
use super::segment::Segment;
use crate::base::AttemptId;
use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::End;
use crate::base::LeadId;
use crate::base::Money;
use crate::base::OfferId;
use crate::base::Phone;
use crate::base::SourceId;
use crate::base::TokenId;
use crate::base::Wall;
use crate::call::Scope;
use crate::call::Sight;
use crate::intake::Purpose;
use crate::intake::Received;
use crate::intake::Refused;
use crate::intake::Unsettled;
use crate::intake::WantedLead;
use crate::lead::LeadQuery;
use crate::lead::LeadRecord;
use crate::lead::LeadStatus;
use crate::lead::LeadView;
use crate::lead::PingRefusal;
use crate::lead::Settled;
use crate::lead::SettledAs;
use crate::lead::UnknownNames;
use crate::lead::body::BODY_BYTES_MAX;
use crate::lead::body::BodyRefusal;
use crate::lead::body::document;
use crate::store::LEAD_KEY_KEPT;
use crate::store::LeadCursor;
use crate::store::LeadKey;

/// Largest body of a lead, in bytes.
pub(super) const LEAD_BYTES_MAX: usize = BODY_BYTES_MAX;
/// Leads of a page unless the client asks for another number.
const PAGE_LEADS: usize = 50;

/// A form lead to sell.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewLead)]
pub(super) struct LeadBody {
    /// The offer.
    #[schema(schema_with = slug)]
    offer: OfferId,
    /// The source that sends it.
    #[schema(schema_with = slug)]
    source: SourceId,
    /// Its fields by name; values are strings, numbers, booleans, or objects and lists of them,
    /// whose values have dotted names: `contact.phones.0`. Null counts as not given.
    fields: BTreeMap<String, JsonValue>,
}

/// What became of a lead.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LeadAnswer {
    /// Id of the lead.
    #[schema(schema_with = event_id)]
    id: LeadId,
    /// `sold`, `parked`, `rejected`, or `pending` while that is open.
    #[schema(schema_with = told)]
    status: &'static str,
    /// Buyer who has it; null if none has. Of a shared lead, the first.
    #[schema(value_type = Option<String>)]
    buyer: Option<BuyerId>,
    /// The buyer's contract.
    #[schema(value_type = Option<String>)]
    contract: Option<ContractId>,
    /// Price that the buyer pays.
    price: Option<Money>,
    /// Why it ended.
    #[schema(value_type = Option<String>)]
    reason: Option<End>,
    /// When it came in.
    #[schema(schema_with = moment)]
    received_at: Wall,
    /// Names that the offer does not have, as they were sent; their values are kept.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    unknown_fields: Vec<String>,
    /// Names that cannot be those of fields, as they were sent; their values are not kept.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    ignored_fields: Vec<String>,
}

fn told() -> RefOr<Schema> {
    word(["sold", "parked", "rejected", "pending"])
}

impl From<LeadRecord> for LeadAnswer {
    fn from(record: LeadRecord) -> Self {
        let winner = record.sales.first().map(|sale| &sale.winner);
        let UnknownNames { kept, ignored } = record.unknown_names();
        Self {
            id: record.id,
            status: record.status.told(),
            buyer: winner.map(|winner| winner.buyer.clone()),
            contract: winner.map(|winner| winner.contract.clone()),
            price: winner.map(|winner| winner.price),
            reason: record.reason,
            received_at: record.received_at,
            unknown_fields: kept,
            ignored_fields: ignored,
        }
    }
}

/// Takes a lead in, sells it, and answers what became of it. With an `Idempotency-Key` it is sold
/// once: for one day the same request gets the lead that it sent first, as it stands then.
pub(super) async fn receive(
    request: Admitted<Sender, (), (), Json<LeadBody>>,
) -> Result<Made<LeadAnswer>, Problem> {
    let Admitted { site, who: Sender { token }, body: Json(body), headers, .. } = request;
    let key = key(token, &headers, &body)?;
    let snapshot = site.dispatch.snapshot();
    if snapshot.book().source(&body.source).is_none() {
        return Err(Problem::NotFound("source"));
    }
    if snapshot.book().offer(&body.offer).is_none() {
        return Err(Problem::NotFound("offer"));
    }
    let values = values_of(&body.fields)?;
    let LeadBody { offer, source, .. } = body;
    let wanted = WantedLead { offer, source, values, purpose: Purpose::Sale, browser: None };
    made(site.intake.receive(wanted, key).await?)
}

/// Returns the answer for a lead that was taken; a problem if its fields are wrong.
pub(super) fn made(received: Received) -> Result<Made<LeadAnswer>, Problem> {
    let (Received::Now(record) | Received::Before(record)) = &received;
    if !record.faults().is_empty() {
        return Err(Problem::InvalidLead(Box::new(InvalidLead::of(record))));
    }
    Ok(match received {
        Received::Now(record) => Made::Now(record.into()),
        Received::Before(record) => Made::Before(record.into()),
    })
}

/// Returns the key of a request with an `Idempotency-Key`.
pub(super) fn key(
    client: TokenId,
    headers: &HeaderMap,
    body: &impl Serialize,
) -> Result<Option<LeadKey>, Problem> {
    let Some(key) = key_of(headers)? else { return Ok(None) };
    let text = serde_json::to_vec(body).map_err(|_| Problem::Internal)?;
    let digest = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Some(LeadKey { client: client.as_str().to_owned(), key, digest, kept: LEAD_KEY_KEPT }))
}

/// Returns the names and values of a lead; nested values have dotted names.
pub(super) fn values_of(
    given: &BTreeMap<String, JsonValue>,
) -> Result<Vec<(String, String)>, Problem> {
    let text = serde_json::to_string(given).map_err(|_| Problem::Internal)?;
    let refused = |refusal: BodyRefusal| Problem::Unreadable(sentence(&refusal.to_string()));
    document(&text).map_err(refused)
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Full => Problem::Busy("Too many leads are live.".to_owned()),
            Refused::Stopping => Problem::Busy("The switch is stopping.".to_owned()),
            Refused::Unscreened => Problem::Busy(
                "The suppression lists cannot be read. Send the lead again.".to_owned(),
            ),
            Refused::OtherRequest => Problem::KeyReused,
            Refused::TooManyPings => Problem::TooMany(
                "too_many_pings",
                "The source has sent as many pings as its limit allows: wait.".to_owned(),
            ),
            Refused::TooManyLeads => Problem::TooMany(
                "too_many_leads",
                "The source has sent as many leads of this address as its limit allows.".to_owned(),
            ),
            Refused::Ping(PingRefusal::Unknown) => Problem::NotFound("ping with an offer"),
            Refused::Ping(refusal) => {
                Problem::Disallowed(refusal.code(), sentence(&refusal.to_string()))
            }
            Refused::Store(error) => error.into(),
        }
    }
}

query! {
    /// Which leads, and which page of them.
    pub(super) struct Wanted {
        /// Where they stand.
        status: LeadStatus,
        /// Only leads that came in at or after this time.
        since: Wall,
        /// Only leads that came in before this time.
        until: Wall,
        /// Source of the lead.
        source: SourceId,
        /// Offer for which the lead was last routed.
        offer: OfferId,
        /// A buyer to whom the lead was posted, whether or not it accepted.
        buyer: BuyerId,
        /// The lead's phone number.
        phone: Phone,
        /// Start of the page: the `next` of the previous page.
        cursor: LeadCursor,
        /// Leads per page; 50 by default.
        limit: PageSize,
    }
}

impl Wanted {
    /// Returns the query for this scope. Buyers and sources cannot search by fields that they may
    /// not see.
    fn query(&self, scope: &Scope, sight: Sight) -> Result<LeadQuery, Problem> {
        let hidden = [("source", self.source.is_some()), ("buyer", self.buyer.is_some())];
        if *scope != Scope::All
            && let Some((name, _)) = hidden.iter().find(|(_, given)| *given)
        {
            let fault = format!("A buyer or a source may not filter leads by `{name}`.");
            return Err(Problem::Unreadable(fault));
        }
        if sight == Sight::Masked && self.phone.is_some() {
            let fault = "An analyst may not filter leads by `phone`: ask with another role.";
            return Err(Problem::Unreadable(fault.to_owned()));
        }
        Ok(LeadQuery {
            who: scope.clone(),
            status: self.status,
            since: self.since,
            until: self.until,
            source: self.source.clone(),
            offer: self.offer.clone(),
            buyer: self.buyer.clone(),
            phone: self.phone.clone(),
        })
    }
}

impl Value for LeadStatus {
    const EXPECTED: &'static str =
        "`received`, `delivering`, `unknown`, `parked`, `sold`, or `rejected`";

    fn schema() -> RefOr<Schema> {
        word(LeadStatus::ALL.iter().map(|status| status.name()))
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Value for LeadCursor {
    const EXPECTED: &'static str = "the `next` of an earlier page";

    fn schema() -> RefOr<Schema> {
        event_id()
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Segment for LeadId {
    const ABOUT: &'static str = "Lead id.";

    fn schema() -> RefOr<Schema> {
        event_id()
    }

    fn read(text: &str) -> Result<Self, Problem> {
        let wrong = |_| Problem::Unreadable(format!("`{text}` is not a lead id: expected a UUID."));
        text.parse().map_err(wrong)
    }
}

/// A page of leads, newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = LeadPage)]
pub(super) struct Page {
    items: Vec<LeadView>,
    /// The `cursor` of the next page; null when this is the last.
    next: Option<String>,
}

/// Returns a page of the leads that the token may see, newest first.
pub(super) async fn list(request: Admitted<Tenant, (), Wanted>) -> Result<Json<Page>, Problem> {
    let Admitted { site, who: Tenant { scope, sight }, query, .. } = request;
    let wanted = query.query(&scope, sight)?;
    let limit = query.limit.map_or(PAGE_LEADS, |limit| limit.0);
    let page = site.store.lead_list(wanted, query.cursor, limit).await?;
    let items = page.items.into_iter().filter_map(|lead| lead.seen_by(&scope)).collect();
    Ok(Json(Page { items, next: page.next.map(|next| next.to_string()) }))
}

/// Returns one lead with its time line. A lead that the token may not see is reported as unknown.
pub(super) async fn fetch(
    request: Admitted<Tenant, LeadId>,
) -> Result<Json<WithOthers<LeadView>>, Problem> {
    let Admitted { site, who: Tenant { scope, .. }, path: id, .. } = request;
    let found = site.store.lead_fetch(id).await?.ok_or(Problem::NotFound("lead"))?;
    let phone = found.phone();
    let seen = found.seen_by(&scope).ok_or(Problem::NotFound("lead"))?;
    WithOthers::find(&site, &scope, (id.into(), phone), seen).await.map(Json)
}

/// What became of a post whose result is unknown.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SettledPost)]
pub(super) struct SettleBody {
    /// `accepted`: the buyer has the lead; `rejected`: it does not, and another one may get it.
    #[schema(schema_with = settled_as)]
    result: String,
    /// The post; it may be left out if only one has an unknown result.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    attempt: Option<AttemptId>,
    /// The buyer's own id of an accepted lead.
    #[serde(default)]
    reference: Option<String>,
    /// Why the lead was rejected.
    #[serde(default)]
    reason: Option<String>,
}

fn settled_as() -> RefOr<Schema> {
    word(["accepted", "rejected"])
}

impl SettleBody {
    fn result(&self) -> Result<SettledAs, Problem> {
        let Self { result, reference, reason, .. } = self;
        match (result.as_str(), reference, reason) {
            ("accepted", reference, None) => {
                Ok(SettledAs::Accepted { reference: reference.clone() })
            }
            ("rejected", None, reason) => Ok(SettledAs::Rejected { reason: reason.clone() }),
            ("accepted", _, Some(_)) => {
                Err(Problem::Unreadable("An accepted lead has no `reason`.".to_owned()))
            }
            ("rejected", Some(_), _) => {
                Err(Problem::Unreadable("A rejected lead has no `reference`.".to_owned()))
            }
            (_, _, _) => {
                let fault = "`result` must be `accepted` or `rejected`.";
                Err(Problem::Unreadable(fault.to_owned()))
            }
        }
    }
}

/// Settles a post whose result is unknown. Returns the lead with the result.
pub(super) async fn settle(
    request: Admitted<Writer, LeadId, (), Json<SettleBody>>,
) -> Result<Json<LeadView>, Problem> {
    let Admitted { site, who: Writer { by }, path: id, body: Json(body), .. } = request;
    let settled = Settled { result: body.result()?, by: by.actor.to_string() };
    let settled = site.intake.settle(id, body.attempt, settled).await;
    let record = settled.map_err(|unsettled| match unsettled {
        Unsettled::NoLead => Problem::NotFound("lead"),
        Unsettled::NotUnknown | Unsettled::Several(_) => {
            Problem::Conflict(sentence(&unsettled.to_string()))
        }
        Unsettled::Busy => Problem::Busy(sentence(&unsettled.to_string())),
        Unsettled::Store(error) => error.into(),
    })?;
    let seen = record.seen_by(&Scope::All);
    seen.map(Json).ok_or(Problem::NotFound("lead"))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use crate::call::CallRecord;
    use crate::http::client::Answer;
    use crate::http::client::Server;
    use crate::http::connection::Bounded;
    use crate::store::Role;
    use crate::store::sample::finish;

    const BOOK: &str = "[[source]]\nid = \"web\"\n[[offer]]\nid = \"o\"\n\
        [[buyer]]\nid = \"acme\"\ntimezone = \"UTC\"\n\
        [[contract]]\nid = \"c\"\nbuyer = \"acme\"\noffer = \"o\"\nchannels = [\"form\"]\n\
        price = { amount = \"9.00\", currency = \"USD\" }\n\
        delivery = { post = \"https://acme.example/leads\" }\n";

    /// Starts a server whose one buyer cannot be reached.
    async fn server() -> (Server, String) {
        let server = Server::start(Bounded::new).await;
        let token = server.token(Role::Admin).await;
        assert_eq!(server.tell("PUT /v1/book", &token, BOOK).await.status, 200);
        (server, token)
    }

    fn lead(fields: &Value) -> String {
        json!({ "offer": "o", "source": "web", "fields": fields }).to_string()
    }

    async fn send(server: &Server, token: &str, key: &str, body: &str) -> Answer {
        let key =
            if key.is_empty() { String::new() } else { format!("Idempotency-Key: {key}\r\n") };
        server.tell("POST /v1/leads", &format!("{token}{key}"), body).await
    }

    #[tokio::test]
    async fn a_lead_is_answered_listed_and_shown_with_its_time_line() {
        let (server, token) = server().await;
        let body =
            lead(&json!({ "phone": "(305) 555-0123", "age": 41, "own": true, "note": null }));
        let answer = send(&server, &token, "", &body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let told = answer.json();
        assert_eq!((&told["status"], &told["reason"]), (&json!("rejected"), &json!("no_buyer")));
        let id = told["id"].as_str().unwrap();
        let shown = server.ask(&format!("GET /v1/leads/{id}"), &token).await.json();
        assert_eq!(
            shown["fields"],
            json!({ "phone": "+13055550123", "age": "41", "own": "true" }),
            "a phone as callers have it"
        );
        let steps = shown["steps"].as_array().unwrap();
        let steps: Vec<&str> = steps.iter().map(|step| step["step"].as_str().unwrap()).collect();
        assert_eq!(steps, ["received", "scored", "routed", "posted", "lost", "ended"]);
        assert_eq!(shown["attempts"][0]["outcome"], "unreachable");
        let page = server.ask("GET /v1/leads?status=rejected&phone=%2B13055550123", &token).await;
        assert_eq!(page.json()["items"][0]["id"], id);
        let none = server.ask("GET /v1/leads?status=sold", &token).await;
        assert_eq!(none.json()["items"], json!([]));
        server.verify();
    }

    #[tokio::test]
    async fn the_same_request_is_answered_with_the_same_lead_and_another_is_refused() {
        let (server, token) = server().await;
        let first = send(&server, &token, "k", &lead(&json!({ "zip": "90210" }))).await;
        let again = send(&server, &token, "k", &lead(&json!({ "zip": "90210" }))).await;
        assert_eq!((first.status, again.status), (201, 200));
        assert_eq!(first.json()["id"], again.json()["id"]);
        let other = send(&server, &token, "k", &lead(&json!({ "zip": "10001" }))).await;
        assert_eq!((other.status, &other.json()["reason"]), (422, &json!("key_reused")));
    }

    /// Fields that are wrong are named all at once, with code and remedy; the lead is kept.
    #[tokio::test]
    async fn a_lead_with_wrong_fields_is_stored_and_refused_with_every_fault() {
        let (server, token) = server().await;
        let many: serde_json::Map<String, Value> =
            (0..70).map(|n| (format!("f{n}"), json!(1))).collect();
        let wrong = json!({
            "Phone": "1", "a": "x".repeat(600), "state": "CA", "zip": "10001", "b": [1], "ok": "1"
        });
        let codes = ["invalid_phone", "too_long", "state_zip_mismatch"];
        for (fields, codes) in [(wrong, &codes[..]), (Value::Object(many), &["too_many_fields"])] {
            let answer = send(&server, &token, "", &lead(&fields)).await;
            assert_eq!(answer.status, 422, "{answer:?}");
            assert_eq!(answer.header("content-type"), Some("application/problem+json"));
            let problem = answer.json();
            assert_eq!(problem["reason"], "invalid_lead");
            let faults = problem["fields"].as_array().unwrap();
            for code in codes {
                let fault = faults.iter().find(|fault| fault["code"] == *code).unwrap();
                assert!(fault["field"].is_string() && fault["remedy"].is_string(), "{fault}");
            }
            let id = problem["lead"].as_str().unwrap();
            let shown = server.ask(&format!("GET /v1/leads/{id}"), &token).await.json();
            assert_eq!(
                (&shown["status"], &shown["reason"]),
                (&json!("rejected"), &json!("invalid_lead"))
            );
            assert_eq!(shown["steps"][2]["faults"].as_array().unwrap().len(), faults.len());
            assert_eq!((&shown["attempts"], &shown["decision_id"]), (&json!([]), &Value::Null));
        }
        let page = server.ask("GET /v1/leads?status=rejected", &token).await.json();
        assert_eq!(page["items"].as_array().unwrap().len(), 2);
        assert_eq!(page["items"][1]["fields"]["b_0"], "1", "unknown names are kept");
        server.verify();
    }

    /// Staff see what else came from the number; a source does not.
    #[tokio::test]
    async fn calls_and_leads_of_one_number_are_shown_with_each_other() {
        let (server, token) = server().await;
        let call =
            CallRecord { caller: "+13055550123".parse().ok(), ..crate::store::sample::finished(1) };
        finish(&*server.store, call.clone()).await.unwrap();
        let fields = json!({ "phone": "(305) 555-0123" });
        let sent = send(&server, &token, "", &lead(&fields)).await.json();
        let other = send(&server, &token, "", &lead(&json!({ "phone": "3055550199" }))).await;
        assert_eq!(other.status, 201);
        let path = format!("GET /v1/leads/{}", sent["id"].as_str().unwrap());
        let shown = server.ask(&path, &token).await.json();
        let of_lead = shown["same_person"].as_array().unwrap();
        assert_eq!((of_lead.len(), &of_lead[0]["call"]), (1, &json!(call.id)), "{shown}");
        let shown = server.ask(&format!("GET /v1/calls/{}", call.id), &token).await.json();
        assert_eq!(shown["same_person"][0]["lead"], sent["id"], "{shown}");
        let source = server.token(Role::Source("web".parse().unwrap())).await;
        let seen = server.ask(&path, &source).await;
        assert!(seen.status == 200 && !seen.body.contains("same_person"), "{seen:?}");
    }

    /// Of one request that is repeated, one lead is kept.
    #[tokio::test]
    async fn a_repeated_wrong_lead_is_answered_with_the_same_faults() {
        let (server, token) = server().await;
        let body = lead(&json!({ "phone": "nobody" }));
        let first = send(&server, &token, "k", &body).await;
        let again = send(&server, &token, "k", &body).await;
        assert_eq!((first.status, again.status), (422, 422));
        assert_eq!(first.json(), again.json());
    }

    #[tokio::test]
    async fn a_lead_of_a_suppressed_contact_is_stored_and_not_routed() {
        let (server, token) = server().await;
        let dnc = json!({ "contacts": ["ann@example.com"] }).to_string();
        assert_eq!(
            server.tell("POST /v1/suppressions/dnc/entries", &token, &dnc).await.status,
            200
        );
        let fields = json!({ "phone": "3055550123", "email": "Ann@Example.com" });
        let told = send(&server, &token, "", &lead(&fields)).await;
        assert_eq!(told.status, 201, "{told:?}");
        assert_eq!(told.json()["reason"], "suppressed_lead");
        let id = told.json()["id"].as_str().unwrap().to_owned();
        let shown = server.ask(&format!("GET /v1/leads/{id}"), &token).await.json();
        assert_eq!(shown["steps"][2]["list"], "dnc");
        assert_eq!(shown["attempts"], json!([]));
        let source = server.token(Role::Source("web".parse().unwrap())).await;
        let seen = server.ask(&format!("GET /v1/leads/{id}"), &source).await;
        assert!(seen.body.contains("suppressed_lead") && !seen.body.contains("dnc"), "{seen:?}");
    }

    #[tokio::test]
    async fn unknown_names_are_listed_and_a_consent_text_is_kept_whole() {
        let (server, token) = server().await;
        let fields = "id = \"o\"\nfields = [{ name = \"consent\", type = \"consent_text\" }]\n";
        let book = BOOK.replace("id = \"o\"\n", fields);
        assert_eq!(server.tell("PUT /v1/book", &token, &book).await.status, 200);
        let text = "I agree. ".repeat(200);
        let fields = json!({ "tcpa_text": text, "Colour": "red", "1": "x" });
        let told = send(&server, &token, "", &lead(&fields)).await.json();
        assert_eq!(told["unknown_fields"], json!(["Colour"]));
        assert_eq!(told["ignored_fields"], json!(["1"]));
        let id = told["id"].as_str().unwrap();
        let shown = server.ask(&format!("GET /v1/leads/{id}"), &token).await.json();
        assert_eq!(shown["fields"], json!({ "consent": text.trim(), "colour": "red" }));
    }

    /// Nothing is stored of what is refused.
    #[tokio::test]
    async fn what_is_no_lead_is_refused_with_every_fault() {
        let (server, token) = server().await;
        let lead_of = |offer: &str, source: &str| {
            json!({ "offer": offer, "source": source, "fields": {} }).to_string()
        };
        for (body, status, texts) in [
            (lead(&json!({ "a": "x".repeat(9_000) })), 400, vec!["`a`"]),
            (lead_of("x", "web"), 404, vec!["offer"]),
            (lead_of("o", "x"), 404, vec!["source"]),
            ("{".to_owned(), 400, vec![]),
            ("{\"offer\": 1}".to_owned(), 400, vec![]),
            (
                json!({ "offer": "o", "source": "web", "fields": {}, "x": 1 }).to_string(),
                400,
                vec!["x"],
            ),
            (format!("{{\"offer\": \"{}\"}}", "o".repeat(300_000)), 413, vec![]),
        ] {
            let answer = send(&server, &token, "", &body).await;
            assert_eq!(answer.status, status, "{body:.80}: {answer:?}");
            for text in texts {
                assert!(answer.body.contains(text), "{text}: {answer:?}");
            }
        }
        let page = server.ask("GET /v1/leads", &token).await.json();
        assert_eq!(page["items"], json!([]));
    }

    #[tokio::test]
    async fn a_source_sees_its_own_leads_and_not_who_got_them() {
        let (server, token) = server().await;
        let told = send(&server, &token, "", &lead(&json!({ "zip": "90210" }))).await.json();
        let id = told["id"].as_str().unwrap();
        let (own, other) = ("web".parse().unwrap(), "elsewhere".parse().unwrap());
        let own = server.token(Role::Source(own)).await;
        let shown = server.ask(&format!("GET /v1/leads/{id}"), &own).await;
        assert_eq!(shown.status, 200);
        assert!(!shown.body.contains("acme") && !shown.body.contains("9.00"), "{shown:?}");
        for role in [Role::Source(other), Role::Buyer("acme".parse().unwrap())] {
            let token = server.token(role).await;
            let hidden = server.ask(&format!("GET /v1/leads/{id}"), &token).await;
            assert_eq!(hidden.status, 404, "it is not the token's own");
            let page = server.ask("GET /v1/leads", &token).await.json();
            assert_eq!(page["items"], json!([]));
        }
    }
}
