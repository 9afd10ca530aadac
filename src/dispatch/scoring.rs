//! Scores inquiries before they are routed.

use std::sync::Arc;

use super::Dispatch;
use crate::base::Now;
use crate::base::Wall;
use crate::routing::Inquiry;
use crate::routing::Known;
use crate::routing::Snapshot;
use crate::score::Model;
use crate::score::SCORE;
use crate::score::Scored;
use crate::score::Scorer;
use crate::score::WINDOW;
use crate::store::ModelInUse;
use crate::store::Store;
use crate::store::StoreError;

impl Dispatch {
    /// Scores new inquiries by this scorer from now on.
    pub fn score_by(&self, scorer: Scorer) {
        self.scorer.store(Arc::new(scorer));
    }

    /// Returns the scorer in use.
    pub fn scorer(&self) -> Arc<Scorer> {
        self.scorer.load_full()
    }

    /// Returns the score of an inquiry that comes in now.
    pub fn score(&self, snapshot: &Snapshot, inquiry: &Inquiry, now: Now) -> Scored {
        let Inquiry { offer, channel, source, caller, fields } = inquiry;
        let form = snapshot.book().offer(offer).map(|offer| offer.fields.as_slice());
        let scorer = self.scorer.load();
        let (source, caller) = (source.as_ref(), caller.as_ref());
        scorer.score(*channel, fields, source, caller, form.unwrap_or_default(), now.wall)
    }

    /// Derives the facts about an inquiry, its score among them. A score that the inquiry has is
    /// kept.
    pub(super) fn known(&self, snapshot: &Snapshot, inquiry: &Inquiry, now: Now) -> Known {
        let known = Known::of(inquiry);
        match inquiry.fields.value(SCORE) {
            Some(_) => known,
            None => known.scored(self.score(snapshot, inquiry, now).score),
        }
    }
}

/// Scores by the model in use from now on, and by what the sources have sent until `at`.
///
/// # Errors
/// The database cannot be read.
pub async fn take_up_scores(
    store: &dyn Store,
    dispatch: &Dispatch,
    at: Wall,
) -> Result<(), StoreError> {
    let before = dispatch.scorer();
    let version = store.model_version().await?;
    let known = before.model.clone().filter(|model| Some(model.version()) == version);
    let model = match known {
        Some(model) => Some(model),
        None => store.model_in_use().await?.and_then(|stored| read(&stored)),
    };
    let sources = store.source_qualities(at - WINDOW).await?;
    dispatch.score_by(Scorer { model, sources });
    Ok(())
}

/// Reads a stored model.
fn read(stored: &ModelInUse) -> Option<Arc<Model>> {
    let ModelInUse { version, json } = stored;
    match Model::from_json(*version, json) {
        Ok(model) => {
            tracing::info!(version, "model in use");
            Some(Arc::new(model))
        }
        Err(error) => {
            tracing::error!(version, %error, "model not usable: the points table scores");
            None
        }
    }
}

#[cfg(test)]
mod tests;
