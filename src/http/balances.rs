//! Balances of prepaid buyers.

use axum::Json;
use axum::http::HeaderMap;
use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

use super::Site;
use super::access::Tenant;
use super::access::Writer;
use super::change::KEY;
use super::handler::Admitted;
use super::problem::Problem;
use super::reply::Made;
use super::schema::slug;
use super::segment::Segment;
use crate::base::BuyerId;
use crate::base::Money;
use crate::call::Scope;
use crate::dispatch::take_up_credits;
use crate::store::Activity;
use crate::store::Balance;
use crate::store::BalanceEntry;
use crate::store::Credit;
use crate::store::CreditId;
use crate::store::ENTRIES_MAX;
use crate::store::Entered;
use crate::store::NOTE_BYTES_MAX;

/// Number of a buyer's latest entries that are shown.
const SHOWN: usize = 100;

impl Segment for BuyerId {
    const ABOUT: &'static str = "Buyer id.";

    fn schema() -> RefOr<Schema> {
        slug()
    }

    fn read(text: &str) -> Result<Self, Problem> {
        text.parse().map_err(|_| Problem::NotFound("buyer"))
    }
}

/// Balance of a buyer.
#[derive(Serialize, ToSchema)]
#[schema(as = Balance)]
pub(super) struct ShownBalance {
    #[schema(schema_with = slug)]
    buyer: BuyerId,
    /// Sum of the entries.
    balance: Money,
    /// Sum of payments.
    credited: Money,
    /// Charges of billable calls; negative.
    charged: Money,
    /// Sum of refunds.
    returned: Money,
    /// Amount available now: the balance less what live calls hold.
    available: Money,
    /// True if the buyer is prepaid in the live book.
    prepaid: bool,
}

/// Every balance.
#[derive(Serialize, ToSchema)]
pub(super) struct Balances {
    items: Vec<ShownBalance>,
    /// Always null: the list is complete.
    next: Option<String>,
}

/// A balance with its entries.
#[derive(Serialize, ToSchema)]
pub(super) struct BalanceHistory {
    #[serde(flatten)]
    balance: ShownBalance,
    /// The latest 100, newest first.
    entries: Vec<BalanceEntry>,
}

/// Returns the balances of every prepaid buyer of the book and of every other buyer with entries.
pub(super) async fn list(request: Admitted<Tenant>) -> Result<Json<Balances>, Problem> {
    let Admitted { site, who: Tenant { scope, .. }, .. } = request;
    let snapshot = site.dispatch.snapshot();
    let book = snapshot.book();
    let mut balances = site.store.balances_of(scope.clone()).await?.items;
    for buyer in book.buyers.iter().filter(|buyer| buyer.prepaid && may_see(&scope, &buyer.id)) {
        if balances.iter().all(|balance| balance.buyer != buyer.id) {
            balances.push(Balance::zero(buyer.id.clone(), book.currency()));
        }
    }
    let items = balances.into_iter().map(|balance| shown(&site, balance)).collect();
    Ok(Json(Balances { items, next: None }))
}

/// Returns one balance with its latest entries.
pub(super) async fn fetch(
    request: Admitted<Tenant, BuyerId>,
) -> Result<Json<BalanceHistory>, Problem> {
    let Admitted { site, who: Tenant { scope, .. }, path, .. } = request;
    if !may_see(&scope, &path) {
        return Err(Problem::NotFound("buyer"));
    }
    let buyer = known(&site, &path)?;
    let balance = shown(&site, balance_of(&site, &buyer).await?);
    let mut entries = site.store.balance_history(buyer, None, SHOWN).await?;
    if scope != Scope::All {
        entries.iter_mut().for_each(|entry| entry.who = entry.kind.made_by().to_owned());
    }
    Ok(Json(BalanceHistory { balance, entries }))
}

/// Returns whether a scope includes a buyer's balance.
fn may_see(scope: &Scope, buyer: &BuyerId) -> bool {
    match scope {
        Scope::All => true,
        Scope::Buyer(own) => own == buyer,
        Scope::Source(_) => false,
    }
}

/// Converts a balance. The available amount is the balance less what live calls hold.
fn shown(site: &Site, found: Balance) -> ShownBalance {
    let Balance { buyer, balance, credited, charged, returned } = found;
    let available = Money::from_micros(site.dispatch.balance(&buyer), balance.currency());
    let snapshot = site.dispatch.snapshot();
    let prepaid = snapshot.book().buyer(&buyer).is_some_and(|buyer| buyer.prepaid);
    ShownBalance { buyer, balance, credited, charged, returned, available, prepaid }
}

async fn balance_of(site: &Site, buyer: &BuyerId) -> Result<Balance, Problem> {
    let currency = site.dispatch.snapshot().book().currency();
    let mut balances = site.store.balances_of(Scope::Buyer(buyer.clone())).await?.items.into_iter();
    let own = balances.find(|found| found.balance.currency() == currency);
    Ok(own.unwrap_or_else(|| Balance::zero(buyer.clone(), currency)))
}

