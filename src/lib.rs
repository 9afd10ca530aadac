//! Strowger: a self-hosted call router.
//!
//! The folders of `src/` are rooms. A room is pure (no IO, clock, random source, async or lock)
//! or shell, never both, and imports only from the rooms above it in this list. `ARCHITECTURE.md`
//! has the same list and says what each is for; `tests/tidy/` enforces both.

#![forbid(unsafe_code)]

// ── pure
pub mod base;
pub mod sip;
pub mod sdp;
pub mod media;
pub mod flow;
pub mod geo;
pub mod suppression;
pub mod book;
pub mod delivery;
pub mod score;
pub mod caps;
pub mod billing;
pub mod routing;
pub mod audit;
pub mod sale;
pub mod call;
pub mod ladder;
pub mod lead;
pub mod library;
pub mod rehearsal;
pub mod carrier;
pub mod placing;
pub mod statement;
pub mod stir;
pub mod report;
pub mod outbox;
pub mod proof;
pub mod nodes;
// ── shell
pub mod config;
pub mod net;
pub mod control;
pub mod events;
pub mod store;
pub mod journal;
pub mod quota;
pub mod dispatch;
pub mod past;
pub mod switch;
pub mod intake;
pub mod postbacks;
pub mod publish;
pub mod http;
pub mod demo;
pub mod app;
