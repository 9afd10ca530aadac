//! Leads that ad platforms announced.

use std::time::Duration;

use serde::Serialize;

use crate::base::LeadId;
use crate::base::Wall;
use crate::lead::platform::Announced;
use crate::lead::platform::Platform;

/// How long an announcement is kept that is taken or given up.
pub const ANNOUNCED_KEPT: Duration = Duration::from_secs(30 * 86_400);
/// Most announcements of a list, or of a look at what is due.
pub const ANNOUNCED_MAX: usize = 200;

/// Where an announced lead stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AnnouncedState {
    /// It is to be fetched.
    Waiting,
    /// It was fetched, and came in as a lead.
    Taken,
    /// It was given up. If the platform announces it again, it waits again.
    Dead,
}

/// A lead that was announced, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnnouncedLead {
    /// The platform.
    pub platform: Platform,
    /// The platform's id of the lead.
    pub id: String,
    /// The page or account.
    pub page: Option<String>,
    /// The form.
    pub form: Option<String>,
    /// When it was announced first, or again after it was given up.
    pub at: Wall,
    /// When it is fetched next; `None` once it is taken or given up.
    pub due_at: Option<Wall>,
    /// How often it was tried.
    pub attempts: u64,
    /// Where it stands.
    pub state: AnnouncedState,
    /// The lead that it became.
    pub lead: Option<LeadId>,
    /// Why the last attempt failed.
    pub reason: Option<String>,
}

/// What an attempt to fetch a lead came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnnouncedEnd {
    /// It came in as this lead.
    Taken(LeadId),
    /// It failed; it is tried again at this time, or given up.
    Failed {
        /// When it is tried again.
        due_at: Option<Wall>,
        /// What failed.
        reason: String,
    },
}

impl AnnouncedState {
    /// Every state.
    pub const ALL: [AnnouncedState; 3] =
        [AnnouncedState::Waiting, AnnouncedState::Taken, AnnouncedState::Dead];

    /// Returns the name in queries.
    pub const fn name(self) -> &'static str {
        match self {
            AnnouncedState::Waiting => "waiting",
            AnnouncedState::Taken => "taken",
            AnnouncedState::Dead => "dead",
        }
    }
}

impl AnnouncedLead {
    /// Returns what was announced.
    pub fn announced(&self) -> Announced {
        let Self { platform, id, page, form, .. } = self.clone();
        Announced { platform, id, page, form }
    }
}
