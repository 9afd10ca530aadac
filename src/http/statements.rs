//! `/v1/statements/…`: every posting of a buyer or a source in a period, with totals.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Context;
use std::task::Poll;

use axum::body::Body;
use axum::body::Bytes;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use futures_core::Stream;
use utoipa::openapi::ContentBuilder;
use utoipa::openapi::RefOr;
use utoipa::openapi::ResponseBuilder;
use utoipa::openapi::Schema;

use super::Site;
use super::access::Tenant;
use super::body::JSON;
use super::handler::Admitted;
use super::openapi::Sheet;
use super::problem::Problem;
use super::query::Value;
use super::query::Words;
use super::query::query;
use super::reply::Reply;
use super::reply::content;
use super::schema::slug;
use super::schema::text;
use super::schema::word;
use super::segment::Segment;
use crate::base::BuyerId;
use crate::base::SourceId;
use crate::call::Scope;
use crate::call::Sight;
use crate::statement::Form;
use crate::statement::Line;
use crate::statement::LinePlace;
use crate::statement::Party;
use crate::statement::Printer;
use crate::statement::Question;
use crate::statement::Statement;
use crate::statement::Wanted;
use crate::store::STATEMENT_PAGE_MAX;
use crate::store::Store;

const CSV: &str = "text/csv";
const PARQUET: &str = "application/vnd.apache.parquet";

impl Segment for SourceId {
    const ABOUT: &'static str = "Source id.";

    fn schema() -> RefOr<Schema> {
        slug()
    }

    fn read(text: &str) -> Result<Self, Problem> {
        text.parse().map_err(|_| Problem::NotFound("source"))
    }
}

query! {
    /// Which period, and in which format.
    pub(super) struct Asked {
        /// Start: RFC 3339, a date, or how long ago; the current month by default.
        since: Words,
        /// End, exclusive; now by default.
        until: Words,
        /// Time zone of dates; UTC by default.
        zone: Words,
        /// Currency of the account; that of the book by default.
        currency: Words,
        /// `json`, `csv` or `parquet`; JSON by default.
        format: Form,
    }
}

impl Value for Form {
    const EXPECTED: &'static str = "`json`, `csv` or `parquet`";

    fn schema() -> RefOr<Schema> {
        word(["json", "csv", "parquet"])
    }

    fn read(text: &str) -> Option<Self> {
        match text {
            "json" => Some(Form::Json),
            "csv" => Some(Form::Csv),
            "parquet" => Some(Form::Parquet),
            _ => None,
        }
    }
}

/// Returns the statement of a buyer.
pub(super) async fn of_buyer(request: Admitted<Tenant, BuyerId, Asked>) -> Result<Sent, Problem> {
    let Admitted { site, who: Tenant { scope, .. }, path, query, .. } = request;
    let is_own = match &scope {
        Scope::All => true,
        Scope::Buyer(own) => *own == path,
        Scope::Source(_) => false,
    };
    if !is_own {
        return Err(Problem::NotFound("buyer"));
    }
    let is_known = site.dispatch.snapshot().book().buyer(&path).is_some();
    let found = sent(&site, scope, Party::Buyer(path), &query, is_known).await?;
    found.ok_or(Problem::NotFound("buyer"))
}

/// Returns the statement of a source.
pub(super) async fn of_source(request: Admitted<Tenant, SourceId, Asked>) -> Result<Sent, Problem> {
    let Admitted { site, who: Tenant { scope, .. }, path, query, .. } = request;
    let is_own = match &scope {
        Scope::All => true,
        Scope::Source(own) => *own == path,
        Scope::Buyer(_) => false,
    };
    if !is_own {
        return Err(Problem::NotFound("source"));
    }
    let is_known = site.dispatch.snapshot().book().sources.iter().any(|known| known.id == path);
    let found = sent(&site, scope, Party::Source(path), &query, is_known).await?;
    found.ok_or(Problem::NotFound("source"))
}

