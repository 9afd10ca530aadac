//! The sound files that a flow needs.

use super::Flow;
use super::sound::Sound;
use super::sound::sound_file_name;

/// The sound file of one spoken sentence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SoundFile {
    /// Name of the file, by [`sound_file_name`].
    pub name: String,
    /// BCP 47 tag of the language to speak in.
    pub language: String,
    /// Sentence to speak.
    pub text: String,
}

/// Returns the sound files of every sentence that the flow speaks, and of the words that its
/// variables may become, each once, in the flow's order.
pub fn sounds(flow: &Flow) -> Vec<SoundFile> {
    let mut files = Vec::new();
    for sound in flow.sounds() {
        if let Sound::Say { language, text } = sound.what {
            files.push(SoundFile { name: sound_file_name(&language, &text), language, text });
        }
    }
    files
}
