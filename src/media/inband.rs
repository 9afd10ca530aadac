//! DTMF tones in the audio (ITU-T Q.23, Q.24), for far ends without telephone events.
//!
//! To avoid talk-off (speech detected as keys), the detector requires three things at once: the two
//! tones are most of the power, are balanced, and stay the same for five consecutive blocks.
//!
//! The blocks overlap by half. The bounds are those of ITU-T Q.24, Annex A, where administrations
//! differ: the widest range that must be recognised.

use smallvec::SmallVec;

use super::tone;

const ROWS: [u32; 4] = [697, 770, 852, 941];
const COLUMNS: [u32; 4] = [1_209, 1_336, 1_477, 1_633];
const KEYS: [[char; 4]; 4] =
    [['1', '2', '3', 'A'], ['4', '5', '6', 'B'], ['7', '8', '9', 'C'], ['*', '0', '#', 'D']];

/// Samples in one block: 12.75 ms, just enough to separate the row frequencies.
const BLOCK: usize = 102;
/// Samples from one block to the next: 6.4 ms.
const HOP: usize = BLOCK / 2;
/// Consecutive blocks with a key that start a press: a tone of 40 ms always covers them, one of 25 ms
/// never does.
const BEGIN: u8 = 5;
/// Blocks without the key that end the press: a pause of 30 ms always covers them, an interruption of
/// 20 ms never does.
const END: u8 = 5;
/// Least share of the block's power in the two tones. A tone that is 1.8 % off in pitch has it, one
/// that is 3.5 % off does not.
const PURITY: f64 = 0.65;
/// Greatest power ratio of the two tones: 11 dB.
const TWIST: f64 = 12.6;
/// Least power ratio of a tone to the others of its group: 6 dB.
const LEAD: f64 = 4.0;
/// Least mean square of a block: about −36 dBm0.
const LEVEL: f64 = 260.0 * 260.0;

/// DTMF tone detector of one leg.
#[derive(Debug)]
pub(crate) struct Detector {
    block: [i16; BLOCK],
    filled: usize,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// No key.
    Quiet,
    /// A key was detected in this many blocks, too few to report it.
    Rising(char, u8),
    /// The key was reported; the last so many blocks were without it.
    Held(char, u8),
}

impl Default for Detector {
    fn default() -> Self {
        Self { block: [0; BLOCK], filled: 0, state: State::Quiet }
    }
}

impl Detector {
    /// Reads a packet's audio and returns the keys detected in it.
    pub(crate) fn hear_all(&mut self, samples: impl Iterator<Item = i16>) -> SmallVec<[char; 2]> {
        samples.filter_map(|sample| self.hear(sample)).collect()
    }

    /// Reads one sample and returns a key if this sample completes its detection.
    pub(crate) fn hear(&mut self, sample: i16) -> Option<char> {
        if let Some(place) = self.block.get_mut(self.filled) {
            *place = sample;
        }
        self.filled += 1;
        if self.filled < BLOCK {
            return None;
        }
        let heard = key(&self.block);
        self.block.copy_within(HOP.., 0);
        self.filled = BLOCK - HOP;
        self.state = self.state.after(heard);
        match self.state {
            State::Rising(key, BEGIN) => {
                self.state = State::Held(key, 0);
                Some(key)
            }
            State::Quiet | State::Rising(..) | State::Held(..) => None,
        }
    }
}

impl State {
    fn after(self, heard: Option<char>) -> Self {
        match (self, heard) {
            (Self::Held(key, _), Some(same)) if same == key => Self::Held(key, 0),
            (Self::Held(key, missed), _) if missed + 1 < END => Self::Held(key, missed + 1),
            (Self::Rising(key, blocks), Some(same)) if same == key => Self::Rising(key, blocks + 1),
            (Self::Quiet | Self::Rising(..) | Self::Held(..), Some(key)) => Self::Rising(key, 1),
            (Self::Quiet | Self::Rising(..) | Self::Held(..), None) => Self::Quiet,
        }
    }
}

