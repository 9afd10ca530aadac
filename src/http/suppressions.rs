//! `/v1/suppressions`: lists of those who are never routed. No address names a contact, because
//! addresses end up in the logs of proxies; no answer shows one, because none is stored.

use axum::Json;
use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

use super::Site;
use super::access::Staff;
use super::access::Writer;
use super::handler::Admitted;
use super::problem::Problem;
use super::schema::moment;
use super::schema::nullable;
use super::schema::slug;
use super::segment::Segment;
use crate::base::ListName;
use crate::base::Wall;
use crate::store::Addition;
use crate::store::CONTACTS_MAX;
use crate::store::Destination;
use crate::store::Remark;
use crate::store::SuppressionList;
use crate::suppression::Applies;
use crate::suppression::Contact;
use crate::suppression::Listed;
use crate::suppression::reason_of;

/// Largest body with contacts, in bytes.
pub(super) const CONTACTS_BYTES_MAX: usize = 1_024 * 1_024;

impl Segment for ListName {
    const ABOUT: &'static str = "Name of a suppression list.";

    fn schema() -> RefOr<Schema> {
        slug()
    }

    fn read(text: &str) -> Result<Self, Problem> {
        text.parse().map_err(|error| Problem::Unreadable(format!("{error}.")))
    }
}

/// What a list applies to.
#[derive(Serialize, ToSchema)]
#[schema(as = SuppressionScope)]
pub(super) struct Scope {
    /// The only offer; null if the list applies to any.
    offer: Option<String>,
    /// The only source; null if the list applies to any.
    source: Option<String>,
}

impl From<Applies> for Scope {
    fn from(applies: Applies) -> Self {
        match applies {
            Applies::All => Self { offer: None, source: None },
            Applies::Offer(offer) => Self { offer: Some(offer.to_string()), source: None },
            Applies::Source(source) => Self { offer: None, source: Some(source.to_string()) },
        }
    }
}

/// A suppression list.
#[derive(Serialize, ToSchema)]
#[schema(as = SuppressionList)]
pub(super) struct ShownList {
    /// Name of the list.
    name: String,
    applies_to: Scope,
    /// Number of entries, including those that have ended.
    entries: u64,
    /// When the list was made.
    #[schema(schema_with = moment)]
    created_at: Wall,
    /// When the list was last changed.
    #[schema(schema_with = moment)]
    changed_at: Wall,
}

/// Every list.
#[derive(Serialize, ToSchema)]
#[schema(as = SuppressionLists)]
pub(super) struct Lists {
    items: Vec<ShownList>,
    /// Always null: the list is complete.
    next: Option<String>,
}

/// Returns all lists, by name.
pub(super) async fn lists(request: Admitted<Staff>) -> Result<Json<Lists>, Problem> {
    let lists = request.site.store.suppression_lists().await?;
    let items = lists.into_iter().map(|list| {
        let SuppressionList { name, applies_to, entries, created_at, changed_at } = list;
        let (name, applies_to) = (name.to_string(), applies_to.into());
        ShownList { name, applies_to, entries, created_at, changed_at }
    });
    Ok(Json(Lists { items: items.collect(), next: None }))
}

/// A contact to look up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SuppressionQuestion)]
pub(super) struct Question {
    /// A phone number or an e-mail address.
    contact: String,
}

/// A list that holds the contact.
#[derive(Serialize, ToSchema)]
#[schema(as = Suppression)]
pub(super) struct ShownEntry {
    /// Name of the list.
    list: String,
    applies_to: Scope,
    /// Why the contact is listed; null if nothing was said.
    reason: Option<String>,
    /// Since when.
    #[schema(schema_with = moment)]
    since: Wall,
    /// Until when; null without an end.
    #[schema(schema_with = moment_or_null)]
    until: Option<Wall>,
}

fn moment_or_null() -> RefOr<Schema> {
    nullable(moment())
}

/// Lists that hold a contact.
#[derive(Serialize, ToSchema)]
#[schema(as = SuppressionAnswer)]
pub(super) struct Answer {
    /// The lists, oldest first; none if the contact is on no list.
    items: Vec<ShownEntry>,
}

/// Returns the lists that hold a contact, whatever they apply to.
pub(super) async fn check(
    request: Admitted<Staff, (), (), Json<Question>>,
) -> Result<Json<Answer>, Problem> {
    let Admitted { site, body: Json(Question { contact }), .. } = request;
    let contact = contact.parse::<Contact>().map_err(|error| unreadable("`contact`", &error))?;
    let at = site.clock.now().wall;
    let found = site.store.suppression_check(contact, at).await?;
    let items = found.into_iter().map(|listed| {
        let Listed { list, applies_to, reason, since, until } = listed;
        let (list, applies_to) = (list.to_string(), applies_to.into());
        ShownEntry { list, applies_to, reason, since, until }
    });
    Ok(Json(Answer { items: items.collect() }))
}

fn unreadable(what: &str, error: &dyn std::fmt::Display) -> Problem {
    Problem::Unreadable(format!("{what}: {error}."))
}

