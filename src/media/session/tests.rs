use super::*;
use crate::base::Codec;
use crate::base::MasterKey;
use crate::base::RingTone;
use crate::base::Rng;
use crate::base::Security;
use crate::base::Suite;
use crate::media::Prompt;
use crate::media::g711;
use crate::media::g711::Law;
use crate::media::leg::Direction;
use crate::media::rate::BURST_MAX;
use crate::media::rate::RATE_MAX;
use crate::media::rtp::HEADER;
use crate::media::rtp::Packet;
use crate::media::rtp::after;
use crate::media::tone;
use ::rtp::header::Header;
use proptest::prelude::*;
use std::sync::Arc;
use webrtc_util::marshal::Marshal as _;

const SILENT: Duration = Duration::from_secs(7);

fn remote(n: u64) -> SocketAddr {
    format!("192.0.2.{n}:4000").parse().unwrap()
}

fn media(n: u64) -> LegMedia {
    LegMedia { events: Some(101), ..LegMedia::new(remote(n), Codec::Pcmu) }
}

fn session(legs: u64) -> Session {
    let mut session = Session::new(SILENT, Arc::default(), Rng::seeded(3));
    for n in 1..=legs {
        assert!(session.open(LegId(n), media(n), Now::default()));
    }
    session
}

fn datagram(payload_type: u8, ssrc: u32, sequence: u16, timestamp: u32) -> Vec<u8> {
    let sequence_number = sequence;
    let fields = Header { version: 2, payload_type, sequence_number, ..Header::default() };
    let header = Header { timestamp, ssrc, ..fields };
    let packet = ::rtp::packet::Packet { header, payload: vec![3; 160].into() };
    packet.marshal().unwrap().to_vec()
}

/// Receives a datagram from a leg's far end and returns where it was relayed.
fn pass(session: &mut Session, n: u64, bytes: &[u8], now: Now) -> Option<(LegId, Packet)> {
    let mut buffer = bytes.to_vec();
    let index = session.index(LegId(n)).unwrap();
    let received = session.receive(index, remote(n), &mut buffer, now).unwrap();
    let sent = session.forward(index, &received, &mut buffer, now)?;
    assert_eq!(sent.port, Port::Rtp);
    let to = session.slots[sent.leg].id;
    assert_eq!(sent.remote, remote(to.0));
    Some((to, Packet::parse(&buffer[sent.range]).unwrap()))
}

fn events_of(session: &mut Session) -> Vec<MediaEvent> {
    std::iter::from_fn(|| session.poll()).collect()
}

fn later(ms: u64) -> Now {
    Now::default().later(Duration::from_millis(ms))
}

#[test]
fn relaying_follows_the_latest_command() {
    let mut session = session(3);
    let heard_by = |session: &mut Session, n| {
        let sequence = u16::try_from(session.slots[0].leg.counters().audio).unwrap() + 1;
        let bytes = datagram(0, 5, sequence, 160);
        pass(session, n, &bytes, Now::default()).map(|(to, _)| to.0)
    };
    assert_eq!(heard_by(&mut session, 1), None);
    session.relay(LegId(1), LegId(2), Now::default());
    assert_eq!([1, 2, 3].map(|n| heard_by(&mut session, n)), [Some(2), Some(1), None]);
    session.relay(LegId(1), LegId(3), Now::default());
    assert_eq!([1, 2, 3].map(|n| heard_by(&mut session, n)), [Some(3), None, Some(1)]);
    session.relay(LegId(1), LegId(1), Now::default());
    session.relay(LegId(1), LegId(9), Now::default());
    assert_eq!(heard_by(&mut session, 1), Some(3));
    session.close(LegId(3));
    assert_eq!([1, 2].map(|n| heard_by(&mut session, n)), [None, None]);
}

