//! The results of a crowd of callers.

use serde::Serialize;

use crate::base::Wall;

use super::Crowd;

/// An event, and the number of callers with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Name of the event.
    pub what: String,
    /// Number of callers.
    pub callers: u32,
}

/// A step, and the number of callers who entered it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Steps {
    /// Id of the step; a step of another flow has that flow's name and `/` before it.
    pub step: String,
    /// Number of callers who entered it at least once.
    pub callers: u32,
}

/// The paths from one step to another, and the number of callers who took one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Arrows {
    /// Step that the arrow leaves.
    pub from: String,
    /// Step that the arrow leads to.
    pub to: String,
    /// Conditions, as in the drawing.
    pub labels: Vec<String>,
    /// Number of callers by condition, in the order of `labels`, where the condition is an answer,
    /// no answer, or the result of a `<Route>` or `<Dial>`; other conditions are not counted.
    pub by_label: Vec<Count>,
    /// Number of callers who took it at least once.
    pub callers: u32,
}

/// A question, and the results of its callers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Question {
    /// Step of the question.
    pub step: String,
    /// Field that it fills; `None` for a menu.
    pub field: Option<String>,
    /// Number of times that a caller reached it.
    pub asked: u32,
    /// Number of times that it was answered, by answer.
    pub answers: Vec<Count>,
    /// Number of times that all attempts failed.
    pub gave_up: u32,
    /// Number of callers who hung up at it.
    pub hung_up: u32,
    /// Number of calls lost at it: not answered, and never routed afterwards.
    pub lost: u32,
    /// Mean pool size before and after its answers; `None` without a book or field.
    pub pool: Option<(f64, f64)>,
}

impl Question {
    /// Returns how often it was answered.
    pub fn answered(&self) -> u32 {
        self.answers.iter().map(|answer| answer.callers).sum()
    }
}

/// The results of a crowd of callers. The same flow, book, time and crowd give the same report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Flow that answered.
    pub flow: String,
    /// The crowd that called.
    pub crowd: Crowd,
    /// Time of the calls.
    pub at: Wall,
    /// Offer of the number; `None` without a book.
    pub offer: Option<String>,
    /// Mean number of questions per caller.
    pub questions_mean: f64,
    /// Mean pool size when a call arrives; `None` without a book.
    pub pool_at_start: Option<f64>,
    /// Mean pool size when a call is first routed; `None` without a book.
    pub pool_at_route: Option<f64>,
    /// Number of callers that the flow tried to route.
    pub routed: u32,
    /// Outcomes of the calls, the most frequent first.
    pub outcomes: Vec<Count>,
    /// Contracts that took the calls, the most frequent first; none without a book.
    pub winners: Vec<Count>,
    /// Reasons that the flow got for calls that no buyer took.
    pub not_routed: Vec<Count>,
    /// Reasons by contract, for calls that no contract could take.
    pub passed_over: Vec<Count>,
    /// Questions in the file's order.
    pub questions: Vec<Question>,
    /// Steps in the file's order.
    pub steps: Vec<Steps>,
    /// Paths between steps.
    pub arrows: Vec<Arrows>,
}

impl Report {
    /// Returns the steps that no caller entered.
    pub fn never_reached(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().filter(|step| step.callers == 0).map(|step| step.step.as_str())
    }
}
