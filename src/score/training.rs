//! Trains a model.

use forust_ml::GradientBooster;
use forust_ml::Matrix;
use forust_ml::objective::ObjectiveType;

use super::Evaluation;
use super::Feature;
use super::Model;
use super::Readings;
use super::model::COLUMNS;
use super::model::columns_now;
use super::points;

/// Least number of examples.
pub const EXAMPLES_MIN: usize = 500;
/// Most examples that a model is trained on: the latest.
pub const EXAMPLES_MAX: usize = 200_000;
/// Least number of good and of bad outcomes, each, that a model is trained on.
pub const OUTCOMES_MIN: usize = 50;
/// Least number of good and of bad outcomes, each, that a model is evaluated on.
const HELD_OUT_MIN: usize = 10;
/// One of this many examples, the latest ones, is held out: a model is evaluated on them alone.
const HELD_OUT: usize = 5;

/// Trees of a model.
const TREES: usize = 100;
const LEARNING_RATE: f32 = 0.1;
const DEPTH_MAX: usize = 4;
/// Least weight of a leaf: about four examples of even odds.
const LEAF_WEIGHT_MIN: f32 = 1.0;

/// An inquiry as it was when it came in, and its outcome.
#[derive(Debug, Clone)]
pub struct Example {
    /// Its readings.
    pub readings: Readings,
    /// Whether the outcome was good.
    pub good: bool,
}

/// A new model, and how well it predicts the examples that it was not trained on.
#[derive(Debug)]
pub struct Trained {
    /// The model, as [`Model::from_json`] reads it.
    pub json: String,
    /// Examples that it was trained on.
    pub examples: usize,
    /// Its evaluation on the examples held out.
    pub evaluation: Evaluation,
}

/// Why there is no model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTrained {
    /// Too few examples.
    #[error("there are {0} ended inquiries, and a model needs {EXAMPLES_MIN}")]
    TooFew(usize),
    /// Too few outcomes of one kind.
    #[error(
        "of {examples} inquiries, {good} were billed: a model needs {OUTCOMES_MIN} that were and \
         {OUTCOMES_MIN} that were not, and {HELD_OUT_MIN} of each among the latest fifth"
    )]
    OneSided {
        /// Examples.
        examples: usize,
        /// Those with a good outcome.
        good: usize,
    },
    /// The library refused.
    #[error("the model cannot be trained: {0}")]
    Failed(String),
}

/// Trains a model on examples in the order of their arrival. The same examples make the same model.
///
/// # Errors
/// [`NotTrained`]: the examples do not suffice.
pub fn train(examples: &[Example]) -> Result<Trained, NotTrained> {
    let examples = &examples[examples.len().saturating_sub(EXAMPLES_MAX)..];
    if examples.len() < EXAMPLES_MIN {
        return Err(NotTrained::TooFew(examples.len()));
    }
    let (learned, held_out) = split(examples);
    let is_enough = |part: &[Example], least: usize| {
        let good = part.iter().filter(|example| example.good).count();
        good >= least && part.len() - good >= least
    };
    if !is_enough(learned, OUTCOMES_MIN) || !is_enough(held_out, HELD_OUT_MIN) {
        let good = examples.iter().filter(|example| example.good).count();
        return Err(NotTrained::OneSided { examples: examples.len(), good });
    }
    let model = fit(learned).map_err(NotTrained::Failed)?;
    let evaluation = evaluation(held_out, |readings| model.probability(readings));
    let json = model.to_json().map_err(|error| NotTrained::Failed(error.to_string()))?;
    Ok(Trained { json, examples: learned.len(), evaluation })
}

/// Returns how well a model, or the points table, predicts the examples that [`train`] holds out.
pub fn evaluate(examples: &[Example], model: Option<&Model>) -> Evaluation {
    let examples = &examples[examples.len().saturating_sub(EXAMPLES_MAX)..];
    let (_, held_out) = split(examples);
    match model {
        Some(model) => evaluation(held_out, |readings| model.probability(readings)),
        None => evaluation(held_out, |readings| f64::from(points(readings).score.value()) / 100.0),
    }
}

/// Splits examples into those that a model learns from, and those that it is evaluated on.
fn split(examples: &[Example]) -> (&[Example], &[Example]) {
    examples.split_at(examples.len() - examples.len() / HELD_OUT)
}

fn evaluation(held_out: &[Example], predict: impl Fn(&Readings) -> f64) -> Evaluation {
    let one = |example: &Example| (predict(&example.readings), example.good);
    Evaluation::of(&held_out.iter().map(one).collect::<Vec<_>>())
}