#[test]
fn a_leg_is_fed_one_way_until_it_is_bridged() {
    let mut session = session(3);
    let heard_by = |session: &mut Session, n| {
        let sequence = u16::try_from(session.slots[0].leg.counters().audio).unwrap() + 1;
        let bytes = datagram(0, 5, sequence, 160);
        pass(session, n, &bytes, Now::default()).map(|(to, _)| to.0)
    };
    session.feed(LegId(2), LegId(1));
    assert_eq!([1, 2, 3].map(|n| heard_by(&mut session, n)), [None, Some(1), None]);
    session.feed(LegId(3), LegId(1));
    assert_eq!([1, 2, 3].map(|n| heard_by(&mut session, n)), [None, None, Some(1)]);
    session.feed(LegId(9), LegId(1));
    session.feed(LegId(1), LegId(1));
    assert_eq!(heard_by(&mut session, 3), Some(1));
    session.relay(LegId(1), LegId(3), Now::default());
    assert_eq!([1, 2, 3].map(|n| heard_by(&mut session, n)), [Some(3), None, Some(1)]);
    session.feed(LegId(2), LegId(1));
    session.close(LegId(1));
    assert_eq!([2, 3].map(|n| heard_by(&mut session, n)), [None, None]);
}

#[test]
fn digits_are_reported_also_while_relayed_and_never_pile_up() {
    let mut session = session(2);
    session.relay(LegId(1), LegId(2), Now::default());
    let bytes = datagram(101, 5, 1, 0);
    pass(&mut session, 1, &bytes, Now::default()).unwrap();
    // 160 bytes of «3» are four packed events of key 3; the rest is not read.
    let reported = events_of(&mut session);
    assert_eq!(reported, vec![MediaEvent::Digit { leg: LegId(1), digit: '3' }; 4]);
    for n in 0..1_000 {
        let bytes = datagram(101, 5, n, u32::from(n) * 100_000);
        pass(&mut session, 1, &bytes, Now::default());
    }
    assert!(events_of(&mut session).len() <= EVENTS_MAX);
}

#[test]
fn what_is_above_the_rate_is_dropped_counted_and_warned_of_once() {
    let mut session = session(2);
    session.relay(LegId(1), LegId(2), Now::default());
    let (burst, second) = (u64::from(BURST_MAX), u64::from(RATE_MAX));
    let mut sequence = 0;
    // Sends `count` packets at an instant; returns how many were relayed.
    let mut send = |session: &mut Session, leg, count: u64, ms| {
        let relayed = (0..count).filter(|_| {
            sequence += 1;
            let bytes = datagram(0, 5, sequence, u32::from(sequence) * 160);
            pass(session, leg, &bytes, later(ms)).is_some()
        });
        relayed.count() as u64
    };
    let floods = |session: &mut Session| {
        let events = events_of(session);
        events.iter().filter(|event| matches!(event, MediaEvent::Flooded { .. })).count()
    };
    // At the bound, above it, and after it.
    assert_eq!(send(&mut session, 1, burst, 0), burst);
    assert_eq!(floods(&mut session), 0);
    assert_eq!(send(&mut session, 1, 200, 0), 0);
    assert_eq!(floods(&mut session), 1);
    assert_eq!(send(&mut session, 1, 2 * second, 1_000), second);
    assert_eq!(send(&mut session, 1, 50, 60_000), 50);
    // The other leg has its own allowance.
    assert_eq!(send(&mut session, 2, 50, 60_000), 50);
    assert_eq!(send(&mut session, 2, burst, 60_000), burst - 50);
    assert_eq!(floods(&mut session), 0, "one warning a call");
    let [one, two] = [1, 2].map(|n| session.leg(LegId(n)).unwrap().traffic());
    assert_eq!((one.packets, one.over_rate), (burst + second + 50, 200 + second));
    assert_eq!((two.packets, two.over_rate), (burst, 50));
}

