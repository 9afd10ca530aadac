//! G.722 of one leg, in both directions, by the crate `audio-codec` (ITU-T G.722 at 64 kbit/s).
//!
//! The switch's own audio is at 8 kHz. G.722 codes two bands apart, and the lower one of what is heard
//! is that audio; what is said goes to 16 kHz first, because the crate encodes at that rate only (its
//! encoder at 8 kHz shifts the code by the wrong amount in 0.4.13). Between two far ends that both have G.722, packets pass
//! unchanged, with both bands.

use std::fmt;

use audio_codec::Decoder as _;
use audio_codec::Encoder as _;
use audio_codec::g722::Bitrate;
use audio_codec::g722::G722Decoder;
use audio_codec::g722::G722Encoder;

use super::resample::Doubler;

/// State of both directions: a code changes what the next ones mean.
pub(crate) struct Wideband {
    encoder: G722Encoder,
    decoder: G722Decoder,
    doubler: Doubler,
    /// Samples of the packet that was decoded last, at 8 kHz.
    heard: Vec<i16>,
}

/// Prints no state of the codec.
impl fmt::Debug for Wideband {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wideband({} samples)", self.heard.len())
    }
}

impl Default for Wideband {
    fn default() -> Self {
        let (low_band, packed) = (true, false);
        Self {
            encoder: G722Encoder::new(),
            doubler: Doubler::default(),
            decoder: G722Decoder::with_options(Bitrate::Mode1_64000, packed, low_band),
            heard: Vec::new(),
        }
    }
}

impl Wideband {
    /// Decodes a packet: one sample for each code.
    pub(crate) fn hear(&mut self, codes: &[u8]) {
        self.heard.resize(codes.len(), 0);
        // The buffer has room for all samples, which is the only thing that can fail.
        let heard = self.decoder.decode_into(codes, &mut self.heard).unwrap_or(0);
        self.heard.truncate(heard);
    }

    /// Returns the samples of the packet that was decoded last.
    pub(crate) fn heard(&self) -> &[i16] {
        &self.heard
    }

    /// Encodes samples at 8 kHz, one code for each.
    pub(crate) fn say(&mut self, samples: &[i16], codes: &mut [u8]) {
        for (sample, code) in samples.iter().zip(codes) {
            let doubled = self.doubler.double(*sample);
            // There is room for the code, which is the only thing that can fail.
            let _ = self.encoder.encode_into(&doubled, std::slice::from_mut(code));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::tone::power;
    use crate::media::tone::sine;

    #[test]
    fn a_tone_survives_both_ways() {
        for hz in [300, 1_000, 3_000] {
            let mut wideband = Wideband::default();
            let sound = sine(hz, 1_600);
            let mut codes = vec![0; sound.len()];
            wideband.say(&sound, &mut codes);
            wideband.hear(&codes);
            let heard = wideband.heard();
            assert_eq!(heard.len(), sound.len());
            assert!(power(&heard[400..], hz) > 0.9, "{hz} Hz: {}", power(&heard[400..], hz));
            let loudness = |samples: &[i16]| {
                let squares = samples.iter().map(|s| i64::from(*s).pow(2)).sum::<i64>();
                squares / samples.len() as i64
            };
            let (before, after) = (loudness(&sound[400..]), loudness(&heard[400..]));
            assert!(
                after * 10 > before * 7 && after * 10 < before * 14,
                "{hz} Hz: {before} {after}"
            );
        }
    }

    /// What a far end hears that decodes both bands, and what is heard of one that codes both.
    #[test]
    fn far_ends_with_both_bands_are_understood() {
        let sound = sine(1_000, 1_600);
        let mut codes = vec![0; sound.len()];
        Wideband::default().say(&sound, &mut codes);
        let mut wide = vec![0; 3_200];
        let heard = G722Decoder::new().decode_into(&codes, &mut wide).unwrap();
        // At 16 kHz the tone has half the frequency to `power`, which counts at 8 kHz.
        assert!(power(&wide[800..heard], 500) > 0.9);

        let wide = sine(500, 3_200);
        let coded = G722Encoder::new().encode_into(&wide, &mut codes).unwrap();
        let mut wideband = Wideband::default();
        wideband.hear(&codes[..coded]);
        assert!(power(&wideband.heard()[400..], 1_000) > 0.9);
    }
}
