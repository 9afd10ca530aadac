//! Recordings of a flow.

use std::time::Duration;

use crate::base::FieldName;
use crate::base::LegId;
use crate::base::Now;
use crate::flow;

use super::CallEvent;
use super::Finished;
use super::Machine;
use super::MediaOrder;
use super::Output;
use super::Recording;
use super::Traffic;
use super::machine::Pending;
use super::machine::Stage;
use super::output::Recorder;
use super::recording::InProgress;

impl Machine {
    /// Records the caller; answers an unanswered call first. If no further recording is kept, the
    /// flow continues as if the caller had said nothing.
    pub(super) fn record_caller(
        &mut self,
        field: Option<FieldName>,
        max: Duration,
        silence: Duration,
        beep: bool,
        now: Now,
    ) {
        let Some(n) = self.record.next_recording() else {
            self.report(CallEvent::Recorded { place: None });
            let nothing = flow::Input::Recorded { place: None, length: Duration::ZERO };
            return self.driver.handle(nothing, now);
        };
        let name = Recording::file_name(self.record.id, n);
        let recorder = Recorder { name, max, silence, beep };
        self.recording = Some(InProgress { field });
        if self.caller.is_talking() {
            let leg = self.caller.session;
            self.order(MediaOrder::Record { leg, recorder });
        } else {
            self.pending = Pending::Record(recorder);
            self.answer_caller(crate::base::Codec::Pcmu, now);
        }
    }

    /// Stops the recording, because the caller pressed the key that ends it.
    pub(super) fn stop_recording(&mut self) {
        let leg = self.caller.session;
        self.order(MediaOrder::StopRecording { leg });
    }

    /// Handles the end of a recording: continues the flow, or writes the record of a call that
    /// ended during it.
    pub(super) fn on_recorded(&mut self, place: Option<String>, length: Duration, now: Now) {
        let Some(InProgress { field }) = self.recording.take() else { return };
        self.report(CallEvent::Recorded { place: place.clone() });
        let kept = self.record.next_recording().filter(|_| place.is_some());
        let kept = kept.map(|n| Recording::message(n, length, now.wall));
        let Some(finished) = &mut self.finished else {
            kept.into_iter().for_each(|recording| self.record.keep(recording));
            return self.go_on(flow::Input::Recorded { place, length }, now);
        };
        kept.into_iter().for_each(|recording| finished.record.keep(recording));
        if let Some((field, place)) = field.zip(place) {
            finished.record.fields.insert(field, place);
        }
        self.finish_when_complete();
    }

    /// Handles the report of a leg's media.
    pub(super) fn on_traffic(&mut self, leg: LegId, traffic: Traffic) {
        if !self.media.reported(leg) {
            return;
        }
        let is_caller = leg == self.caller.session;
        if let Some(finished) = &mut self.finished
            && let Some(media) = &mut finished.record.media
        {
            let side = if is_caller { &mut media.caller } else { &mut media.buyer };
            *side = Some(traffic);
        }
        self.finish_when_complete();
    }

    /// Writes the record without the reports that do not come.
    pub(super) fn on_media_late(&mut self, now: Now) {
        if self.media.give_up(now) {
            self.finish_when_complete();
        }
    }

    /// Writes the record of a call that has ended, as soon as its recording and the reports of its
    /// media are complete.
    pub(super) fn keep(&mut self, finished: Box<Finished>) {
        // A recording that waits for the caller's ACK will never begin.
        if matches!(self.pending, Pending::Record(_)) {
            self.recording = None;
        }
        self.finished = Some(finished);
        self.finish_when_complete();
    }

    fn finish_when_complete(&mut self) {
        if self.recording.is_some() || self.media.until().is_some() {
            return;
        }
        if let Some(finished) = self.finished.take() {
            // Only now the reason is known: a caller may hang up while leaving a message.
            if let Some(reason) = finished.record.reason {
                self.report(CallEvent::ended(&finished.record, reason));
            }
            self.push(Output::Finish(finished));
        }
    }

    /// Returns whether the finished record still waits.
    pub(super) fn keeps_waiting(&self) -> bool {
        self.finished.is_some()
    }

    pub(super) fn on_looked_up(&mut self, found: Option<Vec<(FieldName, String)>>, now: Now) {
        if matches!(self.stage, Stage::Asking) {
            self.report(CallEvent::LookedUp { fields: found.as_ref().map(Vec::len) });
            self.go_on(flow::Input::LookedUp(found), now);
        }
    }
}
