//! Collects the messages of calls while they pass the endpoint.
//!
//! A message costs a search for its Call-ID, a look-up, and a reference to its octets. Everything else
//! is done later, elsewhere: [`Capture::due`] hands the messages out in parts.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;

use crate::base::CallId;
use crate::base::LegId;
use crate::base::Mono;
use crate::base::Now;
use crate::sip::Peer;

use super::bounds::ENDING_MESSAGES_MAX;
use super::bounds::LADDER_BYTES_MAX;
use super::bounds::LADDER_MESSAGES_MAX;
use super::bounds::WAITING_BYTES_MAX;
use super::message::Way;
use super::part::Captured;
use super::part::Part;
use super::scan;
use super::strays::Strays;

/// How long messages wait for others of their call: the first time, and after a leg has ended.
const FIRST_WAIT: Duration = Duration::from_secs(3);
/// How long they wait at most. Each part of a call waits twice as long as the one before.
const LAST_WAIT: Duration = Duration::from_secs(60);
/// How long messages of a call may come after its last leg has ended: longer than any transaction
/// (RFC 3261 §17: 32 s).
const LINGER: Duration = Duration::from_secs(40);

/// The messages of calls that are not written yet. Bounded by the number of calls, which the agent
/// bounds, and by [`WAITING_BYTES_MAX`].
#[derive(Debug, Default)]
pub struct Capture {
    calls: HashMap<CallId, Trace>,
    /// Legs by Call-ID.
    dialogs: HashMap<Box<[u8]>, Member>,
    /// Legs that have not ended.
    legs: HashMap<LegId, Member>,
    strays: Strays,
    waiting_bytes: usize,
    left_out: u64,
}

/// A leg of a call, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Member {
    call: CallId,
    leg: u16,
}

/// The messages of a call.
#[derive(Debug)]
struct Trace {
    /// Number of the next leg.
    next_leg: u16,
    /// Legs that have not ended.
    live: u16,
    /// When the last leg ended.
    ended: Option<Mono>,
    dialogs: Vec<Box<[u8]>>,
    waiting: Vec<Captured>,
    /// When the first of them came.
    since: Mono,
    wait: Duration,
    /// Messages and octets of the call so far.
    messages: usize,
    bytes: usize,
    /// Messages that were left out since the last part.
    left_out: u64,
}

impl Capture {
    /// Begins the ladder of a call with the leg of its caller. What came of its Call-ID shortly
    /// before belongs to it.
    pub fn begin(&mut self, leg: LegId, call: CallId, call_id: &str, now: Mono) {
        let member = self.join(leg, call);
        self.bind(call_id.as_bytes(), member);
        for message in self.strays.take(call_id.as_bytes()) {
            self.add(member, message, now);
        }
    }

    /// Adds a leg that a call dials. Its messages are found by the leg's tag in the first INVITE.
    pub fn dial(&mut self, leg: LegId, call: CallId) {
        self.join(leg, call);
    }

    /// Takes note of a message. One that belongs to no call is forgotten soon.
    pub fn note(&mut self, way: Way, peer: &Peer, bytes: &Bytes, now: Now) {
        let Some(call_id) = scan::call_id(bytes) else { return };
        let message = Captured { at: now.wall, way, peer: *peer, leg: 0, bytes: bytes.clone() };
        match self.dialogs.get(call_id).copied().or_else(|| self.dialed(way, bytes, call_id)) {
            Some(member) => self.add(member, message, now.mono),
            None => self.strays.add(message),
        }
    }

    /// Takes note that a leg has ended; any that is not known changes nothing.
    pub fn ended(&mut self, leg: LegId, now: Mono) {
        let Some(member) = self.legs.remove(&leg) else { return };
        let Some(trace) = self.calls.get_mut(&member.call) else { return };
        trace.live = trace.live.saturating_sub(1);
        trace.wait = FIRST_WAIT;
        if trace.live == 0 {
            trace.ended = Some(now);
        }
    }

    /// Returns whether messages wait, or may still come.
    pub fn is_busy(&self) -> bool {
        !self.calls.is_empty()
    }

    /// Returns how many messages of calls were left out because a bound was reached.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Returns the parts that are due, at most `most`, and forgets the calls that are over.
    pub fn due(&mut self, now: Mono, most: usize) -> Vec<Part> {
        let mut parts = Vec::new();
        let (dialogs, waiting_bytes) = (&mut self.dialogs, &mut self.waiting_bytes);
        self.calls.retain(|call, trace| {
            if parts.len() < most
                && let Some(part) = trace.take(*call, now)
            {
                *waiting_bytes -= part.messages.iter().map(|one| one.bytes.len()).sum::<usize>();
                parts.push(part);
            }
            let stays = !trace.is_over(now);
            if !stays {
                for id in &trace.dialogs {
                    if dialogs.get(id).is_some_and(|member| member.call == *call) {
                        dialogs.remove(id);
                    }
                }
            }
            stays
        });
        parts
    }

