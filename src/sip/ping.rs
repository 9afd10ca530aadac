//! OPTIONS to a server outside a dialog: whether it is there (RFC 3261 §11).

use super::Agent;
use super::ServerPing;
use super::request;
use super::session::first_seq;
use super::transaction::ClientId;
use super::transaction::ClientMethod;
use super::transaction::Purpose;
use crate::base::Now;

impl Agent {
    /// Sends OPTIONS. [`super::Output::Pinged`] follows. Its owner bounds how many there are.
    pub(super) fn ping(&mut self, ping: &ServerPing, now: Now) {
        let rng = &mut self.core.rng;
        let client = ClientId { branch: rng.next_u64(), method: ClientMethod::Other };
        let call_id = format!("{:016x}{:016x}", rng.next_u64(), rng.next_u64());
        let marks = request::OwnMarks {
            branch: client.branch,
            call_id: &call_id,
            tag: rng.next_u64(),
            seq: first_seq(rng),
        };
        let bytes = request::ping(ping, &marks, &self.core.config);
        let purpose = Purpose::Ping(ping.id);
        self.transactions.send(client, purpose, (ping.peer, bytes), &mut self.core, now);
    }
}
