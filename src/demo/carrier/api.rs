//! The part of the carriers' REST API that the switch uses: reading a call's status, and hanging it
//! up.

use std::io;
use std::net::Ipv4Addr;
use std::net::SocketAddr;

use axum::Json;
use axum::Router;
use axum::extract::Path;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse as _;
use axum::response::Response;
use axum::routing::get;
use serde_json::Value;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::account::Account;
use super::account::Kind;
use super::calls::Calls;
use super::calls::Row;
use super::params::mail_date;
use crate::base::Wall;

/// A REST API on a loopback port. Dropping it stops it.
pub struct Api {
    address: SocketAddr,
    _served: JoinSet<io::Result<()>>,
}

#[derive(Clone)]
struct RestApi {
    account: Account,
    calls: Calls,
}

impl Api {
    /// Serves an account's calls under its carrier's paths.
    pub async fn start(account: Account, calls: Calls) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let path = match account.kind {
            Kind::Twilio => "/2010-04-01/Accounts/{account}/Calls/{call}",
            Kind::SignalWire => "/api/laml/2010-04-01/Accounts/{account}/Calls/{call}",
            Kind::Telnyx => "/v2/texml/Accounts/{account}/Calls/{call}",
            Kind::Plivo => "/v1/Account/{account}/Call/{call}/",
        };
        let router = Router::new()
            .route(path, get(call).post(change).delete(remove))
            .with_state(RestApi { account, calls });
        let mut served = JoinSet::new();
        served.spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, _served: served })
    }

    /// Returns the base of its URLs, without a trailing slash.
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }
}

async fn call(
    State(api): State<RestApi>,
    Path((account, call)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    if !may(&api, &account, &headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match id(&api, &call).and_then(|id| Some((id, api.calls.row(id)?))) {
        // Plivo lists a call here only after it has ended.
        Some((_, row)) if api.account.kind == Kind::Plivo && row.ended.is_none() => {
            StatusCode::NOT_FOUND.into_response()
        }
        Some((id, row)) => Json(shown(&api.account, id, &row)).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Form that hangs up a call at Twilio, SignalWire and Telnyx.
const COMPLETED: &str = "Status=completed";

async fn change(
    api: State<RestApi>,
    path: Path<(String, String)>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let form = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    match api.account.kind {
        Kind::Plivo => StatusCode::METHOD_NOT_ALLOWED.into_response(),
        _ if form != Some("application/x-www-form-urlencoded") || body != COMPLETED => {
            StatusCode::BAD_REQUEST.into_response()
        }
        _ => hang_up(&api, &path, &headers, StatusCode::OK),
    }
}

async fn remove(api: State<RestApi>, path: Path<(String, String)>, headers: HeaderMap) -> Response {
    match api.account.kind {
        Kind::Plivo => hang_up(&api, &path, &headers, StatusCode::NO_CONTENT),
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

fn hang_up(
    api: &RestApi,
    (account, call): &(String, String),
    headers: &HeaderMap,
    done: StatusCode,
) -> Response {
    if !may(api, account, headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let found = id(api, call).is_some_and(|id| api.calls.hang_up(id));
    if found { done.into_response() } else { StatusCode::NOT_FOUND.into_response() }
}

fn may(api: &RestApi, account: &str, headers: &HeaderMap) -> bool {
    let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    given == Some(api.account.authorization().as_str()) && account == api.account.id
}

/// Returns the id in a path.
fn id<'a>(api: &RestApi, call: &'a str) -> Option<&'a str> {
    match api.account.kind {
        Kind::Twilio => call.strip_suffix(".json"),
        Kind::SignalWire => Some(call.strip_suffix(".json").unwrap_or(call)),
        Kind::Telnyx | Kind::Plivo => Some(call),
    }
}

fn shown(account: &Account, id: &str, row: &Row) -> Value {
    let (from, to) = (&row.from, &row.to);
    let direction = if row.parent.is_some() { "outbound-dial" } else { "inbound" };
    let date = |wall: Option<Wall>| wall.map(mail_date);
    match account.kind {
        Kind::Plivo => json!({
            "api_id": id,
            "call_uuid": id,
            "from_number": from.trim_start_matches('+'),
            "to_number": to.trim_start_matches('+'),
            "call_direction": if row.parent.is_some() { "outbound" } else { "inbound" },
            "call_state": if row.answered.is_some() { "ANSWER" } else { "NO_ANSWER" },
            "call_duration": row.seconds(),
            "bill_duration": row.seconds(),
            "initiation_time": row.began.to_string(),
            "answer_time": row.answered.map(|at| at.to_string()),
            "end_time": row.ended.map(|at| at.to_string()),
            "parent_call_uuid": row.parent,
            "resource_uri": format!("/v1/Account/{}/Call/{id}/", account.id),
        }),
        Kind::Twilio | Kind::SignalWire | Kind::Telnyx => json!({
            "sid": id,
            "account_sid": account.id,
            "parent_call_sid": row.parent,
            "from": from,
            "to": to,
            "status": row.status.name(),
            "direction": direction,
            // A string, present only after the call has ended.
            "duration": row.ended.map(|_| row.seconds().to_string()),
            "date_created": mail_date(row.began),
            "start_time": date(row.answered),
            "end_time": date(row.ended),
            "api_version": "2010-04-01",
        }),
    }
}
