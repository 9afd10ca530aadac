//! Transfers of a call: how many there were, and the one that has not ended.

use crate::base::Mono;
use crate::base::Now;

/// Most transfers of one call, also of those that fail.
pub(super) const TRANSFERS_MAX: u32 = 5;

/// Transfers of a call.
#[derive(Debug, Default)]
pub(super) struct Transfers {
    /// The one whose destination has not answered.
    pub(super) open: Option<OpenTransfer>,
    /// Number of all, also of those that failed.
    pub(super) count: u32,
}

/// A transfer whose destination has not answered.
#[derive(Debug, Default)]
pub(super) struct OpenTransfer {
    /// When the buyer hung up; `None` while it is there.
    pub(super) left: Option<Mono>,
}

impl Transfers {
    /// Returns whether the destination of a transfer has not answered yet: then the caller is connected
    /// with no party.
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Notes that the buyer is gone. Returns whether the call goes on without it, because a transfer is
    /// open.
    pub(super) fn has_lost(&mut self, now: Now) -> bool {
        match &mut self.open {
            Some(open) => {
                open.left.get_or_insert(now.mono);
                true
            }
            None => false,
        }
    }
}
