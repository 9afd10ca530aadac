//! G.711 (ITU-T, 11/1988): encodes and decodes 16-bit linear samples in both laws, and transcodes
//! between the laws. A 16-bit sample is the law's 14-bit (µ) or 13-bit (A) value, left-justified.

use crate::base::Codec;

/// One of the two laws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Law {
    /// µ-law.
    Mu,
    /// A-law.
    A,
}

impl Law {
    /// Returns the law of a codec; `None` if it is not G.711.
    pub const fn of(codec: Codec) -> Option<Self> {
        match codec {
            Codec::Pcmu => Some(Self::Mu),
            Codec::Pcma => Some(Self::A),
            Codec::G722 => None,
        }
    }
}

const ULAW_BIAS: u16 = 33;
const ULAW_CLIP: u16 = 0x1FFF;

const ULAW_DECODED: [i16; 256] = decoded(Law::Mu);
const ALAW_DECODED: [i16; 256] = decoded(Law::A);
const ULAW_TO_ALAW: [u8; 256] = transcoded(Law::Mu, Law::A);
const ALAW_TO_ULAW: [u8; 256] = transcoded(Law::A, Law::Mu);

/// Encodes one sample.
pub const fn encode(law: Law, sample: i16) -> u8 {
    match law {
        Law::Mu => encode_ulaw(sample),
        Law::A => encode_alaw(sample),
    }
}

/// Decodes one code.
pub const fn decode(law: Law, code: u8) -> i16 {
    match law {
        Law::Mu => ULAW_DECODED[code as usize],
        Law::A => ALAW_DECODED[code as usize],
    }
}

/// Transcodes from one law to another, in place. Does nothing if both are the same.
pub fn transcode(from: Law, to: Law, codes: &mut [u8]) {
    let table = match (from, to) {
        (Law::Mu, Law::A) => &ULAW_TO_ALAW,
        (Law::A, Law::Mu) => &ALAW_TO_ULAW,
        (Law::Mu, Law::Mu) | (Law::A, Law::A) => return,
    };
    for code in codes {
        *code = table[usize::from(*code)];
    }
}

/// Returns the code of silence.
pub const fn silence(law: Law) -> u8 {
    encode(law, 0)
}

/// Returns the magnitude in one's complement, as both laws define it: −1 and 0 are mirror images.
const fn magnitude(sample: i16) -> u16 {
    (if sample < 0 { !sample } else { sample }) as u16
}

const fn encode_ulaw(sample: i16) -> u8 {
    let biased = (magnitude(sample) >> 2) + ULAW_BIAS;
    let biased = if biased > ULAW_CLIP { ULAW_CLIP } else { biased };
    // 33 ≤ biased < 8192: the highest set bit, 5 to 12, is the segment.
    let segment = 10 - biased.leading_zeros() as u16;
    let code = segment << 4 | biased >> (segment + 1) & 0x0F;
    let sign = if sample < 0 { 0 } else { 0x80 };
    sign | (!code & 0x7F) as u8
}

const fn encode_alaw(sample: i16) -> u8 {
    let steps = magnitude(sample) >> 4;
    let code = if steps < 32 {
        steps
    } else {
        // 32 ≤ steps < 2048: the highest set bit, 5 to 10, is the segment plus 3.
        let segment = 12 - steps.leading_zeros() as u16;
        segment << 4 | steps >> (segment - 1) & 0x0F
    };
    let sign = if sample < 0 { 0 } else { 0x80 };
    (sign | code as u8) ^ 0x55
}

const fn decode_ulaw(code: u8) -> i16 {
    let inverted = !code;
    let segment = (inverted >> 4) & 0x07;
    let mantissa = (inverted & 0x0F) as i16;
    let magnitude = ((((mantissa << 1) + 33) << segment) - 33) << 2;
    if code & 0x80 == 0 { -magnitude } else { magnitude }
}

const fn decode_alaw(code: u8) -> i16 {
    let plain = code ^ 0x55;
    let segment = (plain >> 4) & 0x07;
    let mantissa = (plain & 0x0F) as i16;
    let magnitude = match segment {
        0 => (mantissa << 4) + 8,
        _ => ((mantissa << 4) + 0x108) << (segment - 1),
    };
    if plain & 0x80 == 0 { -magnitude } else { magnitude }
}

