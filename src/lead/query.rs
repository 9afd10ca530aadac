//! Query for leads: a set of filters that a lead must all match.

use crate::base::BuyerId;
use crate::base::OfferId;
use crate::base::Phone;
use crate::base::SourceId;
use crate::base::Wall;
use crate::call::Scope;

use super::LeadStatus;

/// Filters for leads. A filter that is `None` matches every lead.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LeadQuery {
    /// Leads that the reader may see.
    pub who: Scope,
    /// Where it stands.
    pub status: Option<LeadStatus>,
    /// Earliest arrival, inclusive.
    pub since: Option<Wall>,
    /// Latest arrival, exclusive.
    pub until: Option<Wall>,
    /// Source that sent it.
    pub source: Option<SourceId>,
    /// Offer that it was last routed for.
    pub offer: Option<OfferId>,
    /// Buyer to whom it was posted, whether it accepted or not.
    pub buyer: Option<BuyerId>,
    /// The lead's phone number.
    pub phone: Option<Phone>,
}
