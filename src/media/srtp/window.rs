//! A receiver's place in a stream: the newest index, and which of the last ones have come.

/// Indices before the newest that are remembered (§3.3.2).
const REMEMBERED: u64 = 64;
/// Half the sequence numbers: a number further away than this has wrapped.
const HALF: u16 = 0x8000;

/// State of one stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    newest: u64,
    /// A bit for each index up to the newest, which is the lowest bit.
    come: u64,
}

impl Window {
    /// Creates the window of a stream whose first packet has this index.
    pub(super) const fn begin(index: u64) -> Self {
        Self { newest: index, come: 1 }
    }

    /// Returns the index that a sequence number most likely has (§3.3.1); `None` if that is before
    /// the first one.
    pub(super) fn index_of(&self, sequence: u16) -> Option<u64> {
        let newest = self.newest as u16;
        let wraps = self.newest >> 16;
        let wraps = match sequence.wrapping_sub(newest) < HALF {
            true if sequence < newest => wraps + 1,
            false if sequence > newest => wraps.checked_sub(1)?,
            true | false => wraps,
        };
        Some(wraps << 16 | u64::from(sequence))
    }

    /// Returns whether an index came already, or is too old to tell.
    pub(super) const fn has(&self, index: u64) -> bool {
        if index > self.newest {
            return false;
        }
        let age = self.newest - index;
        age >= REMEMBERED || self.come >> age & 1 == 1
    }

    /// Remembers the index of an authentic packet.
    pub(super) fn note(&mut self, index: u64) {
        if index > self.newest {
            let ahead = u32::try_from(index - self.newest).unwrap_or(u32::MAX);
            self.come = self.come.checked_shl(ahead).unwrap_or(0) | 1;
            self.newest = index;
        } else if self.newest - index < REMEMBERED {
            self.come |= 1 << (self.newest - index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_nearest_index_is_guessed() {
        for (newest, sequence, expected) in [
            (10, 11, Some(11)),
            (10, 9, Some(9)),
            (10, 65_535, None),
            (65_535, 0, Some(65_536)),
            (65_536, 65_535, Some(65_535)),
            (65_540, 32_771, Some(65_536 + 32_771)),
            (65_540, 32_775, Some(32_775)),
            (0x2_FFF0, 5, Some(0x3_0005)),
            (0x3_0005, 0xFFF0, Some(0x2_FFF0)),
        ] {
            assert_eq!(Window::begin(newest).index_of(sequence), expected, "{newest} {sequence}");
        }
    }

    proptest! {
        /// Each index is taken once, whatever the order, while it is remembered.
        #[test]
        fn each_index_is_taken_once(steps in prop::collection::vec(0_u64..100, 1..300)) {
            let mut window = Window::begin(1_000);
            let mut taken = vec![1_000];
            for step in steps {
                let index = (window.newest + 40).saturating_sub(step);
                let is_new = !taken.contains(&index) && window.newest < index + REMEMBERED;
                prop_assert_eq!(!window.has(index), is_new);
                if is_new {
                    window.note(index);
                    taken.push(index);
                }
            }
        }
    }
}
