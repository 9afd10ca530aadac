//! Keys that arrive twice: some gateways send each press in the media and as INFO.

use std::collections::VecDeque;
use std::time::Duration;

use crate::base::LegId;
use crate::base::Mono;

/// Longest time between the two reports of one press: an INFO may follow the release of the key, and
/// be sent again.
const TWICE_WITHIN: Duration = Duration::from_secs(2);
/// Most presses that are remembered.
const REMEMBERED: usize = 64;

/// Way by which a key is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyPath {
    /// Telephone events or tones.
    Media,
    /// SIP INFO.
    Info,
}

/// Presses that were reported by one path only so far.
#[derive(Debug, Default)]
pub(super) struct Keys {
    once: VecDeque<Press>,
}

#[derive(Debug)]
struct Press {
    leg: LegId,
    key: char,
    path: KeyPath,
    at: Mono,
}

impl Keys {
    /// Takes a report. Returns false if it is the second report of a press: the same key came on the
    /// same leg by the other path, and has not been matched yet.
    pub(super) fn is_new(&mut self, leg: LegId, key: char, path: KeyPath, now: Mono) -> bool {
        self.once.retain(|press| now.since(press.at) <= TWICE_WITHIN);
        let told = |press: &Press| press.leg == leg && press.key == key && press.path != path;
        if let Some(place) = self.once.iter().position(told) {
            self.once.remove(place);
            return false;
        }
        if self.once.len() == REMEMBERED {
            self.once.pop_front();
        }
        self.once.push_back(Press { leg, key, path, at: now });
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reports as `PATH:KEY@MILLISECONDS`, `m` for media and `i` for INFO; returns the keys.
    fn heard(reports: &str) -> String {
        let mut keys = Keys::default();
        let mut heard = String::new();
        for report in reports.split_whitespace() {
            let (what, at) = report.split_once('@').unwrap();
            let (path, key) = what.split_once(':').unwrap();
            let path = if path == "m" { KeyPath::Media } else { KeyPath::Info };
            let now = Mono::default() + Duration::from_millis(at.parse().unwrap());
            let key = key.chars().next().unwrap();
            if keys.is_new(LegId(1), key, path, now) {
                heard.push(key);
            }
        }
        heard
    }

    /// Case 07.
    #[test]
    fn a_press_told_twice_is_one_key() {
        for (what, reports, expected) in [
            ("events alone", "m:4@0 m:4@200 m:7@400", "447"),
            ("INFO alone", "i:4@0 i:4@200 i:7@400", "447"),
            ("events first", "m:9@0 i:9@5 m:9@200 i:9@210 m:0@400 i:0@400", "990"),
            ("INFO first", "i:9@0 m:9@5 i:9@200 m:9@210", "99"),
            ("INFO late", "m:9@0 m:9@200 i:9@500 i:9@700 m:9@900 i:9@1600", "999"),
            ("INFO at the release", "m:1@0 i:1@1900 m:1@2500 i:1@4400", "11"),
            ("another key of each", "m:1@0 i:2@5", "12"),
            ("long after", "m:1@0 i:1@2001", "11"),
        ] {
            assert_eq!(heard(reports), expected, "{what}");
        }
    }

    #[test]
    fn legs_do_not_mix_and_memory_is_bounded() {
        let mut keys = Keys::default();
        let now = Mono::default();
        assert!(keys.is_new(LegId(1), '1', KeyPath::Media, now));
        assert!(keys.is_new(LegId(2), '1', KeyPath::Info, now));
        for _ in 0..2 * REMEMBERED {
            keys.is_new(LegId(1), '5', KeyPath::Media, now);
        }
        assert_eq!(keys.once.len(), REMEMBERED);
    }
}
