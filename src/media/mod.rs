//! Media of calls: RTP legs, prompts, DTMF, relaying. Does no I/O: datagrams and time are
//! arguments, and `net::rtp` owns the sockets.
//!
//! [`Session`] is one call's media: legs open and close, prompts play, two legs are bridged. A leg
//! accepts packets from the negotiated address, and from others within the limits of
//! [`Symmetric`].

pub mod dtmf;
mod emission;
mod event;
pub mod g711;
mod inband;
pub mod leg;
mod playback;
pub mod player;
mod prompt;
pub mod rate;
mod reception;
mod recording;
mod relay;
mod resample;
pub mod rtcp;
pub mod rtp;
pub mod session;
mod slot;
pub mod source;
mod srtp;
pub mod tone;
pub mod wav;
mod wideband;

pub use event::MediaEvent;
pub use event::Outgoing;
pub use event::Port;
pub use leg::Counters;
pub use leg::Direction;
pub use leg::FarEnd;
pub use leg::Ignored;
pub use leg::Leg;
pub use leg::LegMedia;
pub use leg::Received;
pub use leg::Traffic;
pub use player::PlayItem;
pub use prompt::Prompt;
pub use recording::Recording;
pub use recording::WAV_HEADER;
pub use recording::wav_header;
pub use session::Session;
pub use source::Symmetric;
pub use wav::WavError;
pub use wav::read_wav;