const fn decoded(law: Law) -> [i16; 256] {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        table[code] = match law {
            Law::Mu => decode_ulaw(code as u8),
            Law::A => decode_alaw(code as u8),
        };
        code += 1;
    }
    table
}

const fn transcoded(from: Law, to: Law) -> [u8; 256] {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        table[code] = encode(to, decode(from, code as u8));
        code += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The recommendation's µ-law, written out segment by segment on the 14-bit value.
    fn ulaw_by_the_book(sample: i16) -> u8 {
        let value = i32::from(if sample < 0 { !sample } else { sample }) >> 2;
        let mut low = 0;
        let mut code = 0x7F;
        for segment in 0..8 {
            let step = 2 << segment;
            for level in 0..16 {
                // The first level is half as wide as the others of its segment.
                let width = if segment == 0 && level == 0 { 1 } else { step };
                code = (segment << 4) | level;
                if value < low + width {
                    return finish(sample, code);
                }
                low += width;
            }
        }
        finish(sample, code)
    }

    fn finish(sample: i16, code: i32) -> u8 {
        let sign = if sample < 0 { 0 } else { 0x80 };
        sign | u8::try_from(0x7F - code).unwrap()
    }

    /// The recommendation's A-law, written out segment by segment on half of the 13-bit value.
    fn alaw_by_the_book(sample: i16) -> u8 {
        let value = i32::from(if sample < 0 { !sample } else { sample }) >> 4;
        let mut low = 0;
        for segment in 0..8_u8 {
            let step = if segment < 2 { 1 } else { 1 << (segment - 1) };
            for level in 0..16_u8 {
                if value < low + step {
                    let sign = if sample < 0 { 0 } else { 0x80 };
                    return (sign | segment << 4 | level) ^ 0x55;
                }
                low += step;
            }
        }
        unreachable!("13 bits are covered")
    }

    #[test]
    fn every_sample_encodes_as_the_recommendation_says() {
        for sample in i16::MIN..=i16::MAX {
            assert_eq!(encode(Law::Mu, sample), ulaw_by_the_book(sample), "µ {sample}");
            assert_eq!(encode(Law::A, sample), alaw_by_the_book(sample), "A {sample}");
        }
    }

    #[test]
    fn known_values() {
        // (law, code, sample): the ends and the middle of tables 1 and 2 of G.711, × 4 and × 8.
        let cases = [
            (Law::Mu, 0x80, 8031 * 4),
            (Law::Mu, 0x00, -8031 * 4),
            (Law::Mu, 0xFF, 0),
            (Law::Mu, 0xFE, 2 * 4),
            (Law::Mu, 0x8F, 4191 * 4),
            (Law::A, 0xAA, 4032 * 8),
            (Law::A, 0x2A, -4032 * 8),
            (Law::A, 0xD5, 8),
            (Law::A, 0x55, -8),
            (Law::A, 0xA5, 2112 * 8),
        ];
        for (law, code, sample) in cases {
            assert_eq!(i32::from(decode(law, code)), sample, "{law:?} {code:#04x}");
        }
    }

    #[test]
    fn decoding_then_encoding_gives_the_code_back() {
        for code in 0..=255 {
            assert_eq!(encode(Law::A, decode(Law::A, code)), code);
            // µ-law has two zeros; the negative one comes back as the positive one.
            let expected = if code == 0x7F { 0xFF } else { code };
            assert_eq!(encode(Law::Mu, decode(Law::Mu, code)), expected);
        }
    }

    #[test]
    fn transcoding_goes_through_the_sample_and_keeps_its_own_law() {
        for code in 0..=255 {
            for from in [Law::Mu, Law::A] {
                for to in [Law::Mu, Law::A] {
                    let mut codes = [code];
                    transcode(from, to, &mut codes);
                    let expected = if from == to { code } else { encode(to, decode(from, code)) };
                    assert_eq!(codes, [expected], "{from:?} → {to:?} {code:#04x}");
                }
            }
        }
    }
}