#[test]
fn a_stream_of_any_real_packet_length_is_never_above_the_rate() {
    for ms in [5_u64, 10, 20, 30, 40, 60] {
        let mut session = session(2);
        session.relay(LegId(1), LegId(2), Now::default());
        // Ten minutes; a network that stalls for five seconds delivers them in one burst.
        for n in 0..600_000 / ms {
            let at = if (1_000..=6_000).contains(&(n * ms)) { 6_000 } else { n * ms };
            let sequence = u16::try_from(n % 65_536).unwrap();
            let bytes = datagram(0, 5, sequence, u32::try_from(n * ms * 8).unwrap());
            assert!(pass(&mut session, 1, &bytes, later(at)).is_some(), "{ms} ms, packet {n}");
        }
        assert_eq!(session.leg(LegId(1)).unwrap().traffic().over_rate, 0);
    }
}

#[test]
fn keys_are_heard_in_the_sound_where_events_were_not_negotiated() {
    for (events, expected) in [(None, vec!['7']), (Some(101), vec![])] {
        let mut session = session(2);
        session.update(LegId(2), LegMedia { events, ..media(2) }, Now::default());
        for n in 0..4_u16 {
            let frame = tone::key(7, u32::from(n) * 160);
            let mut bytes = datagram(0, 5, n, u32::from(n) * 160);
            for (code, sample) in bytes[12..].iter_mut().zip(frame) {
                *code = g711::encode(Law::Mu, sample);
            }
            pass(&mut session, 2, &bytes, Now::default());
        }
        let digits = expected.iter().map(|d| MediaEvent::Digit { leg: LegId(2), digit: *d });
        assert_eq!(events_of(&mut session), digits.collect::<Vec<_>>());
    }
}

#[test]
fn a_silent_relayed_leg_is_reported_once() {
    let mut session = session(2);
    let mut buffer = [0; 1_500];
    let mut tick = |session: &mut Session, ms| {
        while session.transmit(&mut buffer, later(ms)).is_some() {}
        events_of(session)
    };
    assert_eq!(tick(&mut session, 60_000), []);
    session.relay(LegId(1), LegId(2), later(60_000));
    session.update(
        LegId(2),
        LegMedia { direction: Direction::SendOnly, ..media(2) },
        later(60_000),
    );
    // Comfort noise is ignored but shows that the far end is alive.
    pass(&mut session, 1, &datagram(13, 5, 1, 0), later(64_000));
    assert_eq!(tick(&mut session, 67_000), []);
    assert_eq!(tick(&mut session, 70_999), []);
    let silent = MediaEvent::Silent { leg: LegId(1), heard: later(64_000).mono };
    assert_eq!(tick(&mut session, 71_000), [silent]);
    assert_eq!(tick(&mut session, 99_000), []);
}

/// A party that holds need not send; after the hold, its silence counts from there.
#[test]
fn a_hold_is_no_silence() {
    for direction in [Direction::ReceiveOnly, Direction::SendOnly, Direction::Inactive] {
        let mut session = session(2);
        let mut buffer = [0; 1_500];
        session.relay(LegId(1), LegId(2), Now::default());
        session.update(LegId(2), LegMedia { direction, ..media(2) }, later(1_000));
        for n in 0..20_u16 {
            pass(&mut session, 1, &datagram(0, 5, n, 0), later(u64::from(n) * 5_000));
            while session.transmit(&mut buffer, later(u64::from(n) * 5_000)).is_some() {}
        }
        let heard = [MediaEvent::Heard { leg: LegId(1) }];
        assert_eq!(events_of(&mut session), heard, "{direction:?}");
        session.update(LegId(2), media(2), later(95_000));
        while session.transmit(&mut buffer, later(102_000)).is_some() {}
        let silent = [
            MediaEvent::Silent { leg: LegId(1), heard: later(95_000).mono },
            MediaEvent::Silent { leg: LegId(2), heard: later(95_000).mono },
        ];
        assert_eq!(events_of(&mut session), silent, "{direction:?}");
    }
}

