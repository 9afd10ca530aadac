//! Reads WAV files into prompts. RIFF is parsed by hand, because prompts come as PCM, as µ-law or
//! A-law, and from streaming speech programs whose headers do not state the length of the audio.

use super::Prompt;
use super::g711;
use super::g711::Law;
use super::resample::to_8khz;

/// Largest file in bytes.
pub const WAV_BYTES_MAX: usize = 16 << 20;
/// Longest sound in seconds.
pub const WAV_SECONDS_MAX: usize = 600;
/// Sample rates that are read, in Hz.
pub const WAV_RATES: std::ops::RangeInclusive<u32> = 8_000..=48_000;
/// Most chunks that may precede the audio.
const CHUNKS_MAX: usize = 64;

const PCM: u16 = 1;
const ALAW: u16 = 6;
const ULAW: u16 = 7;
const EXTENSIBLE: u16 = 0xFFFE;

/// Reason why a file cannot be a prompt. Each error states the remedy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WavError {
    /// Larger than `WAV_BYTES_MAX`.
    #[error("{0} bytes are too many: a prompt may have 16 MiB")]
    TooLarge(usize),
    /// No RIFF/WAVE header.
    #[error("not a WAV file: it does not begin with RIFF…WAVE")]
    NotWav,
    /// No complete `fmt ` chunk before the audio.
    #[error("the WAV file ends, or its sound begins, before its format is given")]
    NoFormat,
    /// No `data` chunk, or an empty one.
    #[error("the WAV file holds no sound")]
    NoSound,
    /// Neither PCM (8 or 16 bits) nor µ-law or A-law (8 bits).
    #[error("WAV format {tag} with {bits} bits: use 16-bit PCM, µ-law or A-law")]
    Format {
        /// The format tag: 1 PCM, 3 float, 6 A-law, 7 µ-law …
        tag: u16,
        /// Bits per sample.
        bits: u16,
    },
    /// Neither mono nor stereo.
    #[error("{0} channels: use one or two")]
    Channels(u16),
    /// Outside `WAV_RATES`.
    #[error("{0} samples a second: use 8,000 (up to 48,000 are converted)")]
    Rate(u32),
    /// Longer than `WAV_SECONDS_MAX`.
    #[error("{0} seconds are too long: a prompt may last 600")]
    TooLong(usize),
}

/// Reads a WAV file: PCM of 8 or 16 bits, µ-law or A-law; 8 to 48 kHz; mono, or stereo mixed down.
/// A `data` chunk whose length exceeds the file (as streaming programs write) ends with the file.
pub fn read_wav(file: &[u8]) -> Result<Prompt, WavError> {
    if file.len() > WAV_BYTES_MAX {
        return Err(WavError::TooLarge(file.len()));
    }
    let (format, sound) = chunks(file)?;
    let seconds = sound.len() / (format.bytes_per_frame() * format.rate as usize);
    if seconds > WAV_SECONDS_MAX {
        return Err(WavError::TooLong(seconds));
    }
    let samples = format.samples(sound);
    if samples.is_empty() {
        return Err(WavError::NoSound);
    }
    Ok(Prompt::from_samples(&to_8khz(samples, format.rate as usize)))
}

#[derive(Clone, Copy)]
enum Encoding {
    Pcm8,
    Pcm16,
    G711(Law),
}

struct Format {
    encoding: Encoding,
    channels: usize,
    rate: u32,
}

/// Returns the format and the bytes of the audio.
fn chunks(file: &[u8]) -> Result<(Format, &[u8]), WavError> {
    let riff = file.first_chunk::<12>().ok_or(WavError::NotWav)?;
    if &riff[..4] != b"RIFF" || &riff[8..] != b"WAVE" {
        return Err(WavError::NotWav);
    }
    let mut rest = file.get(12..).unwrap_or(&[]);
    let mut format = None;
    for _ in 0..CHUNKS_MAX {
        let Some((header, body)) = rest.split_first_chunk::<8>() else { break };
        let length = u32::from_le_bytes([header[4], header[5], header[6], header[7]]) as usize;
        let content = body.get(..length).unwrap_or(body);
        match &header[..4] {
            b"fmt " => format = Some(Format::read(content)?),
            b"data" => return Ok((format.ok_or(WavError::NoFormat)?, content)),
            _ => {}
        }
        // Chunks are padded to an even length.
        rest = body.get(length.saturating_add(length % 2)..).unwrap_or(&[]);
    }
    Err(if format.is_some() { WavError::NoSound } else { WavError::NoFormat })
}

