//! The HTTP interface: JSON under `/v1` for clients with a token (calls, book, explanations,
//! reports), and health for monitoring.
//!
//! Every error is a problem document (RFC 9457) with a stable `reason`. Connections, request bodies
//! and handling times are bounded; see [`serve`].

mod access;
mod activity;
mod audit;
mod balances;
mod bind;
mod body;
mod body_faults;
mod book;
mod calls;
mod carrier_proofs;
mod carriers;
mod change;
mod condition;
mod connection;
mod costs;
mod dead_leads;
mod conversions;
mod edition;
mod entities;
mod events;
mod explain;
mod fault;
mod flows;
mod google;
mod handler;
mod health;
mod incoming;
mod bids;
mod ladders;
mod leads;
mod pings;
mod platforms;
mod metrics;
mod openapi;
mod pauses;
mod postbacks;
mod privacy;
mod problem;
mod query;
mod ranged;
mod recordings;
mod reply;
mod reports;
mod returns;
mod route;
mod router;
mod same_person;
mod schema;
mod scores;
mod segment;
mod serve;
mod site;
mod sound_cache;
mod sounds;
mod rtb;
mod sources;
mod specification;
mod statements;
mod suppressions;
mod table;
mod tag;
mod tokens;
mod trunk_states;

#[cfg(test)]
mod client;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod sight;
#[cfg(test)]
mod tenants;

pub use bind::BindError;
pub use bind::bind;
pub use carrier_proofs::Carriers;
pub use metrics::Kind;
pub use metrics::Metrics;
pub use serve::serve;
pub use site::Books;
pub use site::Flows;
pub use site::Program;
pub use site::Readiness;
pub use site::Site;
