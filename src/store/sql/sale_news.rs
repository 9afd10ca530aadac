//! Events of a sale after it was made: of the call or of the form lead that was sold.

use crate::base::InquiryId;
use crate::base::Wall;
use crate::outbox::CallNews;
use crate::outbox::LeadNews;
use crate::store::StoreError;

use super::call;
use super::engine::Db;
use super::lead;

/// What happened to a sale.
#[derive(Debug, Clone, Copy)]
pub(super) enum SaleNews {
    /// It became billable.
    Converted,
    /// It was returned.
    Returned,
}

/// Writes an event of a sale, with the record of its call or lead as it is stored.
pub(super) fn write(
    db: &Db,
    news: SaleNews,
    inquiry: impl Into<InquiryId>,
    at: Wall,
) -> Result<(), StoreError> {
    let inquiry = inquiry.into();
    let (of_call, of_lead) = match news {
        SaleNews::Converted => (CallNews::Converted, LeadNews::Converted),
        SaleNews::Returned => (CallNews::Returned, LeadNews::Returned),
    };
    call::write_event(db, of_call, inquiry, at)?;
    lead::write_event(db, of_lead, inquiry, at)
}
