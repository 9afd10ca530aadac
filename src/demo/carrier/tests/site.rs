//! A site that answers with a function, and checks signatures if it has a key.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse as _;
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::base::Rng;
use crate::base::Wall;
use crate::demo::carrier::Account;
use crate::demo::carrier::Kind;
use crate::demo::carrier::Method;
use crate::demo::carrier::Pace;
use crate::demo::carrier::Simulator;
use crate::demo::carrier::Site;
use crate::demo::carrier::Time;
use crate::demo::carrier::sign;
use crate::demo::carrier::sign::Signed;

/// Base of its URLs, not its real address.
pub(super) const BASE: &str = "https://calls.example.test";

/// A received request.
pub(super) struct Asked {
    pub(super) path: String,
    params: Vec<(String, String)>,
}

impl Asked {
    /// Returns a parameter, or an empty string.
    pub(super) fn param(&self, name: &str) -> &str {
        self.params.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }
}

/// Answer of the site.
#[derive(Clone)]
pub(super) enum Says {
    /// A document.
    Xml(String),
    /// A status without a body.
    Status(u16),
    /// A body with a content type.
    Typed(&'static str, &'static str),
    /// No answer.
    Nothing,
}

/// Returns a document of these verbs; `{}` stands for the site's base.
pub(super) fn xml(verbs: &str) -> Says {
    Says::Xml(format!("<Response>{}</Response>", verbs.replace("{}", BASE)))
}

struct TestSite {
    account: Account,
    answer: Box<dyn Fn(&Asked) -> Says + Send + Sync>,
}

/// A site and the carrier that calls it.
pub(super) struct Scene {
    pub(super) carrier: Simulator,
    _served: JoinSet<std::io::Result<()>>,
}

/// Creates a carrier and a site that answers it. Requests with a wrong signature get 403.
pub(super) async fn scene(
    kind: Kind,
    seed: u64,
    answer: impl Fn(&Asked) -> Says + Send + Sync + 'static,
) -> Scene {
    let mut rng = Rng::seeded(seed);
    let account = Account::draw(kind, &mut rng);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let site = Arc::new(TestSite { account: account.clone(), answer: Box::new(answer) });
    let router = Router::new().fallback(respond).with_state(site);
    let mut served = JoinSet::new();
    served.spawn(async move { axum::serve(listener, router).await });
    let time = Time::new("2026-05-04T15:00:00Z".parse::<Wall>().unwrap(), Pace::AtOnce);
    let site = Site { base: BASE.to_owned(), address };
    let carrier = Simulator::new(account, site, &format!("{BASE}/voice"), time, rng);
    Scene { carrier, _served: served }
}

async fn respond(State(site): State<Arc<TestSite>>, request: Request) -> Response {
    let uri = request.uri().to_string();
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let method = if request.method() == "GET" { Method::Get } else { Method::Post };
    let headers = request.headers().clone();
    let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap();
    let body = String::from_utf8(body.to_vec()).unwrap();
    let parse = |text: &str| form_urlencoded::parse(text.as_bytes()).into_owned().collect();
    let form: Vec<(String, String)> = parse(&body);
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let signed = Signed {
        method,
        url: &format!("{BASE}{uri}"),
        params: &form,
        body: &body,
        timestamp: header("telnyx-timestamp").and_then(|t| t.parse().ok()).unwrap_or(0),
        nonce: header("x-plivo-signature-v3-nonce").unwrap_or_default(),
    };
    let wanted = sign::sign(&site.account, &signed);
    let genuine = wanted.iter().all(|(name, value)| header(name) == Some(value));
    if !genuine && !path.starts_with("/sounds/") {
        return StatusCode::FORBIDDEN.into_response();
    }
    let params = if method == Method::Get { parse(&query) } else { form };
    match (site.answer)(&Asked { path, params }) {
        Says::Xml(text) => ([(CONTENT_TYPE, "text/xml; charset=utf-8")], text).into_response(),
        Says::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Says::Typed(kind, text) => ([(CONTENT_TYPE, kind)], text).into_response(),
        Says::Nothing => {
            std::future::pending::<()>().await;
            StatusCode::OK.into_response()
        }
    }
}

/// Seconds.
pub(super) fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