/// The party that waits may be as silent as the one that holds (case 02).
#[test]
fn the_silence_of_a_party_that_waits_is_no_sign_of_its_end() {
    let mut session = session(2);
    let mut buffer = [0; 1_500];
    let mut silent = |session: &mut Session, ms| {
        while session.transmit(&mut buffer, later(ms)).is_some() {}
        let events = events_of(session);
        events.iter().filter(|event| matches!(event, MediaEvent::Silent { .. })).count()
    };
    session.relay(LegId(1), LegId(2), Now::default());
    let held = LegMedia { direction: Direction::ReceiveOnly, ..media(2) };
    session.update(LegId(2), held, later(1_000));
    session.hold(LegId(1), vec![PlayItem::HoldTone], later(1_000));
    assert_eq!(silent(&mut session, 60_000), 0);
    // A new negotiation of the waiting party changes nothing.
    session.update(LegId(1), media(1), later(60_000));
    assert_eq!(silent(&mut session, 120_000), 0);
    session.update(LegId(2), media(2), later(120_000));
    session.resume(LegId(1), later(120_000));
    assert_eq!(silent(&mut session, 126_999), 0);
    assert_eq!(silent(&mut session, 127_000), 2);
}

#[test]
fn the_party_that_waits_hears_a_tone_or_the_music_of_the_other() {
    let mut session = session(2);
    session.relay(LegId(1), LegId(2), Now::default());
    let held = LegMedia { direction: Direction::ReceiveOnly, ..media(2) };
    session.update(LegId(2), held, Now::default());
    session.hold(LegId(1), vec![PlayItem::HoldTone], Now::default());
    let mut buffer = [0; 1_500];
    let mut sent = |session: &mut Session, ms| {
        let sent = std::iter::from_fn(|| session.transmit(&mut buffer, later(ms)));
        sent.filter(|out| out.port == Port::Rtp).map(|out| out.leg).collect::<Vec<_>>()
    };
    assert!(sent(&mut session, 499).is_empty());
    assert_eq!(sent(&mut session, 500), [0]);
    assert_eq!(sent(&mut session, 520), [0]);
    // Music comes: it is relayed, and the tone rests until it has paused.
    let music = pass(&mut session, 2, &datagram(0, 7, 1, 0), later(530));
    assert_eq!(music.map(|(to, _)| to), Some(LegId(1)));
    assert!(sent(&mut session, 1_029).is_empty());
    assert_eq!(sent(&mut session, 1_030), [0]);
    session.resume(LegId(1), later(1_040));
    assert!(sent(&mut session, 1_050).is_empty());
    let audio = pass(&mut session, 2, &datagram(0, 7, 2, 160), later(1_060));
    assert_eq!(audio.map(|(to, _)| to), Some(LegId(1)));
}

#[test]
fn idle_legs_wake_for_reports_only() {
    let mut session = session(2);
    let mut buffer = [0; 1_500];
    let (mut wakes, mut reports) = (0, 0);
    while let Some(due) = session.deadline()
        && due < later(60_000).mono
    {
        wakes += 1;
        let now = Now { mono: due, ..Now::default() };
        while let Some(sent) = session.transmit(&mut buffer, now) {
            assert_eq!((sent.port, sent.remote.port()), (Port::Rtcp, 4_001));
            reports += 1;
        }
    }
    assert_eq!(wakes, reports);
    assert!((16..=32).contains(&reports), "2 legs × 60 s / 5 s: {reports}");
}

#[test]
fn legs_are_bounded_and_named_once() {
    let mut session = session(16);
    assert!(!session.open(LegId(17), media(1), Now::default()));
    session.close(LegId(3));
    assert!(!session.open(LegId(4), media(1), Now::default()));
    assert!(session.open(LegId(17), media(1), Now::default()));
    let closed = events_of(&mut session);
    assert!(matches!(closed[..], [MediaEvent::Closed { leg: LegId(3), .. }]));
}

#[derive(Debug, Clone)]
enum Step {
    /// A packet from leg 1 or 3.
    Packet {
        n: u64,
        lost: u16,
    },
    Restart {
        n: u64,
        numbers: u64,
    },
    Play {
        frames: usize,
    },
    Stop,
    Press,
    Relay {
        n: u64,
    },
}

