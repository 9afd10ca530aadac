//! Keys that a buyer presses one after another.

use std::time::Duration;

use crate::base::Mono;

/// Longest time between two keys of a sequence: keys pressed for another purpose do not count.
const BETWEEN_KEYS: Duration = Duration::from_secs(4);

/// The latest keys of the buyer: at most as many as the contract's sequence has.
#[derive(Debug, Default)]
pub(super) struct Pressed {
    keys: String,
    last: Mono,
}

impl Pressed {
    /// Takes a key. Returns whether the latest keys are the sequence.
    pub(super) fn press(&mut self, digit: char, sequence: &str, now: Mono) -> bool {
        if now.since(self.last) > BETWEEN_KEYS {
            self.keys.clear();
        }
        self.last = now;
        self.keys.push(digit);
        while self.keys.len() > sequence.len() {
            self.keys.remove(0);
        }
        self.keys == sequence
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
            let (mut pressed, now) = (Pressed::default(), Mono::default());
            let last = keys.chars().map(|key| pressed.press(key, sequence, now)).last();
            assert_eq!(last, Some(hit), "{keys} for {sequence}");
            assert!(pressed.keys.len() <= sequence.len());
        }
    }

    #[test]
    fn keys_far_apart_are_no_sequence() {
        let (mut pressed, now) = (Pressed::default(), Mono::default());
        assert!(!pressed.press('*', "*7", now));
        assert!(!pressed.press('7', "*7", now + BETWEEN_KEYS + Duration::from_millis(1)));
        assert!(!pressed.press('*', "*7", now + 2 * BETWEEN_KEYS));
        assert!(pressed.press('7', "*7", now + 3 * BETWEEN_KEYS));
    }
}
