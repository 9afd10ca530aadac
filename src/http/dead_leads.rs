//! `/v1/leads/dead`: sold leads that could not be delivered.

use axum::Json;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

use super::access::Staff;
use super::access::Writer;
use super::activity::EntryNumber;
use super::calls::PageSize;
use super::handler::Admitted;
use super::postbacks;
use super::postbacks::Page;
use super::postbacks::ResentCount;
use super::postbacks::event;
use super::problem::Problem;
use super::query::Value;
use super::query::query;
use super::schema::slug;
use crate::base::ContractId;
use crate::base::OutboxId;
use crate::outbox::Recipient;
use crate::outbox::Recipients;
use crate::store::Resend;

query! {
    /// Which page of dead deliveries.
    pub(super) struct Wanted {
        /// Only those of this contract.
        contract: Slug,
        /// Start of the page: the `next` of the previous page.
        cursor: EntryNumber,
        /// Deliveries per page; 50 by default.
        limit: PageSize,
    }
}

/// Id of a contract.
pub(super) struct Slug(ContractId);

impl Value for Slug {
    const EXPECTED: &'static str = "the id of a contract";

    fn schema() -> RefOr<Schema> {
        slug()
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

/// Returns a page of the deliveries that were given up, newest first.
pub(super) async fn dead(request: Admitted<Staff, (), Wanted>) -> Result<Json<Page>, Problem> {
    let Admitted { site, query, .. } = request;
    let only = query.contract.map(|own| Recipients::Only(Recipient::Contract(own.0)));
    let before = query.cursor.map(|cursor| cursor.0);
    postbacks::page(&site, only.unwrap_or(Recipients::Contracts), before, query.limit).await
}

/// Which dead deliveries of a contract are resent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ResentLeads)]
pub(super) struct Resent {
    /// Id of the event, which is that of one lead; all of them when it is not given.
    #[serde(default)]
    #[schema(schema_with = event)]
    event: Option<OutboxId>,
}

/// Makes dead deliveries to a contract due again.
pub(super) async fn resend(
    request: Admitted<Writer, ContractId, (), Json<Resent>>,
) -> Result<Json<ResentCount>, Problem> {
    let Admitted { site, who: Writer { by }, path, body: Json(Resent { event }), .. } = request;
    let is_known = site.dispatch.snapshot().book().contract(&path).is_some();
    if !is_known {
        return Err(Problem::NotFound("contract"));
    }
    let resend = Resend { to: Recipient::Contract(path), event };
    let resent = site.store.deliveries_resend(resend, by).await?;
    Ok(Json(ResentCount { resent }))
}