/// Returns the key whose two tones make up the block.
fn key(block: &[i16; BLOCK]) -> Option<char> {
    let squares: f64 = block.iter().map(|s| f64::from(*s) * f64::from(*s)).sum();
    if squares < LEVEL * BLOCK as f64 {
        return None;
    }
    let (row, low) = strongest(block, ROWS)?;
    let (column, high) = strongest(block, COLUMNS)?;
    let balanced = low < high * TWIST && high < low * TWIST;
    (balanced && low + high > PURITY).then(|| KEYS[row][column])
}

/// Returns the index of the one tone of a group that is present, and its share of the power.
fn strongest(block: &[i16; BLOCK], group: [u32; 4]) -> Option<(usize, f64)> {
    let shares = group.map(|hz| tone::power(block, hz));
    let (index, share) =
        shares.iter().copied().enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b))?;
    let alone = shares.iter().enumerate().all(|(n, s)| n == index || s * LEAD < share);
    alone.then_some((index, share))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;
    use crate::media::g711;
    use crate::media::g711::Law;
    use std::f64::consts::TAU;

    fn heard(samples: impl IntoIterator<Item = i16>) -> String {
        let mut detector = Detector::default();
        samples.into_iter().filter_map(|s| detector.hear(s)).collect()
    }

    /// Two tones of `ms` milliseconds with an amplitude each, detuned by `detune`; then a pause.
    fn pressed(key: char, ms: usize, (low, high): (f64, f64), detune: f64) -> Vec<i16> {
        let place = KEYS.iter().enumerate().find_map(|(row, keys)| {
            keys.iter().position(|k| *k == key).map(|column| (ROWS[row], COLUMNS[column]))
        });
        let (row, column) = place.unwrap();
        let wave = |hz: u32, n: usize| (TAU * f64::from(hz) * detune * n as f64 / 8_000.0).sin();
        let sample = |n| (wave(row, n) * low + wave(column, n) * high) as i16;
        (0..ms * 8).map(sample).chain([0; 60 * 8]).collect()
    }

    #[test]
    fn every_key_in_both_laws_and_what_we_send_ourselves() {
        let keys = "123A456B789C*0#D";
        for law in [Law::Mu, Law::A] {
            let sound = keys.chars().flat_map(|k| pressed(k, 60, (5_000.0, 5_000.0), 1.0));
            let coded = sound.map(|s| g711::decode(law, g711::encode(law, s)));
            assert_eq!(heard(coded), keys, "{law:?}");
        }
        let ours = (0..16).flat_map(|code| {
            let frames = (0..7).flat_map(move |n| tone::key(code, n * 160));
            frames.chain([0; 480])
        });
        assert_eq!(heard(ours), "0123456789*#ABCD");
    }

    #[test]
    fn limits_of_length_level_twist_and_pitch() {
        // (case, milliseconds, amplitudes, pitch, detected)
        let cases = [
            ("25 ms", 25, (5_000.0, 5_000.0), 1.0, ""),
            ("40 ms", 40, (5_000.0, 5_000.0), 1.0, "5"),
            ("51 ms", 51, (5_000.0, 5_000.0), 1.0, "5"),
            ("held for a second", 1_000, (5_000.0, 5_000.0), 1.0, "5"),
            ("soft", 60, (450.0, 450.0), 1.0, "5"),
            ("too soft", 60, (100.0, 100.0), 1.0, ""),
            ("loud", 60, (16_000.0, 16_000.0), 1.0, "5"),
            ("twist of 6 dB", 60, (5_000.0, 2_500.0), 1.0, "5"),
            ("reverse twist of 6 dB", 60, (2_500.0, 5_000.0), 1.0, "5"),
            ("twist of 12 dB", 60, (8_000.0, 2_000.0), 1.0, ""),
            ("one tone alone", 60, (8_000.0, 0.0), 1.0, ""),
            ("1.5 % too high", 60, (5_000.0, 5_000.0), 1.015, "5"),
            ("1.5 % too low", 60, (5_000.0, 5_000.0), 0.985, "5"),
            ("40 ms, 1.8 % too high", 40, (5_000.0, 5_000.0), 1.018, "5"),
            ("40 ms, 1.8 % too low", 40, (5_000.0, 5_000.0), 0.982, "5"),
            ("3.5 % too high", 60, (5_000.0, 5_000.0), 1.035, ""),
            ("3.5 % too low", 60, (5_000.0, 5_000.0), 0.965, ""),
            ("40 ms, twist of 8 dB", 40, (5_000.0, 2_000.0), 1.0, "5"),
            ("40 ms, reverse twist of 8 dB", 40, (2_000.0, 5_000.0), 1.0, "5"),
            ("5 % too high", 60, (5_000.0, 5_000.0), 1.05, ""),
        ];
        for (what, ms, amplitudes, detune, expected) in cases {
            // The block boundaries may fall anywhere.
            for lead in [0, 17, 51, 90] {
                let sound = vec![0; lead].into_iter();
                let sound = sound.chain(pressed('5', ms, amplitudes, detune));
                assert_eq!(heard(sound), expected, "{what}, after {lead} samples");
            }
        }
    }

    /// Q.24: a pause of 40 ms separates two presses of a key, an interruption of 10 ms does not.
    #[test]
    fn limits_of_pauses_and_interruptions() {
        let tone = |ms| pressed('5', ms, (5_000.0, 5_000.0), 1.0).into_iter().take(ms * 8);
        // (case, milliseconds of the tones, of the pause between them, keys)
        let cases = [
            ("the shortest cycle", 40, 40, "55"),
            ("a pause of 30 ms", 40, 30, "55"),
            ("an interruption of 10 ms", 50, 10, "5"),
            ("an interruption of 20 ms", 50, 20, "5"),
        ];
        for (what, ms, pause, expected) in cases {
            for lead in 0..HOP {
                let sound = vec![0; lead].into_iter().chain(tone(ms));
                let sound = sound.chain(vec![0; pause * 8]).chain(tone(ms));
                assert_eq!(heard(sound.chain([0; 400])), expected, "{what}, after {lead}");
            }
        }
    }

    #[test]
    fn keys_in_noise_are_heard_and_noise_alone_is_not() {
        let mut rng = Rng::seeded(11);
        let mut noise = move |level: i64| {
            let uniform = i64::try_from(rng.below(2 * level as u64)).unwrap() - level;
            i16::try_from(uniform).unwrap()
        };
        let sound = "2580".chars().flat_map(|k| pressed(k, 80, (5_000.0, 5_000.0), 1.0));
        let noisy: Vec<i16> = sound.map(|s| s + noise(1_500)).collect();
        assert_eq!(heard(noisy), "2580");
        let minute: Vec<i16> = (0..8_000 * 60).map(|_| noise(10_000)).collect();
        assert_eq!(heard(minute), "");
    }

    /// Two minutes of vowels and glides: harmonics of a falling voice (−12 dB per octave from the
    /// glottis, +6 at the lips), three formants, a syllable every 80 to 250 ms.
    #[test]
    fn a_voice_is_no_key() {
        let mut rng = Rng::seeded(12);
        let mut between = move |low: u64, high: u64| (low + rng.below(high - low)) as f64;
        let mut detector = Detector::default();
        let mut keys = String::new();
        let (mut phase, mut pitch, mut glide) = (0.0_f64, 120.0, 1.0);
        let mut formants = [500.0, 1_400.0, 2_500.0];
        let mut left = 0.0;
        for _ in 0..8_000 * 120_u32 {
            if left <= 0.0 {
                left = between(640, 2_000);
                pitch = between(80, 280);
                // Up to ±20 % over the syllable.
                glide = 1.0 + between(0, 400).mul_add(1e-3, -0.2) / left;
                formants = [between(250, 900), between(900, 2_200), between(2_200, 3_000)];
            }
            left -= 1.0;
            pitch *= glide;
            phase = (phase + pitch / 8_000.0).fract();
            let mut sample = 0.0;
            for harmonic in 1..=20 {
                let hz = pitch * f64::from(harmonic);
                let resonance: f64 =
                    formants.iter().map(|f| 1.0 / (1.0 + ((hz - f) / 60.0).powi(2)).sqrt()).sum();
                let angle = TAU * phase * f64::from(harmonic);
                sample += resonance / f64::from(harmonic) * angle.sin();
            }
            keys.extend(detector.hear((sample * 8_000.0) as i16));
        }
        assert_eq!(keys, "");
    }
}
