//! The outputs of a call.

use std::sync::Arc;
use std::time::Duration;

use crate::base::FieldName;
use crate::base::FlowName;
use crate::base::HoldId;
use crate::base::LegId;
use crate::base::Phone;
use crate::base::PlayId;
use crate::book::Destination;
use crate::caps::Settle;
use crate::flow::Flow;
use crate::flow::Pointer;
use crate::flow::Sound;
use crate::routing::Decision;
use crate::routing::Inquiry;
use crate::routing::Pick;
use crate::sale::AttemptRecord;
use crate::sdp;
use crate::sip;

use super::CallEvent;
use super::CallRecord;

/// Something that the shell carries out. A question's answer comes back as the
/// [`Input`](super::Input) of the same name.
#[derive(Debug)]
pub enum Output {
    /// A command for the SIP room.
    Sip(sip::Command),
    /// An order for the call's media.
    Media(MediaOrder),
    /// How many contracts may still take the call? Answer: `Pool`.
    CountPool(Inquiry),
    /// Which fields that are not known yet may still change who takes the call, for the offers
    /// that it may be sold for: the inquiry's, and those that the flow and the flows behind it
    /// name? Answer: `Needed`.
    FindNeeded {
        /// What is known, for the number's own offer.
        inquiry: Box<Inquiry>,
        /// The flow that asks.
        flow: Arc<Flow>,
    },
    /// When did this caller call last, before this call? Answer: `LastCall`.
    FindLastCall(Phone),
    /// Ask a web server. Answer: `LookedUp`.
    Lookup {
        /// An `https` URL.
        url: String,
        /// How long to wait for the whole answer.
        timeout: Duration,
        /// What is taken from the JSON answer: [`flow::found`](crate::flow::found).
        sets: Vec<(Pointer, FieldName)>,
    },
    /// Who is rung, in which order? Answer: `Decided`.
    Decide(Inquiry),
    /// Reserve a unit of every cap that the pick touches. Answer: `Held`.
    Hold {
        /// The reservation's id.
        hold: HoldId,
        /// The pick.
        pick: Box<Pick>,
    },
    /// End a reservation, or a part of it.
    Settle {
        /// The reservation.
        hold: HoldId,
        /// How it ends.
        how: Settle,
    },
    /// Bind RTP sockets for a leg and find its address. Answer: `Prepared` or `Unprepared`.
    Prepare {
        /// The leg.
        leg: LegId,
        /// The contract's destination.
        destination: Arc<Destination>,
        /// Which of the trunk's addresses, from 0, when the destination is a phone number.
        way: u32,
    },
    /// Write the record of a call that begins. Answer: `Opened` or `NotOpened`.
    Open(Box<CallRecord>),
    /// Write that buyers are about to be rung, and by which decisions. They are dialled when this
    /// is durable.
    Attempted {
        /// The call's attempts so far.
        attempts: Vec<AttemptRecord>,
        /// The decisions made since the last of these.
        decisions: Vec<Decision>,
    },
    /// Write what is known so far.
    Update(Box<CallRecord>),
    /// The call lives: its record and its holds are renewed.
    Beat {
        /// The reservation of the connected buyer, if any.
        holds: Vec<HoldId>,
    },
    /// Write the finished record; nothing of it changes afterwards.
    Finish(Box<Finished>),
    /// Another flow is wanted. Answer: `Loaded`.
    Load(FlowName),
    /// An event of the call, for those who follow its events.
    Event(CallEvent),
    /// Every leg has ended: nothing more will come.
    Done,
}

/// A call that has ended, as it is written.
#[derive(Debug)]
pub struct Finished {
    /// The record.
    pub record: CallRecord,
    /// Every decision, in order.
    pub decisions: Vec<Decision>,
}

/// An order for the call's media task.
#[derive(Debug)]
pub enum MediaOrder {
    /// The leg's far end has answered: what it sent before is early media, which is not played.
    DropEarly {
        /// The leg, not open yet.
        leg: LegId,
    },
    /// The leg's far end is known: send and receive.
    Open {
        /// The leg.
        leg: LegId,
        /// What was negotiated.
        media: sdp::Media,
    },
    /// The leg was negotiated again.
    Update {
        /// The leg.
        leg: LegId,
        /// What was negotiated.
        media: sdp::Media,
    },
    /// The leg has ended: give its sockets back.
    Close {
        /// The leg.
        leg: LegId,
    },
    /// Play sounds, in place of what plays now. Answer: `Played`.
    Play {
        /// To whom.
        leg: LegId,
        /// What.
        sounds: Vec<Sound>,
        /// Comes back with the answer.
        play: PlayId,
    },
    /// Keep what comes on a leg, after a tone where asked for, in place of what plays. Answer:
    /// `Recorded`, always, also when the leg is closed meanwhile.
    Record {
        /// Whose words.
        leg: LegId,
        /// What is kept, and how.
        recorder: Recorder,
    },
    /// End a leg's recording.
    StopRecording {
        /// Whose.
        leg: LegId,
    },
    /// Play a ringing tone until stopped.
    Ringback {
        /// To whom.
        leg: LegId,
        /// A sound in place of the tone, over and over.
        sound: Option<Sound>,
    },
    /// Stop what plays.
    StopPlayback {
        /// To whom.
        leg: LegId,
    },
    /// Let two legs hear each other.
    Bridge {
        /// The caller's leg.
        caller: LegId,
        /// The buyer's leg.
        buyer: LegId,
    },
}

/// What is recorded, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorder {
    /// The sound's file name: the call's id and a number.
    pub name: String,
    /// Longest recording.
    pub max: Duration,
    /// It ends after so much silence.
    pub silence: Duration,
    /// Whether the caller hears a tone first.
    pub beep: bool,
}
