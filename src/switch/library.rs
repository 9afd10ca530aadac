//! The flows and their sounds, as loaded: immutable, shared by every call.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::time::SystemTime;

use rust_embed::RustEmbed;

use crate::base::Diagnostic;
use crate::base::FieldName;
use crate::base::FlowName;
use crate::base::OfferId;
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
use crate::net::Fetcher;
use crate::store::FlowText;

/// Most flows in a library.
const FLOWS_MAX: usize = 1_000;
/// How long a sound may take to come from the web.
const FETCH_TIME: Duration = Duration::from_secs(10);
/// Largest sound from the web, in bytes.
const FETCH_BYTES_MAX: usize = 4 << 20;
/// Most files that are watched for changes.
const FILES_MAX: usize = 20_000;
/// Digits of the hash that a version shows.
const VERSION_DIGITS: usize = 12;
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

/// A flow, and the text that it was read from: they come and go together.
#[derive(Debug, Clone)]
struct InForce {
    flow: Arc<Flow>,
    text: Arc<FlowText>,
}

impl InForce {
    fn new(flow: Flow, file: String, text: String) -> Self {
        Self { flow: Arc::new(flow), text: Arc::new(FlowText::new(file, text)) }
    }
}

/// Every flow, and every sound that one of them may play.
#[derive(Debug, Default)]
pub struct Library {
    flows: BTreeMap<FlowName, InForce>,
    sounds: HashMap<Sound, Arc<Prompt>>,
    /// Sounds that stand on the web.
    remote: Vec<Remote>,
    /// What is wrong with the files, whether their flows are in force or earlier ones.
    faults: Vec<Diagnostic>,
}

/// A flow, as it is in force, and what is wrong with its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its name; of a file that was never in force, the file's name without `.xml`.
    pub name: String,
    /// The first 12 hexadecimal digits of the SHA-256 of the text in force; `None` when none is.
    pub version: Option<String>,
    /// What is wrong with the file as it is now. With an error among it, what is in force is an
    /// earlier text.
    pub faults: Vec<Diagnostic>,
}

