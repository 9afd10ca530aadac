//! A simulated carrier: it behaves like Twilio, Telnyx, SignalWire and Plivo, in its own time. It
//! reads documents by the carriers' rules, signs with its own code, and shares no code with the
//! program under test, so that agreement is evidence.

mod account;
mod api;
mod call;
mod calls;
mod dial;
mod document;
mod fault;
mod gather;
mod mischief;
mod params;
mod post;
mod race;
mod read;
mod rules;
mod script;
mod sign;
mod simulator;
mod strict;
mod time;
mod transcript;
mod wire;
mod xml;

#[cfg(test)]
mod tests;

pub use account::Account;
pub use account::Kind;
pub use api::Api;
pub use call::Pickup;
pub use calls::Calls;
pub use fault::Fault;
pub use fault::Trap;
pub use mischief::Mischief;
pub use post::Site;
pub use read::FoundTrap;
pub use read::Place;
pub use read::inspect;
pub use script::AtWhisper;
pub use script::Attestation;
pub use script::Behaviour;
pub use script::Reply;
pub use script::Script;
pub use script::Side;
pub use script::Then;
pub use script::Voice;
pub use sign::Method;
pub use simulator::Simulator;
pub use time::Pace;
pub use time::Time;
pub use transcript::End;
pub use transcript::Event;
pub use transcript::HttpExchange;
pub use transcript::Leg;
pub use transcript::Purpose;
pub use transcript::Sending;
pub use transcript::Status;
pub use transcript::Transcript;