fn steps() -> impl Strategy<Value = Vec<(u64, Step)>> {
    let leg = || prop_oneof![Just(1_u64), Just(3)];
    let step = prop_oneof![
        12 => (leg(), prop_oneof![4 => Just(0_u16), 1 => 1..50_u16])
            .prop_map(|(n, lost)| Step::Packet { n, lost }),
        1 => (leg(), any::<u64>()).prop_map(|(n, numbers)| Step::Restart { n, numbers }),
        2 => (0..9_usize).prop_map(|frames| Step::Play { frames }),
        1 => Just(Step::Stop),
        1 => Just(Step::Press),
        2 => leg().prop_map(|n| Step::Relay { n }),
    ];
    proptest::collection::vec((0..45_u64, step), 1..120)
}

proptest! {
    /// Whatever order plays, restarts and relays come in, the far end of leg 2 receives one
    /// source whose numbers never go back, with gaps only where packets were lost.
    #[test]
    fn the_far_end_hears_one_unbroken_source(steps in steps()) {
        let mut session = session(3);
        let mut sources = [(7_u32, 100_u16, 0_u32), (8, 60_000, 1 << 31)];
        let (mut ms, mut lost_since) = (0, 0_u32);
        let mut heard: Vec<(Packet, u32)> = Vec::new();
        let mut buffer = [0; 1_500];
        for (pause, step) in steps {
            ms += pause;
            let now = later(ms);
            match step {
                Step::Packet { n, lost } => {
                    let (ssrc, sequence, timestamp) = &mut sources[usize::from(n == 3)];
                    *sequence = sequence.wrapping_add(1 + lost);
                    *timestamp = timestamp.wrapping_add(160 * (1 + u32::from(lost)));
                    lost_since += u32::from(lost);
                    let bytes = datagram(0, *ssrc, *sequence, *timestamp);
                    if let Some((LegId(2), packet)) = pass(&mut session, n, &bytes, now) {
                        heard.push((packet, std::mem::take(&mut lost_since)));
                    }
                }
                Step::Restart { n, numbers } => {
                    let numbers = numbers.to_be_bytes();
                    let sequence = u16::from_be_bytes([numbers[0], numbers[1]]);
                    let timestamp =
                        u32::from_be_bytes([numbers[2], numbers[3], numbers[4], numbers[5]]);
                    sources[usize::from(n == 3)] = (u32::from(numbers[6]), sequence, timestamp);
                }
                Step::Play { frames } => {
                    let prompt = Arc::new(Prompt::from_samples(&vec![9; frames * 160]));
                    session.play(LegId(2), PlayId(1), vec![PlayItem::Prompt(prompt)], false, now);
                }
                Step::Stop => session.stop(LegId(2)),
                Step::Press => session.send_digits(LegId(2), "1", now),
                Step::Relay { n } => session.relay(LegId(n), LegId(2), now),
            }
            while let Some(sent) = session.transmit(&mut buffer, now) {
                if sent.port == Port::Rtp {
                    heard.push((Packet::parse(&buffer[sent.range]).unwrap(), 0));
                }
            }
        }
        for pair in heard.windows(2) {
            let ((earlier, _), (newer, lost)) = (&pair[0], &pair[1]);
            prop_assert_eq!(newer.ssrc, earlier.ssrc);
            let step = u32::from(newer.sequence.wrapping_sub(earlier.sequence));
            prop_assert!((1..=1 + lost).contains(&step), "step of {step}, {lost} lost");
            prop_assert!(!after(earlier.timestamp, newer.timestamp), "time went back");
        }
    }

    #[test]
    fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..120), kind: u8) {
        let mut session = session(2);
        session.relay(LegId(1), LegId(2), Now::default());
        let mut bytes = bytes;
        if let Some(head) = bytes.first_chunk_mut::<2>() {
            *head = [0x80 | head[0] & 0x3F, [0, 8, 101, head[1]][usize::from(kind % 4)]];
        }
        for n in 0..3 {
            pass(&mut session, 1, &bytes, later(n));
            session.receive_rtcp(0, "192.0.2.1:4001".parse().unwrap(), &mut bytes.clone(), later(n));
        }
    }
}

fn security(ours: u8, theirs: u8) -> Security {
    let key = |fill| MasterKey::new([fill; 30]);
    Security { suite: Suite::Sha1Tag80, ours: key(ours), theirs: key(theirs) }
}

