//! A call's media as the call's task sees it: sounds by name, legs by session.

use std::collections::HashMap;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Media;
use super::Recordings;
use super::Speaker;
use super::tape::BEEP;
use super::tape::BEEP_HZ;
use super::tape::PACKETS;
use super::tape::Tape;
use crate::base::LegId;
use crate::base::Mono;
use crate::base::PlayId;
use crate::base::RingTone;
use crate::base::Rng;
use crate::base::SymmetricRtp;
use crate::call::FarEnd;
use crate::call::Input;
use crate::call::MediaOrder;
use crate::call::Mos;
use crate::call::Recorder;
use crate::call::Traffic;
use crate::flow::Sound;
use crate::library::Library;
use crate::media;
use crate::media::Direction;
use crate::media::LegMedia;
use crate::media::MediaEvent;
use crate::media::PlayItem;
use crate::media::Prompt;
use crate::media::Symmetric;
use crate::media::rate::RATE_MAX;
use crate::media::tone::sine;
use crate::net::Clock;
use crate::net::rtp::MediaCommand;
use crate::net::rtp::MediaConfig;
use crate::net::rtp::MediaLine;
use crate::net::rtp::MediaTask;
use crate::net::rtp::NoPorts;
use crate::net::rtp::RtpPair;
use crate::net::rtp::is_starvation;
use crate::sdp;

/// Reason why a leg has no sockets.
#[derive(Debug, thiserror::Error)]
pub(super) enum BindError {
    #[error(transparent)]
    NoPorts(#[from] NoPorts),
    #[error("a socket has no address: {0}")]
    Address(#[from] std::io::Error),
}

impl BindError {
    /// Returns whether there are no file descriptors left, so that further calls would fail too.
    pub(super) fn is_starvation(&self) -> bool {
        let (BindError::NoPorts(NoPorts { source: error, .. }) | BindError::Address(error)) = self;
        is_starvation(error)
    }
}

/// What a leg's party hears while phones ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ringing {
    Tone(RingTone),
    /// A recording, which repeats; the tone of North America if there is no such recording.
    Recording(String),
}

impl Default for Ringing {
    fn default() -> Self {
        Self::Tone(RingTone::default())
    }
}

/// What the book says about a leg's media.
#[derive(Debug, Clone, Default)]
pub(super) struct Rules {
    /// Sources of RTP.
    pub(super) symmetric_rtp: SymmetricRtp,
    /// What the leg's party hears while phones ring.
    pub(super) ringback: Ringing,
    /// Recording that the leg's party hears on hold.
    pub(super) hold_music: Option<String>,
}

/// Media of one call: sockets that are bound before their leg is negotiated, and the task that
/// plays and relays.
pub(super) struct Studio {
    library: Arc<Library>,
    clock: Clock,
    bound: HashMap<LegId, RtpPair>,
    /// Rules of each leg, and its SIP peer's address once that is known.
    rules: HashMap<LegId, (Rules, Option<IpAddr>)>,
    commands: mpsc::Sender<Vec<MediaCommand>>,
    /// Commands that the media task gets together next: as many as one input of the machine causes.
    ordered: Vec<MediaCommand>,
    events: mpsc::Receiver<MediaEvent>,
    recordings: Recordings,
    speaker: Arc<Speaker>,
    tapes: JoinSet<Input>,
    /// Tokens that stop a leg's recording.
    stops: HashMap<LegId, CancellationToken>,
    /// Plays whose sentences are being rendered.
    making: JoinSet<Made>,
    /// Each leg's latest play, while its sentences are being rendered.
    awaited: HashMap<LegId, PlayId>,
    /// The media task. Dropping it aborts the task and frees every port.
    _task: JoinSet<()>,
}

impl Studio {
    /// Starts the media task of one call.
    pub(super) fn start(
        media: &Media,
        speaker: Arc<Speaker>,
        library: Arc<Library>,
        clock: Clock,
        rng: Rng,
    ) -> Self {
        let config = MediaConfig {
            silent_after: media.silence,
            own_ports: media.own_ports.clone(),
            over_rate: media.over_rate.clone(),
        };
        let (task, line) = MediaTask::new(config, clock.clone(), rng);
        let MediaLine { commands, events } = line;
        let mut tasks = JoinSet::new();
        tasks.spawn_on(task, &media.runtime);
        Self {
            library,
            clock,
            bound: HashMap::new(),
            rules: HashMap::new(),
            commands,
            ordered: Vec::new(),
            events,
            recordings: media.recordings.clone(),
            speaker,
            tapes: JoinSet::new(),
            stops: HashMap::new(),
            making: JoinSet::new(),
            awaited: HashMap::new(),
            _task: tasks,
        }
    }

