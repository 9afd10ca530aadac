//! The sounds of a library: files beside the flows, files of the prompts, and sounds on the web.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Library;
use super::wavs::Fetched;
use super::wavs::Remote;
use super::wavs::Wav;
use super::wavs::WavFile;
use super::wavs::Wavs;
use crate::base::Diagnostic;
use crate::base::Place;
use crate::book::Book;
use crate::book::BookText;
use crate::book::Dq;
use crate::book::Noun;
use crate::call;
use crate::flow::Flow;
use crate::flow::Sound;
use crate::media;

/// Sound for a buyer who has no whisper and must press 1.
const PRESS_1_SOUND: &[u8] = include_bytes!("press-1.wav");

fn whisper(text: &str) -> Sound {
    Sound::Say { language: call::WHISPER_LANGUAGE.to_owned(), text: text.to_owned() }
}

/// Returns the whispers of a book, each with its contract.
fn whispers(book: &Book) -> impl Iterator<Item = (&crate::book::Contract, Sound)> {
    book.contracts.iter().filter_map(|contract| {
        let text = contract.destination.as_ref()?.whisper.as_deref()?;
        Some((contract, whisper(text)))
    })
}

/// Returns the recordings that a book's offers play to callers whom no buyer takes.
fn recordings(book: &Book) -> impl Iterator<Item = (&crate::book::Offer, &str)> {
    book.offers.iter().filter_map(|offer| match &offer.dq {
        Dq::Recording(name) => Some((offer, name.as_str())),
        Dq::Reject | Dq::Offer(_) | Dq::Buyer(_) => None,
    })
}

/// Returns the recordings that a book's trunks play to parties on hold.
fn hold_music(book: &Book) -> impl Iterator<Item = (&crate::book::Trunk, Sound)> {
    book.trunks.iter().filter_map(|trunk| {
        let name = trunk.audio.hold_music.clone()?;
        Some((trunk, Sound::File(name)))
    })
}

/// Returns the files of the sounds that a book names: whispers, recordings of offers, and hold
/// music.
pub fn wavs_of_book(book: &Book) -> BTreeSet<WavFile> {
    let recordings = recordings(book).map(|(_, name)| Sound::File(name.to_owned()));
    let music = hold_music(book).map(|(_, sound)| sound);
    let sounds = whispers(book).map(|(_, sound)| sound).chain(recordings).chain(music);
    sounds.filter_map(|sound| WavFile::of(&sound)).collect()
}

/// Returns the faults of a flow's sounds: a sentence without sound is a warning, a named file that
/// is missing or cannot be played is an error.
pub fn check_sounds(file: &str, flow: &Flow, wavs: &Wavs) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    Library::default().add_sounds(file, flow, wavs, &mut faults);
    faults
}

impl Library {
    /// Adds the sounds of a flow. Sounds on the web are only listed.
    pub(super) fn add_sounds(
        &mut self,
        file: &str,
        flow: &Flow,
        wavs: &Wavs,
        faults: &mut Vec<Diagnostic>,
    ) {
        for mention in flow.sounds() {
            let (sound, place) = (mention.what, mention.place);
            if let Sound::Url(_) = &sound {
                self.remote.push(Remote { file: file.to_owned(), place, sound });
                continue;
            }
            let Some(wav) = WavFile::of(&sound) else { continue };
            match wavs.0.get(&wav).map(Wav::prompt) {
                Some(Ok(prompt)) => drop(self.sounds.insert(sound, prompt.clone())),
                Some(Err(error)) => {
                    let message = format!("the sound {} cannot be played: {error}", wav.name);
                    let hint = "replace the file by a WAV of 8 or 16 kHz";
                    faults.push(Diagnostic::error(file, place, message).hint(hint));
                }
                None => faults.push(missing(file, place, &sound, &wav.name)),
            }
        }
    }

    /// Adds the sounds that a book names. Calls skip a whisper without sound, and play a tone in
    /// place of hold music, with a warning; a missing recording is an error. Diagnostics are about
    /// the entries in the book's text.
    pub fn add_book(&mut self, book: &Book, written: BookText<'_>, wavs: &Wavs) -> Vec<Diagnostic> {
        if let Ok(prompt) = media::read_wav(PRESS_1_SOUND) {
            self.sounds.insert(whisper(call::PRESS_1), Arc::new(prompt));
        }
        let mut faults = Vec::new();
        for (contract, sound) in whispers(book) {
            if let Err(hint) = self.add_sound(sound, wavs) {
                let message = format!("the whisper of {} has no sound", contract.id);
                let place = written.place(Noun::Contract, contract.id.as_str());
                faults.push(Diagnostic::warning(written.file, place, message).hint(hint));
            }
        }
        for (trunk, sound) in hold_music(book) {
            if let Err(hint) = self.add_sound(sound, wavs) {
                let message = format!("the hold music of {} has no sound", trunk.id);
                let place = written.place(Noun::Trunk, trunk.id.as_str());
                faults.push(Diagnostic::warning(written.file, place, message).hint(hint));
            }
        }
        for (offer, name) in recordings(book) {
            if let Err(hint) = self.add_sound(Sound::File(name.to_owned()), wavs) {
                let message = format!("the recording `{name}` of {} has no sound", offer.id);
                let place = written.place(Noun::Offer, offer.id.as_str());
                faults.push(Diagnostic::error(written.file, place, message).hint(hint));
            }
        }
        faults
    }