    fn join(&mut self, leg: LegId, call: CallId) -> Member {
        let trace = self.calls.entry(call).or_insert_with(Trace::new);
        let member = Member { call, leg: trace.next_leg };
        trace.next_leg = trace.next_leg.saturating_add(1);
        trace.live = trace.live.saturating_add(1);
        trace.ended = None;
        self.legs.insert(leg, member);
        member
    }

    fn bind(&mut self, call_id: &[u8], member: Member) {
        self.dialogs.insert(call_id.into(), member);
        if let Some(trace) = self.calls.get_mut(&member.call) {
            trace.dialogs.push(call_id.into());
        }
    }

    /// Returns the leg of the first message that the switch sends in it.
    fn dialed(&mut self, way: Way, bytes: &[u8], call_id: &[u8]) -> Option<Member> {
        if way == Way::Received || !bytes.starts_with(b"INVITE ") {
            return None;
        }
        let member = *self.legs.get(&scan::own_leg(bytes)?)?;
        self.bind(call_id, member);
        Some(member)
    }

    fn add(&mut self, member: Member, message: Captured, now: Mono) {
        let Some(trace) = self.calls.get_mut(&member.call) else { return };
        let bytes = message.bytes.len();
        let fits_call = trace.messages < LADDER_MESSAGES_MAX
            || trace.messages < LADDER_MESSAGES_MAX + ENDING_MESSAGES_MAX
                && scan::is_ending(&message.bytes);
        let fits = fits_call
            && trace.bytes + bytes <= LADDER_BYTES_MAX
            && self.waiting_bytes + bytes <= WAITING_BYTES_MAX;
        if trace.waiting.is_empty() && trace.left_out == 0 {
            trace.since = now;
        }
        if !fits {
            trace.left_out += 1;
            self.left_out += 1;
            return;
        }
        trace.messages += 1;
        trace.bytes += bytes;
        self.waiting_bytes += bytes;
        trace.waiting.push(Captured { leg: member.leg, ..message });
    }
}

impl Trace {
    fn new() -> Self {
        Self {
            next_leg: 0,
            live: 0,
            ended: None,
            dialogs: Vec::new(),
            waiting: Vec::new(),
            since: Mono::default(),
            wait: FIRST_WAIT,
            messages: 0,
            bytes: 0,
            left_out: 0,
        }
    }

    /// Returns the messages that wait, if they have waited long enough.
    fn take(&mut self, call: CallId, now: Mono) -> Option<Part> {
        // Without a message there is no time of the part; the number goes with the next.
        if self.waiting.is_empty() || now < self.since + self.wait {
            return None;
        }
        self.wait = (self.wait * 2).min(LAST_WAIT);
        let messages = std::mem::take(&mut self.waiting);
        Some(Part { call, messages, left_out: std::mem::take(&mut self.left_out) })
    }

