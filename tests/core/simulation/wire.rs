//! A wire that loses, duplicates, delays, and reorders datagrams. Connections deliver in order.
//!
//! The phones' agent cannot send REFER: a buyer that transfers sends OPTIONS within its dialog, and the
//! wire makes it a REFER, and the answers those of OPTIONS.

use std::time::Duration;

use bytes::Bytes;

use strowger::base::Rng;
use strowger::sip::Transport;

use super::book::BUYERS;
use super::book::buyer_address;
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

/// Returns what a phone's message is on the wire. A copy of it becomes the same.
pub(crate) fn as_refer(bytes: Bytes) -> Bytes {
    let Some(text) = text_of(&bytes, "OPTIONS ") else { return bytes };
    let number = text.split("CSeq: ").nth(1).and_then(|rest| rest.split(' ').next());
    let number: usize = number.and_then(|number| number.parse().ok()).unwrap_or_default();
    // One of the book, or the gateway behind the last buyer, which no contract names.
    let to = buyer_address(number % (BUYERS + 1));
    let text = text.replacen("OPTIONS ", "REFER ", 1).replacen(" OPTIONS\r\n", " REFER\r\n", 1);
    let refer_to = format!("Refer-To: <sip:desk@{to}>\r\nContent-Length:");
    text.replacen("Content-Length:", &refer_to, 1).into()
}

/// Returns what a message to a phone is for its agent.
pub(crate) fn as_options(bytes: Bytes) -> Bytes {
    match text_of(&bytes, "SIP/2.0 ") {
        Some(text) => text.replacen(" REFER\r\n", " OPTIONS\r\n", 1).into(),
        None => bytes,
    }
}

fn text_of(bytes: &Bytes, start: &str) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    text.starts_with(start).then(|| text.to_owned())
}