    /// Returns the sentences without sound, each once, as a language and a text: those of the
    /// flows, and a book's whispers. Omits sentences with variables, whose texts depend on the
    /// call.
    pub fn silent(&self, book: &Book) -> Vec<(String, String)> {
        let flows = self.flows().flat_map(|flow| flow.sentences());
        let sentences = flows.chain(whispers(book).map(|(_, sound)| sound));
        let mut silent: Vec<(String, String)> = Vec::new();
        for sentence in sentences.filter(|sentence| !self.sounds.contains_key(sentence)) {
            if let Sound::Say { language, text } = sentence
                && !silent.iter().any(|known| known.0 == language && known.1 == text)
            {
                silent.push((language, text));
            }
        }
        silent
    }

    /// Adds a sound; the error is a hint on what to do.
    fn add_sound(&mut self, sound: Sound, wavs: &Wavs) -> Result<(), String> {
        let Some(wav) = WavFile::of(&sound) else { return Ok(()) };
        let name = &wav.name;
        let found = wavs.0.get(&wav).ok_or_else(|| format!("put {name} under [media] prompts"))?;
        let prompt = found.prompt().map_err(|error| format!("{name}: {error}"))?;
        self.sounds.insert(sound, prompt.clone());
        Ok(())
    }

    /// Returns the addresses of web sounds that neither this library nor an earlier one has.
    pub fn absent(&self, earlier: &Library) -> BTreeSet<String> {
        let known = |sound| self.sounds.contains_key(sound) || earlier.sounds.contains_key(sound);
        let absent = self.remote.iter().filter(|remote| !known(&remote.sound));
        absent
            .filter_map(|remote| match &remote.sound {
                Sound::Url(address) => Some(address.clone()),
                Sound::Say { .. } | Sound::Template { .. } | Sound::Spoken { .. } => None,
                Sound::File(_) | Sound::Silence(_) => None,
            })
            .collect()
    }

    /// Adds fetched sounds. Calls skip a sound that could not be fetched, with a warning: another
    /// server must not stop the switch from starting.
    pub fn add_fetched(&mut self, fetched: &Fetched) -> Vec<Diagnostic> {
        let mut faults = Vec::new();
        for Remote { file, place, sound } in &self.remote {
            let Sound::Url(address) = sound else { continue };
            let Some(answer) = fetched.0.get(address) else { continue };
            let prompt = match answer {
                Ok(bytes) => media::read_wav(bytes).map_err(|error| error.to_string()),
                Err(error) => Err(error.clone()),
            };
            match prompt {
                Ok(prompt) => drop(self.sounds.insert(sound.clone(), Arc::new(prompt))),
                Err(error) => {
                    let message = format!("{address} will be passed over: {error}");
                    let hint = "put the file into sounds/ and name it";
                    faults.push(Diagnostic::warning(file, *place, message).hint(hint));
                }
            }
        }
        faults
    }

    /// Copies the web sounds of an earlier library.
    pub(super) fn inherit(&mut self, earlier: &Library) {
        for Remote { sound, .. } in &self.remote {
            if let Some(prompt) = earlier.sounds.get(sound) {
                self.sounds.insert(sound.clone(), prompt.clone());
            }
        }
    }
}

/// Returns the diagnostic for a missing sound: a warning for a sentence, which calls skip; an error
/// for a named file.
fn missing(path: &str, place: Place, sound: &Sound, name: &str) -> Diagnostic {
    match sound {
        Sound::Say { .. } | Sound::Template { .. } | Sound::Spoken { .. } => {
            let message = "this sentence has no sound and will be passed over";
            let hint = format!("run `strowger flow sounds` on the flow, or record {name}");
            Diagnostic::warning(path, place, message).hint(hint)
        }
        Sound::File(_) | Sound::Url(_) | Sound::Silence(_) => {
            let message = format!("the sound {name} does not exist");
            let hint = "put it beside the flow in sounds/, or under [media] prompts";
            Diagnostic::error(path, place, message).hint(hint)
        }
    }
}
