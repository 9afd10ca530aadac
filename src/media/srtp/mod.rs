//! SRTP and SRTCP of one leg (RFC 3711): packets are protected and opened in place.
//!
//! A packet's place in its stream, the index, is its sequence number and how often that wrapped,
//! which is guessed from the packets before (§3.3.1). Nothing changes before the packet's tag is
//! right.

mod inbound;
mod keys;
mod outbound;
#[cfg(test)]
mod tests;
mod window;

use crate::base::Security;

use inbound::Inbound;
use outbound::Outbound;

/// Reason why a packet was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    /// It is too short, or its tag is wrong.
    Unauthentic,
    /// It came before, or is too old to tell.
    Replayed,
}

/// Keys and state of both directions.
#[derive(Debug)]
pub(crate) struct Shield {
    security: Security,
    inbound: Inbound,
    /// What the far end sent before its new key: packets under the old one may still arrive.
    earlier: Option<Inbound>,
    outbound: Outbound,
}

impl Shield {
    /// Creates the state of two directions that begin.
    pub(crate) fn new(security: Security) -> Self {
        Self {
            security,
            inbound: Inbound::new(security.suite, &security.theirs),
            earlier: None,
            outbound: Outbound::new(security.suite, &security.ours),
        }
    }

    /// Applies a new negotiation: a direction whose key stays the same goes on. Returns whether the
    /// switch's own direction begins anew.
    pub(crate) fn renew(&mut self, security: Security) -> bool {
        let before = std::mem::replace(&mut self.security, security);
        let is_same_suite = before.suite == security.suite;
        if !is_same_suite || before.theirs != security.theirs {
            let next = self.inbound.successor(security.suite, &security.theirs);
            self.earlier = Some(std::mem::replace(&mut self.inbound, next));
        }
        let begins = !is_same_suite || before.ours != security.ours;
        if begins {
            self.outbound = Outbound::new(security.suite, &security.ours);
        }
        begins
    }

    /// Opens an RTP packet in place and returns its length.
    pub(crate) fn open(&mut self, packet: &mut [u8]) -> Result<usize, Closed> {
        let opened = self.inbound.open(packet);
        match (&opened, &mut self.earlier) {
            (Ok(_), _) => self.earlier = None,
            (Err(Closed::Unauthentic), Some(earlier)) => return earlier.open(packet),
            (Err(_), _) => {}
        }
        opened
    }

    /// Opens an RTCP packet in place and returns its length.
    pub(crate) fn open_report(&mut self, packet: &mut [u8]) -> Result<usize, Closed> {
        match (self.inbound.open_report(packet), &mut self.earlier) {
            (Err(Closed::Unauthentic), Some(earlier)) => earlier.open_report(packet),
            (opened, _) => opened,
        }
    }

    /// Protects the RTP packet of `length` bytes at the head of `buffer` and returns its new length;
    /// `None` if the buffer has no room for the tag.
    pub(crate) fn protect(&mut self, buffer: &mut [u8], length: usize) -> Option<usize> {
        self.outbound.protect(buffer, length)
    }

    /// Protects the RTCP packet of `length` bytes at the head of `buffer` and returns its new
    /// length; `None` if the buffer has no room for index and tag.
    pub(crate) fn protect_report(&mut self, buffer: &mut [u8], length: usize) -> Option<usize> {
        self.outbound.protect_report(buffer, length)
    }
}