/// A far end with SRTP: its packets, and what it hears.
struct SecureFar {
    session: Session,
}

impl SecureFar {
    fn new(ours: u8, theirs: u8) -> Self {
        let mut session = Session::new(SILENT, Arc::default(), Rng::seeded(5));
        let media = LegMedia { security: Some(security(ours, theirs)), ..media(9) };
        assert!(session.open(LegId(9), media, Now::default()));
        Self { session }
    }

    /// The next packet of a frame of a tone.
    fn says(&mut self, now: Now) -> Vec<u8> {
        if self.session.slots[0].playback.due().is_none() {
            let items = vec![PlayItem::Ringback(RingTone::NorthAmerica)];
            self.session.play(LegId(9), PlayId(1), items, true, now);
        }
        let mut buffer = [0; 2_048];
        let sent = self.session.transmit(&mut buffer, now).unwrap();
        buffer[sent.range].to_vec()
    }

    fn hears(&mut self, bytes: &[u8], now: Now) -> Received {
        self.session.receive(0, remote(9), &mut bytes.to_vec(), now).unwrap()
    }
}

/// A secure caller and a plain buyer: each hears the other, and nothing plain goes to the caller.
#[test]
fn a_secure_and_a_plain_leg_are_relayed() {
    let mut far = SecureFar::new(1, 2);
    let mut session = session(2);
    let secured = LegMedia { security: Some(security(2, 1)), ..media(1) };
    session.update(LegId(1), secured, Now::default());
    session.relay(LegId(1), LegId(2), Now::default());
    for n in 0..5 {
        let now = later(n * 20);
        let said = far.says(now);
        let mut buffer = [0; 2_048];
        buffer[..said.len()].copy_from_slice(&said);
        let received = session.receive(0, remote(1), &mut buffer[..said.len()], now).unwrap();
        let sent = session.forward(0, &received, &mut buffer, now).unwrap();
        let plain = Packet::parse(&buffer[sent.range.clone()]).unwrap();
        assert_eq!((sent.range.len(), plain.payload.len()), (HEADER + 160, 160));
        assert_ne!(buffer[sent.range], said[..HEADER + 160]);

        let sequence = u16::try_from(n).unwrap();
        let mut buffer = [0; 2_048];
        let plain = datagram(0, 77, sequence, u32::from(sequence) * 160);
        buffer[..plain.len()].copy_from_slice(&plain);
        let received = session.receive(1, remote(2), &mut buffer[..plain.len()], now).unwrap();
        let sent = session.forward(1, &received, &mut buffer, now).unwrap();
        assert_eq!(sent.range.len(), plain.len() + 10);
        assert!(matches!(far.hears(&buffer[sent.range], now), Received::Audio(..)));
    }
    let reports = std::iter::from_fn(|| {
        let mut buffer = [0; 2_048];
        let sent = session.transmit(&mut buffer, later(20_000))?;
        (sent.port == Port::Rtcp).then(|| (sent.leg, buffer[sent.range].to_vec()))
    });
    let reports: Vec<_> = reports.collect();
    assert!(reports.iter().any(|(leg, _)| *leg == 0) && reports.len() == 2);
    for (leg, mut report) in reports {
        let read = far.session.slots[0].leg.decipher_report(&mut report).is_some();
        assert_eq!(read, leg == 0);
    }
}

