//! `/v1/tokens`: the API's tokens.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use axum::response::Response;
use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::ResponseBuilder;
use utoipa::openapi::Schema;

use super::Site;
use super::access::Admin;
use super::access::AdminChange;
use super::body::JSON;
use super::change::NotKept;
use super::handler::Admitted;
use super::openapi::Sheet;
use super::problem::Problem;
use super::reply::Reply;
use super::reply::content;
use super::schema::moment;
use super::schema::nullable;
use super::schema::slug;
use super::segment::Segment;
use crate::base::TokenName;
use crate::base::Wall;
use crate::store::NewToken;
use crate::store::Role;
use crate::store::TokenCreated;
use crate::store::TokenDocument;
use crate::store::TokenRevoked;

/// Tokens, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct Tokens {
    items: Vec<TokenDocument>,
    /// Always null: the list is complete.
    next: Option<String>,
}

/// Returns every token, newest first; of the revoked ones only the latest.
pub(super) async fn list(request: Admitted<Admin>) -> Result<Json<Tokens>, Problem> {
    let site = request.site;
    let now = site.clock.now().wall;
    let tokens = site.store.tokens().await?;
    let items = tokens.iter().map(|token| token.document(now)).collect();
    Ok(Json(Tokens { items, next: None }))
}

/// A token to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedToken {
    /// `admin`, `operator`, `analyst`, `buyer` or `source`.
    role: String,
    /// Its name; made up when it is not given.
    #[serde(default)]
    #[schema(schema_with = name)]
    name: Option<TokenName>,
    /// The buyer of the role `buyer`.
    #[serde(default)]
    buyer: Option<String>,
    /// The source of the role `source`.
    #[serde(default)]
    source: Option<String>,
    /// When it ends by itself; never when it is not given.
    #[serde(default)]
    #[schema(schema_with = end)]
    expires_at: Option<Wall>,
}

fn name() -> RefOr<Schema> {
    nullable(slug())
}

fn end() -> RefOr<Schema> {
    nullable(moment())
}

/// A token with its secret.
#[derive(Serialize, ToSchema)]
pub(super) struct CreatedToken {
    token: TokenDocument,
    /// The secret, for `Authorization: Bearer`. No other response shows it.
    secret: String,
}

impl Reply for CreatedToken {
    fn describe(sheet: &mut Sheet) -> Vec<(StatusCode, ResponseBuilder)> {
        vec![(StatusCode::CREATED, content(JSON, sheet.refer::<CreatedToken>()))]
    }

    fn reply(self) -> Response {
        let mut response = (StatusCode::CREATED, Json(self)).into_response();
        response.extensions_mut().insert(NotKept);
        response
    }
}

/// Creates a token.
pub(super) async fn create(
    request: Admitted<AdminChange, (), (), Json<WantedToken>>,
) -> Result<CreatedToken, Problem> {
    let Admitted { site, who: AdminChange { by }, body: Json(wanted), .. } = request;
    let now = by.at;
    let wanted = checked(&site, wanted, now)?;
    let mut entropy = [0; 32];
    getrandom::fill(&mut entropy).map_err(|error| {
        tracing::error!(%error, "cannot read entropy of the system");
        Problem::Internal
    })?;
    match site.store.token_create(wanted, entropy, by).await? {
        TokenCreated::Now(token, secret) => {
            let secret = secret.reveal().to_owned();
            Ok(CreatedToken { token: token.document(now), secret })
        }
        refused => Err(Problem::Conflict(format!("{refused}."))),
    }
}

fn checked(site: &Site, wanted: WantedToken, now: Wall) -> Result<NewToken, Problem> {
    let WantedToken { role, name, buyer, source, expires_at } = wanted;
    let wrong = |sentence: String| Problem::Unreadable(format!("{sentence}."));
    let role = Role::of(&role, buyer.as_deref(), source.as_deref()).map_err(wrong)?;
    if expires_at.is_some_and(|end| end <= now) {
        return Err(wrong(format!("`expires_at` is not later than {now}")));
    }
    let snapshot = site.dispatch.snapshot();
    // Before the first version of the book there is nothing to check against.
    let unknown = role.unknown_in(snapshot.book()).filter(|_| snapshot.version() > 0);
    match unknown {
        Some(sentence) => Err(wrong(sentence)),
        None => Ok(NewToken { role, name, expires_at }),
    }
}

/// Token id or name.
pub(super) struct TokenReference(String);

impl Segment for TokenReference {
    const ABOUT: &'static str = "Token id or name.";

    fn schema() -> RefOr<Schema> {
        slug()
    }

    fn read(text: &str) -> Result<Self, Problem> {
        Ok(Self(text.to_owned()))
    }
}

