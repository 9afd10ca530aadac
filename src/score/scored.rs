//! A score and why it is what it is.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use super::Feature;

/// How good an inquiry is likely to be, from 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Score(u8);

impl Score {
    /// Returns the score of a number of points, rounded, and cut at 0 and 100.
    pub fn of(points: f64) -> Self {
        // NaN becomes 0. Lossless: cut to 0 … 100.
        Self(points.round().clamp(0.0, 100.0) as u8)
    }

    /// Returns the number.
    pub const fn value(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How a score was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// By the points table.
    Points,
    /// By a model, with its version.
    Model(u64),
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Method::Points => f.write_str("points table"),
            Method::Model(version) => write!(f, "model {version}"),
        }
    }
}

/// What one feature added to a score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// The feature.
    pub feature: Feature,
    /// Its reading; `None` if it is missing.
    pub reading: Option<f64>,
    /// Points that it added, or took away.
    pub points: f64,
}

/// A score with its reasons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scored {
    /// The score.
    pub score: Score,
    /// How it was found.
    pub by: Method,
    /// Points that every inquiry gets.
    pub base: f64,
    /// What raised or lowered it, the weightiest first. Base and reasons add up to the score, which
    /// is rounded, and cut at 0 and 100.
    pub reasons: Vec<Reason>,
}

impl Eq for Scored {}

impl Scored {
    /// Returns the score of base and reasons. Reasons without points are left out.
    pub(super) fn new(by: Method, base: f64, reasons: Vec<Reason>) -> Self {
        let score = Score::of(base + reasons.iter().map(|reason| reason.points).sum::<f64>());
        let hundredths = |points: f64| (points * 100.0).round() / 100.0;
        let mut reasons = reasons;
        for reason in &mut reasons {
            reason.points = hundredths(reason.points);
        }
        reasons.retain(|reason| reason.points != 0.0);
        reasons.sort_by(|a, b| b.points.abs().total_cmp(&a.points.abs()));
        Self { score, by, base: hundredths(base), reasons }
    }
}
