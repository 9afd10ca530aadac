//! The flows and their sounds, as loaded: immutable, shared by every call.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use rust_embed::RustEmbed;

use crate::base::Diagnostic;
use crate::base::FlowName;
use crate::base::Place;
use crate::base::Severity;
use crate::book::Book;
use crate::book::Dq;
use crate::call;
use crate::flow;
use crate::flow::Flow;
use crate::flow::Sound;
use crate::media;
use crate::media::Prompt;

/// Most flows in a library.
const FLOWS_MAX: usize = 1_000;
/// Where sounds stand, beside the flows.
const SOUNDS: &str = "sounds";

/// The example flows and their sounds, in the program itself: the demo needs no files.
#[derive(RustEmbed)]
#[folder = "ivr-flows/"]
#[include = "*.xml"]
#[include = "sounds/*.wav"]
struct Bundled;

/// What a buyer hears who has no whisper and must press 1.
const PRESS_1_SOUND: &[u8] = include_bytes!("press-1.wav");

fn whisper(text: &str) -> Sound {
    Sound::Say { language: call::WHISPER_LANGUAGE.to_owned(), text: text.to_owned() }
}

/// Where flows and sounds are read from.
#[derive(Debug, Clone)]
pub enum Shelf {
    /// The example flows in the program.
    Bundled,
    /// A directory of flows, and a directory of further sounds.
    Directories {
        /// `NAME.xml`, and `sounds/*.wav` beside them.
        flows: PathBuf,
        /// `*.wav`; need not exist.
        prompts: PathBuf,
    },
}

/// Every flow, and every sound that one of them may play.
#[derive(Debug, Default)]
pub struct Library {
    flows: BTreeMap<FlowName, Arc<Flow>>,
    sounds: HashMap<Sound, Arc<Prompt>>,
}

impl Library {
    /// Reads everything. With an error among the diagnostics, what could be read is returned all
    /// the same, for checkers; a switch refuses it.
    pub fn load(shelf: &Shelf) -> (Self, Vec<Diagnostic>) {
        let mut library = Self::default();
        let mut faults = Vec::new();
        let files = shelf.flow_files(&mut faults);
        for (path, text) in files {
            let (flow, found) = flow::parse(&path, &text);
            faults.extend(found);
            if let Some(flow) = flow {
                library.add_sounds(shelf, &path, &flow, &mut faults);
                library.flows.insert(flow.name.clone(), Arc::new(flow));
            }
        }
        (library, faults)
    }

    fn add_sounds(&mut self, shelf: &Shelf, path: &str, flow: &Flow, faults: &mut Vec<Diagnostic>) {
        for mention in flow.sounds() {
            let sound = mention.what;
            if let Sound::Url(address) = &sound {
                let message = format!("{address} is not fetched yet and will be passed over");
                let hint = "put the file into sounds/ and name it";
                faults.push(Diagnostic::warning(path, mention.place, message).hint(hint));
            }
            let Some((beside, name)) = file_names(&sound) else { continue };
            match shelf.sound(&beside, &name) {
                Some(bytes) => match media::read_wav(&bytes) {
                    Ok(prompt) => {
                        self.sounds.insert(sound, Arc::new(prompt));
                    }
                    Err(error) => {
                        let message = format!("the sound {name} cannot be played: {error}");
                        let hint = "replace the file by a WAV of 8 or 16 kHz";
                        let fault = Diagnostic::error(path, mention.place, message).hint(hint);
                        faults.push(fault);
                    }
                },
                None => faults.push(missing(path, mention.place, &sound, &name)),
            }
        }
    }

    /// Adds the sounds that a book names: whispers and recordings of offers. A whisper without
    /// sound is passed over, with a warning; a recording that is not there is a mistake.
    pub fn add_book(&mut self, shelf: &Shelf, book: &Book, file: &str) -> Vec<Diagnostic> {
        if let Ok(prompt) = media::read_wav(PRESS_1_SOUND) {
            self.sounds.insert(whisper(call::PRESS_1), Arc::new(prompt));
        }
        let mut faults = Vec::new();
        for contract in &book.contracts {
            let destination = contract.destination.as_ref();
            let Some(text) = destination.and_then(|to| to.whisper.as_deref()) else { continue };
            if let Err(hint) = self.add_sound(shelf, whisper(text)) {
                let message = format!("the whisper of {} has no sound", contract.id);
                faults.push(Diagnostic::warning(file, Place::START, message).hint(hint));
            }
        }
        for offer in &book.offers {
            let Dq::Recording(name) = &offer.dq else { continue };
            if let Err(hint) = self.add_sound(shelf, Sound::File(name.clone())) {
                let message = format!("the recording `{name}` of {} has no sound", offer.id);
                faults.push(Diagnostic::error(file, Place::START, message).hint(hint));
            }
        }
        faults
    }

    /// Reads a sound, or says what to do.
    fn add_sound(&mut self, shelf: &Shelf, sound: Sound) -> Result<(), String> {
        let Some((beside, name)) = file_names(&sound) else { return Ok(()) };
        let bytes = shelf.sound(&beside, &name);
        let bytes = bytes.ok_or_else(|| format!("put {name} under [media] prompts"))?;
        let prompt = media::read_wav(&bytes).map_err(|error| format!("{name}: {error}"))?;
        self.sounds.insert(sound, Arc::new(prompt));
        Ok(())
    }

