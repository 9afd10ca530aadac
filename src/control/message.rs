//! The requests and answers of the protocol.

use serde::Deserialize;
use serde::Serialize;

use crate::base::AttemptId;
use crate::base::CallId;
use crate::base::LeadId;
use crate::base::Person;
use crate::call::CallQuery;
use crate::call::CallRecord;
use crate::call::Forgotten;
use crate::call::LiveCall;
use crate::call::RefusedCalls;
use crate::call::TrunkStates;
use crate::lead::SettledAs;

/// Most live calls of one answer.
pub const LIVE_MAX: usize = 100;

/// A request to the running switch. As a line: `{"request":"look"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    /// Another program has written to the database. The switch checks it for changes at once, and
    /// answers after applying them.
    Look,
    /// List live calls, newest first: [`ControlAnswer::Calls`] with at most [`LIVE_MAX`].
    Live {
        /// Filter for the calls.
        query: Box<CallQuery>,
        /// Only calls older than this one; `None` to start with the newest.
        before: Option<CallId>,
    },
    /// Show a live call: [`ControlAnswer::Calls`] with that call, or with none if it is not live.
    Show {
        /// The call.
        id: CallId,
    },
    /// List the calls that the switch refused since its start: [`ControlAnswer::Refused`].
    Refused,
    /// Show the states of the trunks: [`ControlAnswer::Trunks`].
    Trunks,
    /// Hang up a call: [`ControlAnswer::HungUp`].
    HangUp {
        /// The call.
        id: CallId,
    },
    /// Say what became of a post whose result is unknown: [`ControlAnswer::Done`].
    Settle {
        /// The lead.
        id: LeadId,
        /// The post; `None` for the only one whose result is unknown.
        attempt: Option<AttemptId>,
        /// What became of it.
        #[serde(flatten)]
        result: SettledAs,
        /// The user who says so.
        user: String,
    },
    /// Remove a person's data: [`ControlAnswer::Forgotten`].
    Forget {
        /// The person.
        person: Person,
        /// The user who asks for it, for the activity log.
        user: String,
    },
}

/// The switch's answer. As a line: `{"answer":"done"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum ControlAnswer {
    /// The request succeeded.
    Done,
    /// Live calls, newest first.
    Calls {
        /// The calls.
        items: Vec<LiveCall>,
        /// Call after which the next page begins; `None` on the last page.
        next: Option<CallId>,
    },
    /// Refused calls, latest first.
    Refused {
        /// The calls.
        items: Vec<RefusedCalls>,
    },
    /// States of the trunks.
    Trunks {
        /// Their gateways and registrations.
        #[serde(flatten)]
        states: TrunkStates,
    },
    /// The call was hung up, and its end is stored; or it is live, and the node that keeps it is asked
    /// to hang up.
    HungUp {
        /// Its record.
        record: Box<CallRecord>,
    },
    /// A person's data were removed.
    Forgotten {
        /// What was removed.
        removed: Forgotten,
    },
    /// The request failed.
    Failed {
        /// The cause, in one sentence.
        message: String,
    },
}