/// One-way audio for a wrong key is reported, once; the call's own packets still count.
#[test]
fn packets_under_another_key_are_reported_once() {
    let (mut right, mut wrong) = (SecureFar::new(1, 2), SecureFar::new(3, 2));
    let mut session = session(1);
    let secured = LegMedia { security: Some(security(2, 1)), ..media(1) };
    session.update(LegId(1), secured, Now::default());
    let plain = datagram(0, 5, 1, 160);
    for datagram in [wrong.says(later(0)), plain, wrong.says(later(20))] {
        let received = session.receive(0, remote(1), &mut datagram.clone(), later(0));
        assert_eq!(received, Some(Received::Ignored(Ignored::Unauthentic)));
    }
    let said = right.says(later(0));
    let received = session.receive(0, remote(1), &mut said.clone(), later(0)).unwrap();
    assert!(matches!(received, Received::Audio(..)));
    let replayed = session.receive(0, remote(1), &mut said.clone(), later(0));
    assert_eq!(replayed, Some(Received::Ignored(Ignored::Replayed)));
    assert_eq!(events_of(&mut session), [MediaEvent::Unauthentic { leg: LegId(1) }]);
    assert_eq!(session.leg(LegId(1)).unwrap().counters().unauthentic, 3);
    let far = session.receive(0, remote(7), &mut said.clone(), later(0));
    assert_eq!(far, Some(Received::Ignored(Ignored::Address)));
}

/// A new key of ours begins a new source, so that no far end has to know the wraps of the old one;
/// the same key goes on.
#[test]
fn a_new_key_begins_a_new_source() {
    let mut session = session(1);
    let mut ssrc = Vec::new();
    for (ours, theirs) in [(2, 1), (2, 1), (4, 3)] {
        let secured = LegMedia { security: Some(security(ours, theirs)), ..media(1) };
        session.update(LegId(1), secured, Now::default());
        ssrc.push(session.slots[0].leg.emission.ssrc);
    }
    assert_eq!(ssrc[0], ssrc[1]);
    assert_ne!(ssrc[1], ssrc[2]);
}

/// Sine of a tone in a far end's codec, one packet for each frame.
fn frames_of(codec: Codec, hz: u32) -> Vec<Vec<u8>> {
    let far = LegMedia::new(remote(9), codec);
    let mut leg = Leg::new(far, Arc::default(), &mut Rng::seeded(4), Now::default());
    let frame = |(n, samples): (usize, &[i16])| {
        let law = leg.law();
        let codes: Vec<u8> = samples.iter().map(|sample| g711::encode(law, *sample)).collect();
        let mut buffer = [0; 400];
        let place = (n == 0, n as u32 * 160);
        let range = leg.write_sound(&codes, place, &mut buffer, Now::default().mono).unwrap();
        buffer[range].to_vec()
    };
    tone::sine(hz, 1_600).chunks(160).enumerate().map(frame).collect()
}

#[test]
fn codecs_are_transcoded_where_the_ends_differ() {
    for from in Codec::ALL.iter().copied() {
        for to in Codec::ALL.iter().copied() {
            let mut session = session(0);
            for (n, codec) in [(1, from), (2, to)] {
                let media = LegMedia::new(remote(n), codec);
                assert!(session.open(LegId(n), media, Now::default()));
            }
            session.relay(LegId(1), LegId(2), Now::default());
            let far = LegMedia::new(remote(2), to);
            let mut far = Leg::new(far, Arc::default(), &mut Rng::seeded(4), Now::default());
            let mut heard = Vec::new();
            for (n, frame) in frames_of(from, 1_000).into_iter().enumerate() {
                let now = later(n as u64 * 20);
                let mut buffer = [0; 2_048];
                buffer[..frame.len()].copy_from_slice(&frame);
                let received = session.receive(0, remote(1), &mut buffer[..frame.len()], now);
                let sent = session.forward(0, &received.unwrap(), &mut buffer, now).unwrap();
                let mut bytes = buffer[sent.range].to_vec();
                assert_eq!(bytes[1] & 0x7F, to.static_payload_type());
                let got = far.receive(remote(2), &mut bytes, now.mono);
                let Received::Audio(packet, codec) = got else { panic!("{got:?}") };
                heard.extend(far.samples(codec, &bytes[packet.payload]));
            }
            assert_eq!(heard.len(), 1_600);
            assert!(tone::power(&heard[480..], 1_000) > 0.95, "{from} → {to}");
        }
    }
}

