//! Media over real sockets on loopback: the switch's media task between far ends that speak RTP.
//! Nothing here measures time; waits only bound a failure.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use rtp::header::Header;
use strowger::base::Codec;
use strowger::base::LegId;
use strowger::base::Mono;
use strowger::base::Now;
use strowger::base::PlayId;
use strowger::base::Rng;
use strowger::base::Wall;
use strowger::media::LegMedia;
use strowger::media::MediaEvent;
use strowger::media::PlayItem;
use strowger::media::Prompt;
use strowger::media::g711;
use strowger::media::g711::Law;
use strowger::media::tone;
use strowger::net::Clock;
use strowger::net::rtp::MediaCommand;
use strowger::net::rtp::MediaConfig;
use strowger::net::rtp::MediaLine;
use strowger::net::rtp::MediaTask;
use strowger::net::rtp::PortRange;
use strowger::net::rtp::RtpPair;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::packets;
use crate::packets::packet;

const PATIENCE: Duration = Duration::from_secs(20);
const EVENTS: u8 = 101;
const CALLER: LegId = LegId(1);
const BUYER: LegId = LegId(2);
/// The only leg of a far end.
const SELF: LegId = LegId(9);

#[expect(clippy::disallowed_methods, reason = "these tests are their own application")]
fn clock() -> Clock {
    let origin = Instant::now();
    Clock::new(move || {
        let nanos = u64::try_from(origin.elapsed().as_nanos()).unwrap();
        Now { mono: Mono::from_nanos(nanos), wall: Wall::from_micros(0) }
    })
}

/// Ports that only this process and test use.
fn ports(first: u16) -> PortRange {
    PortRange::new(IpAddr::V4(Ipv4Addr::LOCALHOST), first..=first + 99)
}

fn media(remote: SocketAddr, codec: Codec) -> LegMedia {
    LegMedia { events: Some(EVENTS), ..LegMedia::new(remote, codec) }
}

/// The header of packets of our own.
fn header(sequence_number: u16, timestamp: u32) -> Header {
    Header { sequence_number, timestamp, ssrc: 7, ..Header::default() }
}

/// The first packet of a key (RFC 4733 §2.3): loudness 10, duration 160.
fn key(header: Header, digit: u8) -> Vec<u8> {
    packet(Header { marker: true, payload_type: EVENTS, ..header }, &[digit, 10, 0, 160])
}

struct Call {
    commands: mpsc::Sender<Vec<MediaCommand>>,
    events: mpsc::Receiver<MediaEvent>,
}

impl Call {
    fn start(tasks: &mut JoinSet<()>, config: MediaConfig) -> Self {
        let (task, line) = MediaTask::new(config, clock(), Rng::seeded(4));
        let MediaLine { commands, events } = line;
        tasks.spawn(task);
        Self { commands, events }
    }

    async fn tell(&self, command: MediaCommand) {
        self.commands.send(vec![command]).await.unwrap();
    }

    async fn open(&self, leg: LegId, pair: RtpPair, media: LegMedia) {
        self.tell(MediaCommand::Open { leg, pair, media }).await;
    }

    async fn play(&self, leg: LegId, samples: &[i16], repeat: bool) {
        let prompt = Arc::new(Prompt::from_samples(samples));
        let items = vec![PlayItem::Prompt(prompt)];
        self.tell(MediaCommand::Play { leg, items, play: PlayId(1), repeat }).await;
    }

    /// Returns the next event. That a relayed leg sent audio is asserted by `media::session`.
    async fn event(&mut self) -> MediaEvent {
        loop {
            let event = timeout(PATIENCE, self.events.recv()).await.unwrap().unwrap();
            if !matches!(event, MediaEvent::Heard { .. }) {
                return event;
            }
        }
    }

    async fn digits(&mut self, count: usize) -> String {
        let mut digits = String::new();
        while digits.len() < count {
            if let MediaEvent::Digit { digit, .. } = self.event().await {
                digits.push(digit);
            }
        }
        digits
    }

    async fn listen(&self, leg: LegId) -> mpsc::Receiver<Vec<i16>> {
        let (sink, heard) = mpsc::channel(500);
        self.tell(MediaCommand::Listen { leg, sink }).await;
        heard
    }
}

/// A far end: its own media task with one leg.
struct Phone {
    call: Call,
    heard: mpsc::Receiver<Vec<i16>>,
}

