//! What the other nodes take over from a node that is gone.

use super::NodeRecord;
use super::NodeState;
use super::RunId;
use super::SILENT_AFTER;
use crate::base::NodeName;
use crate::base::Wall;

/// What of a node is taken over at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Its calls at webhook carriers: they go on at the node that takes them over.
    WebhookCalls,
    /// Its form leads: the node that takes them over sells them. A post that was in progress keeps
    /// its units until it is known what became of it.
    Leads,
    /// Its SIP calls: they are over, are billed to their last heartbeat, and what they hold is free.
    SipCalls,
}

impl Part {
    /// All of them, in the order in which they are due.
    pub const ALL: [Part; 3] = [Part::WebhookCalls, Part::Leads, Part::SipCalls];

    /// Returns its name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Part::WebhookCalls => "webhook_calls",
            Part::Leads => "leads",
            Part::SipCalls => "sip_calls",
        }
    }
}

/// Work that a node which is gone has left, to be done once by any other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Takeover {
    /// The node that is gone.
    pub from: NodeName,
    /// Its run. A node that has started again keeps what its new run has.
    pub run: RunId,
    /// What is taken over.
    pub part: Part,
}

/// Returns what `own` may take over at an instant. `steady_since` is the first of its heartbeats
/// since one of them failed, or since it started. For [`SILENT_AFTER`] from then on it takes over
/// nothing: after an outage of the database, the heartbeats of all nodes are old, and the others need
/// a moment to give one.
pub fn due(nodes: &[NodeRecord], own: RunId, steady_since: Wall, now: Wall) -> Vec<Takeover> {
    let is_live = |node: &NodeRecord| node.state(now) == NodeState::Live;
    let is_steady = now.since(steady_since) >= SILENT_AFTER;
    if !is_steady || !nodes.iter().any(|node| node.run == own && is_live(node)) {
        return Vec::new();
    }
    let parts = |node: &NodeRecord| match node.state(now) {
        NodeState::Live => &[][..],
        NodeState::Silent => &[Part::WebhookCalls][..],
        NodeState::Stopped => &[Part::WebhookCalls, Part::Leads][..],
        NodeState::Dead => &Part::ALL[..],
    };
    let takeover =
        |node: &NodeRecord, part| Takeover { from: node.name.clone(), run: node.run, part };
    let others = nodes.iter().filter(|node| node.run != own);
    others.flat_map(|node| parts(node).iter().map(move |part| takeover(node, *part))).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn at(seconds: i64) -> Wall {
        Wall::from_micros(seconds * 1_000_000)
    }

    /// A node whose last heartbeat was at this second.
    pub(in super::super) fn node(name: &str, beat: i64) -> NodeRecord {
        NodeRecord {
            name: name.parse().unwrap(),
            run: format!("{:x}", name.as_bytes()[0]).parse().unwrap(),
            address: "192.0.2.9:8080".parse().unwrap(),
            program: "0.1.0".to_owned(),
            started_at: at(0),
            beat_at: at(beat),
            stopped_at: None,
        }
    }

    fn shown(nodes: &[NodeRecord], own: &str, now: i64) -> String {
        let due = due(nodes, node(own, 0).run, at(0), at(now));
        let shown = due.iter().map(|one| format!("{}:{}", one.from, one.part.name()));
        shown.collect::<Vec<_>>().join(" ")
    }

    /// Three nodes beat at second 1,000; then only `a` goes on.
    #[test]
    fn webhook_calls_are_due_after_20_s_and_leads_and_sip_calls_after_60_s() {
        for (now, expected) in [
            (1_000, ""),
            (1_019, ""),
            (1_020, "b:webhook_calls c:webhook_calls"),
            (1_059, "b:webhook_calls c:webhook_calls"),
            (1_060, "b:webhook_calls b:leads b:sip_calls c:webhook_calls c:leads c:sip_calls"),
        ] {
            let nodes = [node("a", now), node("b", 1_000), node("c", 1_000)];
            assert_eq!(shown(&nodes, "a", now), expected, "{now}");
        }
    }

    /// The database was gone until second 1,100: no node could give a sign of life.
    #[test]
    fn after_an_outage_of_the_database_the_others_have_20_s() {
        let nodes = [node("a", 1_119), node("b", 1_000)];
        let own = nodes[0].run;
        assert_eq!(due(&nodes, own, at(1_100), at(1_119)), []);
        let due = due(&nodes, own, at(1_100), at(1_120));
        assert_eq!(due.len(), Part::ALL.len(), "b did not come back");
    }

    #[test]
    fn a_node_that_is_silent_or_unknown_takes_over_nothing() {
        let nodes = [node("a", 1_000), node("b", 1_000), node("c", 1_021)];
        assert_eq!(shown(&nodes, "a", 1_021), "");
        assert_eq!(shown(&nodes, "x", 1_021), "");
        assert_eq!(shown(&nodes, "c", 1_021), "a:webhook_calls b:webhook_calls");
    }

    /// Its webhook calls do not wait until it would have been silent, nor its leads until it would be
    /// dead.
    #[test]
    fn a_node_that_stopped_leaves_its_webhook_calls_and_leads_at_once() {
        let stopped = NodeRecord { stopped_at: Some(at(1_000)), ..node("b", 1_000) };
        let nodes = |now| [node("a", now), stopped.clone()];
        assert_eq!(shown(&nodes(1_000), "a", 1_000), "b:webhook_calls b:leads");
        assert_eq!(shown(&nodes(1_060), "a", 1_060), "b:webhook_calls b:leads b:sip_calls");
    }

    /// The new run of a node has the same name: what the old one left is the new run's own affair,
    /// because the database knows the latest run only.
    #[test]
    fn a_node_that_started_again_is_live() {
        let again = NodeRecord { run: "b0b".parse().unwrap(), ..node("b", 1_061) };
        assert_eq!(shown(&[node("a", 1_061), again], "a", 1_061), "");
    }
}
