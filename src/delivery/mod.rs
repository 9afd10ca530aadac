//! Delivery of a form lead: the [`request`] that posts it to a buyer, and the [`verdict`] on the
//! buyer's answer; the [`letter`] that mails it, and the [`row`] that is appended to a sheet.
//! [`Grant`] says how a token is requested with which the switch authenticates itself.

mod answer;
mod bid;
mod body;
mod form;
mod grant;
mod lead;
mod letter;
mod part;
mod preset;
mod price;
mod repetition;
mod request;
mod sale_status;
mod service_account;
mod sheet;
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
pub use grant::Grant;
pub use grant::Issued;
pub use grant::SignedBy;
pub use grant::issued;
pub use lead::Lead;
pub use lead::Secrets;
pub use letter::Letter;
pub use letter::letter;
pub use preset::PRESETS;
pub use preset::Preset;
pub use price::AnsweredPrice;
pub use repetition::Failure;
pub use repetition::REPETITIONS;
pub use repetition::repetition;
pub use request::REQUEST_BYTES_MAX;
pub use request::Unsendable;
pub use request::request;
pub use request::secret_names;
pub use sale_status::SaleStatus;
pub use sale_status::sale_status;
pub use service_account::ServiceAccount;
pub use sheet::account;
pub use sheet::row;
pub use verdict::Acceptance;
pub use verdict::Trouble;
pub use verdict::Verdict;
pub use verdict::verdict;

#[cfg(test)]
mod tests;
