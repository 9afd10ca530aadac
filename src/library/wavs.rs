//! Sound files and sounds on the web: those that a flow needs, and those that were found.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::sync::Arc;

use crate::base::Place;
use crate::flow;
use crate::flow::Flow;
use crate::flow::Sound;
use crate::media;
use crate::media::Prompt;

/// Directory of the sounds of sentences, beside the flows.
pub(super) const SOUNDS: &str = "sounds";

/// The file that holds a sound.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WavFile {
    /// Path beside the flows; tried first.
    pub beside: String,
    /// Path in the directory of prompts.
    pub name: String,
}

/// Returns the files of the sounds that a flow plays, each once.
pub fn wavs_of_flow(flow: &Flow) -> BTreeSet<WavFile> {
    flow.sounds().iter().filter_map(|mention| WavFile::of(&mention.what)).collect()
}

impl WavFile {
    /// Returns the file of a sound. Silence has none, a web sound has an address instead, and a
    /// sentence with variables is played in parts.
    pub(super) fn of(sound: &Sound) -> Option<Self> {
        match sound {
            Sound::Say { language, text } => {
                let name = flow::sound_file_name(language, text);
                Some(Self { beside: format!("{SOUNDS}/{name}"), name })
            }
            // A book's recording may be named without the suffix.
            Sound::File(name) => {
                let name = if name.contains('.') { name.clone() } else { format!("{name}.wav") };
                Some(Self { beside: name.clone(), name })
            }
            Sound::Silence(_) | Sound::Url(_) => None,
            Sound::Template { .. } | Sound::Spoken { .. } => None,
        }
    }
}

/// What a sound file holds: its sound, or why it cannot be played.
#[derive(Debug, Clone)]
pub struct Wav(Result<Arc<Prompt>, String>);

impl Wav {
    /// Reads the bytes of a file.
    pub fn read(bytes: &[u8]) -> Self {
        Self(media::read_wav(bytes).map(Arc::new).map_err(|error| error.to_string()))
    }

    /// Returns the sound.
    ///
    /// # Errors
    /// Why it cannot be played.
    pub fn prompt(&self) -> Result<&Arc<Prompt>, &str> {
        self.0.as_ref().map_err(String::as_str)
    }
}

/// The sound files that were found.
#[derive(Debug, Default)]
pub struct Wavs(pub(super) HashMap<WavFile, Wav>);

impl FromIterator<(WavFile, Wav)> for Wavs {
    fn from_iter<I: IntoIterator<Item = (WavFile, Wav)>>(found: I) -> Self {
        Self(found.into_iter().collect())
    }
}

/// Results of fetching sounds on the web, by address: the bytes, or the error.
#[derive(Debug, Default)]
pub struct Fetched(pub(super) HashMap<String, Result<Vec<u8>, String>>);

impl FromIterator<(String, Result<Vec<u8>, String>)> for Fetched {
    fn from_iter<I>(answers: I) -> Self
    where
        I: IntoIterator<Item = (String, Result<Vec<u8>, String>)>,
    {
        Self(answers.into_iter().collect())
    }
}

/// A sound on the web, and where a flow names it.
#[derive(Debug)]
pub(super) struct Remote {
    pub(super) file: String,
    pub(super) place: Place,
    pub(super) sound: Sound,
}