    /// Binds a leg's sockets and sets its rules. Returns the sockets' address as `towards` reaches
    /// it.
    pub(super) fn bind(
        &mut self,
        (leg, rules): (LegId, Rules),
        media: &Media,
        towards: SocketAddr,
        rng: &mut Rng,
    ) -> Result<SocketAddr, BindError> {
        let pair = media.ports.towards(towards.ip()).bind(rng)?;
        let own = pair.address()?;
        self.bound.insert(leg, pair);
        self.rules.insert(leg, (rules, None));
        let ip = if own.ip().is_unspecified() {
            media.towards(towards).unwrap_or(own.ip())
        } else {
            media.advertised_to(own.ip()).unwrap_or(own.ip())
        };
        Ok(SocketAddr::new(ip, own.port()))
    }

    /// Sets the address of a leg's SIP peer.
    pub(super) fn reaches(&mut self, leg: LegId, peer: IpAddr) {
        if let Some((_, known)) = self.rules.get_mut(&leg) {
            *known = Some(peer);
        }
    }

    /// Waits for the next event; `None` if there will be none. Dropping the future loses no event.
    pub(super) async fn next(&mut self) -> Option<StudioEvent> {
        tokio::select! {
            Some(event) = self.events.recv() => Some(StudioEvent::Event(event)),
            Some(recorded) = self.tapes.join_next() => Some(StudioEvent::Recorded(recorded.ok())),
            Some(made) = self.making.join_next() => Some(StudioEvent::Made(made.ok())),
            else => None,
        }
    }

    /// Processes an event. Returns the call's input if the event concerns the call.
    pub(super) async fn take_in(&mut self, heard: StudioEvent) -> Option<Input> {
        let event = match heard {
            StudioEvent::Event(event) => event,
            // A recording that an internal error ended has ended too.
            StudioEvent::Recorded(input) => {
                let nothing = Input::Recorded { place: None, length: Duration::ZERO };
                return Some(input.unwrap_or(nothing));
            }
            StudioEvent::Made(made) => {
                if let Some(made) = made {
                    self.play_made(made).await;
                }
                return None;
            }
        };
        match event {
            MediaEvent::Digit { leg, digit } => Some(Input::Digit { leg, digit }),
            MediaEvent::Played { leg: _, play } => Some(Input::Played { play }),
            MediaEvent::Silent { leg: _, heard } => Some(self.silent(heard)),
            MediaEvent::Failed { .. } => {
                tracing::error!("media of a leg not opened");
                None
            }
            MediaEvent::Heard { leg } => Some(Input::Heard { leg }),
            MediaEvent::Traffic { leg, traffic } => {
                Some(Input::Traffic { leg, traffic: recorded(traffic) })
            }
            MediaEvent::Closed { .. } => None,
            MediaEvent::Flooded { .. } => {
                tracing::warn!(most = RATE_MAX, "RTP above the rate limit dropped");
                None
            }
            MediaEvent::Unauthentic { .. } => {
                tracing::warn!("SRTP under another key, or plain RTP, ignored");
                None
            }
            MediaEvent::Stranger { from, .. } => {
                tracing::warn!(%from, "RTP from another address ignored");
                None
            }
        }
    }

    async fn play_made(&mut self, made: Made) {
        // The leg plays something else now, or nothing.
        if self.awaited.get(&made.leg) == Some(&made.play) {
            self.awaited.remove(&made.leg);
            let (leg, play) = (made.leg, made.play);
            let command = MediaCommand::Play { leg, items: made.items, play, repeat: false };
            drop(self.commands.send(vec![command]).await);
        }
    }

    fn silent(&self, heard: Mono) -> Input {
        Input::Silent { since: self.clock.now().mono.since(heard) }
    }

    /// Queues an order for [`Studio::give`].
    pub(super) fn order(&mut self, order: MediaOrder) {
        let commands = self.commands_of(order);
        self.ordered.extend(commands);
    }

    /// Sends the queued orders to the media task together, so that no audio of a leg is handled
    /// between its opening and its bridging.
    pub(super) async fn give(&mut self) {
        if !self.ordered.is_empty() {
            // A media task that has ended has nothing left to do.
            drop(self.commands.send(std::mem::take(&mut self.ordered)).await);
        }
    }

