//! Joins the nodes of the database, and shows them that this one lives.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Fault;
use crate::net::Clock;
use crate::nodes::BEAT_EVERY;
use crate::nodes::Clocks;
use crate::nodes::NodeRecord;
use crate::nodes::RunId;
use crate::nodes::Start;
use crate::nodes::check_clocks;
use crate::nodes::start;
use crate::nodes::watched;
use crate::store::NewNode;
use crate::store::Nodes;
use crate::store::StoreError;

/// Stores that a run of this node begins, and returns the run. Beside other nodes, it first makes
/// sure that the clocks agree and that the name is free, for which it may have to `wait`.
///
/// # Errors
/// [`Fault`]: the clocks are apart, another node has the name, or the database fails.
pub(super) async fn join<N: Nodes + ?Sized, W: Future<Output = ()>>(
    store: &N,
    clock: &Clock,
    node: NewNode,
    wait: impl Fn(Duration) -> W,
) -> Result<RunId, Fault> {
    if !store.nodes_exclusive() {
        let seen = store.nodes().await.map_err(Fault::of)?;
        let clocks = Clocks { node: clock.now().wall, database: seen.now };
        check_clocks(clocks).map_err(Fault::of)?;
        let earlier = seen.nodes.into_iter().find(|one| one.name == node.name);
        if let (Start::Watch(patience), Some(before)) =
            (start(earlier.as_ref(), node.address, seen.now), &earlier)
        {
            let (seconds, address) = (patience.as_secs(), before.address);
            tracing::warn!(
                seconds,
                %address,
                "an earlier run of this node was live a moment ago: waiting"
            );
            wait(patience).await;
            recheck(store, before).await?;
        }
    }
    let run = node.run;
    store.node_register(node).await.map_err(Fault::of)?;
    Ok(run)
}

/// Makes sure that an earlier run of the name has given no further sign of life.
async fn recheck<N: Nodes + ?Sized>(store: &N, before: &NodeRecord) -> Result<(), Fault> {
    let seen = store.nodes().await.map_err(Fault::of)?;
    let after = seen.nodes.iter().find(|one| one.name == before.name);
    after.map_or(Ok(()), |after| watched(before, after)).map_err(Fault::of)
}

/// Sends heartbeats until `end`, and says after each whether it was stored. Returns early if another
/// node has taken the name: then nothing that this one does may count.
pub(super) async fn beat<N: Nodes + ?Sized, W: Future<Output = ()>>(
    store: &N,
    run: RunId,
    end: CancellationToken,
    wait: impl Fn(Duration) -> W,
    stored: impl Fn(bool),
) {
    if store.nodes_exclusive() {
        // No other node asks.
        return end.cancelled().await;
    }
    loop {
        tokio::select! {
            () = end.cancelled() => return,
            () = wait(BEAT_EVERY) => {}
        }
        match store.node_beat(run).await {
            Ok(true) => stored(true),
            Ok(false) => {
                tracing::error!("another node has taken this node's name: the switch stops");
                return;
            }
            Err(error) => {
                log(&error);
                stored(false);
            }
        }
    }
}