fn known(site: &Site, buyer: &BuyerId) -> Result<BuyerId, Problem> {
    let snapshot = site.dispatch.snapshot();
    let found = snapshot.book().buyer(buyer).map(|buyer| buyer.id.clone());
    found.ok_or(Problem::NotFound("buyer"))
}

/// A payment by a buyer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Payment {
    /// In the book's currency; a negative amount is a correction.
    amount: Money,
    /// Note; at most 500 bytes.
    #[serde(default)]
    #[schema(max_length = 500)]
    note: String,
    /// Id of the credit, used as its idempotency key if the request has no `Idempotency-Key`.
    #[serde(default)]
    id: Option<String>,
}

/// A credit that was entered.
#[derive(Serialize, ToSchema)]
pub(super) struct EnteredCredit {
    entry: BalanceEntry,
    balance: ShownBalance,
}

/// Enters a payment of a buyer. Calls that begin after the answer can spend it.
pub(super) async fn credit(
    request: Admitted<Writer, BuyerId, (), Json<Payment>>,
) -> Result<Made<EnteredCredit>, Problem> {
    let Admitted { site, who: Writer { by }, path, body: Json(payment), headers, .. } = request;
    let buyer = known(&site, &path)?;
    let id = id_of(&headers, payment.id.as_deref())?;
    let (amount, note) = (amount_of(&site, payment.amount)?, note_of(payment.note)?);
    let entered = site.store.balance_credit(Credit { id, buyer, amount, note, by }).await?;
    take_up_credits(site.store.as_ref(), &site.dispatch).await?;
    match entered {
        Entered::Now(entry) => with_balance(&site, entry).await.map(Made::Now),
        Entered::Before(entry) => with_balance(&site, entry).await.map(Made::Before),
        Entered::Other(entry) => Err(Problem::Conflict(format!(
            "`{}` is the id of another credit: {} to {} at {}.",
            entry.reference, entry.amount, entry.buyer, entry.at
        ))),
    }
}

/// Returns the result of a credit whose answer was lost.
pub(super) async fn again(site: Site, done: Activity) -> Result<Made<EnteredCredit>, Problem> {
    let buyer = done.mutation.subject.as_deref().map(str::parse).and_then(Result::ok);
    let buyer: BuyerId = buyer.ok_or(Problem::DoneBefore(done.number))?;
    let entries = site.store.balance_history(buyer, None, ENTRIES_MAX).await?;
    let who = done.mutation.who();
    let mut own = entries.into_iter();
    let own = own.find(|entry| entry.who == who && entry.at == done.mutation.at);
    let entry = own.ok_or(Problem::DoneBefore(done.number))?;
    take_up_credits(site.store.as_ref(), &site.dispatch).await?;
    with_balance(&site, entry).await.map(Made::Now)
}

/// Returns the id from the header, else from the body: a credit that is sent again must not be
/// entered twice.
fn id_of(headers: &HeaderMap, in_body: Option<&str>) -> Result<CreditId, Problem> {
    let header = headers.get(KEY).map(|key| key.to_str().unwrap_or_default());
    let missing = "Give the credit an id: `Idempotency-Key`, or `id` in the body.";
    let id = header.or(in_body).ok_or_else(|| Problem::Unreadable(missing.to_owned()))?;
    id.parse().map_err(|sentence| Problem::Unreadable(format!("{sentence}.")))
}

/// Returns a note that a person entered, if it is not too long.
pub(super) fn note_of(note: String) -> Result<String, Problem> {
    if note.len() > NOTE_BYTES_MAX {
        return Err(Problem::Unreadable(format!("`note` is longer than {NOTE_BYTES_MAX} bytes.")));
    }
    Ok(note)
}

/// Returns an amount that a person entered, if it is in the book's currency, not zero, and not too
/// large.
pub(super) fn amount_of(site: &Site, amount: Money) -> Result<Money, Problem> {
    let currency = site.dispatch.snapshot().book().currency();
    if amount.currency() != currency {
        let (wrong, right) = (amount.currency(), currency.as_str());
        let wrong = wrong.as_str();
        return Err(Problem::Unreadable(format!(
            "`amount` is in {wrong}; the book is in {right}."
        )));
    }
    if amount.micros() == 0 {
        return Err(Problem::Unreadable("`amount` must not be 0.".to_owned()));
    }
    amount.entered().map_err(|error| Problem::Unreadable(format!("`amount`: {error}.")))
}