/// A sound on the web, and where a flow names it.
#[derive(Debug)]
struct Remote {
    file: String,
    place: Place,
    sound: Sound,
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
                library.flows.insert(flow.name.clone(), InForce::new(flow, path, text));
            }
        }
        library.faults.clone_from(&faults);
        (library, faults)
    }

    /// Reads everything anew after a change. A flow whose file has an error stays as it was
    /// before, and so does one that is gone though a number of the book names it; the faults are
    /// kept with the library, for [`Library::standing`].
    pub fn renew(shelf: &Shelf, earlier: &Library, book: &Book) -> Self {
        let (mut library, mut faults) = Self::load(shelf);
        library.inherit(earlier);
        let of_flow = |fault: &Diagnostic, name: &FlowName| stem(&fault.file) == name.as_str();
        // Faults of the book itself are told by whoever puts it in force.
        let of_flows = library.check_against(book, "").into_iter();
        faults.extend(of_flows.filter(|fault| !fault.file.is_empty()).map(|fault| {
            let file = shelf.path_of(stem(&fault.file));
            Diagnostic { file, ..fault }
        }));
        for (name, in_force) in &earlier.flows {
            let gone = !library.flows.contains_key(name);
            let failed =
                |fault: &&Diagnostic| fault.severity == Severity::Error && of_flow(fault, name);
            let faulty = faults.iter().any(|fault| failed(&fault));
            let wanted = book.numbers.iter().any(|number| number.flow == *name);
            if gone && !faulty && wanted {
                let file = shelf.path_of(name.as_str());
                let message = "the file is gone, and a number names the flow";
                let hint = "write it anew, or take the number off it";
                faults.push(Diagnostic::error(&file, Place::START, message).hint(hint));
            }
            if faulty || gone && wanted {
                library.keep(name, in_force, earlier);
            }
        }
        library.faults = faults;
        library
    }

    /// Puts an earlier flow and its sounds back.
    fn keep(&mut self, name: &FlowName, in_force: &InForce, earlier: &Library) {
        self.flows.insert(name.clone(), in_force.clone());
        for sound in in_force.flow.sounds().into_iter().map(|mention| mention.what) {
            if let Some(prompt) = earlier.sounds.get(&sound) {
                self.sounds.entry(sound).or_insert_with(|| prompt.clone());
            }
        }
    }

    /// Every flow as it is in force, and every file that is not.
    pub fn standing(&self) -> Vec<Standing> {
        let names = self.flows.keys().map(|name| name.as_str().to_owned());
        let faulty = self.faults.iter().map(|fault| stem_owned(&fault.file));
        let names: BTreeSet<String> = names.chain(faulty).collect();
        let one = |name: String| Standing {
            version: name.parse().ok().and_then(|name| Some(version(self.source(&name)?))),
            faults: self.faults.iter().filter(|f| stem(&f.file) == name).cloned().collect(),
            name,
        };
        names.into_iter().map(one).collect()
    }

    /// How many files have an error.
    pub fn failures(&self) -> usize {
        self.standing().iter().filter(|standing| is_fatal(&standing.faults)).count()
    }

    /// What is wrong with a flow's text, by itself, with its sounds, and beside a book and the
    /// other flows.
    pub fn judge(&self, shelf: &Shelf, name: &str, text: &str, book: &Book) -> Vec<Diagnostic> {
        let path = format!("{name}.xml");
        let (flow, mut faults) = flow::parse(&path, text);
        if let Some(flow) = flow {
            let mut beside = Self { flows: self.flows.clone(), ..Self::default() };
            beside.add_sounds(shelf, &path, &flow, &mut faults);
            let (name, file) = (flow.name.clone(), path.clone());
            beside.flows.insert(name, InForce::new(flow, file, text.to_owned()));
            let of_book = beside.check_against(book, "");
            faults.extend(of_book.into_iter().filter(|fault| fault.file == path));
        }
        faults.sort_by_key(|fault| fault.place);
        faults
    }

    fn add_sounds(&mut self, shelf: &Shelf, path: &str, flow: &Flow, faults: &mut Vec<Diagnostic>) {
        for mention in flow.sounds() {
            let sound = mention.what;
            if let Sound::Url(_) = &sound {
                let file = path.to_owned();
                self.remote.push(Remote { file, place: mention.place, sound: sound.clone() });
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

    /// Fetches the sounds that stand on the web and are not there yet. One that cannot be had is
    /// passed over in the calls, with a warning: another's server must not keep ours from
    /// starting.
    pub async fn fetch(&mut self, fetcher: &Fetcher) -> Vec<Diagnostic> {
        let mut faults = Vec::new();
        for Remote { file, place, sound } in &self.remote {
            let Sound::Url(address) = sound else { continue };
            if self.sounds.contains_key(sound) {
                continue;
            }
            let answer = fetcher.get(address, FETCH_TIME, FETCH_BYTES_MAX).await;
            let prompt = answer
                .map_err(|error| error.to_string())
                .and_then(|bytes| media::read_wav(&bytes).map_err(|error| error.to_string()));
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

    /// Takes over the sounds of the web that an earlier library has fetched.
    pub fn inherit(&mut self, earlier: &Library) {
        for Remote { sound, .. } in &self.remote {
            if let Some(prompt) = earlier.sounds.get(sound) {
                self.sounds.insert(sound.clone(), prompt.clone());
            }
        }
    }

    /// The offers that a flow may sell a call for, and the flows that it may go on to.
    pub fn offers_of(&self, flow: &Flow) -> Vec<OfferId> {
        let (mut offers, mut seen) = (Vec::new(), BTreeSet::from([flow.name.clone()]));
        let mut open = vec![flow.references()];
        while let Some(references) = open.pop() {
            offers.extend(references.offers.into_iter().map(|mention| mention.what));
            for next in references.flows.into_iter().map(|mention| mention.what) {
                let found = self.flows.get(&next).filter(|_| seen.insert(next.clone()));
                if let Some(InForce { flow, .. }) = found {
                    open.push(flow.references());
                }
            }
        }
        offers
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
        Some(self.flows.get(name)?.flow.clone())
    }

    /// The text of a flow.
    pub fn source(&self, name: &FlowName) -> Option<&Arc<FlowText>> {
        Some(&self.flows.get(name)?.text)
    }

    /// Every flow, by name.
    pub fn flows(&self) -> impl Iterator<Item = &Arc<Flow>> {
        self.flows.values().map(|in_force| &in_force.flow)
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
        for flow in self.flows() {
            let file = format!("{}.xml", flow.name);
            let references = flow.references();
            for mention in references.flows {
                if !self.flows.contains_key(&mention.what) {
                    let message = format!("flow `{}` does not exist", mention.what);
                    faults.push(Diagnostic::error(&file, mention.place, message));
                }
            }
            for mention in references.trunks {
                if book.trunk(&mention.what).is_none() {
                    let message = format!("trunk `{}` is not in the book", mention.what);
                    faults.push(Diagnostic::warning(&file, mention.place, message));
                }
            }
            for mention in references.sources {
                if book.source(&mention.what).is_none() {
                    let message = format!("source `{}` is not in the book", mention.what);
                    faults.push(Diagnostic::warning(&file, mention.place, message));
                }
            }
            let used = book.numbers.iter().any(|number| number.flow == flow.name);
            for mention in references.fields_asked.into_iter().filter(|_| used) {
                let own = references.fields_read.iter().any(|read| read.what == mention.what);
                if !own && !looks_at(book, &mention.what) {
                    let message = format!("no contract looks at the field `{}`", mention.what);
                    let hint = "the question costs callers' patience for the record alone";
                    faults.push(Diagnostic::warning(&file, mention.place, message).hint(hint));
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
    /// Where a flow's file is.
    fn path_of(&self, name: &str) -> String {
        let file = format!("{name}.xml");
        match self {
            Shelf::Bundled => file,
            Shelf::Directories { flows, .. } => flows.join(file).display().to_string(),
        }
    }

    /// The directories whose files make a library; they may be missing.
    pub fn directories(&self) -> Vec<PathBuf> {
        match self {
            Shelf::Bundled => Vec::new(),
            Shelf::Directories { flows, prompts } => {
                vec![flows.clone(), flows.join(SOUNDS), prompts.clone()]
            }
        }
    }

    /// The files that make a library, each with its length and the time of its last change: when
    /// that stays the same, so does the library.
    pub fn fingerprint(&self) -> Vec<(PathBuf, u64, Option<SystemTime>)> {
        let entries = self.directories().into_iter().flat_map(fs::read_dir).flatten().flatten();
        let mut files: Vec<_> = entries
            .filter_map(|entry| {
                let path = entry.path();
                let ours = path.extension().is_some_and(|end| end == "xml" || end == "wav");
                let data = entry.metadata().ok().filter(|_| ours)?;
                Some((path, data.len(), data.modified().ok()))
            })
            .take(FILES_MAX)
            .collect();
        files.sort();
        files
    }

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

/// Whether some contract looks at a field, or at something that follows from it.
fn looks_at(book: &Book, field: &FieldName) -> bool {
    let name = field.as_str();
    let geography = ["zip", "state", "city", "county", "country", "area_code", "phone"];
    book.contracts.iter().any(|contract| {
        let filters = &contract.filters;
        let places = !filters.states.is_empty()
            || !filters.zips.is_empty()
            || !filters.area_codes.is_empty()
            || !filters.cities.is_empty()
            || !filters.counties.is_empty()
            || !filters.countries.is_empty()
            || filters.radius.is_some()
            || filters.dma.is_some();
        let rules = contract.duplicate.iter().flat_map(|rule| &rule.fields);
        places && geography.contains(&name)
            || filters.fields.iter().any(|rule| rule.field == *field)
            || filters.required.contains(field)
            || filters.min_score.is_some()
            || rules.into_iter().any(|known| known == field)
    }) || book.offers.iter().any(|offer| {
        offer.duplicate.iter().flat_map(|rule| &rule.fields).any(|known| known == field)
    })
}

/// The first digits of the SHA-256 of a flow's text.
fn version(text: &FlowText) -> String {
    text.hash.chars().take(VERSION_DIGITS).collect()
}

/// A file's name without its directories and `.xml`.
fn stem(file: &str) -> &str {
    let base = file.rsplit(['/', '\\']).next().unwrap_or(file);
    base.strip_suffix(".xml").unwrap_or(base)
}

fn stem_owned(file: &str) -> String {
    stem(file).to_owned()
}

/// Whether a fault stops what was read from being used.
pub fn is_fatal(faults: &[Diagnostic]) -> bool {
    faults.iter().any(|fault| fault.severity == Severity::Error)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a webhook call keeps of its flow is the flow that it is in.
    #[test]
    fn a_flow_that_breaks_stays_in_force_with_its_text() {
        let home = tempfile::tempdir().unwrap();
        let flows = home.path().to_owned();
        let shelf = Shelf::Directories { prompts: flows.clone(), flows };
        let write = |text: &str| fs::write(home.path().join("t.xml"), text).unwrap();
        let (name, book) = ("t".parse().unwrap(), Book::default());
        let told = |library: &Library| {
            let version = library.standing().remove(0).version;
            (library.source(&name).map(|source| source.text.clone()), version)
        };
        let good = "<Flow name='t'><Route/></Flow>";
        write(good);
        let (library, faults) = Library::load(&shelf);
        assert!(faults.is_empty(), "{faults:?}");
        let before = told(&library);
        assert_eq!(before.0.as_deref(), Some(good));
        for broken in
            ["<Flow name='t'><Rout/></Flow>", "<Flow", "<Flow name='t'><Redirect flow='u'/></Flow>"]
        {
            write(broken);
            let renewed = Library::renew(&shelf, &library, &book);
            assert!(renewed.flow(&name).is_some() && renewed.failures() == 1, "{broken}");
            assert_eq!(told(&renewed), before, "{broken}");
        }
    }
}