/// Returns a statement; `None` for a party that neither the book nor the ledger has.
async fn sent(
    site: &Site,
    scope: Scope,
    party: Party,
    asked: &Asked,
    is_known: bool,
) -> Result<Option<Sent>, Problem> {
    let Asked { since, until, zone, currency, format } = asked;
    let form = format.unwrap_or(Form::Json);
    let wanted = Wanted {
        since: since.as_ref().map(Words::as_str),
        until: until.as_ref().map(Words::as_str),
        zone: zone.as_ref().map(Words::as_str),
        currency: currency.as_ref().map(Words::as_str),
    };
    let currency = site.dispatch.snapshot().book().currency();
    let question = Question::new(party, wanted, site.clock.now().wall, currency);
    let question = question.map_err(|faults| Problem::Unreadable(faults.join(" ")))?;
    let sums = site.store.statement_sums(question.clone()).await?;
    if !is_known && sums.sums.is_empty() && sums.other_currencies.is_empty() {
        return Ok(None);
    }
    let last = sums.last;
    let printer = Printer::begin(form, &Statement::new(&question, sums)).map_err(|error| {
        tracing::error!(%error, "HTTP request failed");
        Problem::Internal
    })?;
    let (store, sight, after) = (Arc::clone(&site.store), Sight::Whole, None);
    let rest = Rest { store, scope, sight, question, last, printer, after };
    Ok(Some(Sent { form, rest }))
}

/// A statement that is sent page by page: at most one page of it is in memory.
pub(super) struct Sent {
    form: Form,
    rest: Rest,
}

impl Reply for Sent {
    fn describe(sheet: &mut Sheet) -> Vec<(StatusCode, ResponseBuilder)> {
        let table = || ContentBuilder::new().schema(Some(text())).build();
        let json = content(JSON, sheet.refer::<Statement>());
        vec![(StatusCode::OK, json.content(CSV, table()).content(PARQUET, table()))]
    }

    fn reply(self) -> Response {
        self.shown(Sight::Whole)
    }

    fn masked(self) -> Response {
        self.shown(Sight::Masked)
    }

    fn shown(self, sight: Sight) -> Response {
        let Self { form, mut rest } = self;
        rest.sight = sight;
        let media_type = match form {
            Form::Json => JSON,
            Form::Csv => CSV,
            Form::Parquet => PARQUET,
        };
        let mut response = Response::new(Body::from_stream(Pages::Idle(Box::new(rest))));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        response
    }
}

/// What is left to send.
struct Rest {
    store: Arc<dyn Store>,
    scope: Scope,
    /// Whether the lines have their callers.
    sight: Sight,
    question: Question,
    last: u64,
    printer: Printer,
    after: Option<LinePlace>,
}

/// A page, and what is left after it.
struct Page {
    bytes: Bytes,
    rest: Option<Box<Rest>>,
}

impl Rest {
    /// Reads the next page.
    async fn page(mut self: Box<Self>) -> io::Result<Page> {
        let Self { store, scope, sight, question, last, after, .. } = &*self;
        let lines = store.statement_lines(question.clone(), *last, *after, STATEMENT_PAGE_MAX);
        let mut lines = lines.await.map_err(|error| {
            tracing::error!(%error, "HTTP request failed");
            io::Error::other(error)
        })?;
        if matches!(scope, Scope::Source(_)) {
            lines.iter_mut().for_each(|line| line.contract = None);
        }
        if *sight == Sight::Masked {
            lines.iter_mut().for_each(|line| line.caller = None);
        }
        let is_last = lines.len() < STATEMENT_PAGE_MAX;
        self.after = lines.last().map(Line::place);
        let mut bytes = self.printer.lines(&lines).map_err(io::Error::other)?;
        if !is_last {
            return Ok(Page { bytes: Bytes::from(bytes), rest: Some(self) });
        }
        bytes.extend(self.printer.end().map_err(io::Error::other)?);
        Ok(Page { bytes: Bytes::from(bytes), rest: None })
    }
}

/// The pages of a statement as a stream. A database that fails breaks the answer off, so that no
/// client takes a part for the whole.
enum Pages {
    Idle(Box<Rest>),
    Reading(Pin<Box<dyn Future<Output = io::Result<Page>> + Send>>),
    Over,
}

