//! One call from a phone's side: listens, plays and presses keys.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::PhoneError;
use crate::base::Codec;
use crate::base::LegId;
use crate::base::Mono;
use crate::base::OwnPorts;
use crate::base::PlayId;
use crate::media::LegMedia;
use crate::media::MediaEvent;
use crate::media::PlayItem;
use crate::media::Prompt;
use crate::media::tone;
use crate::net::Clock;
use crate::net::rtp::MediaCommand;
use crate::net::rtp::RtpPair;
use crate::net::sip::Order;
use crate::net::sip::SipLine;
use crate::sdp;
use crate::sip;
use crate::sip::CancelWhy;
use crate::sip::Command;
use crate::sip::Declined;
use crate::sip::Event;
use crate::sip::Hangup;

/// Samples per packet: 20 ms at 8 kHz.
const FRAME: usize = 160;
/// Mean square above which a packet is sound and not silence.
const SOUND: f64 = 10_000.0;
/// Share of a packet's power that a tone must have to be detected.
const TONE_SHARE: f64 = 0.5;

/// A call from a phone's side.
pub struct Leg {
    pub(super) session: LegId,
    pub(super) events: mpsc::Receiver<Event>,
    pub(super) line: SipLine,
    pub(super) clock: Clock,
    pub(super) commands: mpsc::Sender<Vec<MediaCommand>>,
    pub(super) media_events: mpsc::Receiver<MediaEvent>,
    pub(super) heard: mpsc::Receiver<Vec<i16>>,
    pub(super) listen: Option<MediaCommand>,
    pub(super) local: sdp::Local,
    pub(super) pair: Option<RtpPair>,
    pub(super) dialled: Mono,
    /// Time from dialing to the first sign of ringing, or to the answer.
    pub rang_after: Option<Duration>,
    /// How it ended; `None` while it is up.
    pub over: Option<Over>,
    pub(super) _media: JoinSet<()>,
}

/// How a call ended for the phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// The far end rejected it.
    Refused(sip::Refusal),
    /// The caller canceled before the answer.
    Canceled,
    /// It was hung up after the answer.
    HungUp(Hangup),
}

impl Leg {
    /// Waits until the far end answers.
    pub async fn answered(&mut self, patience: Duration) -> Result<(), PhoneError> {
        let late = PhoneError::Late(patience, "an answer");
        tokio::time::timeout(patience, self.until_answered()).await.unwrap_or(Err(late))
    }

    async fn until_answered(&mut self) -> Result<(), PhoneError> {
        while let Some(event) = self.events.recv().await {
            match event {
                Event::Ringing { .. } => self.note_ringing(),
                Event::Answered { body, .. } => {
                    self.note_ringing();
                    let media = sdp::accept(
                        &body.unwrap_or_default(),
                        &mut self.local,
                        &OwnPorts::default(),
                        Codec::ALL,
                    )
                    .map_err(|error| PhoneError::Sdp(error.to_string()))?;
                    self.open(media).await;
                    return Ok(());
                }
                event => self.note(event).await,
            }
            match self.over {
                Some(Over::Refused(cause)) => return Err(PhoneError::Refused(cause)),
                Some(Over::Canceled | Over::HungUp(_)) => return Err(PhoneError::Over),
                None => {}
            }
        }
        Err(PhoneError::Over)
    }

    /// Waits until the far end's phone rings.
    pub async fn rings(&mut self, patience: Duration) -> Result<(), PhoneError> {
        let wait = async {
            while self.rang_after.is_none() {
                match self.events.recv().await {
                    Some(Event::Ringing { .. }) => self.note_ringing(),
                    Some(event) => self.note(event).await,
                    None => return Err(PhoneError::Over),
                }
            }
            Ok(())
        };
        let late = PhoneError::Late(patience, "ringing");
        tokio::time::timeout(patience, wait).await.unwrap_or(Err(late))
    }

    fn note_ringing(&mut self) {
        let after = self.clock.now().mono.since(self.dialled);
        self.rang_after.get_or_insert(after);
    }

    async fn note(&mut self, event: Event) {
        match event {
            Event::Refused { cause, .. } => self.over = Some(Over::Refused(cause)),
            Event::Redirected { status, .. } => {
                self.over = Some(Over::Refused(sip::Refusal::Status(status)));
            }
            Event::Canceled { .. } => self.over = Some(Over::Canceled),
            Event::Ended { how, .. } => self.over = Some(Over::HungUp(how)),
            Event::Reoffered { session, body } => {
                let answer = match body {
                    Some(offer) => {
                        sdp::answer(&offer, &mut self.local, &OwnPorts::default(), Codec::ALL)
                            .map(|(body, _)| body)
                    }
                    None => Ok(sdp::offer(&self.local, Codec::ALL)),
                };
                let body = answer.map_err(|error| Declined::plain(error.status()));
                let command = Command::Answer { session, body };
                self.line.give(Order { command, mailbox: None }).await;
            }
            Event::Incoming(_)
            | Event::Confirmed { .. }
            | Event::Ringing { .. }
            | Event::Answered { .. }
            | Event::Digit { .. }
            | Event::Alive { .. } => {}
        }
    }

