//! Balances of buyers who pay in advance.

use axum::Extension;
use axum::Json;
use axum::body::Bytes;
use axum::extract::Path;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::extract::rejection::PathRejection;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use serde_json::json;

use super::Site;
use super::book::may_write;
use super::problem::Problem;
use crate::base::BuyerId;
use crate::base::Money;
use crate::dispatch::take_up_credits;
use crate::store::Balance;
use crate::store::BalanceEntry;
use crate::store::Credit;
use crate::store::CreditId;
use crate::store::Entered;
use crate::store::Role;

/// The header that tells a credit from every other.
const KEY: &str = "idempotency-key";
/// Latest entries of a buyer that are shown.
const SHOWN: usize = 100;
/// Longest note, in bytes.
const NOTE_BYTES_MAX: usize = 500;

/// `GET /v1/balances`: every prepaid buyer of the book, and every other one with entries.
pub(super) async fn list(State(site): State<Site>) -> Result<Json<Value>, Problem> {
    let snapshot = site.dispatch.snapshot();
    let book = snapshot.book();
    let mut balances = site.store.balances().await?.items;
    for buyer in book.buyers.iter().filter(|buyer| buyer.prepaid) {
        if balances.iter().all(|balance| balance.buyer != buyer.id) {
            balances.push(Balance::zero(buyer.id.clone(), book.currency()));
        }
    }
    let items: Vec<Value> = balances.iter().map(|balance| shown(&site, balance)).collect();
    Ok(Json(json!({"items": items, "next": null})))
}

