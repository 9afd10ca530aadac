//! `POST /v1/conversions/{key}`: a buyer reports what became of a sale. The key is the
//! authorization.

use axum::Json;
use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

use super::access::Public;
use super::handler::Admitted;
use super::problem::Problem;
use super::problem::sentence;
use super::schema::slug;
use super::schema::text;
use super::segment::Segment;
use crate::base::BuyerReport;
use crate::base::CallId;
use crate::base::ContractId;
use crate::base::DISPOSITION_BYTES_MAX;
use crate::base::LeadId;
use crate::base::Money;
use crate::base::REFERENCE_BYTES_MAX;
use crate::base::Reported;
use crate::base::Wall;
use crate::billing::ReportRefused;
use crate::dispatch::take_up_credits;
use crate::store::CallOrLead;
use crate::store::ReportOutcome;
use crate::store::SaleReport;

/// Largest body of a report, in bytes.
pub(super) const REPORT_BYTES_MAX: usize = 4 * 1024;

/// A conversion key, as the path has it.
pub(super) struct KeyText(String);

impl Segment for KeyText {
    const ABOUT: &'static str = "Conversion key, from `X-Strowger-Key` of the INVITE.";

    fn schema() -> RefOr<Schema> {
        text()
    }

    fn read(text: &str) -> Result<Self, Problem> {
        Ok(Self(text.to_owned()))
    }
}

/// What became of a sale.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReportBody {
    /// Whether the buyer sold to the caller.
    sold: bool,
    /// Amount owed, within the contract's `min` and `max`; without it, the contract's price.
    #[serde(default)]
    revenue: Option<Money>,
    /// Outcome in the buyer's own word; at most 64 bytes.
    #[serde(default)]
    #[schema(max_length = 64)]
    disposition: Option<String>,
    /// The buyer's own id of the sale; at most 200 bytes.
    #[serde(default)]
    #[schema(max_length = 200)]
    reference: Option<String>,
}

/// A report that was accepted.
#[derive(Serialize, ToSchema)]
pub(super) struct AcceptedReport {
    /// The call that was sold.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    call: Option<CallId>,
    /// The form lead that was sold.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    lead: Option<LeadId>,
    /// Contract of the sale.
    #[schema(schema_with = slug)]
    contract: ContractId,
    /// Whether the buyer sold to the caller.
    sold: bool,
    /// The reported amount.
    revenue: Option<Money>,
    /// The reported disposition.
    disposition: Option<String>,
    /// The reported reference.
    reference: Option<String>,
    /// Time at which this report arrived first.
    #[schema(value_type = String)]
    reported_at: Wall,
}

/// Stores a report and corrects what is owed. The same report again gets the same answer.
pub(super) async fn report(
    request: Admitted<Public, KeyText, (), Json<ReportBody>>,
) -> Result<Json<AcceptedReport>, Problem> {
    let Admitted { site, path: KeyText(key), body: Json(body), .. } = request;
    let sale = site.conversions.attempt(&key).ok_or(Problem::NotFound("conversion key"))?;
    let report = checked(body)?;
    let outcome = site.store.sale_report(sale, report, site.clock.now().wall).await?;
    take_up_credits(site.store.as_ref(), &site.dispatch).await?;
    match outcome {
        ReportOutcome::Accepted(report) => Ok(Json(AcceptedReport::from(report))),
        ReportOutcome::Refused(refused) => Err(Problem::from(refused)),
        ReportOutcome::NotSold => Err(Problem::Conflict(
            "The call is not connected to this buyer yet. Report it again when it is, or after \
             its end."
                .to_owned(),
        )),
        ReportOutcome::Unknown => Err(Problem::NotFound("conversion key")),
    }
}

/// Returns the report of a body, if its texts are allowed.
fn checked(body: ReportBody) -> Result<BuyerReport, Problem> {
    let ReportBody { sold, revenue, disposition, reference } = body;
    for (name, text, most) in [
        ("disposition", &disposition, DISPOSITION_BYTES_MAX),
        ("reference", &reference, REFERENCE_BYTES_MAX),
    ] {
        let Some(text) = text else { continue };
        if text.len() > most || text.chars().any(char::is_control) {
            let fault =
                format!("`{name}` must have at most {most} bytes, and no control characters.");
            return Err(Problem::Unreadable(fault));
        }
    }
    // An empty text is the same as none.
    let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let (disposition, reference) = (filled(disposition), filled(reference));
    Ok(BuyerReport { sold, revenue, disposition, reference })
}

impl From<SaleReport> for AcceptedReport {
    fn from(report: SaleReport) -> Self {
        let SaleReport { inquiry, contract, reported: Reported { report, at } } = report;
        let BuyerReport { sold, revenue, disposition, reference } = report;
        let (call, lead) = match inquiry {
            CallOrLead::Call(call) => (Some(call), None),
            CallOrLead::Lead(lead) => (None, Some(lead)),
        };
        Self { call, lead, contract, sold, revenue, disposition, reference, reported_at: at }
    }
}

impl From<ReportRefused> for Problem {
    fn from(refused: ReportRefused) -> Self {
        let sentence = sentence(&refused.to_string());
        match refused {
            ReportRefused::Expired => Problem::NotFound("conversion key"),
            ReportRefused::TooMany => Problem::Conflict(sentence),
            ReportRefused::Currency { .. }
            | ReportRefused::NotSold(_)
            | ReportRefused::NoAmount(_)
            | ReportRefused::BelowMin { .. }
            | ReportRefused::AboveMax { .. } => {
                Problem::Disallowed("revenue_not_allowed", sentence)
            }
        }
    }
}

#[cfg(test)]
mod tests;
