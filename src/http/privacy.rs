//! `POST /v1/privacy/delete`: removes a person's data.

use axum::Json;
use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use super::access::AdminChange;
use super::handler::Admitted;
use super::problem::Problem;
use crate::base::Person;
use crate::call::Forgotten;

/// The person: exactly one of these.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WantedPerson {
    /// Number in E.164.
    phone: Option<String>,
    /// E-mail address.
    email: Option<String>,
}

impl WantedPerson {
    fn read(self) -> Result<Person, Problem> {
        let unreadable = |name: &str, error: &dyn std::fmt::Display| {
            Problem::Unreadable(format!("`{name}`: {error}."))
        };
        match (self.phone, self.email) {
            (Some(phone), None) => {
                phone.parse().map(Person::Phone).map_err(|error| unreadable("phone", &error))
            }
            (None, Some(email)) => {
                email.parse().map(Person::Email).map_err(|error| unreadable("email", &error))
            }
            (Some(_), Some(_)) | (None, None) => {
                Err(Problem::Unreadable("Give either `phone` or `email`.".to_owned()))
            }
        }
    }
}

/// Counts of what was removed.
#[derive(Serialize, ToSchema)]
pub(super) struct Removed {
    /// Ended calls whose caller, fields, and tags were removed; their amounts stay.
    calls: u64,
    /// Live calls of the person, which were left: repeat the request when they have ended.
    live: u64,
    /// Routing decisions.
    decisions: u64,
    /// Lines of journals at webhook carriers.
    journal_lines: u64,
    /// Calls whose SIP messages were removed.
    ladders: u64,
    /// Recordings: files, and links to recordings of webhook carriers.
    recordings: u64,
    /// Events of postbacks without the person, also those that are still to be delivered.
    events: u64,
    /// Buyers' references, and notes of returns.
    notes: u64,
    /// Kept answers to requests with an idempotency key.
    answers: u64,
    /// Tag values of reports that name the person, or that only this person's calls had.
    tags: u64,
}

/// Removes a person's data.
pub(super) async fn delete(
    request: Admitted<AdminChange, (), (), Json<WantedPerson>>,
) -> Result<Json<Removed>, Problem> {
    let Admitted { site, who: AdminChange { by }, body: Json(wanted), .. } = request;
    let removed = site.operator.forget(&site.recordings, wanted.read()?, by).await?;
    let Forgotten {
        calls,
        live,
        decisions,
        journal_lines,
        ladders,
        recordings,
        events,
        notes,
        answers,
        tags,
    } = removed;
    let removed = Removed {
        calls,
        live,
        decisions,
        journal_lines,
        ladders,
        recordings,
        events,
        notes,
        answers,
        tags,
    };
    Ok(Json(removed))
}
