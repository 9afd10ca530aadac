//! The events of all nodes in the stream of each: this one's go out in batches, and those of others
//! come in. They are not stored: whoever is not there misses them, and says so.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use crate::base::NodeName;
use crate::events::Event;
use crate::events::Events;
use crate::events::Followed;
use crate::events::Follower;
use crate::events::Packer;
use crate::events::Unpacker;
use crate::net::Clock;
use crate::store::Store;

/// How long events are gathered: one write for many, and less than a person notices.
const GATHERED_FOR: Duration = Duration::from_millis(20);
/// Most events that are written at once.
const EVENTS_AT_ONCE: usize = 512;

/// Sends and receives events until `end`, or until the stream ends.
pub(super) async fn run(
    store: Arc<dyn Store>,
    events: Events,
    own: NodeName,
    clock: Clock,
    end: CancellationToken,
) {
    // There are no others.
    if store.nodes_exclusive() {
        return;
    }
    let packer = Packer::new(own.clone(), clock.now().wall);
    let incoming = store.nodes_told();
    let follower = events.follow();
    tokio::select! {
        () = end.cancelled() => {}
        () = send(store.as_ref(), follower, packer) => {}
        () = receive(incoming, &events, Unpacker::new(own), &clock) => {}
    }
}

async fn send(store: &dyn Store, mut follower: Follower, mut packer: Packer) {
    while let Some(first) = follower.next().await {
        tokio::time::sleep(GATHERED_FOR).await;
        let more = std::iter::from_fn(|| follower.try_next()).take(EVENTS_AT_ONCE - 1);
        let mut gathered: Vec<Arc<Event>> = Vec::new();
        for followed in std::iter::once(first).chain(more) {
            match followed {
                Followed::Event(event) => gathered.push(event),
                Followed::Lost(_) => packer.lose(),
            }
        }
        let texts = packer.pack(&gathered);
        // Other writes report a database that fails.
        if !texts.is_empty() && store.nodes_tell(texts).await.is_err() {
            packer.lose();
        }
    }
}

async fn receive(
    mut incoming: broadcast::Receiver<String>,
    events: &Events,
    mut unpacker: Unpacker,
    clock: &Clock,
) {
    loop {
        match incoming.recv().await {
            Ok(text) => {
                for subject in unpacker.unpack(&text) {
                    events.publish(clock.now().wall, subject);
                }
            }
            // The numbers of the next batches show it.
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}