impl Phone {
    async fn start(
        tasks: &mut JoinSet<()>,
        pair: RtpPair,
        switch: SocketAddr,
        codec: Codec,
    ) -> Self {
        let call = Call::start(tasks, MediaConfig::default());
        call.open(SELF, pair, media(switch, codec)).await;
        let heard = call.listen(SELF).await;
        Self { call, heard }
    }

    /// Waits until a tone has been received for 100 ms without a gap.
    async fn hears(&mut self, hz: u32) {
        let mut window = Vec::new();
        let search = async {
            loop {
                window.extend(self.heard.recv().await.unwrap());
                if window.len() >= 800 {
                    if tone::power(&window, hz) > 0.95 {
                        return;
                    }
                    window.clear();
                }
            }
        };
        timeout(PATIENCE, search).await.unwrap();
    }
}

/// A switch with a µ-law caller and an A-law buyer, relayed, and the addresses of its sockets.
struct Bridge {
    switch: Call,
    caller: Phone,
    buyer: Phone,
    addresses: [SocketAddr; 2],
    tasks: JoinSet<()>,
}

impl Bridge {
    async fn start(first_port: u16, config: MediaConfig) -> Self {
        let (range, mut rng) = (ports(first_port), Rng::seeded(8));
        let [ours, theirs] = [(); 2].map(|()| [(); 2].map(|()| range.bind(&mut rng).unwrap()));
        let [a, b] = [0, 1].map(|n| ours[n].address().unwrap());
        let [caller_at, buyer_at] = [0, 1].map(|n| theirs[n].address().unwrap());
        let ([pair_a, pair_b], [caller, buyer]) = (ours, theirs);
        let mut tasks = JoinSet::new();
        let caller = Phone::start(&mut tasks, caller, a, Codec::Pcmu).await;
        let buyer = Phone::start(&mut tasks, buyer, b, Codec::Pcma).await;
        let switch = Call::start(&mut tasks, config);
        switch.open(CALLER, pair_a, media(caller_at, Codec::Pcmu)).await;
        switch.open(BUYER, pair_b, media(buyer_at, Codec::Pcma)).await;
        switch.tell(MediaCommand::Relay { a: CALLER, b: BUYER }).await;
        Self { switch, caller, buyer, addresses: [a, b], tasks }
    }
}

#[tokio::test]
async fn a_prompt_arrives_whole_and_numbered() {
    for (codec, first_port) in [(Codec::Pcmu, 22_000), (Codec::Pcma, 22_100)] {
        let pair = ports(first_port).bind(&mut Rng::seeded(1)).unwrap();
        let from = pair.address().unwrap();
        let far = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let mut tasks = JoinSet::new();
        let mut call = Call::start(&mut tasks, MediaConfig::default());
        call.open(CALLER, pair, media(far.local_addr().unwrap(), codec)).await;
        let samples: Vec<i16> =
            (0..160 * 30).map(|n| (n * 7_919 % 60_000 - 30_000) as i16).collect();
        call.play(CALLER, &samples, false).await;

        let mut sound = Vec::new();
        let mut first: Option<Header> = None;
        let mut buffer = [0; 2_048];
        for n in 0..30_u16 {
            let (length, sender) =
                timeout(PATIENCE, far.recv_from(&mut buffer)).await.unwrap().unwrap();
            assert_eq!((length, sender), (172, from));
            let packet = packets::read(&buffer[..length]);
            let header = packet.header;
            let first = first.get_or_insert_with(|| header.clone());
            assert_eq!(header.ssrc, first.ssrc);
            assert_eq!(header.payload_type, codec.static_payload_type());
            assert_eq!(header.sequence_number.wrapping_sub(first.sequence_number), n);
            if !header.marker {
                assert_eq!(header.timestamp.wrapping_sub(first.timestamp) % 160, 0);
            }
            assert!(header.marker || n > 0);
            sound.extend_from_slice(&packet.payload);
        }
        let expected: Vec<u8> =
            samples.iter().map(|s| g711::encode(Law::of(codec).unwrap(), *s)).collect();
        assert!(sound == expected, "{codec}: the sound differs");
        assert_eq!(call.event().await, MediaEvent::Played { leg: CALLER, play: PlayId(1) });
    }
}

#[tokio::test]
async fn digits_pass_both_ways_and_through() {
    let mut bridge = Bridge::start(22_200, MediaConfig::default()).await;
    let send = |digits: &str| MediaCommand::SendDigits { leg: SELF, digits: digits.into() };
    bridge.caller.call.tell(send("1590#")).await;
    assert_eq!(bridge.buyer.call.digits(5).await, "1590#");
    assert_eq!(bridge.switch.digits(5).await, "1590#");
    bridge.buyer.call.tell(send("*AA7")).await;
    assert_eq!(bridge.caller.call.digits(4).await, "*AA7");
    assert_eq!(bridge.switch.digits(4).await, "*AA7");
    let ours = MediaCommand::SendDigits { leg: BUYER, digits: "42".into() };
    bridge.switch.tell(ours).await;
    assert_eq!(bridge.buyer.call.digits(2).await, "42");
}