/// Revokes a token. A token that was revoked earlier is unchanged.
pub(super) async fn revoke(
    request: Admitted<AdminChange, TokenReference>,
) -> Result<Json<TokenDocument>, Problem> {
    let Admitted { site, who: AdminChange { by }, path: TokenReference(wanted), .. } = request;
    let now = by.at;
    match site.store.token_revoke(&wanted, by).await? {
        TokenRevoked::Now(token) | TokenRevoked::Before(token) => Ok(Json(token.document(now))),
        TokenRevoked::Unknown => Err(Problem::NotFound("token")),
    }
}

#[cfg(test)]
mod tests {
    use crate::http::client::Server;
    use crate::http::connection::Bounded;
    use crate::store::Role;

    const BOOK: &str = "[[buyer]]\nid = \"acme\"\ntimezone = \"UTC\"\n[[source]]\nid = \"ads\"\n";

    #[tokio::test]
    async fn a_token_is_made_used_and_revoked() {
        let server = Server::start(Bounded::new).await;
        let admin = server.token(Role::Admin).await;
        assert_eq!(server.tell("PUT /v1/book", &admin, BOOK).await.status, 200);
        let wanted = "{\"role\": \"buyer\", \"buyer\": \"acme\", \"name\": \"acme-portal\"}";
        let keyed = format!("{admin}Idempotency-Key: k\r\n");
        let made = server.tell("POST /v1/tokens", &keyed, wanted).await;
        assert_eq!(made.status, 201, "{made:?}");
        let secret = made.json()["secret"].as_str().unwrap().to_owned();
        let again = server.tell("POST /v1/tokens", &keyed, wanted).await;
        assert_eq!(again.status, 409, "{again:?}");
        assert!(!again.body.contains(&secret));
        let own = format!("Authorization: Bearer {secret}\r\n");
        assert_eq!(server.ask("GET /v1/calls", &own).await.status, 200);
        assert_eq!(server.ask("GET /v1/tokens", &own).await.status, 403);
        for _ in 0..2 {
            let id = made.json()["token"]["id"].as_str().unwrap().to_owned();
            let gone = server.ask(&format!("DELETE /v1/tokens/{id}"), &admin).await;
            assert_eq!((gone.status, &gone.json()["state"]), (200, &"revoked".into()), "{gone:?}");
        }
        assert_eq!(server.ask("GET /v1/calls", &own).await.status, 401);
        assert_eq!(server.ask("DELETE /v1/tokens/acme-portal", &admin).await.status, 404);
        let log = server.ask("GET /v1/activity", &admin).await;
        assert!(!log.body.contains(&secret));
        let entries = log.json()["items"].as_array().unwrap().clone();
        let shown: Vec<String> = entries
            .iter()
            .map(|entry| format!("{} {} {}", entry["action"], entry["kind"], entry["outcome"]))
            .map(|line| line.replace('"', ""))
            .collect();
        let (made, revoked) = ("create token done", "revoke token done");
        assert_eq!(shown[..4], ["revoke token refused", revoked, revoked, made]);
        assert!(entries[..4].iter().all(|entry| entry["by"]["token"]["name"] == "admin"));
    }

    #[tokio::test]
    async fn what_is_no_token_is_refused() {
        let server = Server::start(Bounded::new).await;
        let admin = server.token(Role::Admin).await;
        assert_eq!(server.tell("PUT /v1/book", &admin, BOOK).await.status, 200);
        for (body, status, hint) in [
            ("{\"role\": \"root\"}", 400, "is not a role"),
            ("{\"role\": \"buyer\"}", 400, "needs a buyer's id"),
            ("{\"role\": \"buyer\", \"buyer\": \"acmee\"}", 400, "did you mean `acme`?"),
            ("{\"role\": \"source\", \"source\": \"zzz\"}", 400, "unknown source `zzz`"),
            ("{\"role\": \"source\", \"buyer\": \"acme\"}", 400, "limited to a source"),
            ("{\"role\": \"admin\", \"name\": \"two words\"}", 400, "is not an id"),
            ("{\"role\": \"admin\", \"name\": \"tok_1\"}", 409, "looks like a token's id"),
            ("{\"role\": \"admin\", \"name\": \"admin\"}", 409, "has the name `admin`"),
            ("{\"role\": \"admin\", \"expires_at\": \"2020-01-01T00:00:00Z\"}", 400, "not later"),
            ("{\"role\": \"admin\", \"expires\": \"90d\"}", 400, "unknown field"),
        ] {
            let answer = server.tell("POST /v1/tokens", &admin, body).await;
            assert_eq!(answer.status, status, "{body}: {answer:?}");
            let detail = answer.json()["detail"].as_str().unwrap().to_owned();
            assert!(detail.contains(hint), "{body}: {detail}");
        }
        let tokens = server.ask("GET /v1/tokens", &admin).await.json();
        assert_eq!(tokens["items"].as_array().unwrap().len(), 1);
        let operator = server.token(Role::Operator).await;
        let body = "{\"role\": \"admin\"}";
        assert_eq!(server.tell("POST /v1/tokens", &operator, body).await.status, 403);
    }
}
