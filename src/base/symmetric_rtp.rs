//! Which sources of RTP are accepted besides the negotiated address.

use serde::Deserialize;
use serde::Serialize;

/// Where a leg's RTP may come from, and where the switch then sends its own (symmetric RTP, RFC
/// 4961). SDP names the address where a far end receives; behind NAT that address is often private,
/// and the far end's packets come from another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SymmetricRtp {
    /// From the negotiated address; if nothing valid comes from there, from the first port at the
    /// SIP peer's own IP address that sends the negotiated payload.
    #[default]
    Auto,
    /// From the first source that sends the negotiated payload, whatever its address.
    Any,
    /// From the negotiated address only.
    Off,
}

impl SymmetricRtp {
    /// All values, in the order of the documents.
    pub const ALL: &'static [SymmetricRtp] =
        &[SymmetricRtp::Auto, SymmetricRtp::Any, SymmetricRtp::Off];

    /// Returns the name in the route book.
    pub const fn name(self) -> &'static str {
        match self {
            SymmetricRtp::Auto => "auto",
            SymmetricRtp::Any => "any",
            SymmetricRtp::Off => "off",
        }
    }
}
