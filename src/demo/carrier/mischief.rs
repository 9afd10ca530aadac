//! Faults between a carrier and the site, on demand.

use crate::base::Rng;

/// Rate of each fault, in percent of the requests it can affect: 0 never, 100 always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mischief {
    /// A document is requested again after its answer arrived.
    pub repeat: u8,
    /// A document is requested twice at the same time.
    pub together: u8,
    /// An answer is lost, and the carrier retries.
    pub unheard: u8,
    /// An earlier request of the call is sent again.
    pub replay: u8,
    /// Before a request, the same one is sent with a wrong signature.
    pub forge: u8,
    /// A callback is never sent.
    pub lose: u8,
    /// A callback is sent after the end of the call.
    pub late: u8,
    /// A callback is sent twice.
    pub duplicate: u8,
    /// A callback is sent after the next one.
    pub swap: u8,
}

impl Mischief {
    /// No faults.
    pub const NONE: Mischief = Mischief {
        repeat: 0,
        together: 0,
        unheard: 0,
        replay: 0,
        forge: 0,
        lose: 0,
        late: 0,
        duplicate: 0,
        swap: 0,
    };

    /// Returns every fault at the same rate, in percent.
    pub fn all(percent: u8) -> Self {
        Self {
            repeat: percent,
            together: percent,
            unheard: percent,
            replay: percent,
            forge: percent,
            lose: percent,
            late: percent,
            duplicate: percent,
            swap: percent,
        }
    }
}

/// Returns whether a fault with a rate in percent occurs.
pub(super) fn strikes(percent: u8, rng: &mut Rng) -> bool {
    rng.chance(u64::from(percent), 100)
}