/// Contacts to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WantedSuppressions)]
pub(super) struct Wanted {
    /// Phone numbers and e-mail addresses; at most 10,000.
    #[schema(min_items = 1, max_items = 10_000)]
    contacts: Vec<String>,
    /// Why they are listed; at most 200 characters.
    #[serde(default)]
    reason: String,
    /// Until when; without an end when it is not given.
    #[serde(default)]
    #[schema(schema_with = moment_or_null)]
    until: Option<Wall>,
    /// The only offer that a new list applies to.
    #[serde(default)]
    offer: Option<String>,
    /// The only source that a new list applies to.
    #[serde(default)]
    source: Option<String>,
}

/// How many contacts were added.
#[derive(Serialize, ToSchema)]
#[schema(as = AddedSuppressions)]
pub(super) struct Added {
    /// Contacts that were not on the list.
    added: u64,
    /// Contacts that were, and still are.
    known: u64,
}

/// Adds contacts to a list.
pub(super) async fn add(
    request: Admitted<Writer, ListName, (), Json<Wanted>>,
) -> Result<Json<Added>, Problem> {
    let Admitted { site, who: Writer { by }, path: list, body: Json(wanted), .. } = request;
    let Wanted { contacts, reason, until, offer, source } = wanted;
    let contacts = read(&contacts)?;
    let reason = reason_of(&reason).map_err(|error| unreadable("`reason`", &error))?;
    if until.is_some_and(|end| end <= by.at) {
        return Err(Problem::Unreadable(format!("`until` is not later than {}.", by.at)));
    }
    let is_given = offer.is_some() || source.is_some();
    let applies = Applies::of(offer.as_deref(), source.as_deref());
    let applies = applies.map_err(|error| Problem::Unreadable(format!("{error}.")))?;
    known(&site, &applies)?;
    let to = Destination { list, applies: is_given.then_some(applies) };
    let addition = Addition { to, contacts, remark: Remark { reason, until }, by };
    match site.store.suppression_add(addition).await? {
        Ok(done) => Ok(Json(Added { added: done.added, known: done.known })),
        Err(not_there) => Err(Problem::Conflict(format!("{not_there}."))),
    }
}

/// Refuses an offer or source that is not in the book.
fn known(site: &Site, applies: &Applies) -> Result<(), Problem> {
    let snapshot = site.dispatch.snapshot();
    let is_known = match applies {
        Applies::All => true,
        Applies::Offer(offer) => snapshot.book().offer(offer).is_some(),
        Applies::Source(source) => snapshot.book().source(source).is_some(),
    };
    if is_known { Ok(()) } else { Err(Problem::Unreadable(format!("Unknown {applies}."))) }
}

fn read(texts: &[String]) -> Result<Vec<Contact>, Problem> {
    if texts.is_empty() || texts.len() > CONTACTS_MAX {
        return Err(Problem::Unreadable(format!("Give 1 to {CONTACTS_MAX} `contacts`.")));
    }
    let read = |(place, text): (usize, &String)| {
        text.parse().map_err(|error| unreadable(&format!("`contacts[{place}]`"), &error))
    };
    texts.iter().enumerate().map(read).collect()
}

/// Contacts to remove.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UnwantedSuppressions)]
pub(super) struct Unwanted {
    /// Phone numbers and e-mail addresses; at most 10,000.
    #[schema(min_items = 1, max_items = 10_000)]
    contacts: Vec<String>,
}

/// How many contacts were removed.
#[derive(Serialize, ToSchema)]
#[schema(as = RemovedSuppressions)]
pub(super) struct Removed {
    /// Contacts that were on the list.
    removed: u64,
}

/// Removes contacts from a list.
pub(super) async fn remove(
    request: Admitted<Writer, ListName, (), Json<Unwanted>>,
) -> Result<Json<Removed>, Problem> {
    let Admitted { site, who: Writer { by }, path, body: Json(Unwanted { contacts }), .. } =
        request;
    let removed = site.store.suppression_remove(path, read(&contacts)?, by).await?;
    removed.map(|removed| Json(Removed { removed })).ok_or(Problem::NotFound("suppression list"))
}

/// A list that was dropped.
#[derive(Serialize, ToSchema)]
#[schema(as = DroppedSuppressionList)]
pub(super) struct Dropped {
    /// Name of the list.
    dropped: String,
}

