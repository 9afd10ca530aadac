//! Pages of calls.

use std::fmt;
use std::str::FromStr;

use crate::base::CallId;
use crate::base::Wall;
use crate::call::CallRecord;
use crate::call::Recording;

/// Most calls per page. The store reduces a larger limit to this.
pub const PAGE_CALLS_MAX: usize = 200;

/// Most lines of a statement per page. The store reduces a larger limit to this.
pub const STATEMENT_PAGE_MAX: usize = 1_000;

/// Position in a list of calls: the next page continues after this call, with older ones. Opaque to
/// clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallCursor(pub(crate) CallId);

impl fmt::Display for CallCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for CallCursor {
    type Err = <CallId as FromStr>::Err;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// A call and its recordings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedCall {
    /// The call.
    pub call: CallId,
    /// Its recordings, in order.
    pub recordings: Vec<Recording>,
}

/// One page of calls with recordings, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedPage {
    /// Calls of the page.
    pub items: Vec<RecordedCall>,
    /// Cursor of the next page; `None` on the last page.
    pub next: Option<CallCursor>,
    /// On the last page, the arrival of the first call that has recordings and is not due.
    pub later: Option<Wall>,
}

/// One page of a person's calls, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonPage {
    /// Ended calls of the page.
    pub items: Vec<RecordedCall>,
    /// Number of live calls of the page.
    pub live: u64,
    /// Cursor of the next page; `None` on the last page.
    pub next: Option<CallCursor>,
}

/// One page of calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallPage {
    /// Calls of the page, newest first.
    pub items: Vec<CallRecord>,
    /// Cursor of the next page; `None` on the last page.
    pub next: Option<CallCursor>,
}
