//! How good an inquiry is likely to be: a score from 0 to 100 before it is routed, with its reasons.
//!
//! A [`Scorer`] reads what is known of an inquiry ([`Readings`]) and judges it by the points table
//! ([`points`]) or, once the operator has trained one on the outcomes of earlier inquiries
//! ([`train`]), by a [`Model`]. `docs/scores.md` lists the features and the points.

mod evaluation;
mod feature;
mod model;
mod outcome;
mod points;
mod quality;
mod readings;
mod scored;
mod scorer;
mod training;

pub use evaluation::Bin;
pub use evaluation::Evaluation;
pub use feature::Feature;
pub use model::InvalidModel;
pub use model::Model;
pub use outcome::Examples;
pub use outcome::Past;
pub use points::points;
pub use quality::Quality;
pub use readings::EARLIER;
pub use readings::Readings;
pub use readings::WINDOW;
pub use readings::set_earlier;
pub use scored::Method;
pub use scored::Reason;
pub use scored::Score;
pub use scored::Scored;
pub use scorer::SCORE;
pub use scorer::Scorer;
pub use scorer::set_score;
pub use training::EXAMPLES_MAX;
pub use training::EXAMPLES_MIN;
pub use training::Example;
pub use training::NotTrained;
pub use training::OUTCOMES_MIN;
pub use training::Trained;
pub use training::evaluate;
pub use training::train;
