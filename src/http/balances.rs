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
    Ok(amount)
}

async fn answer(
    site: &Site,
    status: StatusCode,
    entry: &BalanceEntry,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let balance = shown(site, &balance_of(site, &entry.buyer).await?);
    Ok((status, Json(json!({"entry": entry, "balance": balance}))))
}
