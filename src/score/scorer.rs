//! Scores inquiries.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Model;
use super::Quality;
use super::Readings;
use super::Score;
use super::Scored;
use super::points;
use crate::base::Fields;
use crate::base::Origin;
use crate::base::Phone;
use crate::base::SourceId;
use crate::base::Wall;
use crate::book::Channel;
use crate::book::FormField;

/// Field with the score of an inquiry, which filters and prices use.
pub const SCORE: &str = "score";

/// Adds a score to the fields, in place of one that they have; there is no room in 64 others.
pub fn set_score(fields: &mut Fields, score: Score) {
    if let Ok(name) = SCORE.parse() {
        let _fits = fields.set(name, &score.to_string(), Origin::Score);
    }
}

/// Judges inquiries by a model, or by the points table as long as there is none.
#[derive(Debug, Clone, Default)]
pub struct Scorer {
    /// The model in use; `None`: the points table.
    pub model: Option<Arc<Model>>,
    /// What each source sent in the last 30 days.
    pub sources: BTreeMap<SourceId, Quality>,
}

impl Scorer {
    /// Returns the score of an inquiry that came in at `at`, with its reasons.
    pub fn score(
        &self,
        channel: Channel,
        fields: &Fields,
        source: Option<&SourceId>,
        caller: Option<&Phone>,
        form: &[FormField],
        at: Wall,
    ) -> Scored {
        let quality = source.and_then(|source| self.sources.get(source)).copied();
        let quality = quality.unwrap_or_default();
        let readings = Readings::of(channel, fields, caller, form, quality, at);
        match &self.model {
            Some(model) => model.score(&readings),
            None => points(&readings),
        }
    }
}
