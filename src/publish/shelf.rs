//! Reads flows and sounds from their directories or the program.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use rust_embed::RustEmbed;

use super::read_sounds::FileStamp;
use super::read_sounds::ReadSounds;
use crate::base::Diagnostic;
use crate::base::Place;
use crate::book::Book;
use crate::book::BookText;
use crate::flow::Flow;
use crate::library::Draft;
use crate::library::Library;
use crate::library::Wav;
use crate::library::WavFile;
use crate::library::Wavs;
use crate::library::check_sounds;
use crate::library::wavs_of_book;
use crate::library::wavs_of_flow;

/// Most flows in a library.
const FLOWS_MAX: usize = 1_000;
/// Most files watched for changes.
const FILES_MAX: usize = 20_000;
/// Directory of sounds, beside the flows.
const SOUNDS: &str = "sounds";

/// The example flows and their sounds, built into the program: the demo needs no files.
#[derive(RustEmbed)]
#[folder = "ivr-flows/"]
#[include = "*.xml"]
#[include = "sounds/*.wav"]
struct Bundled;

/// Source of flows and sounds. Sounds whose files stay the same are read once.
#[derive(Debug)]
pub struct Shelf {
    source: Source,
    read: ReadSounds,
}

/// Where flows and sounds are.
#[derive(Debug)]
enum Source {
    /// The example flows built into the program.
    Bundled,
    /// A directory of flows, and a directory of further sounds.
    Directories { flows: PathBuf, prompts: PathBuf },
}

impl Shelf {
    /// Returns the example flows built into the program.
    pub fn bundled() -> Self {
        Self { source: Source::Bundled, read: ReadSounds::default() }
    }

    /// Returns a directory of flows, with `NAME.xml`, and `sounds/*.wav` beside them, and a directory of
    /// further sounds, with `*.wav`, which may be missing.
    pub fn of(flows: PathBuf, prompts: PathBuf) -> Self {
        Self { source: Source::Directories { flows, prompts }, read: ReadSounds::default() }
    }

    /// Reads everything except the sounds on the web. Faults are in [`Library::faults`].
    pub fn load(&self) -> Library {
        let mut faults = Vec::new();
        let files = self.flow_files(&mut faults).into_iter();
        let drafts: Vec<Draft> = files.map(|(file, text)| Draft::read(file, text)).collect();
        self.read.forget_unused();
        let wavs = self.wavs(drafts.iter().flat_map(Draft::wavs).collect());
        Library::new(drafts, &wavs, faults)
    }

    /// Adds the sounds that a book names and returns their faults; `file` is the book's name in
    /// diagnostics.
    pub fn add_book(
        &self,
        library: &mut Library,
        book: &Book,
        written: BookText<'_>,
    ) -> Vec<Diagnostic> {
        library.add_book(book, written, &self.wavs(wavs_of_book(book)))
    }

    /// Returns the faults of a flow's sounds; `file` is the flow's name in diagnostics.
    pub fn check_sounds(&self, file: &str, flow: &Flow) -> Vec<Diagnostic> {
        check_sounds(file, flow, &self.wavs(wavs_of_flow(flow)))
    }

    /// Returns the faults of the text of a flow of this name: its own, and those against a book and
    /// the other flows of a library.
    pub fn judge(&self, library: &Library, name: &str, text: &str, book: &Book) -> Vec<Diagnostic> {
        let draft = Draft::read(format!("{name}.xml"), text.to_owned());
        let wavs = self.wavs(draft.wavs());
        library.judge(draft, &wavs, book)
    }

    /// Returns the directories of the library's files; they may be missing.
    pub fn directories(&self) -> Vec<PathBuf> {
        match &self.source {
            Source::Bundled => Vec::new(),
            Source::Directories { flows, prompts } => {
                vec![flows.clone(), flows.join(SOUNDS), prompts.clone()]
            }
        }
    }

    /// Returns the files of the library, each with its length and the time of its last change: if
    /// these stay the same, so does the library.
    pub fn fingerprint(&self) -> Vec<FileStamp> {
        let entries = self.directories().into_iter().flat_map(fs::read_dir).flatten().flatten();
        let mut files: Vec<_> = entries
            .filter_map(|entry| {
                let path = entry.path();
                let ours = path.extension().is_some_and(|end| end == "xml" || end == "wav");
                let data = entry.metadata().ok().filter(|_| ours)?;
                Some(FileStamp::of(path, &data))
            })
            .take(FILES_MAX)
            .collect();
        files.sort();
        files
    }

    fn flow_files(&self, faults: &mut Vec<Diagnostic>) -> Vec<(String, String)> {
        match &self.source {
            Source::Bundled => Bundled::iter()
                .filter(|name| name.ends_with(".xml"))
                .filter_map(|name| Some((name.clone(), Bundled::get(&name)?)))
                .map(|(name, file)| {
                    (name.into_owned(), String::from_utf8_lossy(&file.data).into_owned())
                })
                .collect(),
            Source::Directories { flows, .. } => read_directory(flows, faults),
        }
    }

    /// Reads sound files; missing ones are left out.
    fn wavs(&self, files: BTreeSet<WavFile>) -> Wavs {
        let read = |file: WavFile| self.wav(&file).map(|wav| (file, wav));
        files.into_iter().filter_map(read).collect()
    }

    fn wav(&self, file: &WavFile) -> Option<Wav> {
        match &self.source {
            Source::Bundled => Bundled::get(&file.beside).map(|file| Wav::read(&file.data)),
            Source::Directories { flows, prompts } => {
                let beside = self.read.read(flows.join(&file.beside));
                beside.or_else(|| self.read.read(prompts.join(&file.name)))
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