    /// A flow by name.
    pub fn flow(&self, name: &FlowName) -> Option<Arc<Flow>> {
        self.flows.get(name).cloned()
    }

    /// Every flow, by name.
    pub fn flows(&self) -> impl Iterator<Item = &Arc<Flow>> {
        self.flows.values()
    }

    /// A sound that some flow plays; `None` when there is no file for it.
    pub fn sound(&self, sound: &Sound) -> Option<Arc<Prompt>> {
        self.sounds.get(sound).cloned()
    }

    /// What a book and these flows say of each other: numbers that name no flow, flows that name
    /// no flow or offer.
    pub fn check_against(&self, book: &Book, book_file: &str) -> Vec<Diagnostic> {
        let mut faults = Vec::new();
        for number in &book.numbers {
            if !self.flows.contains_key(&number.flow) {
                let known = self.flows.keys().map(FlowName::as_str);
                let hint = match crate::base::suggest(number.flow.as_str(), known) {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => format!("write {}.xml into the flows directory", number.flow),
                };
                let message = format!(
                    "number {} names flow `{}`, which does not exist",
                    number.number, number.flow
                );
                faults.push(Diagnostic::error(book_file, Place::START, message).hint(hint));
            }
        }
        for flow in self.flows.values() {
            let file = format!("{}.xml", flow.name);
            let references = flow.references();
            for mention in references.flows {
                if !self.flows.contains_key(&mention.what) {
                    let message = format!("flow `{}` does not exist", mention.what);
                    faults.push(Diagnostic::error(&file, mention.place, message));
                }
            }
            for mention in references.offers {
                if book.offer(&mention.what).is_none() {
                    let message = format!("offer `{}` is not in the book", mention.what);
                    let used = book.numbers.iter().any(|number| number.flow == flow.name);
                    // A flow that no number uses may wait for its offer.
                    let fault = if used { Diagnostic::error } else { Diagnostic::warning };
                    faults.push(fault(&file, mention.place, message));
                }
            }
        }
        faults
    }
}

impl Shelf {
    fn flow_files(&self, faults: &mut Vec<Diagnostic>) -> Vec<(String, String)> {
        match self {
            Shelf::Bundled => Bundled::iter()
                .filter(|name| name.ends_with(".xml"))
                .filter_map(|name| Some((name.clone(), Bundled::get(&name)?)))
                .map(|(name, file)| {
                    (name.into_owned(), String::from_utf8_lossy(&file.data).into_owned())
                })
                .collect(),
            Shelf::Directories { flows, .. } => read_directory(flows, faults),
        }
    }

    /// A sound's file, by its path beside the flows or by its path under the prompts.
    fn sound(&self, beside: &str, name: &str) -> Option<Vec<u8>> {
        match self {
            Shelf::Bundled => Bundled::get(beside).map(|file| file.data.into_owned()),
            Shelf::Directories { flows, prompts } => {
                fs::read(flows.join(beside)).or_else(|_| fs::read(prompts.join(name))).ok()
            }
        }
    }
}

fn read_directory(directory: &Path, faults: &mut Vec<Diagnostic>) -> Vec<(String, String)> {
    let shown = directory.display().to_string();
    let mut refuse = |file: &str, message: String, hint: &str| {
        faults.push(Diagnostic::error(file, Place::START, message).hint(hint));
    };
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) => {
            let message = format!("the flows directory cannot be read: {error}");
            refuse(&shown, message, "set [flows] directory to where the flows are");
            return Vec::new();
        }
    };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "xml"))
        .take(FLOWS_MAX + 1)
        .collect();
    paths.sort();
    if paths.len() > FLOWS_MAX {
        refuse(&shown, format!("there are more than {FLOWS_MAX} flows"), "remove some");
        paths.clear();
    }
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        let file = path.display().to_string();
        match fs::read_to_string(&path) {
            Ok(text) => files.push((file, text)),
            Err(error) => refuse(&file, format!("cannot be read: {error}"), ""),
        }
    }
    files
}

/// The file that a sound is read from, beside the flows and under the prompts; silence needs none.
fn file_names(sound: &Sound) -> Option<(String, String)> {
    match sound {
        Sound::Say { language, text } => {
            let name = flow::sound_file_name(language, text);
            Some((format!("{SOUNDS}/{name}"), name))
        }
        // A book's recording may be named without the ending.
        Sound::File(name) => {
            let name = if name.contains('.') { name.clone() } else { format!("{name}.wav") };
            Some((name.clone(), name))
        }
        Sound::Silence(_) | Sound::Url(_) => None,
        // They are heard in their parts.
        Sound::Template { .. } | Sound::Spoken { .. } => None,
    }
}

/// A sentence without sound is passed over in the call; a named file that is not there is a
/// mistake.
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

/// Whether a fault stops what was read from being used.
pub fn is_fatal(faults: &[Diagnostic]) -> bool {
    faults.iter().any(|fault| fault.severity == Severity::Error)
}
