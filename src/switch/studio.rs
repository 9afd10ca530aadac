//! A call's media, as its task sees it: sounds by name, legs by session.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::Library;
use super::Shared;
use super::address;
use crate::base::Mono;
use crate::base::Rng;
use crate::call::Input;
use crate::call::MediaOrder;
use crate::flow::Sound;
use crate::media::Direction;
use crate::media::LegId;
use crate::media::LegMedia;
use crate::media::MediaEvent;
use crate::media::PlayItem;
use crate::net::Clock;
use crate::net::rtp::MediaCommand;
use crate::net::rtp::MediaConfig;
use crate::net::rtp::MediaTask;
use crate::net::rtp::NoPorts;
use crate::net::rtp::RtpPair;
use crate::sdp;
use crate::sip::SessionId;

/// Why a leg has no sockets.
#[derive(Debug, thiserror::Error)]
pub(super) enum BindError {
    #[error(transparent)]
    NoPorts(#[from] NoPorts),
    #[error("a socket has no address: {0}")]
    Address(#[from] std::io::Error),
}

/// Sockets that are bound before their leg is negotiated, and the task that plays and relays.
pub(super) struct Studio {
    library: Arc<Library>,
    clock: Clock,
    bound: HashMap<SessionId, RtpPair>,
    commands: mpsc::Sender<MediaCommand>,
    events: mpsc::Receiver<MediaEvent>,
    /// Ends with the call: dropping it aborts the task and frees every port.
    _task: JoinSet<()>,
}

impl Studio {
    pub(super) fn start(shared: &Shared, library: Arc<Library>, rng: Rng) -> Self {
        let config = MediaConfig { silent_after: shared.limits.silence };
        let (task, commands, events) = MediaTask::new(config, shared.clock.clone(), rng);
        let mut tasks = JoinSet::new();
        tasks.spawn_on(task, &shared.media);
        let clock = shared.clock.clone();
        Self { library, clock, bound: HashMap::new(), commands, events, _task: tasks }
    }

    /// Binds a leg's sockets; answers with their address as `towards` reaches it.
    pub(super) fn bind(
        &mut self,
        leg: SessionId,
        shared: &Shared,
        towards: SocketAddr,
        rng: &mut Rng,
    ) -> Result<SocketAddr, BindError> {
        let pair = shared.ports.bind(rng)?;
        let own = pair.address()?;
        self.bound.insert(leg, pair);
        let ip = match (shared.limits.advertise, own.ip()) {
            (Some(advertised), _) => advertised,
            (None, ip) if ip.is_unspecified() => address::towards(towards).unwrap_or(ip),
            (None, ip) => ip,
        };
        Ok(SocketAddr::new(ip, own.port()))
    }

    /// What the call is told next; `Some(None)` is nothing of interest.
    pub(super) async fn next(&mut self) -> Option<Option<Input>> {
        let event = self.events.recv().await?;
        Some(match event {
            MediaEvent::Digit { leg, digit } => Some(Input::Digit { leg: SessionId(leg.0), digit }),
            MediaEvent::Played { leg: _, id } => Some(Input::Played { sounds: id }),
            MediaEvent::Silent { leg: _, heard } => Some(self.silent(heard)),
            MediaEvent::Failed { .. } => {
                tracing::error!("a leg's audio could not be opened");
                None
            }
            MediaEvent::Closed { .. } => None,
        })
    }

    fn silent(&self, heard: Mono) -> Input {
        Input::Silent { since: self.clock.now().mono.since(heard) }
    }

    pub(super) async fn order(&mut self, order: MediaOrder) {
        for command in self.commands_of(order) {
            // A media task that is gone has nothing left to do.
            drop(self.commands.send(command).await);
        }
    }

    fn commands_of(&mut self, order: MediaOrder) -> Vec<MediaCommand> {
        match order {
            MediaOrder::Open { leg, media } => match self.bound.remove(&leg) {
                Some(pair) => {
                    vec![MediaCommand::Open { leg: LegId(leg.0), pair, media: leg_media(media) }]
                }
                None => Vec::new(),
            },
            MediaOrder::Update { leg, media } => {
                vec![MediaCommand::Update { leg: LegId(leg.0), media: leg_media(media) }]
            }
            MediaOrder::Close { leg } => {
                self.bound.remove(&leg);
                vec![MediaCommand::Close { leg: LegId(leg.0) }]
            }
            MediaOrder::Play { leg, sounds, number } => {
                let items = sounds.into_iter().flat_map(|sound| self.items(sound)).collect();
                vec![MediaCommand::Play { leg: LegId(leg.0), items, id: number, repeat: false }]
            }
            MediaOrder::Ringback { leg } => {
                let items = vec![PlayItem::Ringback];
                vec![MediaCommand::Play { leg: LegId(leg.0), items, id: 0, repeat: true }]
            }
            MediaOrder::Hush { leg } => vec![MediaCommand::StopPlay { leg: LegId(leg.0) }],
            MediaOrder::Bridge { caller, buyer } => {
                vec![MediaCommand::Relay { a: LegId(caller.0), b: LegId(buyer.0) }]
            }
        }
    }

    /// A sound without a file is passed over; the checker has warned of it.
    fn items(&self, sound: Sound) -> Vec<PlayItem> {
        match sound {
            Sound::Spoken { parts, .. } => {
                parts.into_iter().filter_map(|part| self.item(part)).collect()
            }
            whole => self.item(whole).into_iter().collect(),
        }
    }

    fn item(&self, sound: Sound) -> Option<PlayItem> {
        match sound {
            Sound::Silence(length) => Some(PlayItem::Silence(length)),
            Sound::Template { .. } | Sound::Spoken { .. } => None,
            Sound::Say { .. } | Sound::File(_) | Sound::Url(_) => {
                self.library.sound(&sound).map(PlayItem::Prompt)
            }
        }
    }
}

/// The same stream in the words of the two rooms, which never see each other.
fn leg_media(media: sdp::Media) -> LegMedia {
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
    }
}
