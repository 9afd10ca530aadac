//! The messages of a call.

use std::collections::HashSet;

use crate::base::CallId;
use crate::call::Sight;

use super::mask::masked;
use super::message::LadderMessage;
use super::part::LadderPart;
use super::part::UnreadablePart;
use super::part::unpack;

/// The messages of a call, in the order of their time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ladder {
    /// The call.
    pub call: CallId,
    /// Its messages.
    pub messages: Vec<LadderMessage>,
    /// Messages of the call that are not here: beyond [`LADDER_MESSAGES_MAX`] or
    /// [`LADDER_BYTES_MAX`], or because [`WAITING_BYTES_MAX`] waited.
    ///
    /// [`LADDER_MESSAGES_MAX`]: super::LADDER_MESSAGES_MAX
    /// [`LADDER_BYTES_MAX`]: super::LADDER_BYTES_MAX
    /// [`WAITING_BYTES_MAX`]: super::WAITING_BYTES_MAX
    pub left_out: u64,
}

impl Ladder {
    /// Puts the parts of a call together.
    ///
    /// # Errors
    /// [`UnreadablePart`] if a part is not what [`super::Part::stored`] made.
    pub fn read(call: CallId, parts: &[LadderPart]) -> Result<Self, UnreadablePart> {
        let mut ladder = Self { call, messages: Vec::new(), left_out: 0 };
        for part in parts {
            let (messages, left_out) = unpack(&part.bytes)?;
            ladder.messages.extend(messages);
            ladder.left_out += left_out;
        }
        // Stable: messages of one instant stay in their order.
        ladder.messages.sort_by_key(|message| message.at);
        let mut seen = HashSet::new();
        for message in &mut ladder.messages {
            let LadderMessage { way, transport, remote, bytes, .. } = message;
            message.retransmission = !seen.insert((*way, (*transport, *remote), bytes.clone()));
        }
        Ok(ladder)
    }

    /// Returns the ladder as a reader may see it: masked, it has nothing that identifies a caller.
    #[must_use]
    pub fn seen_with(mut self, sight: Sight) -> Self {
        match sight {
            Sight::Whole => {}
            Sight::Masked => {
                for message in &mut self.messages {
                    message.bytes = masked(&message.bytes);
                }
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ladder::sample::call;
    use crate::ladder::sample::ladder;

    #[test]
    fn messages_are_in_order_and_repetitions_are_marked() {
        let ladder = ladder(call(1));
        let shown: Vec<_> = ladder.messages.iter().map(|m| (m.leg, m.retransmission)).collect();
        let again = [false, false, false, true, false, false, false, false];
        assert_eq!(shown.iter().map(|(_, again)| *again).collect::<Vec<_>>(), again);
        assert_eq!(shown.iter().map(|(leg, _)| *leg).collect::<Vec<_>>(), [0, 0, 1, 1, 1, 1, 0, 0]);
        assert_eq!(ladder.left_out, 0);
    }

    #[test]
    fn a_masked_ladder_identifies_no_caller() {
        let whole = ladder(call(1));
        assert!(whole.messages[0].text().contains("Peregrina"), "the sample names the caller");
        let masked = whole.clone().seen_with(Sight::Masked);
        for (before, after) in whole.messages.iter().zip(&masked.messages) {
            assert_eq!(before.bytes.len(), after.bytes.len());
            let text = after.text().to_lowercase();
            for canary in ["5550187", "quillon", "peregrina", "vantongeren"] {
                assert!(!text.contains(canary), "{canary}: {text}");
            }
        }
        assert_eq!(whole.clone().seen_with(Sight::Whole), whole);
    }
}
