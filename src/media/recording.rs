//! A recording of the caller, which ends after enough silence or at its maximum length, and its WAV
//! header.

use std::time::Duration;

use super::tone::RATE;

/// Length of the WAV header in bytes.
pub const WAV_HEADER: usize = 44;
/// Least loudness of speech: −40 dB below full scale, as a mean square.
const SPEECH: u64 = 328 * 328;

/// State of one recording at 8 kHz mono.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// Samples left until the maximum length.
    left: usize,
    /// Samples of silence that end the recording.
    patience: usize,
    /// Samples of silence since the last speech.
    quiet: usize,
    samples: usize,
    speech: Speech,
}

/// Whether the caller has spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speech {
    None,
    Heard,
}

impl Recording {
    /// Creates a recording of at most `max` that ends after `silence` without speech.
    pub fn new(max: Duration, silence: Duration) -> Self {
        Self {
            left: samples(max),
            patience: samples(silence),
            quiet: 0,
            samples: 0,
            speech: Speech::None,
        }
    }

    /// Reads received samples and returns how many of them belong to the recording. Fewer than all
    /// means that the recording is over.
    pub fn hear(&mut self, heard: &[i16]) -> usize {
        if self.is_over() {
            return 0;
        }
        let taken = heard.len().min(self.left);
        let heard = heard.get(..taken).unwrap_or_default();
        let power: u64 = heard.iter().map(|s| u64::from(s.unsigned_abs()).pow(2)).sum();
        if taken > 0 && power / taken as u64 >= SPEECH {
            self.quiet = 0;
            self.speech = Speech::Heard;
        } else {
            self.quiet += taken;
        }
        self.left -= taken;
        self.samples += taken;
        taken
    }

    /// Returns whether the recording has ended by silence or length.
    pub const fn is_over(&self) -> bool {
        self.left == 0 || self.quiet >= self.patience
    }

    /// Returns whether the caller has spoken.
    pub fn has_speech(&self) -> bool {
        self.speech == Speech::Heard
    }

    /// Returns the number of samples so far.
    pub const fn samples(&self) -> usize {
        self.samples
    }

    /// Returns the duration.
    pub fn length(&self) -> Duration {
        Duration::from_secs(self.samples as u64) / RATE
    }
}

/// Returns the header of a WAV file with `samples` samples of 16-bit PCM at 8 kHz, mono.
pub fn wav_header(samples: usize) -> [u8; WAV_HEADER] {
    let bytes = u32::try_from(samples * 2).unwrap_or(u32::MAX - WAV_HEADER as u32);
    let (rate, mut header) = (RATE, [0; WAV_HEADER]);
    let parts: [&[u8]; 13] = [
        b"RIFF",
        &(bytes + 36).to_le_bytes(),
        b"WAVE",
        b"fmt ",
        &16_u32.to_le_bytes(),
        &1_u16.to_le_bytes(),
        &1_u16.to_le_bytes(),
        &rate.to_le_bytes(),
        &(rate * 2).to_le_bytes(),
        &2_u16.to_le_bytes(),
        &16_u16.to_le_bytes(),
        b"data",
        &bytes.to_le_bytes(),
    ];
    for (to, from) in header.iter_mut().zip(parts.into_iter().flatten()) {
        *to = *from;
    }
    header
}

fn samples(time: Duration) -> usize {
    usize::try_from(time.as_millis()).unwrap_or(usize::MAX / 8).saturating_mul(8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::Prompt;
    use crate::media::read_wav;
    use crate::media::tone::sine;

    #[test]
    fn a_recording_ends_by_silence_or_length() {
        let second = Duration::from_secs(1);
        // Each character is a tenth of a second: `x` is speech, `.` is not.
        for (course, kept, speech) in [
            ("xxxxx", 5, true),
            ("..........x", 10, false),
            (".........x.........x..........x", 30, true),
            (".........x..........x", 20, true),
            ("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 30, true),
            ("", 0, false),
        ] {
            let mut recording = Recording::new(3 * second, second);
            for tenth in course.chars() {
                let sound = if tenth == 'x' { sine(400, 800) } else { vec![5; 800] };
                recording.hear(&sound);
            }
            let kept_speech = (recording.samples() / 800, recording.has_speech());
            assert_eq!(kept_speech, (kept, speech), "{course}");
        }
    }

    #[test]
    fn the_file_can_be_read() {
        let sound = sine(400, 1_600);
        let mut file = wav_header(sound.len()).to_vec();
        file.extend(sound.iter().flat_map(|sample| sample.to_le_bytes()));
        assert_eq!(read_wav(&file), Ok(Prompt::from_samples(&sound)));
    }
}
