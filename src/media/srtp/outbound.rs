//! What the switch sends, under one master key.

use crate::base::MasterKey;
use crate::base::Suite;
use crate::media::rtp;

use super::keys::Purpose;
use super::keys::SessionKeys;
use super::window::Window;

/// Bytes of an RTCP packet's index, before its tag (§3.4).
pub(super) const REPORT_INDEX: usize = 4;
/// Bytes of an RTCP packet's tag, in both suites (RFC 4568 §6.2.2).
pub(super) const REPORT_TAG: usize = 10;

/// State of one direction: the switch sends one stream.
#[derive(Debug)]
pub(super) struct Outbound {
    suite: Suite,
    rtp: SessionKeys,
    rtcp: SessionKeys,
    sent: Option<Window>,
    /// Index of the next report, 31 bits.
    report: u32,
}

impl Outbound {
    pub(super) fn new(suite: Suite, master: &MasterKey) -> Self {
        Self {
            suite,
            rtp: SessionKeys::derive(master, Purpose::Rtp),
            rtcp: SessionKeys::derive(master, Purpose::Rtcp),
            sent: None,
            report: 1,
        }
    }

    pub(super) fn protect(&mut self, buffer: &mut [u8], length: usize) -> Option<usize> {
        let (packet, behind) = buffer.split_at_mut_checked(length)?;
        let place = behind.get_mut(..self.suite.tag())?;
        let start = rtp::payload_start(packet).ok()?;
        let (sequence, ssrc) = rtp::place_of(packet)?;
        let index = match &mut self.sent {
            None => {
                let index = u64::from(sequence);
                self.sent = Some(Window::begin(index));
                index
            }
            Some(window) => {
                let index = window.index_of(sequence)?;
                window.note(index);
                index
            }
        };
        self.rtp.apply(ssrc, index, packet.get_mut(start..)?);
        let wraps = (index >> 16) as u32;
        let tag = self.rtp.sign(packet, &wraps.to_be_bytes());
        place.copy_from_slice(tag.get(..place.len())?);
        Some(length + place.len())
    }

    pub(super) fn protect_report(&mut self, buffer: &mut [u8], length: usize) -> Option<usize> {
        let end = length + REPORT_INDEX;
        let packet = buffer.get_mut(..end + REPORT_TAG)?;
        let ssrc = ssrc_of(packet, 4)?;
        let index = self.report;
        self.report = index.wrapping_add(1) & 0x7FFF_FFFF;
        self.rtcp.apply(ssrc, index.into(), packet.get_mut(8..length)?);
        let (packet, place) = packet.split_at_mut_checked(end)?;
        packet.get_mut(length..)?.copy_from_slice(&(1 << 31 | index).to_be_bytes());
        let tag = self.rtcp.sign(packet, &[]);
        place.copy_from_slice(tag.get(..REPORT_TAG)?);
        Some(end + REPORT_TAG)
    }
}

/// Returns the SSRC at a place in a packet.
pub(super) fn ssrc_of(packet: &[u8], at: usize) -> Option<u32> {
    packet.get(at..)?.first_chunk().map(|word| u32::from_be_bytes(*word))
}
