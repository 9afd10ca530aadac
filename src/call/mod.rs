//! One call, from INVITE to record: composes `sip`, `sdp`, `flow`, `routing` and `billing`, which
//! do not depend on each other. Does no I/O: [`Machine`] takes inputs and returns outputs.

#![deny(clippy::wildcard_enum_match_arm)]

mod accepting;
mod answering;
mod asking;
mod begin_sale;
mod bidding;
mod bridging;
mod called_for;
mod caller;
mod converting;
mod dialling;
mod event;
mod fixed;
mod forgotten;
mod gateway_sign;
mod held;
mod holding;
mod ingress;
mod input;
mod invitation;
mod keeping;
mod keys;
mod leg;
mod live;
mod machine;
mod masking;
mod media;
mod output;
mod pressed;
mod quality;
mod query;
mod record;
mod recording;
mod refused;
mod selling;
mod unbridged;
mod view;

pub(crate) use machine::CALL_MAX;
pub(crate) use record::hang_up_reason;

pub use accepting::PRESS_1;
pub use accepting::WHISPER_LANGUAGE;
pub use begin_sale::begin_sale;
pub use called_for::CalledFor;
pub use event::CallEvent;
pub use forgotten::Forgotten;
pub use gateway_sign::GatewaySign;
pub use ingress::Ingress;
pub use ingress::InvalidIngress;
pub use input::Input;
pub use input::Route;
pub use invitation::CALL_HEADER;
pub use invitation::KEY_HEADER;
pub use live::LiveCall;
pub use live::Phase;
pub use live::Standing;
pub use machine::BEAT;
pub use machine::Machine;
pub use machine::Setup;
pub use masking::Sight;
pub use masking::mask;
pub use masking::mask_numbers;
pub use media::CallMedia;
pub use media::FarEnd;
pub use media::Silent;
pub use media::Traffic;
pub use output::Finished;
pub use output::MediaOrder;
pub use output::Output;
pub use output::Recorder;
pub use quality::Mos;
pub use query::CallQuery;
pub use query::InvalidFilter;
pub use query::Scope;
pub use query::TagFilter;
pub use record::CallRecord;
pub use record::CallState;
pub use record::DialRecord;
pub use record::EndedBy;
pub use record::Opening;
pub use recording::RECORDINGS_MAX;
pub use recording::Recording;
pub use recording::RecordingKind;
pub use recording::RecordingPlace;
pub use refused::RefusedCalls;
pub use view::BuyerAttempt;
pub use view::BuyerCall;
pub use view::BuyerTerms;
pub use view::CallCore;
pub use view::CallView;
pub use view::SourceCall;

#[cfg(test)]
mod tests;