/// Drops a list with all its entries.
pub(super) async fn drop_list(
    request: Admitted<Writer, ListName>,
) -> Result<Json<Dropped>, Problem> {
    let Admitted { site, who: Writer { by }, path, .. } = request;
    let dropped = path.to_string();
    match site.store.suppression_drop(path, by).await? {
        true => Ok(Json(Dropped { dropped })),
        false => Err(Problem::NotFound("suppression list")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::http::client::Server;
    use crate::http::connection::Bounded;
    use crate::store::Role;

    const BOOK: &str = "[[offer]]\nid = \"solar\"\n[[source]]\nid = \"ads\"\n";
    const ADD: &str = "POST /v1/suppressions/dnc/entries";

    #[tokio::test]
    async fn contacts_are_added_found_and_removed_and_no_log_has_them() {
        let server = Server::start(Bounded::new).await;
        let staff = server.token(Role::Operator).await;
        assert_eq!(server.tell("PUT /v1/book", &staff, BOOK).await.status, 200);
        let body = json!({ "contacts": ["(305) 555-0123", "Ann@x.org"], "reason": "asked to" });
        let keyed = format!("{staff}Idempotency-Key: k\r\n");
        for _ in 0..2 {
            let added = server.tell(ADD, &keyed, &body.to_string()).await;
            assert_eq!(added.json(), json!({ "added": 2, "known": 0 }), "{added:?}");
        }
        let added = server.tell(ADD, &staff, &body.to_string()).await;
        assert_eq!(added.json(), json!({ "added": 0, "known": 2 }), "{added:?}");
        let check = async |contact: &str| {
            let body = json!({ "contact": contact }).to_string();
            let answer = server.tell("POST /v1/suppressions/check", &staff, &body).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            answer.json()["items"].clone()
        };
        let found = check("+13055550123").await;
        assert_eq!(found[0]["list"], "dnc");
        assert_eq!(found[0]["reason"], "asked to");
        assert_eq!(found[0]["applies_to"], json!({ "offer": null, "source": null }));
        assert_eq!(check("+13055550124").await, json!([]));
        let lists = server.ask("GET /v1/suppressions", &staff).await.json();
        assert_eq!(
            (&lists["items"][0]["name"], &lists["items"][0]["entries"]),
            (&"dnc".into(), &2.into())
        );
        let body = json!({ "contacts": ["+13055550123", "+13055550199"] }).to_string();
        let removed = server.tell("POST /v1/suppressions/dnc/remove", &staff, &body).await;
        assert_eq!(removed.json(), json!({ "removed": 1 }), "{removed:?}");
        assert_eq!(check("+13055550123").await, json!([]));
        let gone = server.ask("DELETE /v1/suppressions/dnc", &staff).await;
        assert_eq!((gone.status, gone.json()), (200, json!({ "dropped": "dnc" })));
        assert_eq!(server.ask("DELETE /v1/suppressions/dnc", &staff).await.status, 404);
        assert_eq!(check("ann@x.org").await, json!([]));
        let log = server.ask("GET /v1/activity", &staff).await;
        assert!(!log.body.contains("5550123") && !log.body.contains("x.org"), "{}", log.body);
        let entries = log.json()["items"].as_array().unwrap().clone();
        let shown: Vec<String> = entries
            .iter()
            .map(|one| {
                format!("{} {} {} {}", one["action"], one["kind"], one["id"], one["outcome"])
            })
            .map(|line| line.replace('"', ""))
            .collect();
        assert_eq!(shown[1], "delete suppression dnc done");
        assert_eq!(shown[2], "delete suppression dnc done");
        assert_eq!(shown[3], "create suppression dnc done");
    }

    #[tokio::test]
    async fn what_cannot_be_listed_is_refused() {
        let server = Server::start(Bounded::new).await;
        let staff = server.token(Role::Operator).await;
        assert_eq!(server.tell("PUT /v1/book", &staff, BOOK).await.status, 200);
        let body = json!({ "contacts": ["3055550123"], "offer": "solar" }).to_string();
        assert_eq!(server.tell(ADD, &staff, &body).await.status, 200);
        let many = vec!["3055550123"; super::CONTACTS_MAX + 1];
        for (body, status, hint) in [
            (json!({ "contacts": [] }), 400, "Give 1 to"),
            (json!({ "contacts": many }), 400, "Give 1 to"),
            (json!({ "contacts": ["3055550123", "555 0199"] }), 400, "`contacts[1]`"),
            (json!({ "contacts": ["3055550123"], "reason": "a\nb" }), 400, "one line"),
            (json!({ "contacts": ["3055550123"], "until": "2020-01-01T00:00:00Z" }), 400, "later"),
            (json!({ "contacts": ["3055550123"], "offer": "roofs" }), 400, "Unknown offer roofs"),
            (json!({ "contacts": ["3055550123"], "offer": "solar", "source": "ads" }), 400, "both"),
            (json!({ "contacts": ["3055550123"], "source": "ads" }), 409, "applies to offer solar"),
            (json!({ "contacts": ["3055550123"], "list": "x" }), 400, "unknown field"),
        ] {
            let answer = server.tell(ADD, &staff, &body.to_string()).await;
            assert_eq!(answer.status, status, "{answer:?}");
            let detail = answer.json()["detail"].as_str().unwrap().to_owned();
            assert!(detail.contains(hint) && !detail.contains("0199"), "{detail}");
        }
        let body = json!({ "contacts": ["3055550123"] }).to_string();
        let unknown = server.tell("POST /v1/suppressions/dmc/remove", &staff, &body).await;
        assert_eq!(unknown.status, 404, "{unknown:?}");
    }
}
