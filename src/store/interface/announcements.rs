//! Leads that ad platforms announce.

use crate::base::Wall;
use crate::lead::platform::Announced;
use crate::store::AnnouncedEnd;
use crate::store::AnnouncedLead;
use crate::store::AnnouncedState;
use crate::store::Pending;

/// Leads that ad platforms announce.
pub trait Announcements: Send + Sync {
    /// Stores announcements that came at a time, all or none; each is due at once. One that is known
    /// stays as it is, unless it was given up: then it waits again. Those that are taken or given
    /// up are deleted after [`crate::store::ANNOUNCED_KEPT`].
    fn announce(&self, announced: Vec<Announced>, at: Wall) -> Pending<'_, ()>;

    /// Removes an announcement that is not taken yet: the person wants to be forgotten.
    fn announcement_drop(&self, announced: Announced) -> Pending<'_, ()>;

    /// Returns announcements that are due, oldest first; at most
    /// [`crate::store::ANNOUNCED_MAX`].
    fn announced_due(&self, now: Wall) -> Pending<'_, Vec<AnnouncedLead>>;

    /// Returns when the next announcement is due; `None` if none waits.
    fn announced_next(&self) -> Pending<'_, Option<Wall>>;

    /// Stores what an attempt came to.
    fn announced_end(&self, announced: Announced, end: AnnouncedEnd) -> Pending<'_, ()>;

    /// Returns announcements, latest first; at most [`crate::store::ANNOUNCED_MAX`].
    fn announced_list(&self, state: Option<AnnouncedState>) -> Pending<'_, Vec<AnnouncedLead>>;
}