    fn is_over(&self, now: Mono) -> bool {
        self.waiting.is_empty() && self.ended.is_some_and(|ended| now >= ended + LINGER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Wall;
    use crate::ladder::sample::BUYER;
    use crate::ladder::sample::CALLER;
    use crate::ladder::sample::call;
    use crate::ladder::sample::invite;
    use crate::ladder::sample::peer;
    use crate::ladder::sample::plain;

    const CALL: LegId = LegId(1);

    fn at(ms: u64) -> Now {
        let passed = Duration::from_millis(ms);
        Now { mono: Mono::default() + passed, wall: Wall::default() + passed }
    }

    fn note(capture: &mut Capture, ms: u64, way: Way, text: String) {
        capture.note(way, &peer(CALLER), &Bytes::from(text), at(ms));
    }

    fn begun() -> Capture {
        let mut capture = Capture::default();
        note(&mut capture, 0, Way::Received, invite("c", "1"));
        capture.begin(CALL, call(1), "c", at(0).mono);
        capture
    }

    fn counts(capture: &mut Capture, ms: u64) -> Vec<(usize, u64)> {
        let parts = capture.due(at(ms).mono, usize::MAX);
        parts.iter().map(|part| (part.messages.len(), part.left_out)).collect()
    }

    #[test]
    fn messages_are_found_by_the_call_id_of_a_leg() {
        let mut capture = begun();
        let own = format!("{:016x}", 2);
        for (way, text) in [
            (Way::Sent, plain("SIP/2.0 100 Trying", "c", "1 INVITE")),
            (Way::Received, plain("OPTIONS sip:h SIP/2.0", "other", "1 OPTIONS")),
            (Way::Sent, invite("d", &own)),
        ] {
            note(&mut capture, 1, way, text);
        }
        capture.dial(LegId(2), call(1));
        // An INVITE of ours that came back does not begin the leg.
        note(&mut capture, 2, Way::Received, invite("e", &own));
        for (way, text) in [
            (Way::Sent, invite("f", &own)),
            (Way::Received, plain("SIP/2.0 180 Ringing", "f", "1 INVITE")),
        ] {
            capture.note(way, &peer(BUYER), &Bytes::from(text), at(3));
        }
        let parts = capture.due(at(4_000).mono, usize::MAX);
        let legs: Vec<u16> = parts[0].messages.iter().map(|message| message.leg).collect();
        assert_eq!(legs, [0, 0, 1, 1]);
    }

    /// Parts of one call come less and less often, but the end of a leg is written soon.
    #[test]
    fn parts_wait_longer_each_time_until_a_leg_ends() {
        let mut capture = begun();
        assert_eq!(counts(&mut capture, 2_999), []);
        assert_eq!(counts(&mut capture, 3_000), [(1, 0)]);
        note(&mut capture, 10_000, Way::Sent, plain("OPTIONS sip:h SIP/2.0", "c", "2 OPTIONS"));
        assert_eq!(counts(&mut capture, 15_999), []);
        assert_eq!(counts(&mut capture, 16_000), [(1, 0)]);
        for n in 0..9 {
            let second = 100_000 * (n + 1);
            note(&mut capture, second, Way::Sent, plain("OPTIONS sip:h SIP/2.0", "c", "3 OPTIONS"));
            assert_eq!(counts(&mut capture, second + 60_000), [(1, 0)], "no longer than a minute");
        }
        note(&mut capture, 2_000_000, Way::Received, plain("BYE sip:h SIP/2.0", "c", "4 BYE"));
        capture.ended(CALL, at(2_000_001).mono);
        assert_eq!(counts(&mut capture, 2_003_000), [(1, 0)]);
        assert!(capture.is_busy(), "a copy of the BYE may come");
        note(&mut capture, 2_030_000, Way::Received, plain("BYE sip:h SIP/2.0", "c", "4 BYE"));
        assert_eq!(counts(&mut capture, 2_041_000), [(1, 0)]);
        assert!(!capture.is_busy());
        assert_eq!((capture.dialogs.len(), capture.legs.len(), capture.waiting_bytes), (0, 0, 0));
    }

    #[test]
    fn beyond_the_bounds_messages_are_counted_and_the_end_is_kept() {
        let mut capture = begun();
        for _ in 0..LADDER_MESSAGES_MAX {
            note(&mut capture, 1, Way::Received, plain("OPTIONS sip:h SIP/2.0", "c", "2 OPTIONS"));
        }
        for _ in 0..=ENDING_MESSAGES_MAX {
            note(&mut capture, 2, Way::Received, plain("BYE sip:h SIP/2.0", "c", "3 BYE"));
        }
        let all = LADDER_MESSAGES_MAX + ENDING_MESSAGES_MAX;
        assert_eq!(counts(&mut capture, 9_000), [(all, 2)]);
        assert_eq!(capture.left_out(), 2);

        let mut capture = begun();
        let long =
            |n: usize| format!("{}{}", plain("INFO sip:h SIP/2.0", "c", "2 INFO"), "x".repeat(n));
        note(&mut capture, 1, Way::Received, long(LADDER_BYTES_MAX / 2));
        note(&mut capture, 1, Way::Received, long(LADDER_BYTES_MAX / 2));
        assert_eq!(counts(&mut capture, 9_000), [(2, 1)]);
    }

    #[test]
    fn all_calls_together_wait_within_a_bound() {
        let mut capture = Capture::default();
        let size = LADDER_BYTES_MAX / 2;
        let calls = WAITING_BYTES_MAX / size + 1;
        for n in 0..calls {
            let id = format!("c{n}");
            capture.begin(LegId(n as u64), call(n as u64), &id, at(0).mono);
            let start = plain("INFO sip:h SIP/2.0", &id, "2 INFO");
            note(&mut capture, 1, Way::Received, format!("{start}{}", "x".repeat(size)));
        }
        assert!(capture.waiting_bytes <= WAITING_BYTES_MAX);
        assert!(capture.waiting_bytes > WAITING_BYTES_MAX - 2 * size);
        // Without room for parts, they stay.
        assert_eq!(capture.due(at(9_000).mono, 0).len(), 0);
        assert_eq!(capture.due(at(9_000).mono, 3).len(), 3);
        let rest = capture.due(at(9_000).mono, usize::MAX);
        assert_eq!(capture.waiting_bytes, 0);
        assert!(rest.len() < calls, "those that were left out have no part");
    }

    /// A caller may use a Call-ID again: the earlier call ends, and the later one keeps it.
    #[test]
    fn a_call_id_belongs_to_the_latest_call() {
        let mut capture = begun();
        let later = call(2);
        capture.ended(CALL, at(1).mono);
        capture.begin(LegId(9), later, "c", at(1).mono);
        capture.due(at(100_000).mono, usize::MAX);
        note(&mut capture, 100_001, Way::Received, plain("BYE sip:h SIP/2.0", "c", "2 BYE"));
        let parts = capture.due(at(200_000).mono, usize::MAX);
        assert_eq!(parts.iter().map(|part| part.call).collect::<Vec<_>>(), [later]);
    }
}
