//! Sounds as WAV files, for carriers that fetch them.

use std::sync::Arc;

use super::Webhooks;
use crate::flow::Sound;
use crate::media::Prompt;
use crate::media::g711::Law;

/// Samples per second.
const RATE: u32 = 8_000;
/// Format code of µ-law in a WAV file (RFC 2361 §A).
const WAVE_FORMAT_MULAW: u16 = 7;

impl Webhooks {
    /// Returns a sound file that a flow or the book names.
    pub fn sound(&self, name: &str) -> Option<Arc<Prompt>> {
        self.shared.sounds.library.load().sound(&Sound::File(name.to_owned()))
    }
}

/// Returns a sound as a WAV file of 8 kHz µ-law.
pub fn wav(prompt: &Prompt) -> Vec<u8> {
    let frames = (0..prompt.frames()).filter_map(|place| prompt.frame(Law::Mu, place));
    let samples: Vec<u8> = frames.flatten().copied().collect();
    let bytes = u32::try_from(samples.len()).unwrap_or(u32::MAX);
    let padding = bytes % 2;
    let mut file = Vec::with_capacity(samples.len() + 60);
    let number = |file: &mut Vec<u8>, value: u32| file.extend(value.to_le_bytes());
    file.extend(b"RIFF");
    number(&mut file, bytes.saturating_add(50).saturating_add(padding));
    file.extend(b"WAVEfmt ");
    number(&mut file, 18);
    file.extend(WAVE_FORMAT_MULAW.to_le_bytes());
    file.extend(1_u16.to_le_bytes());
    number(&mut file, RATE);
    number(&mut file, RATE);
    file.extend(1_u16.to_le_bytes());
    file.extend(8_u16.to_le_bytes());
    file.extend(0_u16.to_le_bytes());
    file.extend(b"fact");
    number(&mut file, 4);
    number(&mut file, bytes);
    file.extend(b"data");
    number(&mut file, bytes);
    file.extend(samples);
    file.extend(std::iter::repeat_n(0, usize::try_from(padding).unwrap_or(0)));
    file
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::read_wav;

    #[test]
    fn what_is_written_is_read_again() {
        let samples: Vec<i16> = (0..480_i16).map(|n| n * 40).collect();
        let prompt = Prompt::from_samples(&samples);
        let file = wav(&prompt);
        let size = u32::from_le_bytes(file[4..8].try_into().unwrap());
        assert_eq!(usize::try_from(size).unwrap() + 8, file.len());
        let read = read_wav(&file).unwrap();
        assert_eq!(read.frames(), prompt.frames());
        for place in 0..prompt.frames() {
            assert_eq!(read.frame(Law::Mu, place), prompt.frame(Law::Mu, place));
        }
    }
}