impl Stream for Pages {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match std::mem::replace(&mut *self, Pages::Over) {
                Pages::Over => return Poll::Ready(None),
                Pages::Idle(rest) => *self = Pages::Reading(Box::pin(rest.page())),
                Pages::Reading(mut reading) => {
                    let Poll::Ready(read) = reading.as_mut().poll(context) else {
                        *self = Pages::Reading(reading);
                        return Poll::Pending;
                    };
                    return Poll::Ready(Some(read.map(|Page { bytes, rest }| {
                        *self = rest.map_or(Pages::Over, Pages::Idle);
                        bytes
                    })));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::call::CallRecord;
    use crate::http::client::Server;
    use crate::http::connection::Bounded;
    use crate::store::CallChange;
    use crate::store::Credit;
    use crate::store::Fact;
    use crate::store::Origin;
    use crate::store::Role;
    use crate::store::Sale;
    use crate::store::Won;
    use crate::store::sample::by;
    use crate::store::sample::finish;
    use crate::store::sample::finished;
    use crate::store::sample::second;
    use crate::store::sample::usd;

    const BOOK: &str = "[[source]]\nid = \"search-ads\"\n\
        [[buyer]]\nid = \"acme\"\ntimezone = \"UTC\"\n[[buyer]]\nid = \"idle\"\ntimezone = \"UTC\"\n";
    /// The sample's calls begin at 10:00 on 2025-11-20.
    const DAY: &str = "since=2025-11-20&until=2025-11-21";

    /// Returns a call and its sale.
    fn sold(record: CallRecord, prepaid: bool) -> CallChange {
        let (at, price) = (record.started_at, record.revenue.unwrap());
        let sale = Sale {
            hold: None,
            at,
            units: Vec::new(),
            price,
            prepaid,
            marks: Vec::new(),
            converted_marks: Vec::new(),
            balance_low: None,
            limits: Vec::new(),
        };
        let sales = Won::by(&record, Some(sale));
        CallChange::of(record, Vec::new(), sales)
    }

    async fn server(calls: u64) -> (Server, String) {
        let server = Server::start(Bounded::new).await;
        let operator = server.token(Role::Operator).await;
        assert_eq!(server.tell("PUT /v1/book", &operator, BOOK).await.status, 200);
        for seconds in 1..=calls {
            finish(&*server.store, sold(finished(seconds), seconds % 2 == 0)).await.unwrap();
        }
        (server, operator)
    }

    /// Three sales, and a payment.
    async fn credited() -> (Server, String) {
        let (server, operator) = server(3).await;
        let credit = Credit {
            id: "=1+1".parse().unwrap(),
            buyer: "acme".parse().unwrap(),
            amount: usd("100.00"),
            note: "wire, \"march\"".to_owned(),
            by: by("ann", second(50)),
        };
        server.store.balance_credit(credit).await.unwrap();
        (server, operator)
    }

    #[tokio::test]
    async fn a_statement_adds_up() {
        let (server, operator) = credited().await;
        for (path, opening, closing, due, kinds) in [
            (
                format!("buyers/acme?{DAY}"),
                "0.00",
                "-35.00",
                "90.00",
                "charge 1 -45.00, credit 1 100.00, revenue 2 90.00, revenue_prepaid 1 45.00",
            ),
            (format!("sources/search-ads?{DAY}"), "0.00", "60.00", "60.00", "payout 3 60.00"),
            (
                "buyers/acme?since=2025-11-21&until=2025-11-22".to_owned(),
                "-35.00",
                "-35.00",
                "0.00",
                "",
            ),
            // A posting at the first instant of a period is within, one at the end is not.
            (
                "buyers/acme?since=2025-11-20&until=2025-11-20T10:01:46.2Z".to_owned(),
                "0.00",
                "100.00",
                "0.00",
                "credit 1 100.00",
            ),
            (
                "sources/search-ads?since=2025-11-20T10:01:46.2Z&until=2025-11-21".to_owned(),
                "0.00",
                "60.00",
                "60.00",
                "payout 3 60.00",
            ),
            ("buyers/idle".to_owned(), "0.00", "0.00", "0.00", ""),
            (format!("buyers/acme?{DAY}&currency=EUR"), "0.00", "0.00", "0.00", ""),
        ] {
            let answer = server.ask(&format!("GET /v1/statements/{path}"), &operator).await;
            assert_eq!(answer.status, 200, "{path}: {answer:?}");
            let found = answer.json();
            let amounts = ["opening", "closing", "due"].map(|name| &found[name]["amount"]);
            assert_eq!(amounts, [opening, closing, due], "{path}");
            let total = |total: &Value| {
                let kind = total["kind"].as_str().unwrap();
                format!("{kind} {} {}", total["count"], total["amount"]["amount"].as_str().unwrap())
            };
            let totals: Vec<String> =
                found["totals"].as_array().unwrap().iter().map(total).collect();
            assert_eq!(totals.join(", "), kinds, "{path}");
            let lines: u64 = found["totals"]
                .as_array()
                .unwrap()
                .iter()
                .map(|total| total["count"].as_u64().unwrap())
                .sum();
            assert_eq!(found["items"].as_array().unwrap().len() as u64, lines, "{path}");
        }
    }

    #[tokio::test]
    async fn a_statement_names_each_posting_in_each_format() {
        let (server, operator) = credited().await;
        let found = server.ask(&format!("GET /v1/statements/buyers/acme?{DAY}"), &operator).await;
        let first = &found.json()["items"][1];
        assert_eq!(first["call"], finished(1).id.to_string());
        assert_eq!(
            (&first["dialled"], &first["offer"]),
            (&"+18005550100".into(), &"auto-quote".into())
        );
        assert_eq!(first["contract"], "acme-auto-ca");
        let request = format!("GET /v1/statements/buyers/acme?{DAY}&format=csv");
        let csv = server.ask(&request, &operator).await;
        assert_eq!(csv.header("content-type"), Some("text/csv"));
        let credited = csv.body.lines().find(|line| line.contains("credit")).unwrap();
        assert!(credited.contains(",'=1+1,\"wire, \"\"march\"\"\",100.00,USD"), "{credited}");
        let request = format!("GET /v1/statements/buyers/acme?{DAY}&format=parquet");
        let file = server.ask(&request, &operator).await;
        assert_eq!(file.header("content-type"), Some("application/vnd.apache.parquet"));
        assert!(file.body.starts_with("PAR1") && file.body.ends_with("PAR1"));
    }

    /// More lines than a page, at one instant and later ones: each is in the answer once, in order.
    #[tokio::test]
    async fn a_long_statement_is_sent_in_pages() {
        const CALLS: u64 = STATEMENT_PAGE_MAX as u64 + 250;
        let (server, operator) = server(0).await;
        let ended = |seconds: u64| {
            // Two calls end at the same time.
            let ended_at = finished(seconds / 2 * 2).ended_at;
            Fact::Ended(Box::new(sold(CallRecord { ended_at, ..finished(seconds) }, false)))
        };
        server.store.apply(Origin::Transaction, (0..CALLS).map(ended).collect()).await.unwrap();
        for form in ["json", "csv"] {
            let request = format!("GET /v1/statements/buyers/acme?{DAY}&format={form}");
            let answer = server.ask(&request, &operator).await;
            let calls: Vec<String> = match form {
                "json" => answer.json()["items"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|line| line["call"].as_str().unwrap().to_owned())
                    .collect(),
                _ => answer
                    .body
                    .lines()
                    .skip(1)
                    .map(|line| line.split(',').nth(3).unwrap().to_owned())
                    .collect(),
            };
            let expected: Vec<String> =
                (0..CALLS).map(|seconds| finished(seconds).id.to_string()).collect();
            assert_eq!(calls.len(), expected.len(), "{form}");
            assert!(calls == expected, "{form}: out of order");
        }
    }

    #[tokio::test]
    async fn a_tenant_gets_its_own_statement_only() {
        let (server, operator) = server(1).await;
        let buyer = server.token(Role::Buyer("acme".parse().unwrap())).await;
        let source = server.token(Role::Source("search-ads".parse().unwrap())).await;
        for (path, token, status) in [
            ("buyers/acme", &buyer, 200),
            ("buyers/idle", &buyer, 404),
            ("buyers/nobody", &buyer, 404),
            ("sources/search-ads", &buyer, 404),
            ("sources/search-ads", &source, 200),
            ("sources/other-ads", &source, 404),
            ("buyers/acme", &source, 404),
            ("buyers/nobody", &operator, 404),
            ("sources/acme", &operator, 404),
            ("sources/%FF", &operator, 400),
        ] {
            let answer = server.ask(&format!("GET /v1/statements/{path}"), token).await;
            assert_eq!(answer.status, status, "{path}: {answer:?}");
        }
        let path = format!("GET /v1/statements/sources/search-ads?{DAY}");
        let own = server.ask(&path, &source).await;
        assert_eq!(own.json()["items"][0]["amount"]["amount"], "20.00");
        assert!(!own.body.contains("acme") && !own.body.contains("45.00"), "{own:?}");
        let path = format!("GET /v1/statements/buyers/acme?{DAY}");
        let own = server.ask(&path, &buyer).await;
        assert_eq!(own.json()["items"][0]["amount"]["amount"], "45.00");
        assert!(!own.body.contains("-ads") && !own.body.contains("20.00"), "{own:?}");
        for wrong in ["since=soon", "zone=Mars", "since=1d&until=2d", "format=xml", "currency=q"] {
            let asked = format!("GET /v1/statements/buyers/acme?{wrong}");
            assert_eq!(server.ask(&asked, &operator).await.status, 400, "{wrong}");
        }
    }
}
