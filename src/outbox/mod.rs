//! The outbox: what is reported to others, to whom, how, and when.
//!
//! The store writes [`Event`]s in the transaction of the facts that caused them: [`news`] says
//! which ones a record makes, [`cap_reached`] which one a sale makes. [`recipients`] says who gets an
//! event: postbacks that report it, and contracts to which a sold lead is delivered afterwards.
//! [`request`] and [`mail`] make what is sent, [`sign`](Key::sign) signs it,
//! [`RETRIES`] is the schedule of repetitions, and [`Courier`] says how many deliveries may be sent
//! to each of them now.

#![deny(clippy::wildcard_enum_match_arm)]

mod alert;
mod courier;
mod document;
mod event;
mod links;
mod mail;
mod matching;
mod news;
mod recipient;
mod request;
mod schedule;
mod sentence;
mod signature;
mod value;

pub use alert::Charge;
pub use alert::balance_low;
pub use alert::cap_reached;
pub use alert::paused;
pub use alert::refusal;
pub use alert::trunk_down;
pub use alert::trunk_up;
pub use courier::Courier;
pub use courier::IN_FLIGHT_MAX;
pub use courier::PLACES_PER_SITE;
pub use document::document;
pub use event::CallNews;
pub use event::Event;
pub use event::LeadNews;
pub use event::Subject;
pub use links::Links;
pub use mail::Mail;
pub use mail::mail;
pub use matching::recipients;
pub use news::Before;
pub use news::lead_news;
pub use news::news;
pub use recipient::Recipient;
pub use recipient::Recipients;
pub use request::request;
pub use schedule::GIVEN_UP_AFTER;
pub use schedule::Next;
pub use schedule::RETRIES;
pub use schedule::Sent;
pub use schedule::Verdict;
pub use schedule::next;
pub use signature::InvalidKey;
pub use signature::Key;
