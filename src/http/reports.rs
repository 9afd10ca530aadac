//! `/v1/reports/…`: reports on ended calls, and the usage of caps.

use axum::Json;

use super::Site;
use super::access::Staff;
use super::access::Tenant;
use super::handler::Admitted;
use super::problem::Problem;
use super::query::Words;
use super::query::query;
use crate::call::Scope;
use crate::past::caps_used;
use crate::report::CapsReport;
use crate::report::Question;
use crate::report::Report;
use crate::report::Topic;
use crate::report::Wanted;

query! {
    /// What a report is about.
    pub(super) struct Asked {
        /// What each row is about, separated by commas: `hour` or `day`, and dimensions.
        group_by: Words,
        /// Start: RFC 3339, a date, or how long ago; 30 days with today by default.
        since: Words,
        /// End, exclusive; now by default.
        until: Words,
        /// Time zone of days, hours and dates; UTC by default.
        zone: Words,
        /// Currency of the amounts; that of the book by default.
        currency: Words,
    }
}

/// Returns profit and loss.
pub(super) async fn pnl(request: Admitted<Tenant, (), Asked>) -> Result<Json<Report>, Problem> {
    of_tenant(Topic::Pnl, request).await
}

/// Returns reasons of ends, losses, and skips.
pub(super) async fn rejections(
    request: Admitted<Tenant, (), Asked>,
) -> Result<Json<Report>, Problem> {
    of_tenant(Topic::Rejections, request).await
}

/// Returns whether buyers answer.
pub(super) async fn answer(request: Admitted<Tenant, (), Asked>) -> Result<Json<Report>, Problem> {
    of_tenant(Topic::Answer, request).await
}

/// Returns missed calls.
pub(super) async fn missed(request: Admitted<Tenant, (), Asked>) -> Result<Json<Report>, Problem> {
    of_tenant(Topic::Missed, request).await
}

/// Returns how long buyers took to ring and answer.
pub(super) async fn latency(request: Admitted<Tenant, (), Asked>) -> Result<Json<Report>, Problem> {
    of_tenant(Topic::Latency, request).await
}

/// Returns what fallbacks sold.
pub(super) async fn fallbacks(
    request: Admitted<Staff, (), Asked>,
) -> Result<Json<Report>, Problem> {
    let Admitted { site, query, .. } = request;
    reported(Topic::Fallbacks, &site, Scope::All, &query).await
}

async fn of_tenant(
    topic: Topic,
    request: Admitted<Tenant, (), Asked>,
) -> Result<Json<Report>, Problem> {
    let Admitted { site, who: Tenant { scope, .. }, query, .. } = request;
    reported(topic, &site, scope, &query).await
}

async fn reported(
    topic: Topic,
    site: &Site,
    scope: Scope,
    asked: &Asked,
) -> Result<Json<Report>, Problem> {
    let Asked { group_by, since, until, zone, currency } = asked;
    let text = |value: &'_ Option<Words>| value.as_ref().map(|words| words.as_str().to_owned());
    let [group_by, since, until, zone, other] = [group_by, since, until, zone, currency].map(text);
    let wanted = Wanted {
        group_by: group_by.as_deref(),
        since: since.as_deref(),
        until: until.as_deref(),
        zone: zone.as_deref(),
        currency: other.as_deref(),
    };
    let currency = site.dispatch.snapshot().book().currency();
    let question = Question::new(topic, scope, wanted, site.clock.now().wall, currency);
    let question = question.map_err(|faults| Problem::Unreadable(faults.join(" ")))?;
    let report = site.store.report(question).await?;
    report.map(Json).map_err(|error| Problem::Unreadable(error.to_string()))
}

/// Returns how much of each cap is used now.
pub(super) async fn caps(request: Admitted<Tenant>) -> Result<Json<CapsReport>, Problem> {
    let Admitted { site, who: Tenant { scope, .. }, .. } = request;
    let (now, snapshot) = (site.clock.now().wall, site.dispatch.snapshot());
    Ok(Json(caps_used(site.store.as_ref(), snapshot.book(), &scope, now).await?))
}