#[test]
fn prompts_and_keys_in_the_sound_reach_and_leave_a_leg_with_g722() {
    let mut session = session(0);
    let media = LegMedia::new(remote(1), Codec::G722);
    assert!(session.open(LegId(1), media, Now::default()));
    let tone = PlayItem::Prompt(Arc::new(Prompt::from_samples(&tone::sine(1_000, 1_600))));
    session.play(LegId(1), PlayId(1), vec![tone], false, Now::default());
    let mut far = Leg::new(media, Arc::default(), &mut Rng::seeded(4), Now::default());
    let mut heard = Vec::new();
    for n in 0..10 {
        let mut buffer = [0; 2_048];
        let sent = session.transmit(&mut buffer, later(n * 20)).unwrap();
        let mut bytes = buffer[sent.range].to_vec();
        let Received::Audio(packet, codec) = far.receive(remote(1), &mut bytes, later(n).mono)
        else {
            panic!()
        };
        heard.extend(far.samples(codec, &bytes[packet.payload]));
    }
    assert!(tone::power(&heard[480..], 1_000) > 0.95);

    // The far end presses 7, which it can only send as a tone.
    for n in 0..6_u32 {
        let codes = tone::key(7, n * 160).map(|sample| g711::encode(Law::Mu, sample));
        let mut buffer = [0; 400];
        let range = far.write_sound(&codes, (n == 0, n * 160), &mut buffer, later(0).mono).unwrap();
        session.receive(0, remote(1), &mut buffer[range], later(0)).unwrap();
    }
    let digits: Vec<_> = events_of(&mut session)
        .into_iter()
        .filter(|e| matches!(e, MediaEvent::Digit { .. }))
        .collect();
    assert_eq!(digits, [MediaEvent::Digit { leg: LegId(1), digit: '7' }]);
}

/// A far end with silence suppression: the other hears noise in the pause, until it speaks again.
#[test]
fn a_pause_with_comfort_noise_does_not_sound_dead() {
    let mut session = session(2);
    session.relay(LegId(1), LegId(2), Now::default());
    let noise = |sequence: u16, level: u8| {
        let mut bytes = datagram(13, 5, sequence, u32::from(sequence) * 160);
        bytes.truncate(HEADER);
        bytes.push(level);
        bytes
    };
    let loudest = |session: &mut Session, at: u64| {
        let mut buffer = [0; 2_048];
        let sent =
            session.transmit(&mut buffer, later(at)).filter(|sent| sent.port == Port::Rtp)?;
        assert_eq!(sent.leg, 1);
        let packet = Packet::parse(&buffer[sent.range.clone()]).unwrap();
        let codes = &buffer[sent.range][packet.payload];
        codes.iter().map(|code| g711::decode(Law::Mu, *code).unsigned_abs()).max()
    };
    assert!(pass(&mut session, 1, &datagram(0, 5, 1, 160), later(0)).is_some());
    assert_eq!(pass(&mut session, 1, &noise(2, 40), later(20)), None);
    let soft = loudest(&mut session, 40).unwrap();
    assert!((200..1_000).contains(&soft), "{soft}");
    assert_eq!(pass(&mut session, 1, &noise(3, 60), later(60)), None);
    let softer = loudest(&mut session, 60).unwrap();
    assert!((10..100).contains(&softer), "{softer}");
    // No gap in the numbers, which would look like loss.
    assert_eq!(session.leg(LegId(1)).unwrap().traffic().lost, 0);
    assert!(pass(&mut session, 1, &datagram(0, 5, 4, 640), later(80)).is_some());
    assert_eq!(loudest(&mut session, 100), None);
    // A prompt is not disturbed, and a call that is not bridged hears nothing of it.
    session.play(LegId(2), PlayId(4), vec![PlayItem::HoldTone], true, later(100));
    assert_eq!(pass(&mut session, 1, &noise(5, 30), later(100)), None);
    assert_eq!(session.slots[1].playback.noise(), None);
    session.stop(LegId(2));
    assert_eq!(pass(&mut session, 1, &noise(6, 30), later(120)), None);
    assert_eq!(session.slots[1].playback.noise(), Some(30));
    session.close(LegId(1));
    assert_eq!(session.slots[0].playback.noise(), None);
}
