//! The sale of one inquiry: which buyers it is offered to, in which order, who takes it, and why
//! the others did not. Calls, webhook carriers' calls, rehearsals and backtests share it:
//! [`Machine`] decides what to try next; the channel tries it and reports.
//!
//! The machine owns the offer being sold, tiers, waves, repeated decisions, holds, hand-overs, and
//! the bounds of all of them. It knows nothing of legs, media or documents.

#![deny(clippy::wildcard_enum_match_arm)]

mod attempt;
mod auction;
mod auctioneer;
mod bid_record;
mod bid_reply;
mod bidders;
mod bidding;
mod conversion_key;
mod deciding;
mod handing_over;
mod input;
mod machine;
mod outcomes;
mod output;
mod past_bids;
mod promise;
mod race;
mod reach;
mod record;
mod resuming;
mod row;
mod state;
mod terms;
mod wait;
mod waves;

pub use attempt::Attempt;
pub use attempt::AttemptKey;
pub use attempt::Rung;
pub use auctioneer::Asked;
pub use auctioneer::Auctioneer;
pub use auctioneer::BID_LIFE;
pub use auctioneer::Standing;
pub use auctioneer::Table;
pub use bid_record::BIDS_MAX;
pub use bid_record::BidRecord;
pub use bid_record::end_bids;
pub use bid_record::end_bids_by;
pub use bid_record::give_up_bids;
pub use bid_record::ping_id;
pub use bid_record::settle_bid;
pub use bid_reply::BidReply;
pub use bid_reply::Confirmation;
pub use bid_reply::REASON_BYTES_MAX;
pub use bid_reply::cut;
pub use bid_reply::cut_to;
pub use bidders::Bidders;
pub use conversion_key::ConversionKey;
pub use conversion_key::ConversionSecret;
pub use handing_over::GivenUp;
pub use handing_over::why_not_routed;
pub use input::Input;
pub use input::Loss;
pub use machine::Machine;
pub use machine::OpenHold;
pub use output::Event;
pub use output::HandedTo;
pub use output::Output;
pub use output::Wave;
pub use past_bids::answer_by_past;
pub use promise::Promise;
pub use reach::EveryPhone;
pub use reach::Placed;
pub use reach::Reach;
pub use reach::Way;
pub use record::AttemptRecord;
pub use record::AttemptTier;
pub use record::DecisionRecord;
pub use record::Winner;
pub use resuming::Resumed;
pub use resuming::Untold;
pub use row::Row;
pub use terms::Bidding;
pub use terms::Terms;

#[cfg(test)]
mod tests;
