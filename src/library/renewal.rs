//! Replaces a library by a newer one.

use super::Library;
use super::loaded::Loaded;
use super::standing::stem;
use crate::base::Diagnostic;
use crate::base::FlowName;
use crate::base::Place;
use crate::base::Severity;
use crate::book::Book;
use crate::book::BookText;

impl Library {
    /// Replaces an earlier library by this one. A flow whose file has an error stays unchanged, and
    /// so does a flow whose file is gone while a number of the book names it; [`Library::standing`]
    /// reports these faults. Web sounds of the earlier library are kept.
    pub fn succeed(mut self, earlier: &Library, book: &Book) -> Self {
        self.inherit(earlier);
        let mut faults = std::mem::take(&mut self.faults);
        // The publisher of the book reports faults of the book itself.
        let of_flows = self.check_against(book, BookText::named("")).into_iter();
        faults.extend(of_flows.filter(|fault| !fault.file.is_empty()).map(|fault| {
            let file = self.file_of(stem(&fault.file)).unwrap_or(fault.file);
            Diagnostic { file, ..fault }
        }));
        for (name, loaded) in &earlier.flows {
            let gone = !self.flows.contains_key(name);
            let failed = |fault: &Diagnostic| {
                fault.severity == Severity::Error && stem(&fault.file) == name.as_str()
            };
            let faulty = faults.iter().any(failed);
            let wanted = book.numbers.iter().any(|number| number.flow == *name);
            if gone && !faulty && wanted {
                let message = "the file is gone, and a number names the flow";
                let hint = "write it anew, or take the number off it";
                let fault = Diagnostic::error(&loaded.text.file, Place::START, message).hint(hint);
                faults.push(fault);
            }
            if faulty || gone && wanted {
                self.keep(name, loaded, earlier);
            }
        }
        self.faults = faults;
        self
    }

    fn file_of(&self, name: &str) -> Option<String> {
        let name: FlowName = name.parse().ok()?;
        Some(self.flows.get(&name)?.text.file.clone())
    }

    /// Keeps an earlier flow and its sounds.
    fn keep(&mut self, name: &FlowName, loaded: &Loaded, earlier: &Library) {
        self.flows.insert(name.clone(), loaded.clone());
        for sound in loaded.flow.sounds().into_iter().map(|mention| mention.what) {
            if let Some(prompt) = earlier.sounds.get(&sound) {
                self.sounds.entry(sound).or_insert_with(|| prompt.clone());
            }
        }
    }
}
