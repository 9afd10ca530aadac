//! The latest messages of no known call: when a call begins, what came of its Call-ID before is
//! among them, such as the INVITE itself, or one that was challenged.

use std::collections::VecDeque;

use super::part::Captured;
use super::scan;

/// Most messages that are remembered.
const STRAYS_MAX: usize = 256;
/// Longest message that is remembered, in bytes: together at most 4 MiB.
const STRAY_BYTES_MAX: usize = 16 * 1024;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Strays(VecDeque<Captured>);

impl Strays {
    /// Remembers a message. The oldest makes room for it.
    pub(super) fn add(&mut self, message: Captured) {
        if message.bytes.len() > STRAY_BYTES_MAX {
            return;
        }
        if self.0.len() == STRAYS_MAX {
            self.0.pop_front();
        }
        self.0.push_back(message);
    }

    /// Takes the messages of a Call-ID, oldest first.
    pub(super) fn take(&mut self, call_id: &[u8]) -> Vec<Captured> {
        let is_of = |message: &Captured| scan::call_id(&message.bytes) == Some(call_id);
        let taken: Vec<Captured> = self.0.iter().filter(|one| is_of(one)).cloned().collect();
        if !taken.is_empty() {
            self.0.retain(|message| !is_of(message));
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::base::Wall;
    use crate::ladder::message::Way;
    use crate::ladder::sample::CALLER;
    use crate::ladder::sample::peer;
    use crate::ladder::sample::plain;

    fn message(call_id: &str) -> Captured {
        let bytes = Bytes::from(plain("OPTIONS sip:h SIP/2.0", call_id, "1 OPTIONS"));
        Captured { at: Wall::default(), way: Way::Received, peer: peer(CALLER), leg: 0, bytes }
    }

    #[test]
    fn the_latest_are_remembered_and_found_by_call_id() {
        let mut strays = Strays::default();
        strays.add(message("first"));
        for n in 0..STRAYS_MAX {
            strays.add(message(&format!("{}", n % 2)));
        }
        assert_eq!(strays.0.len(), STRAYS_MAX);
        assert_eq!(strays.take(b"first").len(), 0, "it made room");
        assert_eq!(strays.take(b"1").len(), STRAYS_MAX / 2);
        assert_eq!(strays.take(b"1").len(), 0);
        strays.add(Captured { bytes: Bytes::from(vec![b'x'; STRAY_BYTES_MAX + 1]), ..message("") });
        assert_eq!(strays.0.len(), STRAYS_MAX / 2, "too long to be remembered");
    }
}
