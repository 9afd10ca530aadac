//! INVITEs of a call that are held back until every fact of the call is durable: its opening, and
//! the decision that chose the leg.

use crate::base::LegId;
use crate::net::sip::Mailbox;
use crate::net::sip::Order;
use crate::net::sip::SipLine;
use crate::sip::Command;
use crate::sip::Dial;

/// INVITEs that wait: at most as many as the call has legs.
pub(super) struct Invites {
    /// Mailbox of the call, for the events of the legs.
    mailbox: Mailbox,
    waiting: Vec<Dial>,
}

impl Invites {
    pub(super) fn new(mailbox: Mailbox) -> Self {
        Self { mailbox, waiting: Vec::new() }
    }

    pub(super) fn hold_back(&mut self, dial: Box<Dial>) {
        self.waiting.push(*dial);
    }

    /// Takes back a leg's INVITE. Returns whether it was held back.
    pub(super) fn take_back(&mut self, leg: LegId) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|dial| dial.session != leg);
        self.waiting.len() < before
    }

    /// Sends every INVITE.
    pub(super) async fn send(&mut self, line: &SipLine) {
        for dial in std::mem::take(&mut self.waiting) {
            let mailbox = Some(self.mailbox.clone());
            line.give(Order { command: Command::Dial(Box::new(dial)), mailbox }).await;
        }
    }
}
