//! The inputs of a call.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::base::FieldName;
use crate::base::LegId;
use crate::base::PlayId;
use crate::base::Skip;
use crate::base::Wall;
use crate::flow::Flow;
use crate::routing::Decision;
use crate::sip;

/// Something that happened, or the answer to something the call asked for.
#[derive(Debug)]
pub enum Input {
    /// An event of the SIP room about one of this call's legs.
    Sip(sip::Event),
    /// A leg sent a digit in its audio path (RFC 4733).
    Digit {
        /// The leg.
        leg: LegId,
        /// `0`–`9`, `*`, `#`, `A`–`D`.
        digit: char,
    },
    /// The sounds of [`MediaOrder::Play`](super::MediaOrder) were heard to their end.
    Played {
        /// The play that the order named.
        play: PlayId,
    },
    /// A bridged leg has sent no audio for the configured time.
    Silent {
        /// How long it has been silent.
        since: Duration,
    },
    /// [`Output::Open`](super::Output): the record is on disk.
    Opened,
    /// [`Output::Open`](super::Output): the record could not be written.
    NotOpened,
    /// [`Output::CountPool`](super::Output): how many contracts may still take the call.
    Pool(usize),
    /// [`Output::Decide`](super::Output): the order in which buyers are rung.
    Decided(Box<Decision>),
    /// [`Output::Hold`](super::Output): whether every cap had a unit left; the one that had not.
    Held(Result<(), Skip>),
    /// [`Output::Prepare`](super::Output): the leg can be dialled.
    Prepared {
        /// The leg.
        leg: LegId,
        /// Where it can be dialled.
        route: Route,
    },
    /// [`Output::Prepare`](super::Output): the leg cannot be dialled.
    Unprepared {
        /// The leg.
        leg: LegId,
    },
    /// [`Output::Load`](super::Output): the flow that was asked for, if there is one.
    Loaded(Option<Arc<Flow>>),
    /// [`Output::FindNeeded`](super::Output): fields whose answer may still change who takes the
    /// call; `None` when any may.
    Needed(Option<BTreeSet<FieldName>>),
    /// [`Output::FindLastCall`](super::Output): when that was, if ever.
    LastCall(Option<Wall>),
    /// [`Output::Lookup`](super::Output): what the answer held; `None` when there was none.
    LookedUp(Option<Vec<(FieldName, String)>>),
    /// [`MediaOrder::Record`](super::MediaOrder): the recording has ended.
    Recorded {
        /// The sound's file name; `None` when nothing was heard, or nothing could be kept.
        place: Option<String>,
        /// How long it sounds.
        length: Duration,
    },
    /// A deadline has come.
    Tick,
    /// An operator hangs up: end the call.
    HangUp,
    /// The switch stops: end the call.
    Stop,
}

/// How a leg is reached.
#[derive(Debug, Clone)]
pub struct Route {
    /// Our RTP socket for the leg, as the far end reaches it.
    pub local: SocketAddr,
    /// Where the request is sent.
    pub peer: sip::Peer,
    /// Where else the far end's requests may come from.
    pub sources: sip::Sources,
    /// The Request-URI.
    pub target: sip::Uri,
}
