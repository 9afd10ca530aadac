//! Sessions: one INVITE each, from its first message to the end. Each file has one verb, a method
//! of the [`super::Agent`], which owns sessions and transactions.

mod accept;
mod answered;
mod bye;
mod cancel;
mod carrier;
mod dial;
mod digit;
mod end;
mod invite_again;
mod invited;
mod prack;
mod probe;
mod provisional;
mod refer;
mod refresh;
mod reject;
mod reliable;
mod reoffer;
mod ring;
mod state;

pub use dial::DATAGRAM_MAX;
pub(super) use dial::first_seq;
pub(super) use state::AwaitAck;
pub(super) use state::Cancel;
pub(super) use state::Closing;
pub(super) use state::Dialing;
#[cfg(test)]
pub(super) use state::EARLY_ANSWER_MAX;
pub(super) use state::Early;
pub(super) use state::First;
pub(super) use state::Fork;
pub(super) use state::Life;
pub(super) use state::OfferAnswer;
pub(super) use state::Offered;
pub(super) use state::Offerer;
pub(super) use state::Referral;
pub(super) use state::Referrals;
pub(super) use state::RefreshBy;
pub(super) use state::Session;
pub(super) use state::Talking;
pub(super) use state::Then;