fn fit(examples: &[Example]) -> Result<Model, String> {
    let mut columns = Vec::with_capacity(examples.len() * Feature::COUNT);
    // The matrix is stored by column.
    for column in 0..Feature::COUNT {
        let rows = examples.iter().map(|example| example.readings.row());
        columns.extend(rows.filter_map(|row| row.get(column)));
    }
    let outcomes: Vec<f64> =
        examples.iter().map(|example| f64::from(u8::from(example.good))).collect();
    let mut trees = GradientBooster::default()
        .set_objective_type(ObjectiveType::LogLoss)
        .set_iterations(TREES)
        .set_learning_rate(LEARNING_RATE)
        .set_max_depth(DEPTH_MAX)
        .set_min_leaf_weight(LEAF_WEIGHT_MIN)
        .set_initialize_base_score(true)
        .set_parallel(false);
    let matrix = Matrix::new(&columns, examples.len(), Feature::COUNT);
    trees.fit_unweighted(&matrix, &outcomes, None).map_err(|error| error.to_string())?;
    trees.insert_metadata(COLUMNS.to_owned(), columns_now());
    Ok(Model::new(trees))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::base::Fields;
    use crate::base::Origin;
    use crate::base::Rng;
    use crate::base::Wall;
    use crate::book::Channel;
    use crate::score::Quality;

    /// Leads of which those with few keystrokes are bad nine times of ten, the others good as often.
    fn leads(count: u32, rng: &mut Rng) -> Vec<Example> {
        let start: Wall = "2026-01-01T00:00:00Z".parse().unwrap();
        let lead = |place: u32| {
            let mut fields = Fields::default();
            let keys = rng.below(200);
            if keys > 0 {
                let name = "keystrokes".parse().unwrap();
                fields.set(name, &keys.to_string(), Origin::Form);
            }
            let at = start + Duration::from_secs(600) * place;
            let source = Quality::default();
            let readings = Readings::of(Channel::Form, &fields, None, &[], source, at);
            Example { readings, good: (keys >= 60) == rng.chance(9, 10) }
        };
        (0..count).map(lead).collect()
    }

    #[test]
    fn a_model_finds_what_makes_a_lead_good() {
        let Trained { json, examples, evaluation } =
            train(&leads(4_000, &mut Rng::seeded(5))).unwrap();
        let model = Model::from_json(3, &json).unwrap();
        assert_eq!((examples, evaluation.inquiries), (3_200, 800));
        let auc = evaluation.auc.unwrap();
        assert!((0.84..0.96).contains(&auc), "a perfect judge has about 0.9: {auc}");
        assert!(evaluation.brier < 0.12, "{evaluation:?}");
        for bin in evaluation.calibration.iter().filter(|bin| bin.inquiries > 100) {
            assert!((bin.predicted - bin.observed).abs() < 0.07, "{bin:?}");
        }
        let unseen = leads(200, &mut Rng::seeded(6));
        for example in &unseen {
            let scored = model.score(&example.readings);
            let probability = model.probability(&example.readings);
            let score = f64::from(scored.score.value());
            assert!((score - probability * 100.0).abs() <= 0.51, "{scored:?} {probability}");
            let sum = scored.base + scored.reasons.iter().map(|r| r.points).sum::<f64>();
            assert!((sum - probability * 100.0).abs() < 0.1, "{scored:?} {probability}");
            let Some(keys) = example.readings.get(Feature::Keystrokes) else { continue };
            if (keys - 60.0).abs() > 15.0 {
                assert_eq!(score > 50.0, keys > 60.0, "{scored:?}");
                assert_eq!(scored.reasons[0].feature, Feature::Keystrokes, "{scored:?}");
            }
        }
    }

    #[test]
    fn the_same_examples_make_the_same_model_and_its_text_reads_back() {
        let examples = leads(1_000, &mut Rng::seeded(7));
        let [one, other] = [(); 2].map(|()| train(&examples).unwrap().json);
        assert_eq!(one, other);
        let read = Model::from_json(9, &one).unwrap();
        assert_eq!(read.version(), 9);
        assert_eq!(read.to_json().unwrap(), one);
        for text in ["", "{}", "[1]", &one.replace("keystrokes", "keys")] {
            assert!(Model::from_json(1, text).is_err(), "{:.60}", text);
        }
    }

    #[test]
    fn what_scores_now_is_judged_by_the_same_examples() {
        let examples = leads(1_000, &mut Rng::seeded(9));
        let trained = train(&examples).unwrap();
        let model = Model::from_json(1, &trained.json).unwrap();
        assert_eq!(evaluate(&examples, Some(&model)), trained.evaluation);
        let by_points = evaluate(&examples, None);
        assert_eq!(by_points.inquiries, trained.evaluation.inquiries);
        assert!(trained.evaluation.is_as_good_as(&by_points), "{by_points:?}");
        assert!(!by_points.is_as_good_as(&trained.evaluation));
    }

    #[test]
    fn too_few_or_one_sided_examples_make_no_model() {
        let enough = leads(600, &mut Rng::seeded(8));
        let error = train(&enough[..EXAMPLES_MIN - 1]).unwrap_err();
        assert_eq!(error, NotTrained::TooFew(499));
        let mut good = enough.clone();
        for example in &mut good {
            example.good = true;
        }
        assert_eq!(train(&good).unwrap_err(), NotTrained::OneSided { examples: 600, good: 600 });
        // Both kinds, but not among the latest.
        for example in &mut good[..100] {
            example.good = false;
        }
        assert_eq!(train(&good).unwrap_err(), NotTrained::OneSided { examples: 600, good: 500 });
        assert!(train(&enough).is_ok());
    }
}