    fn commands_of(&mut self, order: MediaOrder) -> Vec<MediaCommand> {
        match order {
            MediaOrder::DropEarly { leg } => {
                self.bound.get_mut(&leg).into_iter().for_each(RtpPair::drop_early_media);
                Vec::new()
            }
            MediaOrder::Open { leg, media } => match self.bound.remove(&leg) {
                Some(pair) => {
                    let media = leg_media(media, self.symmetric(leg));
                    vec![MediaCommand::Open { leg, pair, media }]
                }
                None => Vec::new(),
            },
            MediaOrder::Update { leg, media } => {
                let media = leg_media(media, self.symmetric(leg));
                vec![MediaCommand::Update { leg, media }]
            }
            MediaOrder::Close { leg } => {
                self.bound.remove(&leg);
                self.rules.remove(&leg);
                self.stops.remove(&leg).iter().for_each(CancellationToken::cancel);
                vec![MediaCommand::Close { leg }]
            }
            MediaOrder::Play { leg, sounds, play } => {
                self.awaited.remove(&leg);
                if sounds.iter().any(|sound| self.must_be_made(sound)) {
                    self.awaited.insert(leg, play);
                    let (library, speaker) = (self.library.clone(), self.speaker.clone());
                    self.making.spawn(make(library, speaker, leg, play, sounds));
                    // The current sound stops now, not when its successor is ready.
                    return vec![MediaCommand::StopPlay { leg }];
                }
                let items = sounds.iter().flat_map(|sound| items(&self.library, sound)).collect();
                vec![MediaCommand::Play { leg, items, play, repeat: false }]
            }
            MediaOrder::Record { leg, recorder } => self.record(leg, recorder),
            MediaOrder::StopRecording { leg } => {
                self.stops.remove(&leg).iter().for_each(CancellationToken::cancel);
                Vec::new()
            }
            MediaOrder::Ringback { leg, sound } => {
                self.awaited.remove(&leg);
                let own = sound.map(|sound| items(&self.library, &sound)).unwrap_or_default();
                let items = if own.is_empty() { self.ringback(leg) } else { own };
                vec![MediaCommand::Play { leg, items, play: PlayId::UNREPORTED, repeat: true }]
            }
            MediaOrder::StopPlayback { leg } => {
                self.awaited.remove(&leg);
                vec![MediaCommand::StopPlay { leg }]
            }
            MediaOrder::Report { leg } => vec![MediaCommand::Account { leg }],
            MediaOrder::Hold { leg } => {
                vec![MediaCommand::Hold { leg, items: self.hold_sound(leg) }]
            }
            MediaOrder::Resume { leg } => vec![MediaCommand::Resume { leg }],
            MediaOrder::EarlyMedia { buyer, caller } => {
                vec![MediaCommand::Feed { from: buyer, to: caller }]
            }
            MediaOrder::Bridge { caller, buyer } => {
                vec![MediaCommand::Relay { a: caller, b: buyer }]
            }
        }
    }

    /// Sources of RTP that a leg accepts besides the negotiated address.
    fn symmetric(&self, leg: LegId) -> Symmetric {
        let Some((rules, peer)) = self.rules.get(&leg) else { return Symmetric::Off };
        match (rules.symmetric_rtp, peer) {
            (SymmetricRtp::Auto, Some(peer)) => Symmetric::Peer(*peer),
            (SymmetricRtp::Any, Some(peer)) => Symmetric::Any(*peer),
            (SymmetricRtp::Off, _) | (SymmetricRtp::Auto | SymmetricRtp::Any, None) => {
                Symmetric::Off
            }
        }
    }

    /// What a leg hears while phones ring, unless the flow says something else.
    fn ringback(&self, leg: LegId) -> Vec<PlayItem> {
        let ringing = self.rules.get(&leg).map(|(rules, _)| rules.ringback.clone());
        let music = match ringing.unwrap_or_default() {
            Ringing::Tone(tone) => return vec![PlayItem::Ringback(tone)],
            Ringing::Recording(name) => items(&self.library, &Sound::File(name)),
        };
        if music.is_empty() { vec![PlayItem::Ringback(RingTone::default())] } else { music }
    }

    /// What a leg hears while its partner holds.
    fn hold_sound(&self, leg: LegId) -> Vec<PlayItem> {
        let music = self.rules.get(&leg).and_then(|(rules, _)| rules.hold_music.clone());
        let music = music.map(|name| items(&self.library, &Sound::File(name))).unwrap_or_default();
        if music.is_empty() { vec![PlayItem::HoldTone] } else { music }
    }

