//! Conversion by key: the buyer presses the contract's keys while connected to the caller.

use std::time::Duration;

use crate::base::LegId;
use crate::base::Mono;
use crate::base::Now;
use crate::book::ConversionBy;

use super::CallEvent;
use super::Machine;
use super::Output;
use super::machine::Stage;

/// Longest time between two keys of a sequence: keys pressed for another purpose do not count.
const BETWEEN_KEYS: Duration = Duration::from_secs(4);

/// The latest keys of the buyer: at most as many as the contract's sequence has.
#[derive(Debug, Default)]
pub(super) struct Converting {
    pressed: String,
    last: Mono,
}

impl Converting {
    /// Takes a key. Returns whether the latest keys are the sequence.
    fn press(&mut self, digit: char, sequence: &str, now: Mono) -> bool {
        if now.since(self.last) > BETWEEN_KEYS {
            self.pressed.clear();
        }
        self.last = now;
        self.pressed.push(digit);
        while self.pressed.len() > sequence.len() {
            self.pressed.remove(0);
        }
        self.pressed == sequence
    }
}

impl Machine {
    /// Handles a key of the buyer during the bridge. The contract's keys convert the sale; the
    /// record with the time is stored at once, so that a crash does not lose it.
    pub(super) fn on_buyer_digit(&mut self, leg: LegId, digit: char, now: Now) {
        let bridged = matches!(self.stage, Stage::Bridged { buyer, .. } if buyer == leg);
        let Some(winner) = self.record.winner.as_ref().filter(|_| bridged) else { return };
        let ConversionBy::Key { key } = &winner.conversion.by else { return };
        if self.record.keyed_at.is_some() || !self.converting.press(digit, key.as_str(), now.mono) {
            return;
        }
        let contract = winner.contract.clone();
        self.record.keyed_at = Some(now.wall);
        self.push(Output::Update(Box::new(self.whole_record())));
        self.report(CallEvent::Converted { contract });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_keys_count() {
        for (keys, sequence, hit) in [
            ("*7", "*7", true),
            ("1*7", "*7", true),
            ("**7", "*7", true),
            ("*17", "*7", false),
            ("7*", "*7", false),
            ("*", "*7", false),
            ("5", "5", true),
        ] {
            let (mut converting, now) = (Converting::default(), Mono::default());
            let last = keys.chars().map(|key| converting.press(key, sequence, now)).last();
            assert_eq!(last, Some(hit), "{keys} for {sequence}");
            assert!(converting.pressed.len() <= sequence.len());
        }
    }

    #[test]
    fn keys_far_apart_are_no_sequence() {
        let (mut converting, now) = (Converting::default(), Mono::default());
        assert!(!converting.press('*', "*7", now));
        assert!(!converting.press('7', "*7", now + BETWEEN_KEYS + Duration::from_millis(1)));
        assert!(!converting.press('*', "*7", now + 2 * BETWEEN_KEYS));
        assert!(converting.press('7', "*7", now + 3 * BETWEEN_KEYS));
    }
}
