//! One node, as the database knows it.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use super::DEAD_AFTER;
use super::SILENT_AFTER;
use crate::base::NodeName;
use crate::base::Rng;
use crate::base::Wall;

/// Id of one run of a node: a node that starts again has another. Written as 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(u64);

impl RunId {
    /// Returns a new id.
    pub fn random(rng: &mut Rng) -> Self {
        Self(rng.next_u64())
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for RunId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u64::from_str_radix(text, 16).map(Self)
    }
}

/// The latest run of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeRecord {
    /// Name of the node.
    pub name: NodeName,
    /// The run.
    pub run: RunId,
    /// Address of its web server.
    pub address: SocketAddr,
    /// Version of its program.
    pub program: String,
    /// When it started.
    pub started_at: Wall,
    /// When it last gave a sign of life.
    pub beat_at: Wall,
    /// When it stopped in good order; `None` if it did not.
    pub stopped_at: Option<Wall>,
}

/// Whether a node lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeState {
    /// It does.
    Live,
    /// It stopped in good order: it has no SIP call, and its webhook calls and leads go on elsewhere.
    Stopped,
    /// It has missed heartbeats for [`SILENT_AFTER`]: its webhook calls go on elsewhere. Its SIP
    /// calls may still be up, because only it and the parties see them.
    Silent,
    /// It has missed heartbeats for [`DEAD_AFTER`], or stopped that long ago: its leads go on
    /// elsewhere, too, and its SIP calls are closed.
    Dead,
}

impl NodeRecord {
    /// Returns whether the node lives, by the database's clock. A heartbeat from the future counts
    /// as one of now: the clock was set back.
    pub fn state(&self, now: Wall) -> NodeState {
        let age = now.since(self.beat_at);
        match self.stopped_at {
            _ if age >= DEAD_AFTER => NodeState::Dead,
            Some(_) => NodeState::Stopped,
            None if age >= SILENT_AFTER => NodeState::Silent,
            None => NodeState::Live,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::takeover::tests::node;
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_node_is_silent_after_20_s_and_dead_after_60_s() {
        for (age, stopped, expected) in [
            (0, false, NodeState::Live),
            (19_999, false, NodeState::Live),
            (20_000, false, NodeState::Silent),
            (59_999, false, NodeState::Silent),
            (60_000, false, NodeState::Dead),
            (0, true, NodeState::Stopped),
            (59_999, true, NodeState::Stopped),
            (60_000, true, NodeState::Dead),
        ] {
            let now = Wall::from_micros(1_000_000_000_000);
            let beat_at = now - Duration::from_millis(age);
            let stopped_at = stopped.then_some(beat_at);
            let node = NodeRecord { beat_at, stopped_at, ..node("a", 0) };
            assert_eq!(node.state(now), expected, "{age} ms, stopped: {stopped}");
        }
        let early = NodeRecord { beat_at: Wall::from_micros(9_000_000), ..node("a", 0) };
        assert_eq!(early.state(Wall::from_micros(0)), NodeState::Live, "the clock was set back");
    }

    #[test]
    fn a_run_is_read_as_it_is_written() {
        let mut rng = Rng::seeded(1);
        for run in [RunId(0), RunId(u64::MAX), RunId::random(&mut rng)] {
            assert_eq!(run.to_string().len(), 16);
            assert_eq!(run.to_string().parse(), Ok(run));
        }
        assert!("not one".parse::<RunId>().is_err());
    }
}
