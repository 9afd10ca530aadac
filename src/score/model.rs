//! A model trained on the outcomes of earlier inquiries: gradient-boosted trees.

use forust_ml::GradientBooster;
use forust_ml::Matrix;
use forust_ml::gradientbooster::ContributionsMethod;

use super::Feature;
use super::Method;
use super::Readings;
use super::Reason;
use super::Scored;

/// A model and its version.
pub struct Model {
    version: u64,
    trees: GradientBooster,
}

/// A text is not a model of this program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a model: {0}")]
pub struct InvalidModel(String);

impl Model {
    /// Creates a model that is not stored yet: version 0.
    pub(super) fn new(trees: GradientBooster) -> Self {
        Self { version: 0, trees }
    }

    /// Reads a model as [`Model::to_json`] writes it.
    ///
    /// # Errors
    /// [`InvalidModel`]: it is none, or of other features than this program's.
    pub fn from_json(version: u64, json: &str) -> Result<Self, InvalidModel> {
        let trees = GradientBooster::from_json(json);
        let trees = trees.map_err(|error| InvalidModel(error.to_string()))?;
        let columns = trees.get_metadata(&COLUMNS.to_owned());
        if columns.as_deref() != Some(columns_now().as_str()) {
            return Err(InvalidModel("it was trained on other features: train a new one".into()));
        }
        Ok(Self { version, trees })
    }

    /// Returns the model as text.
    ///
    /// # Errors
    /// [`InvalidModel`]: it has values that cannot be written.
    pub(super) fn to_json(&self) -> Result<String, InvalidModel> {
        self.trees.json_dump().map_err(|error| InvalidModel(error.to_string()))
    }

    /// Returns the version.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Returns the probability of a good outcome.
    pub(super) fn probability(&self, readings: &Readings) -> f64 {
        let row = Matrix::new(readings.row(), 1, Feature::COUNT);
        let logit = self.trees.predict(&row, false).first().copied().unwrap_or_default();
        1.0 / (1.0 + (-logit).exp())
    }

    /// Returns the score: the probability of a good outcome in percent, and how much each feature
    /// raised or lowered it.
    pub fn score(&self, readings: &Readings) -> Scored {
        let row = Matrix::new(readings.row(), 1, Feature::COUNT);
        let method = ContributionsMethod::ProbabilityChange;
        let parts = self.trees.predict_contributions(&row, method, false);
        let reason = |(feature, part): (Feature, &f64)| Reason {
            feature,
            reading: readings.get(feature),
            points: part * 100.0,
        };
        let reasons = Feature::ALL.into_iter().zip(&parts).map(reason).collect();
        let base = parts.get(Feature::COUNT).copied().unwrap_or_default() * 100.0;
        Scored::new(Method::Model(self.version), base, reasons)
    }
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model").field("version", &self.version).finish_non_exhaustive()
    }
}

/// Key of a model's features among its metadata.
pub(super) const COLUMNS: &str = "features";

/// Returns the features in the order of the columns.
pub(super) fn columns_now() -> String {
    Feature::ALL.map(Feature::name).join(" ")
}
