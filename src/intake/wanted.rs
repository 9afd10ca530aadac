//! Leads that sources send, and why one is not taken.

use crate::base::OfferId;
use crate::base::SourceId;
use crate::store::StoreError;

/// A lead that a source sends.
#[derive(Debug, Clone)]
pub struct WantedLead {
    /// Requested offer, which the book has.
    pub offer: OfferId,
    /// Its source, which the book has.
    pub source: SourceId,
    /// Names and values, as the source sent them.
    pub values: Vec<(String, String)>,
    /// What it is sent for.
    pub purpose: Purpose,
}

/// What a lead is sent for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It is sold.
    Sale,
    /// It is a test: checked and routed, and sold to nobody.
    Test,
}

/// Why a lead was not taken. Nothing is stored.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The node stops.
    #[error("the switch is stopping")]
    Stopping,
    /// Too many leads are live.
    #[error("too many leads are live")]
    Full,
    /// The suppression lists could not be read, so that it is unknown whether the person may be
    /// contacted.
    #[error("the suppression lists cannot be read")]
    Unscreened,
    /// Another request used the same key.
    #[error("another request used this key")]
    OtherRequest,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
