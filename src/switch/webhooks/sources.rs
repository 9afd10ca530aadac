//! What answers the questions of a call.

use std::sync::Arc;

use super::ask::Inquirer;
use crate::dispatch::CallBidders;
use crate::dispatch::Dispatch;
use crate::net::Clock;
use crate::net::Fetcher;
use crate::store::Store;

/// Services that answer the machine's questions.
pub(super) struct Sources<'a> {
    pub(super) dispatch: &'a Dispatch,
    pub(super) store: &'a dyn Store,
    /// Client for the web servers of lookups.
    pub(super) fetcher: &'a Fetcher,
    /// Client of the carriers' APIs.
    pub(super) inquirer: &'a Inquirer,
    /// Asks buyers for bids.
    pub(super) bidders: &'a Arc<dyn CallBidders>,
    pub(super) clock: &'a Clock,
}
