//! The bid that a call came for.

use serde::Deserialize;
use serde::Serialize;

use crate::base::PingId;
use crate::sale::Promise;

/// The bid that a call came for, or why it is sold without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum CalledFor {
    /// The call is sold on the terms of the bid.
    Bid(Promise),
    /// The bid for this caller had ended.
    Expired {
        /// Its ping.
        ping: PingId,
    },
    /// Another call of this caller had come for the bid.
    Used {
        /// Its ping.
        ping: PingId,
    },
    /// The number has bids, and none is for this caller.
    OtherCaller,
}
