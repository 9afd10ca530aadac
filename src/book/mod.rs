//! The route book: which buyer buys which offer, on which terms.
//!
//! [`parse`] reads a book from TOML and reports all faults at once. The book that it returns is
//! complete and consistent, so that no other room checks it again. [`to_toml`] writes a book as
//! TOML that parses to an equal book. [`changes`] describes the differences between two books.
//! [`merge`] reads a file that adds and changes entries.

#![deny(clippy::wildcard_enum_match_arm)]

mod model;
mod read;
mod write;

pub use crate::geo::AreaCode;
pub use crate::geo::InvalidGeo;
pub use crate::geo::UsState;
pub use crate::geo::Zip;
pub use model::Accept;
pub use model::Attestation;
pub use model::AutoPause;
pub use model::BodyFormat;
pub use model::Book;
pub use model::Budget;
pub use model::Buyer;
pub use model::CONVERSION_WINDOW;
pub use model::CapLimits;
pub use model::Channel;
pub use model::Channels;
pub use model::CityRule;
pub use model::Concern;
pub use model::Contract;
pub use model::Conversion;
pub use model::ConversionBy;
pub use model::CountedFrom;
pub use model::Decimal;
pub use model::Destination;
pub use model::DmaRule;
pub use model::Dq;
pub use model::Duplicate;
pub use model::EmailAddress;
pub use model::EventKind;
pub use model::EventValue;
pub use model::FieldRule;
pub use model::FieldTest;
pub use model::Filters;
pub use model::HttpReceiver;
pub use model::InvalidTemplate;
pub use model::KEYS_MAX;
pub use model::KeySequence;
pub use model::Noun;
pub use model::Number;
pub use model::OPENING_DAYS_MAX;
pub use model::Offer;
pub use model::OfferPayout;
pub use model::Outside;
pub use model::Pacing;
pub use model::Pattern;
pub use model::Payout;
pub use model::PayoutCaps;
pub use model::PayoutLimits;
pub use model::PayoutShare;
pub use model::Postback;
pub use model::PostbackBody;
pub use model::PostbackMethod;
pub use model::REASONS_MAX;
pub use model::Radius;
pub use model::Receiver;
pub use model::Returns;
pub use model::Ring;
pub use model::SaleRules;
pub use model::Schedule;
pub use model::Source;
pub use model::SourceRule;
pub use model::Spot;
pub use model::Strategy;
pub use model::Summary;
pub use model::Target;
pub use model::Template;
pub use model::Tier;
pub use model::Token;
pub use model::Trunk;
pub use model::UNANSWERED_MAX;
pub use read::BookText;
pub use read::Surroundings;
pub use read::parse;
pub use read::parse_with;
pub use write::Change;
pub use write::CurrencyChange;
pub use write::Edit;
pub use write::Edited;
pub use write::EntryFault;
pub use write::EntryName;
pub use write::JsonFault;
pub use write::LargeRemoval;
pub use write::Reference;
pub use write::Refusal;
pub use write::What;
pub use write::changes;
pub use write::currency_change;
pub use write::edit;
pub use write::entry_ids;
pub use write::entry_json;
pub use write::large_removal;
pub use write::merge;
pub use write::parse_json;
pub use write::references;
pub use write::to_json;
pub use write::to_toml;
