//! The ports of a leg.

/// One of a leg's two ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// Even port, for RTP.
    Rtp,
    /// Odd port, for RTCP.
    Rtcp,
}