    pub(super) async fn open(&mut self, media: sdp::Media) {
        let leg = LegId(self.session.0);
        let media = LegMedia {
            rtcp: media.rtcp,
            payload_type: media.payload_type,
            events: media.events,
            ..LegMedia::new(media.remote, media.codec)
        };
        let open = self.pair.take().map(|pair| MediaCommand::Open { leg, pair, media });
        let commands: Vec<MediaCommand> = open.into_iter().chain(self.listen.take()).collect();
        self.media(commands).await;
    }

    async fn media(&self, commands: Vec<MediaCommand>) {
        // A media task that has ended plays nothing more.
        drop(self.commands.send(commands).await);
    }

    /// Plays a tone of `hz` until the call ends.
    pub async fn hum(&self, hz: u32) {
        let prompt = Prompt::from_samples(&tone::sine(hz, FRAME * 50));
        let items = vec![PlayItem::Prompt(std::sync::Arc::new(prompt))];
        let leg = LegId(self.session.0);
        self.media(vec![MediaCommand::Play { leg, items, play: PlayId::UNREPORTED, repeat: true }])
            .await;
    }

    /// Presses keys (RFC 4733).
    pub async fn press(&self, digits: &str) {
        let leg = LegId(self.session.0);
        self.media(vec![MediaCommand::SendDigits { leg, digits: digits.to_owned() }]).await;
    }

    /// Listens until `length` of any sound has arrived.
    pub async fn hear_sound(
        &mut self,
        length: Duration,
        patience: Duration,
    ) -> Result<(), PhoneError> {
        self.hear(length, patience, "a sound", |samples| mean_square(samples) > SOUND).await
    }

    /// Listens until `length` of a tone of `hz` has arrived.
    pub async fn hear_tone(
        &mut self,
        hz: u32,
        length: Duration,
        patience: Duration,
    ) -> Result<(), PhoneError> {
        self.hear(length, patience, "a tone", |samples| has_tone(samples, hz)).await
    }

    async fn hear(
        &mut self,
        length: Duration,
        patience: Duration,
        what: &'static str,
        counts: impl Fn(&[i16]) -> bool,
    ) -> Result<(), PhoneError> {
        let wait = async {
            let mut heard = Duration::ZERO;
            while heard < length {
                tokio::select! {
                    Some(samples) = self.heard.recv() => {
                        if counts(&samples) {
                            let micros = samples.len() as u64 * 125;
                            heard += Duration::from_micros(micros);
                        }
                    }
                    event = self.events.recv() => match event {
                        Some(event) => self.note(event).await,
                        None => return Err(PhoneError::Over),
                    },
                }
                if self.over.is_some() {
                    return Err(PhoneError::Over);
                }
            }
            Ok(())
        };
        tokio::time::timeout(patience, wait).await.unwrap_or(Err(PhoneError::Late(patience, what)))
    }

    /// Returns the next key that the far end pressed.
    pub async fn key(&mut self, patience: Duration) -> Result<char, PhoneError> {
        let wait = async {
            loop {
                tokio::select! {
                    event = self.media_events.recv() => match event {
                        Some(MediaEvent::Digit { digit, .. }) => return Ok(digit),
                        Some(_) => {}
                        None => return Err(PhoneError::Over),
                    },
                    event = self.events.recv() => match event {
                        Some(event) => self.note(event).await,
                        None => return Err(PhoneError::Over),
                    },
                }
                if self.over.is_some() {
                    return Err(PhoneError::Over);
                }
            }
        };
        let late = PhoneError::Late(patience, "a key");
        tokio::time::timeout(patience, wait).await.unwrap_or(Err(late))
    }

    /// Cancels a call that was not answered.
    pub async fn cancel(&self) {
        let command = Command::Cancel { session: self.session, why: CancelWhy::Plain };
        self.line.give(Order { command, mailbox: None }).await;
    }

    /// Hangs up an answered call.
    pub async fn hang_up(&self) {
        let command = Command::Bye { session: self.session, cause: None };
        self.line.give(Order { command, mailbox: None }).await;
    }

    /// Waits until the call ends for this phone.
    pub async fn until_over(&mut self, patience: Duration) -> Result<Over, PhoneError> {
        let wait = async {
            loop {
                if let Some(over) = self.over {
                    return Ok(over);
                }
                tokio::select! {
                    event = self.events.recv() => match event {
                        Some(event) => self.note(event).await,
                        None => return Err(PhoneError::Over),
                    },
                    Some(_) = self.heard.recv() => {}
                }
            }
        };
        let late = PhoneError::Late(patience, "the end of the call");
        tokio::time::timeout(patience, wait).await.unwrap_or(Err(late))
    }
}

fn mean_square(samples: &[i16]) -> f64 {
    let sum: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    sum / samples.len().max(1) as f64
}

/// Returns whether a packet is loud and the tone has most of its power.
fn has_tone(samples: &[i16], hz: u32) -> bool {
    let loud = mean_square(samples);
    loud > SOUND && tone::power(samples, hz) > TONE_SHARE
}
