//! Delivery of a form lead: the [`request`] that posts it to a buyer, and the [`verdict`] on the
//! buyer's answer.

mod answer;
mod bid;
mod body;
mod form;
mod lead;
mod part;
mod preset;
mod price;
mod request;
mod text;
mod value;
mod verdict;
mod words;

pub use answer::ANSWER_BYTES_MAX;
pub use answer::Answer;
pub use bid::BidAnswered;
pub use bid::Offered;
pub use bid::Repeat;
pub use bid::bid;
pub use bid::call_bid;
pub use bid::named_destinations;
pub use lead::Lead;
pub use lead::Secrets;
pub use preset::PRESETS;
pub use preset::Preset;
pub use price::AnsweredPrice;
pub use request::REQUEST_BYTES_MAX;
pub use request::Unsendable;
pub use request::request;
pub use request::secret_names;
pub use verdict::Acceptance;
pub use verdict::Trouble;
pub use verdict::Verdict;
pub use verdict::verdict;

#[cfg(test)]
mod tests;