    fn record(&mut self, leg: LegId, recorder: Recorder) -> Vec<MediaCommand> {
        let (sink, sound) = mpsc::channel(PACKETS);
        let stop = CancellationToken::new();
        let beep = recorder.beep.then(|| {
            let samples = usize::try_from(BEEP.as_millis() * 8).unwrap_or(0);
            let tone = Arc::new(Prompt::from_samples(&sine(BEEP_HZ, samples)));
            let items = vec![PlayItem::Prompt(tone)];
            MediaCommand::Play { leg, items, play: PlayId::UNREPORTED, repeat: false }
        });
        let (recordings, clock) = (self.recordings.clone(), self.clock.clone());
        self.stops.insert(leg, stop.clone());
        self.tapes.spawn(Tape { recorder, recordings, clock, sound, stop }.record());
        let listen = MediaCommand::Listen { leg, sink };
        beep.into_iter().chain([listen]).collect()
    }

    /// Returns whether a sound has to be rendered now and can be.
    fn must_be_made(&self, sound: &Sound) -> bool {
        let missing = |sound: &Sound| self.library.sound(sound).is_none();
        self.speaker.speaks()
            && match sound {
                Sound::Say { .. } => missing(sound),
                Sound::Spoken { parts, .. } => parts.iter().any(missing),
                Sound::Template { .. } | Sound::File(_) => false,
                Sound::Url(_) | Sound::Silence(_) => false,
            }
    }
}

/// An event of a call's media.
#[derive(Debug)]
pub(super) enum StudioEvent {
    /// The media task reports an event.
    Event(MediaEvent),
    /// A recording ended; `None` after an internal error.
    Recorded(Option<Input>),
    /// The sentences of a play are rendered; `None` after an internal error.
    Made(Option<Made>),
}

/// A play whose sentences are rendered.
#[derive(Debug)]
pub(super) struct Made {
    leg: LegId,
    play: PlayId,
    items: Vec<PlayItem>,
}

/// Renders the sentences of a play that have no sound file.
async fn make(
    library: Arc<Library>,
    speaker: Arc<Speaker>,
    leg: LegId,
    play: PlayId,
    sounds: Vec<Sound>,
) -> Made {
    let mut made = Vec::with_capacity(sounds.len());
    for sound in &sounds {
        let missing = |part: &Sound| library.sound(part).is_none();
        let sentence = match sound {
            Sound::Say { language, text } if missing(sound) => Some((language, text)),
            Sound::Spoken { language, text, parts } if parts.iter().any(missing) => {
                Some((language, text))
            }
            Sound::Say { .. } | Sound::Spoken { .. } | Sound::Template { .. } => None,
            Sound::File(_) | Sound::Url(_) | Sound::Silence(_) => None,
        };
        let spoken = match sentence {
            Some((language, text)) => speaker.say(language, text).await,
            None => None,
        };
        match spoken {
            Some(prompt) => made.push(PlayItem::Prompt(prompt)),
            None => made.extend(items(&library, sound)),
        }
    }
    Made { leg, play, items: made }
}

/// Returns the items to play for a sound. A sound without a file is skipped; the checker has warned
/// of it.
fn items(library: &Library, sound: &Sound) -> Vec<PlayItem> {
    let one = |sound: &Sound| library.sound(sound).map(PlayItem::Prompt);
    match sound {
        Sound::Silence(length) => vec![PlayItem::Silence(*length)],
        Sound::Spoken { parts, .. } => parts.iter().filter_map(one).collect(),
        Sound::Say { .. } | Sound::File(_) | Sound::Url(_) => one(sound).into_iter().collect(),
        Sound::Template { .. } => Vec::new(),
    }
}

/// What a leg received, as the record has it.
fn recorded(traffic: media::Traffic) -> Traffic {
    let media::Traffic { packets, bytes, lost, jitter, from_others, over_rate, far_end } = traffic;
    let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let round_trip = far_end.and_then(|far_end| far_end.round_trip);
    let far_end = far_end.map(|far_end| FarEnd {
        lost: far_end.lost.into(),
        jitter_ms: ms(far_end.jitter),
        round_trip_ms: far_end.round_trip.map(ms),
    });
    Traffic {
        packets,
        bytes,
        lost,
        jitter_ms: ms(jitter),
        from_elsewhere: from_others,
        over_rate,
        mos: Mos::estimate(packets, lost, jitter, round_trip),
        far_end,
    }
}

/// Converts a stream of `sdp` to the type of `media`. Neither room depends on the other.
fn leg_media(media: sdp::Media, symmetric: Symmetric) -> LegMedia {
    LegMedia {
        remote: media.remote,
        rtcp: media.rtcp,
        codec: media.codec,
        payload_type: media.payload_type,
        events: media.events,
        direction: match media.direction {
            sdp::Direction::SendRecv => Direction::SendReceive,
            sdp::Direction::SendOnly => Direction::SendOnly,
            sdp::Direction::RecvOnly => Direction::ReceiveOnly,
            sdp::Direction::Inactive => Direction::Inactive,
        },
        symmetric,
        security: media.security,
    }
}
