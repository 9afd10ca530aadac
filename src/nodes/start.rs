//! Whether a node may start beside the others.

use std::net::SocketAddr;
use std::time::Duration;

use super::BEAT_EVERY;
use super::NodeRecord;
use super::NodeState;
use super::RunId;
use super::SKEW_MAX;
use crate::base::NodeName;
use crate::base::Wall;

/// How long an earlier run of the same name is watched: two heartbeats, and as much again for a slow
/// database.
const WATCH: Duration = Duration::from_secs(4 * BEAT_EVERY.as_secs());

/// The same instant by two clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clocks {
    /// By the node's clock.
    pub node: Wall,
    /// By the database's clock.
    pub database: Wall,
}

/// What a node that starts does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// It begins.
    Begin,
    /// It waits for so long, reads the record again, and asks [`watched`]: an earlier run of its
    /// name was seen a moment ago. It is gone if the node was killed and started again, and lives if
    /// another node has the same name.
    Watch(Duration),
}

/// Why a node may not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartFault {
    /// Another node has this name.
    #[error(
        "another node is called `{name}`, and serves {address}: give this one its own `[node] name`"
    )]
    NameTaken {
        /// The name.
        name: NodeName,
        /// The other node's web server.
        address: SocketAddr,
    },
    /// The clocks differ.
    #[error(
        "the clock of this machine and that of the database are {} s apart: run an NTP client on both",
        .0.as_secs()
    )]
    ClocksApart(Duration),
}

/// Checks that the node's clock and the database's agree within [`SKEW_MAX`].
///
/// # Errors
/// [`StartFault::ClocksApart`].
pub fn check_clocks(clocks: Clocks) -> Result<(), StartFault> {
    let Clocks { node, database } = clocks;
    let apart = node.since(database).max(database.since(node));
    if apart > SKEW_MAX { Err(StartFault::ClocksApart(apart)) } else { Ok(()) }
}

/// Returns what a node does that starts at `address`, which it has bound, and finds an earlier run of
/// its name.
pub fn start(earlier: Option<&NodeRecord>, address: SocketAddr, now: Wall) -> Start {
    let Some(earlier) = earlier else { return Start::Begin };
    // The address can be bound once. Only one that other machines do not have proves anything.
    let ip = address.ip();
    let is_own = !ip.is_unspecified() && !ip.is_loopback() && earlier.address == address;
    match earlier.state(now) {
        NodeState::Live if !is_own => Start::Watch(WATCH),
        NodeState::Live | NodeState::Stopped | NodeState::Silent | NodeState::Dead => Start::Begin,
    }
}

/// Decides after [`Start::Watch`]: the earlier run lives if it has given another sign of life, or if
/// yet another run has come.
///
/// # Errors
/// [`StartFault::NameTaken`].
pub fn watched(before: &NodeRecord, after: &NodeRecord) -> Result<(), StartFault> {
    let seen = |node: &NodeRecord| -> (RunId, Wall) { (node.run, node.beat_at) };
    if seen(before) == seen(after) || after.stopped_at.is_some() {
        return Ok(());
    }
    let NodeRecord { name, address, .. } = after.clone();
    Err(StartFault::NameTaken { name, address })
}

#[cfg(test)]
mod tests {
    use super::super::takeover::tests::at;
    use super::super::takeover::tests::node;
    use super::*;

    #[test]
    fn clocks_may_be_five_seconds_apart() {
        for (node, database, apart) in [
            (100, 100, None),
            (105, 100, None),
            (100, 105, None),
            (106, 100, Some(6)),
            (10, 100, Some(90)),
        ] {
            let found = check_clocks(Clocks { node: at(node), database: at(database) });
            let fault = apart.map(|s| StartFault::ClocksApart(Duration::from_secs(s)));
            assert_eq!(found.err(), fault, "{node} {database}");
        }
        let fault = StartFault::ClocksApart(Duration::from_secs(6));
        assert!(fault.to_string().contains("are 6 s apart"), "{fault}");
    }

    #[test]
    fn an_earlier_run_that_may_live_is_watched() {
        let own: SocketAddr = "192.0.2.11:8080".parse().unwrap();
        let loopback: SocketAddr = "127.0.0.1:8080".parse().unwrap();
        let begin = Start::Begin;
        assert_eq!(start(None, own, at(0)), begin);
        for (bound, recorded, age, expected) in [
            (own, own, 1, begin),
            (own, loopback, 1, Start::Watch(WATCH)),
            (loopback, loopback, 1, Start::Watch(WATCH)),
            (loopback, loopback, 20, begin),
            (loopback, loopback, 60, begin),
        ] {
            let earlier = NodeRecord { address: recorded, ..node("a", 1_000) };
            assert_eq!(start(Some(&earlier), bound, at(1_000 + age)), expected, "{bound} {age}");
        }
        let stopped = NodeRecord { stopped_at: Some(at(1_000)), ..node("a", 1_000) };
        assert_eq!(start(Some(&stopped), loopback, at(1_001)), begin);
    }

    #[test]
    fn a_name_is_taken_if_its_node_goes_on() {
        let before = node("a", 1_000);
        assert_eq!(watched(&before, &before), Ok(()));
        let later = node("a", 1_005);
        let fault = watched(&before, &later).unwrap_err();
        assert!(fault.to_string().starts_with("another node is called `a`"), "{fault}");
        let other = NodeRecord { run: "2".parse().unwrap(), ..before.clone() };
        assert!(watched(&before, &other).is_err());
        let stopped = NodeRecord { stopped_at: Some(at(1_006)), ..later };
        assert_eq!(watched(&before, &stopped), Ok(()));
    }
}
