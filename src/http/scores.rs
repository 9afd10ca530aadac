//! `/v1/scores`: models that score calls and leads, and which one does.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

use super::access::Staff;
use super::access::Writer;
use super::handler::Admitted;
use super::problem::Problem;
use super::schema::pattern;
use super::segment::Segment;
use crate::store::ListedModel;

/// What scores inquiries: a model, or the points table (`None`).
pub(super) struct Choice(Option<u64>);

impl Segment for Choice {
    const ABOUT: &'static str = "Version of the model, or `points`.";

    fn schema() -> RefOr<Schema> {
        pattern("^([0-9]{1,18}|points)$")
    }

    fn read(text: &str) -> Result<Self, Problem> {
        match text {
            "points" => Ok(Self(None)),
            version => {
                let version = version.parse().map_err(|_| Problem::NotFound("model"))?;
                Ok(Self(Some(version)))
            }
        }
    }
}

/// The models, newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = Models)]
pub(super) struct Models {
    /// Version of the model that scores new calls and leads; null for the points table.
    in_use: Option<u64>,
    items: Vec<ListedModel>,
    /// Always null: the list is complete.
    next: Option<String>,
}

/// Returns the models with their evaluations, newest first.
pub(super) async fn list(request: Admitted<Staff>) -> Result<Json<Models>, Problem> {
    let items = request.site.store.models().await?;
    let in_use = items.iter().find(|model| model.in_use).map(|model| model.version);
    Ok(Json(Models { in_use, items, next: None }))
}

/// Scores new calls and leads by a model, or by the points table. A running switch changes to it at
/// once.
pub(super) async fn put_in_use(request: Admitted<Writer, Choice>) -> Result<Json<Models>, Problem> {
    let Admitted { site, who: Writer { by }, path: Choice(version), .. } = request;
    if !site.store.model_use(version, by).await? {
        return Err(Problem::NotFound("model"));
    }
    let items = site.store.models().await?;
    Ok(Json(Models { in_use: version, items, next: None }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::http::client::Server;
    use crate::http::connection::Bounded;
    use crate::score::Evaluation;
    use crate::store::NewModel;
    use crate::store::Role;
    use crate::store::sample::by;
    use crate::store::sample::second;

    #[tokio::test]
    async fn models_are_listed_and_one_is_put_in_use() {
        let server = Server::start(Bounded::new).await;
        let (operator, analyst) =
            (server.token(Role::Operator).await, server.token(Role::Analyst).await);
        let empty = server.ask("GET /v1/scores", &analyst).await.json();
        assert_eq!(empty, json!({ "in_use": null, "items": [], "next": null }));
        let evaluation = Evaluation::of(&[(0.9, true), (0.2, false)]);
        let model = NewModel { json: "{}".to_owned(), examples: 800, evaluation };
        let version = server.store.model_add(model, by("ann", second(1))).await.unwrap();
        let path = format!("POST /v1/scores/{version}/use");
        assert_eq!(server.tell(&path, &analyst, "").await.status, 403);
        let used = server.tell(&path, &operator, "").await;
        assert_eq!((used.status, &used.json()["in_use"]), (200, &json!(version)), "{used:?}");
        let listed = server.ask("GET /v1/scores", &analyst).await.json();
        let item = &listed["items"][0];
        assert_eq!((&item["version"], &item["in_use"]), (&json!(version), &json!(true)));
        assert_eq!((&item["examples"], &item["evaluation"]["auc"]), (&json!(800), &json!(1.0)));
        let unknown = server.tell("POST /v1/scores/99/use", &operator, "").await;
        assert_eq!(unknown.status, 404);
        assert_eq!(server.tell("POST /v1/scores/x/use", &operator, "").await.status, 404);
        let points = server.tell("POST /v1/scores/points/use", &operator, "").await.json();
        assert_eq!(points["in_use"], json!(null));
        let activity = server.ask("GET /v1/activity", &operator).await;
        assert!(activity.body.contains("/v1/scores/points/use"), "{activity:?}");
    }
}
