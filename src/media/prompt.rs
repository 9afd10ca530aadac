//! A prompt: audio that is ready to be sent in either law.

use std::time::Duration;

use super::g711;
use super::g711::Law;
use super::rtp::FRAME;
use super::tone::RATE;

/// Immutable audio at 8 kHz mono, encoded once in both laws, so that a 20 ms frame is a slice. It
/// takes two bytes per sample; share it with `Arc`.
#[derive(Clone, PartialEq, Eq)]
pub struct Prompt {
    samples: usize,
    ulaw: Box<[u8]>,
    alaw: Box<[u8]>,
}

impl Prompt {
    /// Encodes samples at 8 kHz and pads the last frame with silence.
    pub fn from_samples(samples: &[i16]) -> Self {
        Self {
            samples: samples.len(),
            ulaw: encoded(Law::Mu, samples),
            alaw: encoded(Law::A, samples),
        }
    }

    /// Returns the number of 20 ms frames, including a padded last one.
    pub fn frames(&self) -> usize {
        self.ulaw.len() / FRAME
    }

    /// Returns the duration without the padding of the last frame.
    pub fn duration(&self) -> Duration {
        Duration::from_secs(self.samples as u64) / RATE
    }

    /// Returns the 160 codes of a frame, or `None` after the end.
    pub fn frame(&self, law: Law, index: usize) -> Option<&[u8]> {
        let codes = match law {
            Law::Mu => &self.ulaw,
            Law::A => &self.alaw,
        };
        codes.chunks_exact(FRAME).nth(index)
    }
}

/// Prints only the length, because the audio is large.
impl std::fmt::Debug for Prompt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Prompt({:?})", self.duration())
    }
}

fn encoded(law: Law, samples: &[i16]) -> Box<[u8]> {
    let mut codes: Vec<u8> = samples.iter().map(|s| g711::encode(law, *s)).collect();
    codes.resize(samples.len().next_multiple_of(FRAME), g711::silence(law));
    codes.into_boxed_slice()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_whole_and_the_last_is_filled_with_silence() {
        let prompt = Prompt::from_samples(&[1_000; 200]);
        assert_eq!((prompt.frames(), prompt.duration()), (2, Duration::from_millis(25)));
        for law in [Law::Mu, Law::A] {
            let last = prompt.frame(law, 1).unwrap();
            assert_eq!(last[..40], [g711::encode(law, 1_000); 40]);
            assert_eq!(last[40..], [g711::silence(law); 120]);
            assert_eq!(prompt.frame(law, 2), None);
        }
    }

    #[test]
    fn no_samples_no_frames() {
        let prompt = Prompt::from_samples(&[]);
        assert_eq!((prompt.frames(), prompt.frame(Law::Mu, 0)), (0, None));
    }
}
