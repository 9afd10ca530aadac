//! Tones: generated for callers (ringback, busy) and for tests, and measured (Goertzel).

use std::f64::consts::TAU;

use crate::base::RingTone;
use crate::base::Rng;

use super::rtp::FRAME;

/// Samples per second.
pub const RATE: u32 = 8_000;

/// Amplitude of each frequency of a call-progress tone: −19 dBm0 (full scale is +3.17 dBm0).
const PROGRESS: f64 = 0.077_8 * 32_767.0;
/// Loudest comfort noise, in dB below the loudest sound: a far end that asks for more would hurt.
const NOISE_LOUDEST: u8 = 30;
/// Amplitude of a test tone: −10 dBm0.
const TEST: f64 = 0.219 * 32_767.0;

/// Returns `samples` samples of a sine of `hz`. Whole seconds of a whole `hz` join without a click.
pub fn sine(hz: u32, samples: usize) -> Vec<i16> {
    mix(&[hz], TEST, samples)
}

/// Returns a ringback tone: the fewest whole frames that repeat without a click, 100 ms to 1 s.
pub(crate) fn ringback(ring: RingTone) -> Vec<i16> {
    let is_whole = |tenths: &u32| ring.frequencies().iter().all(|hz| (hz * tenths).is_multiple_of(10));
    let tenths = [1, 2].into_iter().find(is_whole).unwrap_or(10);
    mix(ring.frequencies(), PROGRESS, tenths as usize * RATE as usize / 10)
}

/// Returns 100 ms of the hold tone, 440 Hz.
pub(crate) fn hold() -> Vec<i16> {
    mix(&[440], PROGRESS, 800)
}

/// Returns a second of white noise, `level` dB below the loudest that a code can be (RFC 3389 §3.1).
/// It is the same each time: what matters is that the line does not sound dead.
pub(crate) fn noise(level: u8) -> Vec<i16> {
    let level = f64::from(level.max(NOISE_LOUDEST));
    let peak = (32_768.0 * 10_f64.powf(-level / 20.0) * 3_f64.sqrt()).round();
    let mut rng = Rng::seeded(0);
    // 0 ≤ below(…) ≤ 2 × peak: the same probability for each sample.
    let span = peak as u64;
    (0..RATE).map(|_| (rng.below(2 * span + 1) as i64 - span as i64) as i16).collect()
}

/// Returns a frame of a key's two tones (ITU-T Q.23), from `from` samples after its start.
pub(crate) fn key(code: u8, from: u32) -> [i16; FRAME] {
    const ROWS: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
    const COLUMNS: [f64; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];
    let (row, column) = match code {
        0 => (3, 1),
        1..=9 => ((code - 1) / 3, (code - 1) % 3),
        10 => (3, 0),
        11 => (3, 2),
        12..=15 => (code - 12, 3),
        _ => return [0; FRAME],
    };
    let (low, high) = (ROWS[usize::from(row)], COLUMNS[usize::from(column)]);
    std::array::from_fn(|n| {
        let angle = TAU * (f64::from(from) + n as f64) / f64::from(RATE);
        (((angle * low).sin() + (angle * high).sin()) * TEST).round() as i16
    })
}

fn mix(frequencies: &[u32], amplitude: f64, samples: usize) -> Vec<i16> {
    let sample = |n: usize| {
        let time = n as f64 / f64::from(RATE);
        let sum: f64 = frequencies.iter().map(|hz| (TAU * f64::from(*hz) * time).sin()).sum();
        (sum * amplitude).round() as i16
    };
    (0..samples).map(sample).collect()
}

/// Returns the share of the samples' power at `hz`, 0 to about 1: near 1 for a pure tone of `hz`,
/// near 0 for silence or another tone (Goertzel; bandwidth 8000 / count Hz).
pub fn power(samples: &[i16], hz: u32) -> f64 {
    let coefficient = 2.0 * (TAU * f64::from(hz) / f64::from(RATE)).cos();
    let (mut newer, mut older, mut total) = (0.0, 0.0, 0.0);
    for sample in samples {
        let value = f64::from(*sample);
        let newest = value + coefficient * newer - older;
        older = newer;
        newer = newest;
        total += value * value;
    }
    if total == 0.0 {
        return 0.0;
    }
    let at_hz = newer * newer + older * older - coefficient * newer * older;
    2.0 * at_hz / (total * samples.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_found_at_its_own_frequency_only() {
        let tone = sine(1_000, 800);
        for (hz, low, high) in [(1_000, 0.99, 1.01), (900, 0.0, 0.01), (2_000, 0.0, 0.01)] {
            let share = power(&tone, hz);
            assert!(low <= share && share <= high, "{hz} Hz: {share}");
        }
        assert_eq!(power(&[0; 160], 1_000), 0.0);
        assert_eq!(power(&[], 1_000), 0.0);
    }

    #[test]
    fn ringback_has_both_its_frequencies() {
        for hz in [440, 480] {
            let share = power(&ringback(RingTone::NorthAmerica), hz);
            assert!((0.49..0.51).contains(&share), "{hz} Hz: {share}");
        }
    }
}
