//! Who may ask.

use axum::extract::Request;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::Response;

use super::Site;
use super::problem::Problem;
use crate::store::Role;
use crate::store::TokenState;

/// Longest token that is looked up, in bytes; ours are shorter.
const TOKEN_BYTES_MAX: usize = 256;

/// Lets a request pass whose token may read everything; the route finds it in the
/// extensions.
pub(super) async fn read_all(
    State(site): State<Site>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let token = bearer(request.headers()).ok_or(Problem::Unauthorized)?;
    let now = site.clock.now().wall;
    let found = site.store.token_check(token, now).await?;
    let found = found.filter(|token| token.state(now) == TokenState::Live);
    let token = found.ok_or(Problem::Unauthorized)?;
    match token.role {
        Role::Admin | Role::Operator | Role::Analyst => {
            request.extensions_mut().insert(token);
            Ok(next.run(request).await)
        }
        Role::Buyer(_) | Role::Source(_) => Err(Problem::Forbidden(token.role.name())),
    }
}

/// The token of a bearer's header (RFC 6750 §2.1); the scheme's case does not matter.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    let fits = (1..=TOKEN_BYTES_MAX).contains(&token.len());
    (scheme.eq_ignore_ascii_case("bearer") && fits).then_some(token)
}