#[tokio::test]
async fn a_relay_carries_sound_both_ways_between_the_laws() {
    let mut bridge = Bridge::start(22_300, MediaConfig::default()).await;
    bridge.caller.call.play(SELF, &tone::sine(1_000, 8_000), true).await;
    bridge.buyer.call.play(SELF, &tone::sine(700, 8_000), true).await;
    bridge.buyer.hears(1_000).await;
    bridge.caller.hears(700).await;
    // A prompt replaces the buyer's audio for the caller, then the relay continues.
    bridge.switch.play(CALLER, &tone::sine(400, 4_000), false).await;
    bridge.caller.hears(400).await;
    assert_eq!(bridge.switch.event().await, MediaEvent::Played { leg: CALLER, play: PlayId(1) });
    bridge.caller.hears(700).await;
}

#[tokio::test]
async fn third_parties_neither_speak_nor_press_nor_hear() {
    let mut bridge = Bridge::start(22_400, MediaConfig::default()).await;
    let stranger = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let sound = packet(header(1, 0), &[0x12; 160]);
    let key = key(header(2, 0), 1);
    for address in bridge.addresses {
        for _ in 0..20 {
            stranger.send_to(&sound, address).await.unwrap();
            stranger.send_to(&key, address).await.unwrap();
        }
    }
    // Only what the far ends send afterwards arrives.
    for phone in [&bridge.caller, &bridge.buyer] {
        let nine = MediaCommand::SendDigits { leg: SELF, digits: "9".into() };
        phone.call.tell(nine).await;
    }
    assert_eq!(bridge.switch.digits(2).await, "99");
    assert_eq!(bridge.caller.call.digits(1).await, "9");
    assert_eq!(bridge.buyer.call.digits(1).await, "9");
    for leg in [CALLER, BUYER] {
        bridge.switch.tell(MediaCommand::Close { leg }).await;
        let MediaEvent::Closed { counters, .. } = bridge.switch.event().await else {
            panic!("the leg should be closed");
        };
        assert_eq!((counters.from_others, counters.audio), (40, 0));
    }
    for phone in [bridge.caller, bridge.buyer] {
        let Phone { mut heard, .. } = phone;
        assert!(heard.try_recv().is_err(), "a stranger was heard");
    }
    let mut buffer = [0; 64];
    assert!(stranger.try_recv_from(&mut buffer).is_err(), "a stranger was answered");
}

#[tokio::test]
async fn what_came_before_the_far_end_answered_is_not_heard() {
    let mut pair = ports(22_800).bind(&mut Rng::seeded(1)).unwrap();
    let ours = pair.address().unwrap();
    let far = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let key = |digit: u8| key(header(digit.into(), u32::from(digit) << 8), digit);
    for digit in 1..9 {
        far.send_to(&key(digit), ours).await.unwrap();
    }
    pair.drop_early_media();
    let mut tasks = JoinSet::new();
    let mut call = Call::start(&mut tasks, MediaConfig::default());
    call.open(CALLER, pair, media(far.local_addr().unwrap(), Codec::Pcmu)).await;
    call.play(CALLER, &[0; 160], false).await;
    assert_eq!(call.event().await, MediaEvent::Played { leg: CALLER, play: PlayId(1) });
    far.send_to(&key(9), ours).await.unwrap();
    assert_eq!(call.event().await, MediaEvent::Digit { leg: CALLER, digit: '9' });
}

