//! Strowger: a self-hosted call router.
//!
//! The folders of `src/` are rooms. A room is pure (no IO, clock, random source, async or lock)
//! or shell, never both, and imports only from the rooms above it in this list; `tests/tidy.rs`
//! enforces it. `ARCHITECTURE.md` is the map.

// ── pure
pub mod base;
pub mod billing;
pub mod book;
pub mod call;
pub mod caps;
pub mod flow;
pub mod media;
pub mod routing;
pub mod sdp;
pub mod sip;
// ── shell
pub mod app;
pub mod config;
pub mod dispatch;
pub mod http;
pub mod net;
pub mod quota;
pub mod store;
pub mod switch;