impl Format {
    fn read(chunk: &[u8]) -> Result<Self, WavError> {
        let fields = chunk.first_chunk::<16>().ok_or(WavError::NoFormat)?;
        let word = |at: usize| u16::from_le_bytes([fields[at], fields[at + 1]]);
        let (channels, bits) = (word(2), word(14));
        let rate = u32::from_le_bytes([fields[4], fields[5], fields[6], fields[7]]);
        let tag = match (word(0), chunk.get(24..26)) {
            // The extensible format has the real tag at the head of a GUID.
            (EXTENSIBLE, Some(guid)) => u16::from_le_bytes([guid[0], guid[1]]),
            (tag, _) => tag,
        };
        let encoding = match (tag, bits) {
            (PCM, 8) => Encoding::Pcm8,
            (PCM, 16) => Encoding::Pcm16,
            (ULAW, 8) => Encoding::G711(Law::Mu),
            (ALAW, 8) => Encoding::G711(Law::A),
            _ => return Err(WavError::Format { tag, bits }),
        };
        if !(1..=2).contains(&channels) {
            return Err(WavError::Channels(channels));
        }
        if !WAV_RATES.contains(&rate) {
            return Err(WavError::Rate(rate));
        }
        Ok(Self { encoding, channels: usize::from(channels), rate })
    }

    fn bytes_per_frame(&self) -> usize {
        let sample = match self.encoding {
            Encoding::Pcm8 | Encoding::G711(_) => 1,
            Encoding::Pcm16 => 2,
        };
        sample * self.channels
    }

    /// Returns mono samples; drops an incomplete sample at the end.
    fn samples(&self, sound: &[u8]) -> Vec<i16> {
        let values: Vec<i16> = match self.encoding {
            Encoding::Pcm8 => sound.iter().map(|b| (i16::from(*b) - 128) << 8).collect(),
            Encoding::Pcm16 => {
                sound.chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect()
            }
            Encoding::G711(law) => sound.iter().map(|b| g711::decode(law, *b)).collect(),
        };
        if self.channels == 1 {
            return values;
        }
        values.chunks_exact(2).map(|pair| pair[0].midpoint(pair[1])).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let mut bytes = name.to_vec();
        bytes.extend(u32::try_from(content.len()).unwrap().to_le_bytes());
        bytes.extend(content);
        bytes.resize(bytes.len().next_multiple_of(2), 0);
        bytes
    }

    fn format(tag: u16, channels: u16, rate: u32, bits: u16) -> Vec<u8> {
        let frame = channels * bits / 8;
        let mut content = Vec::new();
        content.extend(tag.to_le_bytes());
        content.extend(channels.to_le_bytes());
        content.extend(rate.to_le_bytes());
        content.extend((rate * u32::from(frame)).to_le_bytes());
        content.extend(frame.to_le_bytes());
        content.extend(bits.to_le_bytes());
        chunk(b"fmt ", &content)
    }

    fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
        let body = chunks.concat();
        let mut bytes = b"RIFF".to_vec();
        bytes.extend(u32::try_from(body.len() + 4).unwrap().to_le_bytes());
        bytes.extend(b"WAVE");
        bytes.extend(body);
        bytes
    }

    fn pcm(samples: &[i16]) -> Vec<u8> {
        chunk(b"data", &samples.iter().flat_map(|s| s.to_le_bytes()).collect::<Vec<_>>())
    }

    #[test]
    fn sixteen_bit_mono_is_taken_as_it_is_also_past_other_chunks() {
        let samples: Vec<i16> = (0..320).map(|n| n * 100 - 16_000).collect();
        let expected = Ok(Prompt::from_samples(&samples));
        let plain = riff(&[format(PCM, 1, 8_000, 16), pcm(&samples)]);
        assert_eq!(read_wav(&plain), expected);
        let list = chunk(b"LIST", b"odd");
        let with_list = riff(&[list, format(PCM, 1, 8_000, 16), pcm(&samples)]);
        assert_eq!(read_wav(&with_list), expected);
        let mut streamed = plain;
        streamed[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
        streamed[40..44].copy_from_slice(&0x7FFF_F000_u32.to_le_bytes());
        assert_eq!(read_wav(&streamed), expected);
    }

    #[test]
    fn hound_writes_what_we_read() {
        let samples: Vec<i16> = (0..800).map(|n| (n * 37 % 2_000) - 1_000).collect();
        let mut file = std::io::Cursor::new(Vec::new());
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate: 8_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::new(&mut file, spec).unwrap();
        for sample in &samples {
            writer.write_sample(*sample).unwrap();
            writer.write_sample(*sample).unwrap();
        }
        writer.finalize().unwrap();
        assert_eq!(read_wav(&file.into_inner()), Ok(Prompt::from_samples(&samples)));
    }

    #[test]
    fn companded_files_keep_their_codes() {
        let codes: Vec<u8> = (0..=255).filter(|c| *c != 0x7F).collect(); // µ-law's other zero
        for (tag, law) in [(ULAW, Law::Mu), (ALAW, Law::A)] {
            let file = riff(&[format(tag, 1, 8_000, 8), chunk(b"data", &codes)]);
            let prompt = read_wav(&file).unwrap();
            let sent: Vec<u8> =
                (0..2).filter_map(|n| prompt.frame(law, n)).flatten().copied().collect();
            assert_eq!(sent[..255], codes, "{law:?}");
        }
    }

    #[test]
    fn the_extensible_form_and_eight_bits_are_read() {
        let mut content = format(EXTENSIBLE, 1, 8_000, 8)[8..].to_vec();
        content.extend([22, 0, 8, 0, 4, 0, 0, 0]);
        content.extend(PCM.to_le_bytes());
        content.extend([0; 14]);
        let file = riff(&[chunk(b"fmt ", &content), chunk(b"data", &[128, 255, 0])]);
        let expected = Prompt::from_samples(&[0, 127 << 8, -128 << 8]);
        assert_eq!(read_wav(&file), Ok(expected));
    }

    #[test]
    fn higher_rates_last_as_long() {
        for rate in [16_000, 22_050, 44_100] {
            let samples = vec![0; rate as usize];
            let file = riff(&[format(PCM, 1, rate, 16), pcm(&samples)]);
            assert_eq!(read_wav(&file).unwrap().duration().as_millis(), 1_000, "{rate}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let sound = pcm(&[1, 2, 3]);
        let cases = [
            (vec![], WavError::NotWav),
            (b"RIFF\0\0\0\0AVI LIST".to_vec(), WavError::NotWav),
            (riff(&[]), WavError::NoFormat),
            (riff(std::slice::from_ref(&sound)), WavError::NoFormat),
            (riff(&[chunk(b"fmt ", &[1, 0])]), WavError::NoFormat),
            (riff(&[format(PCM, 1, 8_000, 16)]), WavError::NoSound),
            (riff(&[format(PCM, 1, 8_000, 16), pcm(&[])]), WavError::NoSound),
            (
                riff(&[format(3, 1, 8_000, 32), sound.clone()]),
                WavError::Format { tag: 3, bits: 32 },
            ),
            (
                riff(&[format(PCM, 1, 8_000, 24), sound.clone()]),
                WavError::Format { tag: 1, bits: 24 },
            ),
            (riff(&[format(PCM, 6, 8_000, 16), sound.clone()]), WavError::Channels(6)),
            (riff(&[format(PCM, 0, 8_000, 16), sound.clone()]), WavError::Channels(0)),
            (riff(&[format(PCM, 1, 96_000, 16), sound.clone()]), WavError::Rate(96_000)),
            (riff(&[format(PCM, 1, 0, 16), sound]), WavError::Rate(0)),
            (
                riff(&[format(ULAW, 1, 8_000, 8), chunk(b"data", &vec![0; 8_000 * 601])]),
                WavError::TooLong(601),
            ),
            (vec![0; WAV_BYTES_MAX + 1], WavError::TooLarge(WAV_BYTES_MAX + 1)),
        ];
        for (file, expected) in cases {
            assert_eq!(read_wav(&file), Err(expected));
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(tail in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut file = b"RIFF\0\0\0\0WAVE".to_vec();
            file.extend(&tail);
            let _ = read_wav(&file);
            let mut file = riff(&[format(PCM, 2, 11_025, 16)]);
            file.extend(&tail);
            let _ = read_wav(&file);
        }
    }
}
