//! What a crowd of callers came to.

use serde::Serialize;

use crate::base::Wall;

use super::Crowd;

/// Something, and how many callers it happened to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Count {
    /// What.
    pub what: String,
    /// How many.
    pub callers: u32,
}

/// A step, and how many callers entered it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Steps {
    /// Its id; of another flow, behind that flow's name and `/`.
    pub step: String,
    /// How many callers entered it at least once.
    pub callers: u32,
}

/// The ways from one step to another, and how many callers went one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Arrows {
    /// The step that it leaves.
    pub from: String,
    /// The step that it leads to.
    pub to: String,
    /// What it takes, as the drawing has it.
    pub labels: Vec<String>,
    /// How many callers went there at least once.
    pub callers: u32,
}

/// A question, and what became of those who were asked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Question {
    /// Its step.
    pub step: String,
    /// The field that it fills; none of a menu.
    pub field: Option<String>,
    /// How often a caller came to it.
    pub asked: u32,
    /// How often it was answered, by the answer.
    pub answers: Vec<Count>,
    /// How often no answer came after all attempts.
    pub gave_up: u32,
    /// How many callers hung up at it.
    pub hung_up: u32,
    /// How many calls were lost at it: not answered, and never routed after.
    pub lost: u32,
    /// The pool's mean size before its answers and after; none without a book or field.
    pub pool: Option<(f64, f64)>,
}

impl Question {
    /// How often it was answered.
    pub fn answered(&self) -> u32 {
        self.answers.iter().map(|answer| answer.callers).sum()
    }
}

/// What a crowd of callers came to. The same flow, book, time and crowd give the same report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The flow that answered.
    pub flow: String,
    /// Who called.
    pub crowd: Crowd,
    /// When.
    pub at: Wall,
    /// The number's offer; none without a book.
    pub offer: Option<String>,
    /// How many questions a caller was asked, in the mean.
    pub questions_mean: f64,
    /// The pool's mean size when a call came in; none without a book.
    pub pool_at_start: Option<f64>,
    /// The pool's mean size when a call was first routed; none without a book.
    pub pool_at_route: Option<f64>,
    /// How many callers the flow tried to route.
    pub routed: u32,
    /// How the calls ended, the most frequent first.
    pub outcomes: Vec<Count>,
    /// Who took them, the most frequent first; none without a book.
    pub winners: Vec<Count>,
    /// The reasons that the flow got for calls that no buyer took.
    pub not_routed: Vec<Count>,
    /// Of calls that no contract could take: the reasons, by contract.
    pub passed_over: Vec<Count>,
    /// The questions, in the file's order.
    pub questions: Vec<Question>,
    /// The steps, in the file's order.
    pub steps: Vec<Steps>,
    /// The ways between steps.
    pub arrows: Vec<Arrows>,
}

impl Report {
    /// Steps that no caller entered.
    pub fn never_reached(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().filter(|step| step.callers == 0).map(|step| step.step.as_str())
    }
}
