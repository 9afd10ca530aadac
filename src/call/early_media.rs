//! Early media: an unanswered caller hears what the one phone that rings sends before its answer, such
//! as its network's ringback or announcement (RFC 3960 §3).
//!
//! It goes one way: a buyer who could hear the caller, too, would talk before the answer, which is
//! not billed. Where several phones ring, or a whisper or a key comes before the bridge, the caller
//! hears ringback.

use bytes::Bytes;

use crate::base::Codec;
use crate::base::LegId;
use crate::base::Now;
use crate::sdp;
use crate::sip::Command;

use super::Machine;
use super::MediaOrder;
use super::caller::CallerState;
use super::caller::Rings;
use super::codecs::preferring;
use super::leg::LegState;
use super::machine::Stage;

/// Status of a provisional response with early media.
const SESSION_PROGRESS: u16 = 183;

impl Machine {
    /// Takes up the description in a buyer's provisional response, each time that it changes.
    pub(super) fn hear_early(&mut self, leg: LegId, body: &Bytes, now: Now) {
        let Some(mut dialled) = self.rings_alone(leg) else { return self.ring_caller() };
        let Ok(media) = self.accept_sdp(leg, body, &mut dialled.local) else {
            return self.ring_caller();
        };
        if !self.answer_early(media.codec, now) {
            return self.ring_caller();
        }
        if dialled.early.is_some() {
            self.order(MediaOrder::Update { leg, media });
        } else {
            self.order(MediaOrder::Open { leg, media });
        }
        if let Some(own) = self.legs.get_mut(&leg)
            && let LegState::AwaitAnswer { dialled: known } = &mut own.state
        {
            known.local = dialled.local;
            known.early = Some(media);
        }
        self.stop_playback();
        self.order(MediaOrder::EarlyMedia { buyer: leg, caller: self.caller.session });
    }

    /// Returns the state of a leg that may be heard: the only one that rings, without a gate.
    fn rings_alone(&self, leg: LegId) -> Option<super::leg::Dialled> {
        let others = self.legs.iter().filter(|(id, own)| **id != leg && !own.is_ending()).count();
        let LegState::AwaitAnswer { dialled } = self.legs.get(&leg)?.state else { return None };
        let is_alone = others == 0 && matches!(self.stage, Stage::Ringing);
        (is_alone && self.whisper_of(leg).is_empty()).then_some(dialled)
    }

    /// Answers an unanswered caller's offer in a 183, once, and opens its audio path. Returns whether
    /// the path is up.
    fn answer_early(&mut self, preferred: Codec, now: Now) -> bool {
        let session = self.caller.session;
        let CallerState::Unanswered { offer, rings, .. } = &mut self.caller.state else {
            return false;
        };
        if matches!(rings, Rings::Early(_)) {
            return true;
        }
        let Some(offer) = offer else { return false };
        let codecs = preferring(Some(preferred), &self.caller.codecs);
        let local = &mut self.caller.local;
        let Ok((body, media)) = sdp::answer(offer, local, &self.own_ports, &codecs) else {
            return false;
        };
        *rings = Rings::Early(body.clone());
        self.caller.codec = Some(media.codec);
        self.order(MediaOrder::Open { leg: session, media });
        self.on_direction(session, media.direction, now);
        self.command(Command::Ring {
            session,
            status: SESSION_PROGRESS,
            body: Some(body),
            prack: self.caller.prack,
        });
        true
    }

    /// Plays ringback again to a caller who heard a leg that has ended.
    pub(super) fn end_early_media(&mut self) {
        if matches!(self.stage, Stage::Ringing) {
            self.ring_back_again();
        }
    }

    /// Records that a leg sent audio while it was bridged. What it sent before is no sign of it.
    pub(super) fn on_heard(&mut self, leg: LegId) {
        match self.stage {
            Stage::Connected { .. } | Stage::Bridged { .. } => self.media.heard(leg),
            Stage::Asking
            | Stage::Ringing
            | Stage::Won { .. }
            | Stage::Announcement
            | Stage::Over
            | Stage::Done => {}
        }
    }
}
