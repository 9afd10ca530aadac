//! What a simulated buyer does.

use std::time::Duration;

/// What a simulated buyer does with a request. Its text is a part of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manner {
    /// `accepts`
    Accepts,
    /// `rejects`
    Rejects,
    /// `duplicate`
    Duplicate,
    /// `error`: reports an error of its own.
    Fails,
    /// `bids-12.50`: answers a ping with a bid.
    Bids(String),
    /// `late-800-12.50`: bids after so many milliseconds.
    BidsLate(Duration, String),
    /// `hangs`: never answers.
    Hangs,
    /// `garbage`: answers a page for people.
    Garbage,
    /// `status-503`: answers this status and nothing else.
    Status(u16),
    /// `pause-2`: answers 429, and asks for a pause of so many seconds.
    AsksForPause(u16),
    /// `needs-TOKEN`: answers 401 without this token, else accepts.
    Needs(String),
    /// `issues-TOKEN`: is a token endpoint that issues this token.
    Issues(String),
}

impl Manner {
    /// Reads a part of a path.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (name, rest) = text.split_once('-').unwrap_or((text, ""));
        Some(match (name, rest) {
            ("accepts", "") => Manner::Accepts,
            ("rejects", "") => Manner::Rejects,
            ("duplicate", "") => Manner::Duplicate,
            ("error", "") => Manner::Fails,
            ("hangs", "") => Manner::Hangs,
            ("garbage", "") => Manner::Garbage,
            ("bids", amount) if !amount.is_empty() => Manner::Bids(amount.to_owned()),
            ("late", rest) => {
                let (millis, amount) = rest.split_once('-')?;
                Manner::BidsLate(Duration::from_millis(millis.parse().ok()?), amount.to_owned())
            }
            ("status", status) => Manner::Status(status.parse().ok()?),
            ("pause", seconds) => Manner::AsksForPause(seconds.parse().ok()?),
            ("needs", token) => Manner::Needs(token.to_owned()),
            ("issues", token) => Manner::Issues(token.to_owned()),
            (_, _) => return None,
        })
    }
}
