//! `/v1/tokens`: who may use this interface.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use super::access::Admin;
use super::problem::Problem;
use super::route::Admitted;
use crate::store::TokenDocument;

/// Tokens, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct Tokens {
    items: Vec<TokenDocument>,
    /// Always null: they come at once.
    next: Option<String>,
}

/// Every token, newest first; of revoked ones the latest.
pub(super) async fn list(request: Admitted<Admin>) -> Result<Json<Tokens>, Problem> {
    let site = request.site;
    let now = site.clock.now().wall;
    let tokens = site.store.tokens().await?;
    let items = tokens.iter().map(|token| token.document(now)).collect();
    Ok(Json(Tokens { items, next: None }))
}
