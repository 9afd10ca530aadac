//! Trains models on a schedule. A new one is used only if it predicts no worse than what scores now.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::base::Wall;
use crate::net::Clock;
use crate::past::examples;
use crate::score::Model;
use crate::score::Trained;
use crate::score::evaluate;
use crate::score::train;
use crate::store::Action;
use crate::store::EntityKind;
use crate::store::Mutation;
use crate::store::NewModel;
use crate::store::Store;
use crate::store::Verb;

/// How far back the inquiries go that a model is trained on.
const SINCE: Duration = Duration::from_secs(365 * 86_400);
/// Longest sleep, and the delay before a training is repeated that was not possible.
const SLEEP_MAX: Duration = Duration::from_secs(86_400);

/// Trains a model whenever the newest one is as old as `every`, until `end` is cancelled.
pub(super) async fn run(
    store: Arc<dyn Store>,
    clock: Clock,
    every: Duration,
    end: CancellationToken,
) {
    loop {
        let pause = match left(store.as_ref(), every, clock.now().wall).await {
            Ok(Duration::ZERO) => {
                if let Err(reason) = retrain(store.as_ref(), clock.now().wall).await {
                    tracing::warn!(reason, "model not trained");
                }
                SLEEP_MAX.min(every)
            }
            Ok(left) => left.min(SLEEP_MAX),
            Err(reason) => {
                tracing::warn!(reason, "model not trained");
                SLEEP_MAX
            }
        };
        tokio::select! {
            () = end.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Returns how long until a model is to be trained.
async fn left(store: &dyn Store, every: Duration, now: Wall) -> Result<Duration, String> {
    let models = store.models().await.map_err(|error| error.to_string())?;
    let newest = models.first().map(|model| model.trained_at + every);
    Ok(newest.map_or(Duration::ZERO, |due| due.since(now)))
}

/// Trains a model and stores it, and uses it unless what scores now predicts the inquiries better that
/// both did not see. The error says why there is none.
pub(super) async fn retrain(store: &dyn Store, now: Wall) -> Result<(), String> {
    let failed = |error: &dyn std::fmt::Display| error.to_string();
    let examples = examples(store, now - SINCE).await.map_err(|error| failed(&error))?;
    let in_use = store.model_in_use().await.map_err(|error| failed(&error))?;
    let learn = move || {
        let trained = train(&examples).map_err(|error| failed(&error))?;
        let current = in_use.and_then(|own| Model::from_json(own.version, &own.json).ok());
        Ok::<_, String>((trained, evaluate(&examples, current.as_ref())))
    };
    let learned = tokio::task::spawn_blocking(learn).await.map_err(|error| failed(&error))?;
    let (Trained { json, examples, evaluation }, before) = learned?;
    let by = |verb| {
        let action = Action::new(verb, EntityKind::Model);
        Mutation::by_user("strowger", action, "[score] retrain", now)
    };
    let (auc, brier) = (evaluation.auc.unwrap_or_default(), evaluation.brier);
    let is_used = evaluation.is_as_good_as(&before);
    let model = NewModel { json, examples, evaluation };
    let version = store.model_add(model, by(Verb::Create)).await.map_err(|error| failed(&error))?;
    if is_used {
        let used = store.model_use(Some(version), by(Verb::Use)).await;
        used.map_err(|error| failed(&error))?;
    }
    let brier_before = before.brier;
    tracing::info!(version, examples, auc, brier, brier_before, is_used, "model trained");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Database;
    use crate::store::Scores as _;

    #[tokio::test]
    async fn a_model_is_trained_when_the_newest_is_old_and_there_is_enough() {
        let home = tempfile::tempdir().unwrap();
        let store = Database::sqlite(&home.path().join("s.db")).unwrap();
        let now: Wall = "2026-01-14T15:00:00Z".parse().unwrap();
        let week = Duration::from_secs(7 * 86_400);
        assert_eq!(left(&store, week, now).await, Ok(Duration::ZERO), "there is none");
        let refused = retrain(&store, now).await.unwrap_err();
        assert!(refused.contains("a model needs 500"), "{refused}");
        assert!(store.models().await.unwrap().is_empty());
    }
}
