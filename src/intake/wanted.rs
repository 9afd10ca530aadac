//! Leads that sources send, and why one is not taken.

use std::net::IpAddr;

use crate::base::OfferId;
use crate::base::SourceId;
use crate::lead::PingRefusal;
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
    /// Address of the person's browser, if it sends the lead itself.
    pub browser: Option<IpAddr>,
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
    /// The source sends too many pings.
    #[error("the source sends too many pings")]
    TooManyPings,
    /// The source sends too many leads of one address.
    #[error("too many leads came from this address")]
    TooManyLeads,
    /// The lead was posted to a ping that does not take it.
    #[error(transparent)]
    Ping(#[from] PingRefusal),
    /// Another request used the same key.
    #[error("another request used this key")]
    OtherRequest,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A lead that a source posts to a ping.
#[derive(Debug, Clone)]
pub struct WantedPost {
    /// The ping, as the source names it.
    pub ping: String,
    /// Whose ping it must be, for a source that sends it itself.
    pub from: Option<(SourceId, OfferId)>,
    /// Names and values, as the source sent them.
    pub values: Vec<(String, String)>,
    /// What it is sent for. A post to a ping that was a test is one too.
    pub purpose: Purpose,
    /// Address of the person's browser, if it sends the lead itself.
    pub browser: Option<IpAddr>,
}
