//! `POST /v1/explain`: a routing decision without effects.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::access::Staff;
use super::fault::refuse;
use super::handler::Admitted;
use super::problem::Problem;
use super::schema::ExplanationDocument;
use super::schema::moment;
use crate::base::Now;
use crate::base::Wall;
use crate::book;
use crate::book::Surroundings;
use crate::intake;
use crate::intake::Unexplained;
use crate::routing::Question;
use crate::routing::Snapshot;

/// Name of a book that came with a request, for diagnostics.
const DRAFT: &str = "book";

/// An inquiry that is to be explained.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Explanation {
    /// The offer.
    offer: String,
    /// `call` or `form`.
    #[serde(default = "call")]
    #[schema(pattern = "^(call|form)$")]
    channel: String,
    /// The source; any source by default.
    #[serde(default)]
    source: Option<String>,
    /// Known fields by name; values are numbers or strings.
    #[serde(default)]
    fields: BTreeMap<String, Value>,
    /// When the inquiry comes; now when it is not given.
    #[serde(default)]
    #[schema(schema_with = moment)]
    at: Option<Wall>,
    /// Draft of a book, as TOML; the live book by default.
    #[serde(default)]
    book: Option<String>,
}

fn call() -> String {
    "call".to_owned()
}

/// Explains what would become of an inquiry by the live book, or by `book`: what it would be refused
/// for at the door, what the router would decide, and what would be owed. Uses the current caps and
/// turns, but holds no cap, uses no turn and stores nothing.
pub(super) async fn explain(
    request: Admitted<Staff, (), (), Json<Explanation>>,
) -> Result<Json<ExplanationDocument>, Problem> {
    let Admitted { site, body: Json(asked), .. } = request;
    let snapshot = match asked.book {
        None => site.dispatch.snapshot(),
        Some(text) => {
            let books = site.books.clone();
            let compile = move || draft(&text, books.surroundings());
            tokio::task::spawn_blocking(compile).await.map_err(|_| Problem::Internal)??
        }
    };
    let text = |value: Value| match value {
        Value::String(text) => text,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    };
    let known = asked.fields.into_iter().filter(|(_, value)| !value.is_null());
    let question = Question {
        offer: asked.offer,
        channel: asked.channel,
        source: asked.source,
        fields: known.map(|(name, value)| (name, text(value))).collect(),
    };
    let now = site.clock.now();
    let now = Now { wall: asked.at.unwrap_or(now.wall), ..now };
    let store = site.store.as_ref();
    let explained = intake::explain(store, &site.dispatch, &snapshot, question, now).await;
    let explained = explained.map_err(|error| match error {
        Unexplained::Question(sentence) => Problem::Unreadable(format!("{sentence}.")),
        Unexplained::Store(error) => Problem::from(error),
    })?;
    let document = serde_json::to_value(&explained).map_err(|_| Problem::Internal)?;
    Ok(Json(ExplanationDocument(document)))
}

