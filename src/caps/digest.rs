//! SipHash-2-4 with 128 bits (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012):
//! the same number for the same bytes in every process, of every version of the program.

/// The four words of the state.
struct State([u64; 4]);

impl State {
    /// Runs one round (§2.4).
    fn round(&mut self) {
        let [a, b, c, d] = &mut self.0;
        *a = a.wrapping_add(*b);
        *b = b.rotate_left(13) ^ *a;
        *a = a.rotate_left(32);
        *c = c.wrapping_add(*d);
        *d = d.rotate_left(16) ^ *c;
        *a = a.wrapping_add(*d);
        *d = d.rotate_left(21) ^ *a;
        *c = c.wrapping_add(*b);
        *b = b.rotate_left(17) ^ *c;
        *c = c.rotate_left(32);
    }

    fn take(&mut self, word: u64) {
        let [.., last] = &mut self.0;
        *last ^= word;
        self.round();
        self.round();
        let [first, ..] = &mut self.0;
        *first ^= word;
    }

    fn half(&mut self) -> u64 {
        (0..4).for_each(|_| self.round());
        self.0.iter().fold(0, |all, word| all ^ word)
    }
}

/// Returns the keyed hash of some bytes, as a little-endian number.
pub(super) fn digest(key: [u64; 2], bytes: &[u8]) -> u128 {
    let [low, high] = key;
    let mut state = State([
        low ^ 0x736f_6d65_7073_6575,
        high ^ 0x646f_7261_6e64_6f6d ^ 0xee,
        low ^ 0x6c79_6765_6e65_7261,
        high ^ 0x7465_6462_7974_6573,
    ]);
    let (words, rest) = bytes.as_chunks::<8>();
    words.iter().for_each(|word| state.take(u64::from_le_bytes(*word)));
    // The last word: the remaining bytes, with the length's lowest byte at the top.
    let mut last = (bytes.len() as u64) << 56;
    for (place, byte) in rest.iter().enumerate() {
        last |= u64::from(*byte) << (8 * place);
    }
    state.take(last);
    let [.., third, _] = &mut state.0;
    *third ^= 0xee;
    let first = state.half();
    let [_, second, ..] = &mut state.0;
    *second ^= 0xdd;
    u128::from(first) | u128::from(state.half()) << 64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key 00 to 0f and the bytes 00, 01, …, as in the reference implementation's vectors.
    #[test]
    fn the_published_vectors() {
        let key = [0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908];
        let bytes: Vec<u8> = (0..64).collect();
        for (length, expected) in [
            (0, "a3817f04ba25a8e66df67214c7550293"),
            (1, "da87c1d86b99af44347659119b22fc45"),
            (8, "3b62a9ba6258f5610f83e264f31497b4"),
            (15, "5493e99933b0a8117e08ec0f97cfc3d9"),
            (63, "5150d1772f50834a503e069a973fbd7c"),
        ] {
            let hash = digest(key, &bytes[..length]).to_le_bytes();
            let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex, expected, "{length} bytes");
        }
    }
}
