//! One form lead: which buyers it is posted to, what they answer, and its time line.
//!
//! [`Machine`] decides and contains the lead's [`sale`](crate::sale); the shell posts, stores the
//! record, and reports what happened. Outputs are carried out in order, and [`Output::Record`]
//! before the next: so a lead is on disk before a buyer gets it, and its result before its source.
//! [`body`] reads what a source sends, and [`check`] compares it with the fields of the offer.

#![deny(clippy::wildcard_enum_match_arm)]

mod appraisal;
mod bidding;
mod after;
pub mod body;
mod call_ask;
pub mod check;
mod google;
mod input;
mod machine;
mod no_bid;
mod open_pings;
mod output;
mod ping;
mod ping_name;
pub mod platform;
mod posts;
mod query;
mod record;
mod refusal;
mod replying;
mod resuming;
mod rtb;
mod spec;
mod status;
mod step;
mod tally;
mod test_switch;
mod told;
mod view;

pub use after::After;
pub use after::AfterStep;
pub use appraisal::Appraisal;
pub use appraisal::Next;
pub use call_ask::CallAsk;
pub use google::GoogleLead;
pub use input::Input;
pub use input::Reply;
pub use input::Settled;
pub use input::SettledAs;
pub use machine::Machine;
pub use machine::Rules;
pub use no_bid::CallerFault;
pub use no_bid::NoBid;
pub use open_pings::Asker;
pub use open_pings::Missed;
pub use open_pings::OPEN_PINGS_MAX;
pub use open_pings::OpenPings;
pub use open_pings::askers;
pub use output::Output;
pub use ping::CallTerms;
pub use ping::PingRecord;
pub use ping::PingRefusal;
pub use ping::Pinged;
pub use ping_name::ping_name;
pub use ping_name::take_ping;
pub use posts::Posts;
pub use query::LeadQuery;
pub use record::Lead;
pub use record::LeadRecord;
pub use record::LeadSale;
pub use record::UnknownNames;
pub use refusal::Early;
pub use refusal::Refusal;
pub use refusal::Rehearsal;
pub use resuming::InFlight;
pub use rtb::RtbAnswer;
pub use spec::Spec;
pub use status::LeadStatus;
pub use step::STEPS_MAX;
pub use step::Step;
pub use step::What;
pub use tally::Tally;
pub use test_switch::take_test;
pub use told::Told;
pub use view::BuyerLead;
pub use view::LeadAttempt;
pub use view::LeadCore;
pub use view::LeadView;
pub use view::SourceLead;
pub use view::TimeLineStep;
pub use view::WholeLead;

#[cfg(test)]
mod tests;
