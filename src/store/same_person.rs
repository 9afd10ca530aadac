//! Calls and leads of one person, recognized by the phone number.

use serde::Serialize;

use crate::base::CallId;
use crate::base::LeadId;
use crate::base::OfferId;
use crate::base::Wall;

/// Most calls and leads of one number that are found: the latest.
pub const SAME_PERSON_MAX: usize = 50;

/// A call or lead of the same number as another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SamePerson {
    /// The call or lead.
    #[serde(flatten)]
    pub of: SameAs,
    /// Its offer.
    pub offer: OfferId,
    /// When it came in.
    pub started_at: Wall,
}

/// A call or a lead. Its JSON is `{"call": …}` or `{"lead": …}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SameAs {
    /// A call.
    Call(CallId),
    /// A form lead.
    Lead(LeadId),
}