async fn with_balance(site: &Site, entry: BalanceEntry) -> Result<EnteredCredit, Problem> {
    let balance = shown(site, balance_of(site, &entry.buyer).await?);
    Ok(EnteredCredit { entry, balance })
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
        let named = |amount| body(amount, "USD").replace("}}", "}, \"id\": \"invoice-7\"}");
        for (headers, body, status, reason) in [
            (&keyed, body("100.00", "USD"), 201, Value::Null),
            (&keyed, body("100.00", "USD"), 201, Value::Null),
            (&keyed, body("100.01", "USD"), 422, "key_reused".into()),
            (&operator, named("100.00"), 200, Value::Null),
            (&operator, named("100.01"), 409, "conflict".into()),
        ] {
            let answer = server.tell(path, headers, &body).await;
            assert_eq!((answer.status, &answer.json()["reason"]), (status, &reason), "{answer:?}");
            assert_eq!(server.dispatch.balance(&"acme".parse().unwrap()), 100_000_000);
        }
        let payment = body("-0.50", "USD").replace("}}", "}, \"id\": \"b\", \"note\": \"fee\"}");
        let answer = server.tell(path, &operator, &payment).await.json();
        assert_eq!(answer["balance"]["balance"]["amount"], "99.50");
        assert_eq!(answer["entry"]["note"], "fee");
        let all = server.ask("GET /v1/balances", &operator).await.json();
        assert_eq!(all["items"].as_array().unwrap().len(), 1, "{all}");
        assert_eq!(all["items"][0]["available"]["amount"], "99.50");
        let one = server.ask("GET /v1/balances/acme", &operator).await.json();
        let references: Vec<&Value> =
            one["entries"].as_array().unwrap().iter().map(|entry| &entry["reference"]).collect();
        assert_eq!(references, ["b", "invoice-7"]);
        assert_eq!(
            one["entries"][0]["made_by"],
            "POST /v1/balances/acme/credits by token operator"
        );
        let none = server.ask("GET /v1/balances/blue", &operator).await.json();
        assert_eq!((&none["prepaid"], &none["balance"]["amount"]), (&false.into(), &"0.00".into()));
    }

    #[tokio::test]
    async fn a_live_book_keeps_the_currency_of_its_balances() {
        let (server, operator) = server().await;
        let path = "POST /v1/balances/acme/credits";
        let keyed = |n: u8| format!("{operator}Idempotency-Key: k{n}\r\n");
        let left = || server.dispatch.balance(&"acme".parse().unwrap());
        assert_eq!(server.tell(path, &keyed(1), &body("25.00", "USD")).await.status, 201);
        let euros = BOOK.replace("USD", "EUR");
        for request in ["PUT /v1/book", "PUT /v1/book?force=true"] {
            let put = server.tell(request, &operator, &euros).await;
            assert_eq!((put.status, &put.json()["reason"]), (409, &"conflict".into()));
            let detail = put.json()["detail"].to_string();
            assert!(detail.contains("changes the currency from USD to EUR"), "{detail}");
        }
        assert_eq!(server.tell(path, &keyed(2), &body("25.00", "EUR")).await.status, 400);
        assert_eq!(left(), 25_000_000);
        assert_eq!(server.tell(path, &keyed(3), &body("-25.00", "USD")).await.status, 201);
        let put = server.tell("PUT /v1/book", &operator, &euros).await;
        assert_eq!((put.status, &put.json()["version"]), (200, &2.into()), "{put:?}");
        // The balance in the new currency starts at 0.
        assert_eq!(left(), 0);
        assert_eq!(server.tell(path, &keyed(4), &body("3.00", "EUR")).await.status, 201);
        assert_eq!(left(), 3_000_000);
        let one = server.ask("GET /v1/balances/acme", &operator).await.json();
        assert_eq!(one["balance"], serde_json::json!({"amount": "3.00", "currency": "EUR"}));
    }

    #[tokio::test]
    async fn what_is_no_credit_is_refused() {
        let (server, operator) = server().await;
        let analyst = server.token(Role::Analyst).await;
        // Each request needs its own key.
        let keyed = |n: usize| format!("{operator}Idempotency-Key: k{n}\r\n");
        let long = format!("{operator}Idempotency-Key: {}\r\n", "k".repeat(201));
        let note =
            body("1.00", "USD").replace("}}", &format!("}}, \"note\": \"{}\"}}", "n".repeat(501)));
        let acme = "POST /v1/balances/acme/credits";
        for (path, headers, body, status) in [
            (acme, &analyst, body("1.00", "USD"), 403),
            (acme, &operator, body("1.00", "USD"), 400),
            (acme, &long, body("1.00", "USD"), 400),
            (acme, &keyed(1), body("1.00", "EUR"), 400),
            (acme, &keyed(2), body("0.00", "USD"), 400),
            (acme, &keyed(3), body("1.0000001", "USD"), 400),
            (acme, &keyed(4), body("1000000000.01", "USD"), 400),
            (acme, &keyed(5), body("-1000000000.01", "USD"), 400),
            (acme, &keyed(6), "{}".to_owned(), 400),
            (acme, &keyed(7), note, 400),
            ("POST /v1/balances/nobody/credits", &keyed(8), body("1.00", "USD"), 404),
            ("POST /v1/balances/%FF/credits", &keyed(9), body("1.00", "USD"), 400),
        ] {
            let answer: Answer = server.tell(path, headers, &body).await;
            assert_eq!(answer.status, status, "{path} {body}: {answer:?}");
        }
        assert_eq!(server.store.balances().await.unwrap().items, vec![]);
        assert_eq!(server.ask("GET /v1/balances", &analyst).await.status, 200);
    }
}
