//! Tables of calls: a script of inputs, and the events that the machine reports.

mod astray;
mod bench;
mod bidding;
mod bounds;
mod caller;
mod codecs;
mod converting;
mod early_media;
mod ending;
mod headers;
mod holding;
mod keeping;
mod limits;
mod reasons;
mod redirecting;
mod ringing;
mod transferring;
mod unbridged;
