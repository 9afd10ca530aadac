//! Calls against a real SIP program: SIPp plays callers and buyers, the switch is the program
//! itself, and its records are read over HTTP. The scenarios are in `sip-tests/`.
//!
//! Every test has its own loopback network (127.A.B.0/24) with the switch at .1, buyers from .10,
//! and callers from .20. All tests can run at once, with the usual ports.

mod astray;
mod attested;
mod auction;
mod audio;
mod authority;
mod baresip;
mod bridged;
mod called_for;
mod canaries;
mod chaos;
mod chaos_nodes;
pub(crate) mod cluster;
mod conversions;
mod crash;
mod dead_letters;
mod dialog;
mod digest;
mod drain;
mod early_media;
mod failover;
mod families;
mod flooded;
mod forgotten;
mod frozen;
mod gateway_pings;
mod held;
mod ivr;
mod kamailio;
mod ladder;
mod large;
mod linphone;
mod live;
mod loops;
mod nodes;
mod odd_gateways;
mod outage;
mod phone;
mod postgres;
mod proxied;
mod race;
mod reasons;
mod refused;
mod repeated;
mod restart;
mod ringing;
mod scanners;
mod scenario;
mod srtp;
mod srv;
mod stage;
mod starved;
mod suppressed;
mod tls;
mod transfer;
mod trunk_down;
mod trunk_headers;
mod trunk_identity;
mod trunk_limits;
mod unbridged;
mod unreachable;
mod unwanted;
mod verbs;
mod volume;
