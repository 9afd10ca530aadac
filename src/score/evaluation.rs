//! How well a model predicts outcomes that it has not seen.

use serde::Deserialize;
use serde::Serialize;

/// Bins of the calibration: tenths of probability.
const BINS: usize = 10;

/// Predictions of one tenth of probability, and what came of them.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Bin {
    /// Inquiries with such a prediction.
    pub inquiries: u64,
    /// Mean of the predicted probabilities.
    pub predicted: f64,
    /// Share of them with a good outcome.
    pub observed: f64,
}

/// Quality of predictions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Inquiries that were predicted.
    pub inquiries: u64,
    /// Those with a good outcome.
    pub good: u64,
    /// Area under the ROC curve: the probability that a good inquiry is ranked above a bad one;
    /// 0.5 is chance. `None` if all outcomes are alike.
    pub auc: Option<f64>,
    /// Brier score: mean squared difference of prediction and outcome; 0 is perfect.
    pub brier: f64,
    /// Calibration by tenths of the predicted probability, from 0 to 1.
    pub calibration: Vec<Bin>,
}

impl Evaluation {
    /// Returns whether these predictions are no worse than others of the same inquiries, by the Brier
    /// score: it judges both the order and the probabilities.
    pub fn is_as_good_as(&self, other: &Evaluation) -> bool {
        self.brier <= other.brier
    }

    /// Compares predicted probabilities with outcomes, `true` for good ones.
    pub fn of(predictions: &[(f64, bool)]) -> Self {
        let good = predictions.iter().filter(|(_, good)| *good).count();
        let squares = predictions.iter().map(|(p, good)| (p - outcome(*good)).powi(2));
        let mut calibration = vec![Bin::default(); BINS];
        for (p, good) in predictions {
            // Lossless: cut to 0 … 9.
            let place = ((p * BINS as f64) as usize).min(BINS - 1);
            if let Some(bin) = calibration.get_mut(place) {
                bin.inquiries += 1;
                bin.predicted += p;
                bin.observed += outcome(*good);
            }
        }
        for bin in calibration.iter_mut().filter(|bin| bin.inquiries > 0) {
            bin.predicted /= bin.inquiries as f64;
            bin.observed /= bin.inquiries as f64;
        }
        Self {
            inquiries: predictions.len() as u64,
            good: good as u64,
            auc: area_under_curve(predictions, good),
            brier: squares.sum::<f64>() / (predictions.len().max(1)) as f64,
            calibration,
        }
    }
}

fn outcome(good: bool) -> f64 {
    f64::from(u8::from(good))
}

/// Returns the area under the ROC curve by the sum of ranks (Mann-Whitney); equal predictions share
/// their mean rank.
fn area_under_curve(predictions: &[(f64, bool)], good: usize) -> Option<f64> {
    let bad = predictions.len() - good;
    if good == 0 || bad == 0 {
        return None;
    }
    let mut sorted = predictions.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut ranks, mut before) = (0.0, 0);
    for equal in sorted.chunk_by(|a, b| a.0 == b.0) {
        // Ranks begin with 1.
        let rank = before as f64 + (equal.len() as f64 + 1.0) / 2.0;
        ranks += rank * equal.iter().filter(|(_, good)| *good).count() as f64;
        before += equal.len();
    }
    let (good, bad) = (good as f64, bad as f64);
    Some((ranks - good * (good + 1.0) / 2.0) / (good * bad))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_is_the_share_of_pairs_in_the_right_order() {
        for (predictions, auc) in [
            (&[(0.1, false), (0.9, true)][..], Some(1.0)),
            (&[(0.9, false), (0.1, true)], Some(0.0)),
            (&[(0.5, false), (0.5, true)], Some(0.5)),
            // Of six pairs one is reversed and one is equal.
            (
                &[(0.1, false), (0.4, true), (0.4, false), (0.5, false), (0.9, true)],
                Some(4.5 / 6.0),
            ),
            (&[(0.3, true)], None),
            (&[], None),
        ] {
            assert_eq!(Evaluation::of(predictions).auc, auc, "{predictions:?}");
        }
    }

    #[test]
    fn calibration_compares_predicted_and_observed_shares() {
        let evaluation = Evaluation::of(&[(0.0, false), (0.72, true), (0.78, false), (1.0, true)]);
        let bin = |at: usize| evaluation.calibration[at];
        assert_eq!(bin(7), Bin { inquiries: 2, predicted: 0.75, observed: 0.5 });
        assert_eq!(bin(9), Bin { inquiries: 1, predicted: 1.0, observed: 1.0 });
        assert_eq!(evaluation.calibration.iter().map(|bin| bin.inquiries).sum::<u64>(), 4);
        assert_eq!((evaluation.inquiries, evaluation.good), (4, 2));
        let squares = (0.28_f64.powi(2) + 0.78_f64.powi(2)) / 4.0;
        assert!((evaluation.brier - squares).abs() < 1e-12);
    }
}
