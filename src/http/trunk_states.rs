//! `/v1/gateways` and `/v1/registrations`: the state of the trunks at this node.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use super::access::Staff;
use super::handler::Admitted;
use super::problem::Problem;
use crate::call::GatewayReport;
use crate::call::RegistrationReport;

/// Gateways, by trunk.
#[derive(Serialize, ToSchema)]
pub(super) struct Gateways {
    items: Vec<GatewayReport>,
    /// Always null: they come at once.
    next: Option<String>,
}

/// Registrations, by trunk.
#[derive(Serialize, ToSchema)]
pub(super) struct Registrations {
    items: Vec<RegistrationReport>,
    /// Always null: they come at once.
    next: Option<String>,
}

/// Returns the gateways of the live book whose hosts are located, with their states at this node.
pub(super) async fn gateways(request: Admitted<Staff, (), ()>) -> Result<Json<Gateways>, Problem> {
    let items = request.site.operator.trunks().gateways;
    Ok(Json(Gateways { items, next: None }))
}

/// Returns the registrations of this node.
pub(super) async fn registrations(
    request: Admitted<Staff, (), ()>,
) -> Result<Json<Registrations>, Problem> {
    let items = request.site.operator.trunks().registrations;
    Ok(Json(Registrations { items, next: None }))
}
