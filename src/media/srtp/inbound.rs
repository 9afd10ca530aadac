//! What the far end sends, under one master key.

use smallvec::SmallVec;

use crate::base::MasterKey;
use crate::base::Suite;
use crate::media::rtp;

use super::Closed;
use super::keys::Purpose;
use super::keys::SessionKeys;
use super::outbound::REPORT_INDEX;
use super::outbound::REPORT_TAG;
use super::outbound::ssrc_of;
use super::window::Window;

/// Most streams (SSRCs) that are followed; a further one replaces the oldest.
const STREAMS_MAX: usize = 4;
/// Bytes of an RTCP packet that stay plain: its first header and SSRC (§3.4).
const REPORT_PLAIN: usize = 8;

/// State of one direction.
#[derive(Debug)]
pub(super) struct Inbound {
    suite: Suite,
    rtp: SessionKeys,
    rtcp: SessionKeys,
    streams: Streams,
    reports: Streams,
    /// Streams of the key before. Under the new key, some far ends go on counting wraps (§3.3.1),
    /// others begin at 0 again (RFC 4568 §7.1.4).
    before: Streams,
}

/// Places in the streams, the oldest first.
#[derive(Debug, Clone, Default)]
struct Streams(SmallVec<[(u32, Window); 2]>);

impl Streams {
    fn get_mut(&mut self, ssrc: u32) -> Option<&mut Window> {
        self.0.iter_mut().find(|(known, _)| *known == ssrc).map(|(_, window)| window)
    }

    fn note(&mut self, ssrc: u32, index: u64) {
        if let Some(window) = self.get_mut(ssrc) {
            return window.note(index);
        }
        if self.0.len() == STREAMS_MAX {
            self.0.remove(0);
        }
        self.0.push((ssrc, Window::begin(index)));
    }
}

impl Inbound {
    pub(super) fn new(suite: Suite, master: &MasterKey) -> Self {
        Self {
            suite,
            rtp: SessionKeys::derive(master, Purpose::Rtp),
            rtcp: SessionKeys::derive(master, Purpose::Rtcp),
            streams: Streams::default(),
            reports: Streams::default(),
            before: Streams::default(),
        }
    }

    /// Returns the direction under a new key.
    pub(super) fn successor(&self, suite: Suite, master: &MasterKey) -> Self {
        Self { before: self.streams.clone(), ..Self::new(suite, master) }
    }

    pub(super) fn open(&mut self, packet: &mut [u8]) -> Result<usize, Closed> {
        let parts = packet.len().checked_sub(self.suite.tag()).and_then(|length| {
            let (packet, tag) = packet.split_at_mut_checked(length)?;
            let start = rtp::payload_start(packet).ok()?;
            Some((packet, tag, start))
        });
        let (packet, tag, start) = parts.ok_or(Closed::Unauthentic)?;
        let (sequence, ssrc) = rtp::place_of(packet).ok_or(Closed::Unauthentic)?;
        let indices: SmallVec<[u64; 2]> = match self.streams.get_mut(ssrc) {
            Some(window) => window.index_of(sequence).into_iter().collect(),
            None => {
                let continued = self.before.get_mut(ssrc).and_then(|w| w.index_of(sequence));
                let continued = continued.filter(|index| index >> 16 != 0);
                [u64::from(sequence)].into_iter().chain(continued).collect()
            }
        };
        let is_right = |index: &u64| {
            let wraps = (*index >> 16) as u32;
            self.rtp.verify(packet, &wraps.to_be_bytes(), tag)
        };
        let index = indices.into_iter().find(is_right).ok_or(Closed::Unauthentic)?;
        if self.streams.get_mut(ssrc).is_some_and(|window| window.has(index)) {
            return Err(Closed::Replayed);
        }
        self.streams.note(ssrc, index);
        self.rtp.apply(ssrc, index, packet.get_mut(start..).unwrap_or_default());
        Ok(packet.len())
    }

    pub(super) fn open_report(&mut self, packet: &mut [u8]) -> Result<usize, Closed> {
        let parts = packet.len().checked_sub(REPORT_TAG).and_then(|length| {
            let (packet, tag) = packet.split_at_mut_checked(length)?;
            let (body, word) = packet.split_last_chunk::<REPORT_INDEX>()?;
            let (length, word) = (body.len(), u32::from_be_bytes(*word));
            (length >= REPORT_PLAIN).then_some((packet, tag, length, word))
        });
        let (packet, tag, length, word) = parts.ok_or(Closed::Unauthentic)?;
        let ssrc = ssrc_of(packet, 4).ok_or(Closed::Unauthentic)?;
        if !self.rtcp.verify(packet, &[], tag) {
            return Err(Closed::Unauthentic);
        }
        let index = u64::from(word & 0x7FFF_FFFF);
        if self.reports.get_mut(ssrc).is_some_and(|window| window.has(index)) {
            return Err(Closed::Replayed);
        }
        self.reports.note(ssrc, index);
        let is_ciphered = word >> 31 == 1;
        if is_ciphered && let Some(body) = packet.get_mut(REPORT_PLAIN..length) {
            self.rtcp.apply(ssrc, index, body);
        }
        Ok(length)
    }
}
