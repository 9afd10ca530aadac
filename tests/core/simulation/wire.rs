//! A wire that loses, duplicates, delays, and reorders datagrams. Connections deliver in order.

use std::time::Duration;

use strowger::base::Rng;
use strowger::sip::Transport;

use super::plan::Plan;

/// Transit time of a segment on a connection.
const STREAM: Duration = Duration::from_millis(20);
/// Below this delay, the wire does not reorder.
const STEADY_MS: u64 = 10;

/// Returns the delays after which copies of a message arrive; none if it is lost.
pub(crate) fn carry(plan: &Plan, transport: Transport, rng: &mut Rng) -> Vec<Duration> {
    if transport == Transport::Tcp {
        return vec![STREAM];
    }
    let copies = if rng.chance(plan.copies, 100) { 2 } else { 1 };
    let mut ways = Vec::with_capacity(copies);
    for _ in 0..copies {
        if rng.chance(plan.loss, 100) {
            continue;
        }
        let slow = rng.chance(1, 10);
        let longest = if slow { plan.delay_ms } else { plan.delay_ms.min(40) };
        let way = if plan.delay_ms < STEADY_MS { plan.delay_ms } else { 1 + rng.below(longest) };
        ways.push(Duration::from_millis(way));
    }
    ways
}