/// `GET /v1/balances/{buyer}`: one of them, with its latest entries.
pub(super) async fn fetch(
    State(site): State<Site>,
    buyer: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, Problem> {
    let buyer = known(&site, buyer)?;
    let mut told = shown(&site, &balance_of(&site, &buyer).await?);
    let entries = site.store.balance_history(buyer, None, SHOWN).await?;
    if let Value::Object(map) = &mut told {
        map.insert("entries".to_owned(), json!(entries));
    }
    Ok(Json(told))
}

/// With what can be spent at this moment: less what calls under way hold.
fn shown(site: &Site, balance: &Balance) -> Value {
    let available = site.dispatch.balance(&balance.buyer);
    let snapshot = site.dispatch.snapshot();
    let prepaid = snapshot.book().buyer(&balance.buyer).is_some_and(|buyer| buyer.prepaid);
    let mut told = json!(balance);
    if let Value::Object(map) = &mut told {
        let available = Money::from_micros(available, balance.balance.currency());
        map.insert("available".to_owned(), json!(available));
        map.insert("prepaid".to_owned(), json!(prepaid));
    }
    told
}

async fn balance_of(site: &Site, buyer: &BuyerId) -> Result<Balance, Problem> {
    let currency = site.dispatch.snapshot().book().currency();
    let mut balances = site.store.balances().await?.items.into_iter();
    let own = balances.find(|found| found.buyer == *buyer && found.balance.currency() == currency);
    Ok(own.unwrap_or_else(|| Balance::zero(buyer.clone(), currency)))
}

fn known(site: &Site, buyer: Result<Path<String>, PathRejection>) -> Result<BuyerId, Problem> {
    let unknown = || Problem::NotFound("buyer");
    let Path(buyer) = buyer.map_err(|_| unknown())?;
    let buyer: BuyerId = buyer.parse().map_err(|_| unknown())?;
    let snapshot = site.dispatch.snapshot();
    let found = snapshot.book().buyer(&buyer).map(|buyer| buyer.id.clone());
    found.ok_or_else(unknown)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    amount: Money,
    #[serde(default)]
    note: String,
    #[serde(default)]
    id: Option<String>,
}

/// `POST /v1/balances/{buyer}/credits {"amount": …, "note": …, "id": …}`: 201 when it was entered
/// now, 200 when it had been before. Calls that begin after the answer find it.
pub(super) async fn credit(
    State(site): State<Site>,
    Extension(role): Extension<Role>,
    buyer: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    may_write(&role)?;
    let buyer = known(&site, buyer)?;
    let body = body.map_err(|error| Problem::of_body(&error))?;
    let asked: Asked = serde_json::from_slice(&body).map_err(|error| {
        Problem::Unreadable(format!("{{\"amount\": …, \"id\": …}} is expected: {error}."))
    })?;
    let id = id_of(&headers, asked.id.as_deref())?;
    let (amount, note) = (amount_of(&site, asked.amount)?, asked.note);
    if note.len() > NOTE_BYTES_MAX {
        return Err(Problem::Unreadable(format!("`note` is longer than {NOTE_BYTES_MAX} bytes.")));
    }
    let who = format!("POST /v1/balances by {}", role.name());
    let at = site.clock.now().wall;
    let entered = site.store.balance_credit(Credit { id, buyer, amount, note, who, at }).await?;
    take_up_credits(site.store.as_ref(), &site.dispatch).await?;
    match entered {
        Entered::Now(entry) => answer(&site, StatusCode::CREATED, &entry).await,
        Entered::Before(entry) => answer(&site, StatusCode::OK, &entry).await,
        Entered::Other(entry) => Err(Problem::Conflict(format!(
            "`{}` is the id of another credit: {} to {} at {}.",
            entry.reference, entry.amount, entry.buyer, entry.at
        ))),
    }
}

/// Of the header, else of the body: a credit that is sent again must not be entered twice.
fn id_of(headers: &HeaderMap, told: Option<&str>) -> Result<CreditId, Problem> {
    let header = headers.get(KEY).map(|key| key.to_str().unwrap_or_default());
    let missing = "Give the credit an id: `Idempotency-Key`, or `id` in the body.";
    let id = header.or(told).ok_or_else(|| Problem::Unreadable(missing.to_owned()))?;
    id.parse().map_err(|sentence| Problem::Unreadable(format!("{sentence}.")))
}

fn amount_of(site: &Site, amount: Money) -> Result<Money, Problem> {
    let currency = site.dispatch.snapshot().book().currency();
    if amount.currency() != currency {
        let (wrong, right) = (amount.currency(), currency.as_str());
        let wrong = wrong.as_str();
        return Err(Problem::Unreadable(format!(
            "`amount` is in {wrong}; the book is in {right}."
        )));
    }
    if amount.micros() == 0 {
        return Err(Problem::Unreadable("A credit of nothing changes nothing.".to_owned()));
    }
    amount.entered().map_err(|error| Problem::Unreadable(format!("`amount`: {error}.")))
}

async fn answer(
    site: &Site,
    status: StatusCode,
    entry: &BalanceEntry,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let balance = shown(site, &balance_of(site, &entry.buyer).await?);
    Ok((status, Json(json!({"entry": entry, "balance": balance}))))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::http::client::Answer;
    use crate::http::client::Server;
    use crate::http::connection::Bounded;
    use crate::store::Role;

    const BOOK: &str = "[[buyer]]\nid = \"acme\"\ntimezone = \"UTC\"\nprepaid = true\n\
        [[buyer]]\nid = \"blue\"\ntimezone = \"UTC\"\n\
        [[offer]]\nid = \"o\"\n[[contract]]\nid = \"c\"\nbuyer = \"acme\"\noffer = \"o\"\n\
        price = { amount = \"5.00\", currency = \"USD\" }\n\
        destination = { sip = \"sip:a@198.51.100.7\" }\n";

    fn body(amount: &str, currency: &str) -> String {
        format!("{{\"amount\": {{\"amount\": \"{amount}\", \"currency\": \"{currency}\"}}}}")
    }

    async fn server() -> (Server, String) {
        let server = Server::start(Bounded::new).await;
        let operator = server.token(Role::Operator).await;
        assert_eq!(server.tell("PUT /v1/book", &operator, BOOK).await.status, 200);
        (server, operator)
    }

    #[tokio::test]
    async fn a_credit_is_entered_once_and_in_force_when_it_is_answered() {
        let (server, operator) = server().await;
        let keyed = format!("{operator}Idempotency-Key: invoice-7\r\n");
        let path = "POST /v1/balances/acme/credits";
        for (amount, status) in [("100.00", 201), ("100.00", 200), ("100.01", 409)] {
            let answer = server.tell(path, &keyed, &body(amount, "USD")).await;
            assert_eq!(answer.status, status, "{answer:?}");
            assert_eq!(server.dispatch.balance(&"acme".parse().unwrap()), 100_000_000);
        }
        let told = body("-0.50", "USD").replace("}}", "}, \"id\": \"b\", \"note\": \"fee\"}");
        let answer = server.tell(path, &operator, &told).await.json();
        assert_eq!(answer["balance"]["balance"]["amount"], "99.50");
        assert_eq!(answer["entry"]["note"], "fee");
        let all = server.ask("GET /v1/balances", &operator).await.json();
        assert_eq!(all["items"].as_array().unwrap().len(), 1, "{all}");
        assert_eq!(all["items"][0]["available"]["amount"], "99.50");
        let one = server.ask("GET /v1/balances/acme", &operator).await.json();
        let references: Vec<&Value> =
            one["entries"].as_array().unwrap().iter().map(|entry| &entry["reference"]).collect();
        assert_eq!(references, ["b", "invoice-7"]);
        assert_eq!(one["entries"][0]["made_by"], "POST /v1/balances by operator");
        let none = server.ask("GET /v1/balances/blue", &operator).await.json();
        assert_eq!((&none["prepaid"], &none["balance"]["amount"]), (&false.into(), &"0.00".into()));
    }

    #[tokio::test]
    async fn what_is_no_credit_is_refused() {
        let (server, operator) = server().await;
        let analyst = server.token(Role::Analyst).await;
        let keyed = format!("{operator}Idempotency-Key: k\r\n");
        let long = format!("{operator}Idempotency-Key: {}\r\n", "k".repeat(201));
        let note =
            body("1.00", "USD").replace("}}", &format!("}}, \"note\": \"{}\"}}", "n".repeat(501)));
        let acme = "POST /v1/balances/acme/credits";
        for (path, headers, body, status) in [
            (acme, &analyst, body("1.00", "USD"), 403),
            (acme, &operator, body("1.00", "USD"), 400),
            (acme, &long, body("1.00", "USD"), 400),
            (acme, &keyed, body("1.00", "EUR"), 400),
            (acme, &keyed, body("0.00", "USD"), 400),
            (acme, &keyed, body("1.0000001", "USD"), 400),
            (acme, &keyed, body("1000000000.01", "USD"), 400),
            (acme, &keyed, body("-1000000000.01", "USD"), 400),
            (acme, &keyed, "{}".to_owned(), 400),
            (acme, &keyed, note, 400),
            ("POST /v1/balances/nobody/credits", &keyed, body("1.00", "USD"), 404),
            ("POST /v1/balances/%FF/credits", &keyed, body("1.00", "USD"), 404),
        ] {
            let answer: Answer = server.tell(path, headers, &body).await;
            assert_eq!(answer.status, status, "{path} {body}: {answer:?}");
        }
        assert_eq!(server.store.balances().await.unwrap().items, vec![]);
        assert_eq!(server.ask("GET /v1/balances", &analyst).await.status, 200);
    }
}