fn log(error: &StoreError) {
    tracing::warn!(%error, "heartbeat of the node not stored");
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::sync::broadcast;

    use super::*;
    use crate::base::Wall;
    use crate::nodes::Takeover;
    use crate::store::Pending;
    use crate::store::SeenNodes;

    /// A database whose clock is this machine's, for several nodes. Another node changes what it
    /// knows of the name `a` between two reads.
    #[derive(Default)]
    struct Shared {
        reads: Mutex<Vec<SeenNodes>>,
        registered: Mutex<Vec<NewNode>>,
        beats: Mutex<Vec<bool>>,
    }

    impl Nodes for Shared {
        fn nodes_exclusive(&self) -> bool {
            false
        }

        fn node_register(&self, node: NewNode) -> Pending<'_, ()> {
            self.registered.lock().unwrap().push(node);
            Pending::new(async { Ok(()) })
        }

        fn node_beat(&self, _: RunId) -> Pending<'_, bool> {
            let lives = self.beats.lock().unwrap().remove(0);
            Pending::new(async move { Ok(lives) })
        }

        fn node_stop(&self, _: RunId) -> Pending<'_, ()> {
            Pending::new(async { Ok(()) })
        }

        fn nodes_tell(&self, _: Vec<String>) -> Pending<'_, ()> {
            Pending::new(async { Ok(()) })
        }

        fn nodes_told(&self) -> broadcast::Receiver<String> {
            broadcast::channel(1).1
        }

        fn nodes(&self) -> Pending<'_, SeenNodes> {
            let seen = self.reads.lock().unwrap().remove(0);
            Pending::new(async move { Ok(seen) })
        }

        fn takeover_claim(&self, _: Takeover, _: RunId, _: Duration) -> Pending<'_, bool> {
            Pending::new(async { Ok(false) })
        }

        fn takeover_done(&self, _: Takeover, _: RunId) -> Pending<'_, ()> {
            Pending::new(async { Ok(()) })
        }
    }

    fn run(id: &str) -> RunId {
        id.parse().unwrap()
    }

    fn new(id: &str) -> NewNode {
        let (name, address) = ("a".parse().unwrap(), "127.0.0.1:8080".parse().unwrap());
        NewNode { name, run: run(id), address, program: "0.1.0".to_owned() }
    }

    /// What the database knows at an instant: the run 1 of `a` beat so many seconds before.
    fn seen(now: Wall, age: u64) -> SeenNodes {
        let NewNode { name, run, address, program } = new("1");
        let beat_at = now - Duration::from_secs(age);
        let (started_at, stopped_at) = (beat_at, None);
        let node = NodeRecord { name, run, address, program, started_at, beat_at, stopped_at };
        SeenNodes { now, nodes: vec![node] }
    }

    async fn joined(reads: Vec<SeenNodes>) -> Result<usize, String> {
        let store = Shared { reads: Mutex::new(reads), ..Shared::default() };
        let joined = join(&store, &Clock::system(), new("2"), |_| std::future::ready(())).await;
        joined.map_err(|fault| fault.to_string())?;
        Ok(store.registered.lock().unwrap().len())
    }

    #[tokio::test]
    async fn a_node_joins_if_its_name_is_free_and_the_clocks_agree() {
        let now = Clock::system().now().wall;
        let alone = SeenNodes { now, nodes: Vec::new() };
        assert_eq!(joined(vec![alone]).await, Ok(1));
        assert_eq!(joined(vec![seen(now, 30)]).await, Ok(1), "the earlier run is silent");
        let killed = vec![seen(now, 2), seen(now + Duration::from_secs(20), 22)];
        assert_eq!(joined(killed).await, Ok(1), "it was killed and gave no further sign");
        let lives = vec![seen(now, 2), seen(now + Duration::from_secs(20), 1)];
        let fault = joined(lives).await.unwrap_err();
        assert!(fault.contains("another node is called `a`"), "{fault}");
        let behind = seen(now - Duration::from_secs(60), 0);
        let fault = joined(vec![behind]).await.unwrap_err();
        assert!(fault.contains("60 s apart"), "{fault}");
    }

    #[tokio::test]
    async fn a_node_whose_name_is_taken_stops_beating() {
        let beats = Mutex::new(vec![true, true, false]);
        let store = Shared { beats, ..Shared::default() };
        let at_once = |_| std::future::ready(());
        beat(&store, run("1"), CancellationToken::new(), at_once, |_| {}).await;
        assert!(store.beats.lock().unwrap().is_empty());
        let end = CancellationToken::new();
        end.cancel();
        beat(&store, run("1"), end, |_| std::future::pending(), |_| {}).await;
    }
}
