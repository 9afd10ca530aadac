//! Sound files and sounds on the web: which a flow needs, and what was found.

use std::collections::BTreeSet;
use std::collections::HashMap;

use crate::base::Place;
use crate::flow;
use crate::flow::Flow;
use crate::flow::Sound;

/// Where the sounds of sentences stand, beside the flows.
pub(super) const SOUNDS: &str = "sounds";

/// The file that holds a sound.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WavFile {
    /// Its path beside the flows; this one is looked for first.
    pub beside: String,
    /// Its path under the prompts.
    pub name: String,
}

/// Returns the files of the sounds that a flow plays, each once.
pub fn wavs_of_flow(flow: &Flow) -> BTreeSet<WavFile> {
    flow.sounds().iter().filter_map(|mention| WavFile::of(&mention.what)).collect()
}

impl WavFile {
    /// The file of a sound. Silence needs none, a sound on the web has an address instead, and a
    /// sentence with variables is heard in its parts.
    pub(super) fn of(sound: &Sound) -> Option<Self> {
        match sound {
            Sound::Say { language, text } => {
                let name = flow::sound_file_name(language, text);
                Some(Self { beside: format!("{SOUNDS}/{name}"), name })
            }
            // A book's recording may be named without the ending.
            Sound::File(name) => {
                let name = if name.contains('.') { name.clone() } else { format!("{name}.wav") };
                Some(Self { beside: name.clone(), name })
            }
            Sound::Silence(_) | Sound::Url(_) => None,
            Sound::Template { .. } | Sound::Spoken { .. } => None,
        }
    }
}

/// The bytes of the sound files that were found.
#[derive(Debug, Default)]
pub struct Wavs(pub(super) HashMap<WavFile, Vec<u8>>);

impl FromIterator<(WavFile, Vec<u8>)> for Wavs {
    fn from_iter<I: IntoIterator<Item = (WavFile, Vec<u8>)>>(found: I) -> Self {
        Self(found.into_iter().collect())
    }
}

/// What came of asking for sounds on the web, by address: the bytes, or why there are none.
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
