//! Stored calls and leads with their decisions, for backtests and audits.

use crate::base::InquiryId;
use crate::call::CallRecord;
use crate::lead::LeadRecord;
use crate::sale::DecisionRecord;

/// A call or lead that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PastInquiry {
    /// A call.
    Call(Box<CallRecord>),
    /// A form lead.
    Lead(Box<LeadRecord>),
}

impl PastInquiry {
    /// Returns the id.
    pub fn id(&self) -> InquiryId {
        match self {
            PastInquiry::Call(call) => call.id.into(),
            PastInquiry::Lead(lead) => lead.id.into(),
        }
    }
}

/// A call or lead and all its decisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// What ended.
    pub inquiry: PastInquiry,
    /// Its decisions, in the order in which they were made; at least one.
    pub decisions: Vec<DecisionRecord>,
}

/// Position in the past: the next page continues after this call or lead, with later ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastCursor(pub(crate) InquiryId);

/// A page of past calls and leads, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastPage {
    /// Calls and leads of the page.
    pub items: Vec<Decided>,
    /// Cursor of the next page; `None` on the last page.
    pub next: Option<PastCursor>,
}