/// Compiles a drafted book as version 0.
fn draft(text: &str, beside: Surroundings<'_>) -> Result<Arc<Snapshot>, Problem> {
    let (book, found) = book::parse_with(DRAFT, text, beside);
    refuse(found)?;
    let book = book.ok_or(Problem::Internal)?;
    Ok(Arc::new(Snapshot::compile(Arc::new(book), 0)))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use crate::http::client::Server;
    use crate::http::connection::Bounded;
    use crate::store::Role;

    const BOOK: &str = "[[source]]\nid = \"web\"\npayout = { share = \"50%\" }\n\
        [[source]]\nid = \"ads\"\npayout = { amount = \"3.00\", currency = \"USD\" }\n\
        [[offer]]\nid = \"o\"\nshare = 2\n\
        fields = [{ name = \"phone\", type = \"phone\", required = true }, \
        { name = \"cert\", type = \"trusted_form\" }]\n\
        [[offer]]\nid = \"sealed\"\nstrategy = \"auction\"\n\
        [[buyer]]\nid = \"acme\"\ntimezone = \"UTC\"\n[[buyer]]\nid = \"blue\"\ntimezone = \"UTC\"\n\
        [[buyer]]\nid = \"cat\"\ntimezone = \"UTC\"\n\
        [[contract]]\nid = \"a\"\nbuyer = \"acme\"\noffer = \"o\"\nchannels = [\"form\"]\n\
        price = { amount = \"9.00\", currency = \"USD\" }\n\
        delivery = { post = \"https://acme.example/\" }\n\
        [[contract]]\nid = \"b\"\nbuyer = \"blue\"\noffer = \"o\"\nchannels = [\"form\"]\n\
        price = { amount = \"7.00\", currency = \"USD\" }\n\
        delivery = { post = \"https://blue.example/\" }\n\
        [[contract]]\nid = \"c\"\nbuyer = \"cat\"\noffer = \"o\"\n\
        price = { amount = \"9.00\", currency = \"USD\" }\n\
        destination = { sip = \"sip:a@192.0.2.1\" }\n\
        [[contract]]\nid = \"s\"\nbuyer = \"acme\"\noffer = \"sealed\"\nchannels = [\"form\"]\n\
        price = { amount = \"9.00\", currency = \"USD\" }\n\
        delivery = { post = \"https://acme.example/\", ping = \"https://acme.example/ping\" }\n";

    async fn server() -> (Server, String) {
        let server = Server::start(Bounded::new).await;
        let token = server.token(Role::Admin).await;
        let put = server.tell("PUT /v1/book", &token, BOOK).await;
        assert_eq!(put.status, 200, "{put:?}");
        let listed = json!({ "contacts": ["+13055550199"] }).to_string();
        let added = server.tell("POST /v1/suppressions/dnc/entries", &token, &listed).await;
        assert_eq!(added.status, 200, "{added:?}");
        (server, token)
    }

    async fn explained(server: &Server, token: &str, asked: Value) -> Value {
        let answer = server.tell("POST /v1/explain", token, &asked.to_string()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    fn owed(explained: &Value) -> Vec<String> {
        let rows = explained["owed"].as_array().unwrap().iter();
        let text = |row: &Value, key: &str| row[key]["amount"].as_str().unwrap_or("-").to_owned();
        rows.map(|row| {
            format!("{} {} {}", row["contract"], text(row, "price"), text(row, "payout"))
        })
        .collect()
    }

    #[tokio::test]
    async fn a_lead_is_explained_from_the_door_to_the_payout() {
        let (server, token) = server().await;
        let lead = |source: &str, phone: &str| json!({ "offer": "o", "channel": "form", "source": source, "fields": { "phone": phone } });
        let told = explained(&server, &token, lead("web", "(305) 555-0123")).await;
        assert_eq!(told["refused"], json!([]));
        assert_eq!(told["fields"]["phone"]["value"], "+13055550123", "as the door writes it");
        assert_eq!(told["fields"]["earlier_inquiries"]["value"], "0");
        assert_eq!(told["passed_over"][0]["contract"], "c");
        assert_eq!(owed(&told), ["\"a\" 9.00 4.50", "\"b\" 7.00 3.50"]);
        let told = explained(&server, &token, lead("ads", "3055550123")).await;
        assert_eq!(owed(&told), ["\"a\" 9.00 3.00", "\"b\" 7.00 -"], "a fixed payout is owed once");
        let told = explained(&server, &token, lead("web", "305-555-0199")).await;
        assert_eq!(
            told["refused"],
            json!([{ "reason": "suppressed_lead", "field": "phone",
                "detail": "phone is on the suppression list dnc" }])
        );
        let told = explained(&server, &token, lead("web", "12")).await;
        assert_eq!(told["refused"][0]["reason"], "invalid_lead");
        assert!(told["refused"][0]["code"].is_string(), "{told}");
        let leads = server.ask("GET /v1/leads", &token).await.json();
        assert_eq!(leads["items"], json!([]), "nothing is stored");
        assert_eq!(server.dispatch.live(), 0);
        server.verify();
    }

    #[tokio::test]
    async fn a_certificate_of_an_earlier_lead_is_found() {
        let (server, token) = server().await;
        let cert = "https://cert.trustedform.com/0.1";
        let fields = |phone: &str| json!({ "phone": phone, "cert": cert });
        let first = json!({ "offer": "o", "source": "web", "fields": fields("3055550101") });
        let first = server.tell("POST /v1/leads", &token, &first.to_string()).await;
        assert_eq!(first.status, 201, "{first:?}");
        for (source, phone, refused) in
            [("web", "3055550101", 0), ("web", "3055550102", 1), ("ads", "3055550101", 1)]
        {
            let asked = json!({ "offer": "o", "channel": "form", "source": source,
                "fields": fields(phone) });
            let told = explained(&server, &token, asked).await;
            assert_eq!(told["refused"].as_array().map(Vec::len), Some(refused), "{told}");
            if refused > 0 {
                assert_eq!(told["refused"][0]["reason"], "certificate_reused");
            }
        }
        server.verify();
    }

    #[tokio::test]
    async fn a_suppressed_caller_is_refused_and_a_bid_is_not_invented() {
        let (server, token) = server().await;
        let caller = json!({ "offer": "o", "fields": { "phone": "+13055550199" } });
        let told = explained(&server, &token, caller).await;
        assert_eq!(told["refused"][0]["reason"], "suppressed_caller");
        assert_eq!(owed(&told), ["\"c\" 9.00 -"], "no source is paid");
        let sealed = json!({ "offer": "sealed", "channel": "form", "source": "web" });
        let told = explained(&server, &token, sealed).await;
        assert_eq!((&told["bids_unknown"], &told["owed"]), (&json!(["s"]), &json!([])));
        assert_eq!(told["picks"][0]["contract"], "s");
    }
}
