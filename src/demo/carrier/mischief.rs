//! What goes wrong between a carrier and those it asks, on demand.

use crate::base::Rng;

/// How often something goes wrong, each in percent of the requests that it can befall: 0 never,
/// 100 always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mischief {
    /// A document is requested again after its answer has arrived.
    pub repeat: u8,
    /// A document is requested twice at the same time.
    pub together: u8,
    /// An answer does not arrive, and the carrier asks again.
    pub unheard: u8,
    /// Some earlier request of the call is sent once more.
    pub replay: u8,
    /// Before a request, the same one is sent with a wrong signature.
    pub forge: u8,
    /// A callback never comes.
    pub lose: u8,
    /// A callback comes when the call is over.
    pub late: u8,
    /// A callback comes twice.
    pub duplicate: u8,
    /// A callback comes after the one that follows it.
    pub swap: u8,
}

impl Mischief {
    /// All goes well.
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

    /// Everything, each with the same likelihood in percent.
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

/// Whether something with a likelihood in percent happens.
pub(super) fn strikes(percent: u8, rng: &mut Rng) -> bool {
    rng.chance(u64::from(percent), 100)
}
