//! `/v1/pauses`: contracts that their rules have paused, and who resumed them.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

use super::access::Staff;
use super::access::Writer;
use super::activity::EntryNumber;
use super::calls::PageSize;
use super::handler::Admitted;
use super::problem::Problem;
use super::query::query;
use super::schema::moment;
use super::schema::nullable;
use super::schema::slug;
use super::schema::word;
use super::segment::Segment;
use crate::base::ContractId;
use crate::base::Wall;
use crate::book::PauseCause;
use crate::dispatch::take_up_pauses;
use crate::store::Pause;
use crate::store::PauseState;

/// Pauses of a page unless the client asks for another number.
const PAGE_PAUSES: usize = 50;

impl Segment for ContractId {
    const ABOUT: &'static str = "Contract id.";

    fn schema() -> RefOr<Schema> {
        slug()
    }

    fn read(text: &str) -> Result<Self, Problem> {
        text.parse().map_err(|_| Problem::NotFound("contract"))
    }
}

/// A pause of a contract.
#[derive(Serialize, ToSchema)]
#[schema(as = Pause)]
pub(super) struct ShownPause {
    #[schema(schema_with = slug)]
    contract: ContractId,
    /// Why the contract was paused.
    #[schema(schema_with = because)]
    because: PauseCause,
    #[schema(schema_with = state)]
    state: PauseState,
    #[schema(schema_with = moment)]
    since: Wall,
    /// End of the pause, unless it was resumed before.
    #[schema(schema_with = moment)]
    until: Wall,
    #[schema(schema_with = moment_or_null)]
    resumed_at: Option<Wall>,
    /// The request or command that resumed it, and who made it.
    resumed_by: Option<String>,
}

fn because() -> RefOr<Schema> {
    word(PauseCause::ALL.iter().map(|cause| cause.name()))
}

fn state() -> RefOr<Schema> {
    word(PauseState::ALL.iter().map(|state| state.name()))
}

fn moment_or_null() -> RefOr<Schema> {
    nullable(moment())
}

impl ShownPause {
    fn of(pause: Pause, now: Wall) -> Self {
        let state = pause.state(now);
        let Pause { number: _, contract, because, since, until, resumed } = pause;
        let (resumed_at, resumed_by) = resumed.map(|resumed| (resumed.at, resumed.by)).unzip();
        Self { contract, because, state, since, until, resumed_at, resumed_by }
    }
}

query! {
    /// Which page of the pauses.
    pub(super) struct Wanted {
        /// Start of the page: the `next` of the previous page.
        cursor: EntryNumber,
        /// Pauses per page; 50 by default.
        limit: PageSize,
    }
}

/// A page of pauses, newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = PausePage)]
pub(super) struct Page {
    items: Vec<ShownPause>,
    /// The `cursor` of the next page; null when this is the last.
    next: Option<String>,
}

/// Returns a page of pauses, newest first.
pub(super) async fn list(request: Admitted<Staff, (), Wanted>) -> Result<Json<Page>, Problem> {
    let Admitted { site, query, .. } = request;
    let limit = query.limit.map_or(PAGE_PAUSES, |limit| limit.0);
    let found = site.store.pauses(query.cursor.map(|cursor| cursor.0), limit).await?;
    let next = found.last().filter(|_| found.len() == limit).map(|last| last.number.to_string());
    let now = site.clock.now().wall;
    let items = found.into_iter().map(|pause| ShownPause::of(pause, now)).collect();
    Ok(Json(Page { items, next }))
}

/// Ends the pause of a contract. Calls that begin after the answer may go to it.
pub(super) async fn resume(
    request: Admitted<Writer, ContractId>,
) -> Result<Json<ShownPause>, Problem> {
    let Admitted { site, who: Writer { by }, path: contract, .. } = request;
    let now = by.at;
    if site.dispatch.snapshot().book().contract(&contract).is_none() {
        return Err(Problem::NotFound("contract"));
    }
    let resumed = site.store.pause_resume(contract.clone(), by).await?;
    take_up_pauses(site.store.as_ref(), &site.dispatch).await?;
    match resumed {
        Some(pause) => Ok(Json(ShownPause::of(pause, now))),
        None => Err(Problem::Conflict(format!("Contract `{contract}` is not paused."))),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::book::PauseCause;
    use crate::http::client::Server;
    use crate::http::connection::Bounded;
    use crate::store::NewPause;
    use crate::store::Role;
    use crate::store::sample::second;

    const BOOK: &str = "[[buyer]]\nid = \"acme\"\ntimezone = \"UTC\"\n\
        [[offer]]\nid = \"o\"\n[[contract]]\nid = \"c\"\nbuyer = \"acme\"\noffer = \"o\"\n\
        auto_pause = { unanswered = 3, window = \"1h\", pause = \"1h\" }\n\
        price = { amount = \"5.00\", currency = \"USD\" }\n\
        destination = { sip = \"sip:a@198.51.100.7\" }\n";

    #[tokio::test]
    async fn a_paused_contract_is_listed_and_resumed_once() {
        let server = Server::start(Bounded::new).await;
        let operator = server.token(Role::Operator).await;
        let analyst = server.token(Role::Analyst).await;
        assert_eq!(server.tell("PUT /v1/book", &operator, BOOK).await.status, 200);
        let since = second(100);
        let contract = "c".parse().unwrap();
        let until = since + Duration::from_secs(3_600);
        let pause = NewPause { contract, because: PauseCause::Unanswered, since, until };
        server.store.pause_begin(pause).await.unwrap();
        let listed = server.ask("GET /v1/pauses", &analyst).await.json();
        let item = &listed["items"][0];
        assert_eq!((&item["contract"], &item["state"]), (&"c".into(), &"paused".into()));
        assert_eq!((&item["because"], &item["resumed_at"]), (&"unanswered".into(), &().into()));
        let path = "POST /v1/contracts/c/resume";
        for (headers, path, status) in [
            (&analyst, path, 403),
            (&operator, "POST /v1/contracts/x/resume", 404),
            (&operator, path, 200),
            (&operator, path, 409),
        ] {
            assert_eq!(server.ask(path, headers).await.status, status, "{path}");
        }
        let listed = server.ask("GET /v1/pauses", &operator).await.json();
        let item = &listed["items"][0];
        assert_eq!(item["state"], "resumed");
        assert_eq!(item["resumed_by"], "POST /v1/contracts/c/resume by token operator");
        let log = server.ask("GET /v1/activity", &operator).await.json();
        let entries = log["items"].as_array().unwrap().iter();
        let resumed = entries.filter(|entry| entry["action"] == "resume");
        let resumed: Vec<_> = resumed.map(|entry| (&entry["id"], &entry["outcome"])).collect();
        let of = |contract: &'static str, outcome: &'static str| {
            (serde_json::Value::from(contract), serde_json::Value::from(outcome))
        };
        let expected = [of("c", "refused"), of("c", "done"), of("x", "refused")];
        assert_eq!(resumed, expected.each_ref().map(|(id, outcome)| (id, outcome)), "{log}");
    }
}
