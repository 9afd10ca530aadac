//! Calls against a real SIP program: SIPp plays callers and buyers, the switch is the program
//! itself, and what it wrote down is read over HTTP. The scenarios are in `sip-tests/`.
//!
//! Every test has a loopback network of its own (127.A.B.0/24) with the switch at .1, buyers from
//! .10 and callers from .20, so that all run at once and every port can be the usual one.

mod audio;
mod bridged;
mod crash;
mod dialog;
mod ivr;
mod live;
mod outage;
mod phone;
mod race;
mod refused;
mod restart;
mod ringing;
mod sipp;
mod stage;
mod verbs;
mod volume;
