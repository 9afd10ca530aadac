//! Resamples with a polyphase windowed-sinc low-pass filter: prompts to 8 kHz at load time, and what a
//! leg hears to 16 kHz.

use std::f32::consts::PI;

/// Zero crossings of the sinc on each side: the steepness of the filter.
const CROSSINGS: usize = 16;
/// Pass band as a share of 4 kHz; the rest is the transition band.
const PASS: f32 = 0.92;
const TARGET: usize = 8_000;

/// Returns the samples at 8 kHz. `rate` is 8,000 or more; at 8,000 they are unchanged.
pub(crate) fn to_8khz(samples: Vec<i16>, rate: usize) -> Vec<i16> {
    if rate <= TARGET {
        return samples;
    }
    let common = greatest_common_divisor(rate, TARGET);
    let (step, phases) = (rate / common, TARGET / common);
    let reach = (CROSSINGS * rate).div_ceil(TARGET);
    let filters: Vec<Vec<f32>> =
        (0..phases).map(|phase| filter(phase as f32 / phases as f32, rate, reach)).collect();
    let output = |n: usize| {
        let position = n * step;
        let (centre, phase) = (position / phases, position % phases);
        let taps = filters.get(phase).map_or(&[][..], Vec::as_slice);
        // Tap k weighs sample centre + 1 − reach + k; samples before the start are silence.
        let from = (centre + 1).saturating_sub(reach);
        let skipped = reach.saturating_sub(centre + 1);
        let near = samples.get(from..).unwrap_or(&[]);
        let weighed = taps.iter().skip(skipped).zip(near).map(|(tap, s)| tap * f32::from(*s));
        weighed.sum::<f32>().round() as i16 // the cast saturates
    };
    (0..(samples.len() * phases).div_ceil(step)).map(output).collect()
}

/// Returns the taps for an output `fraction` of a sample behind its centre sample; they sum to 1.
fn filter(fraction: f32, rate: usize, reach: usize) -> Vec<f32> {
    let cutoff = PASS * TARGET as f32 / rate as f32;
    let tap = |k: usize| {
        let distance = k as f32 + 1.0 - reach as f32 - fraction;
        let angle = PI * distance * cutoff;
        let sinc = if angle.abs() < 1e-6 { 1.0 } else { angle.sin() / angle };
        let window = (PI * distance / (2.0 * reach as f32)).cos().max(0.0);
        sinc * window * window
    };
    let taps: Vec<f32> = (0..2 * reach).map(tap).collect();
    let sum: f32 = taps.iter().sum();
    taps.iter().map(|t| t / sum).collect()
}

/// Samples at 8 kHz that one at 16 kHz is made of.
const TAPS: usize = 2 * CROSSINGS;

/// Doubles the rate of a stream at 8 kHz, with a delay of 2 ms.
#[derive(Debug)]
pub(crate) struct Doubler {
    /// Taps for a sample at the place of an old one, and for one between two old ones.
    phases: [Vec<f32>; 2],
    /// The newest old samples, the oldest first.
    history: [f32; TAPS],
}

impl Default for Doubler {
    fn default() -> Self {
        let phases = [0.0, 0.5].map(|fraction| filter(fraction, TARGET, CROSSINGS));
        Self { phases, history: [0.0; TAPS] }
    }
}

impl Doubler {
    /// Returns the two samples that follow from the next one.
    pub(crate) fn double(&mut self, sample: i16) -> [i16; 2] {
        self.history.rotate_left(1);
        if let Some(newest) = self.history.last_mut() {
            *newest = sample.into();
        }
        let history = &self.history;
        let sum = |taps: &Vec<f32>| taps.iter().zip(history).map(|(tap, s)| tap * s).sum::<f32>();
        self.phases.each_ref().map(|taps| sum(taps).round() as i16) // the cast saturates
    }
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::tone;

    fn sine_at(rate: usize, hz: f64, seconds: usize) -> Vec<i16> {
        let sample = |n: usize| {
            (10_000.0 * (std::f64::consts::TAU * hz * n as f64 / rate as f64).sin()) as i16
        };
        (0..rate * seconds).map(sample).collect()
    }

    #[test]
    fn speech_passes_and_what_would_alias_does_not() {
        for rate in [11_025, 16_000, 22_050, 44_100, 48_000] {
            let kept = to_8khz(sine_at(rate, 1_000.0, 1), rate);
            assert_eq!(kept.len(), 8_000, "{rate}");
            let middle = &kept[800..7_200];
            assert!(tone::power(middle, 1_000) > 0.99, "{rate}");
            let peak = middle.iter().max().copied().unwrap_or(0);
            assert!((9_800..10_200).contains(&peak), "{rate}: {peak}");
            let cut = to_8khz(sine_at(rate, 5_000.0, 1), rate);
            let peak = cut[800..7_200].iter().max().copied().unwrap_or(0);
            assert!(peak < 50, "{rate}: alias of {peak}");
        }
    }

    #[test]
    fn constant_stays_constant_and_short_input_does_not_panic() {
        let level = to_8khz(vec![1_000; 16_000], 16_000);
        assert!(level[100..7_900].iter().all(|s| (999..=1_001).contains(s)));
        for count in 0..5 {
            assert_eq!(to_8khz(vec![1; count], 16_000).len(), count.div_ceil(2));
        }
        assert_eq!(to_8khz(vec![5, 6], 8_000), [5, 6]);
    }

    #[test]
    fn a_doubled_tone_is_the_same_tone() {
        for hz in [300, 1_000, 3_000] {
            let mut doubler = Doubler::default();
            let doubled: Vec<i16> =
                tone::sine(hz, 3_200).into_iter().flat_map(|s| doubler.double(s)).collect();
            // To `power`, which counts at 8 kHz, the tone has half the frequency.
            assert!(tone::power(&doubled[800..], hz / 2) > 0.99, "{hz}");
        }
    }
}