/// Returns what the buyer receives of packets that the caller sends before the legs are open: the
/// first byte of each payload. `before` packets are sent before the caller's early media is
/// dropped.
async fn heard_of(before: u8, after: u8, first_port: u16) -> Vec<u8> {
    let (range, mut rng) = (ports(first_port), Rng::seeded(1));
    let [mut pair, pair_b] = [(); 2].map(|()| range.bind(&mut rng).unwrap());
    let ours = pair.address().unwrap();
    let far = [(); 2].map(|()| std::net::UdpSocket::bind("127.0.0.1:0").unwrap());
    let [to_caller, to_buyer] = [0, 1].map(|n| media(far[n].local_addr().unwrap(), Codec::Pcmu));
    let [caller, buyer] = far;
    let say = |n: u8| {
        let sound = packet(header(n.into(), u32::from(n) << 8), &[n; 160]);
        caller.send_to(&sound, ours).unwrap();
    };
    (0..before).for_each(say);
    if before > 0 {
        pair.drop_early_media();
    }
    (before..before + after).for_each(say);
    let mut tasks = JoinSet::new();
    let mut call = Call::start(&mut tasks, MediaConfig::default());
    let batch = vec![
        MediaCommand::Open { leg: CALLER, pair, media: to_caller },
        MediaCommand::Open { leg: BUYER, pair: pair_b, media: to_buyer },
        MediaCommand::Relay { a: CALLER, b: BUYER },
    ];
    call.commands.send(batch).await.unwrap();
    // A key follows last. The task reports it after it has relayed the sound.
    caller.send_to(&key(header(200, 1 << 16), 1), ours).unwrap();
    assert_eq!(call.digits(1).await, "1");
    buyer.set_nonblocking(true).unwrap();
    let mut buffer = [0; 2_048];
    let sounds = std::iter::from_fn(|| {
        buyer.recv(&mut buffer).ok().map(|length| packets::read(&buffer[..length]).payload)
    });
    sounds.filter(|sound| sound.len() == 160).map(|sound| sound[0]).collect()
}

/// A caller may speak as soon as they have our 200, before the task has its commands.
#[tokio::test]
async fn first_words_that_come_before_the_legs_are_open_are_relayed() {
    assert_eq!(heard_of(0, 50, 22_900).await, Vec::from_iter(0..50));
}

/// A buyer may speak directly after their 200, which takes time to process.
#[tokio::test]
async fn a_short_backlog_is_first_words_and_a_long_one_early_media() {
    assert_eq!(heard_of(10, 5, 23_000).await, Vec::from_iter(0..15));
    assert_eq!(heard_of(11, 5, 23_100).await, Vec::from_iter(11..16));
}

#[tokio::test]
async fn a_far_end_that_falls_silent_is_told() {
    let config = MediaConfig { silent_after: Duration::from_millis(300), ..MediaConfig::default() };
    let mut bridge = Bridge::start(22_500, config).await;
    bridge.buyer.call.play(SELF, &tone::sine(700, 8_000), true).await;
    let event = bridge.switch.event().await;
    assert!(matches!(event, MediaEvent::Silent { leg: CALLER, .. }), "{event:?}");
    bridge.buyer.call.tell(MediaCommand::StopPlay { leg: SELF }).await;
    let event = bridge.switch.event().await;
    assert!(matches!(event, MediaEvent::Silent { leg: BUYER, .. }), "{event:?}");
}

#[tokio::test]
async fn ports_come_back_when_a_leg_closes_and_when_the_call_is_dropped() {
    // Another run of this test may be in progress: each process has its own ports.
    let first = 31_600 + u16::try_from(std::process::id() % 100).unwrap() * 4;
    let range = PortRange::new(IpAddr::V4(Ipv4Addr::LOCALHOST), first..=first + 3);
    let mut rng = Rng::seeded(1);
    let mut tasks = JoinSet::new();
    let mut call = Call::start(&mut tasks, MediaConfig::default());
    let nowhere = media("127.0.0.1:9".parse().unwrap(), Codec::Pcmu);
    call.open(CALLER, range.bind(&mut rng).unwrap(), nowhere).await;
    call.open(BUYER, range.bind(&mut rng).unwrap(), nowhere).await;
    assert!(range.bind(&mut rng).is_err());
    call.tell(MediaCommand::Close { leg: CALLER }).await;
    assert!(matches!(call.event().await, MediaEvent::Closed { leg: CALLER, .. }));
    let again = range.bind(&mut rng).unwrap();
    call.open(BUYER, again, nowhere).await;
    assert_eq!(call.event().await, MediaEvent::Failed { leg: BUYER });
    drop(call);
    timeout(PATIENCE, tasks.join_next()).await.unwrap();
    let pairs = [range.bind(&mut rng), range.bind(&mut rng)];
    assert!(pairs.iter().all(Result::is_ok));
}

#[tokio::test]
async fn the_far_ends_tasks_end_with_their_calls() {
    let bridge = Bridge::start(22_700, MediaConfig::default()).await;
    let Bridge { switch, caller, buyer, mut tasks, .. } = bridge;
    drop((switch, caller, buyer));
    while let Some(ended) = timeout(PATIENCE, tasks.join_next()).await.unwrap() {
        ended.unwrap();
    }
}
