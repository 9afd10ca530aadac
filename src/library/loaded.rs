//! The loaded flows, with every sound that they may play.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::sync::Arc;

use super::Draft;
use super::FlowText;
use super::Wavs;
use super::wavs::Remote;
use crate::base::Diagnostic;
use crate::base::FlowName;
use crate::base::OfferId;
use crate::book::Book;
use crate::flow::Flow;
use crate::flow::Sound;
use crate::media::Prompt;

/// A flow and its source text, which are always replaced together.
#[derive(Debug, Clone)]
pub(super) struct Loaded {
    pub(super) flow: Arc<Flow>,
    pub(super) text: Arc<FlowText>,
}

impl Loaded {
    pub(super) fn new(flow: Flow, file: String, text: String) -> Self {
        Self { flow: Arc::new(flow), text: Arc::new(FlowText::new(file, text)) }
    }
}

/// Every flow, and every sound that one of them may play.
#[derive(Debug, Default)]
pub struct Library {
    pub(super) flows: BTreeMap<FlowName, Loaded>,
    pub(super) sounds: HashMap<Sound, Arc<Prompt>>,
    /// Sounds on the web.
    pub(super) remote: Vec<Remote>,
    /// Faults of the files, whether their flows are loaded or kept from before.
    pub(super) faults: Vec<Diagnostic>,
}

impl Library {
    /// Creates a library from drafts and the sound files found for them; `faults` are those found
    /// while reading them. If [`Library::faults`] has an error, the library holds what could be
    /// read, for checkers; a switch does not start with it.
    pub fn new(drafts: Vec<Draft>, wavs: &Wavs, mut faults: Vec<Diagnostic>) -> Self {
        let mut library = Self::default();
        for Draft { file, text, flow, faults: found } in drafts {
            faults.extend(found);
            if let Some(flow) = flow {
                library.add_sounds(&file, &flow, wavs, &mut faults);
                library.flows.insert(flow.name.clone(), Loaded::new(flow, file, text));
            }
        }
        library.faults = faults;
        library
    }

    /// Returns the faults of the files.
    pub fn faults(&self) -> &[Diagnostic] {
        &self.faults
    }

    /// Returns a flow by name.
    pub fn flow(&self, name: &FlowName) -> Option<Arc<Flow>> {
        Some(self.flows.get(name)?.flow.clone())
    }

    /// Returns the text of a flow.
    pub fn source(&self, name: &FlowName) -> Option<&Arc<FlowText>> {
        Some(&self.flows.get(name)?.text)
    }

    /// Returns every flow, by name.
    pub fn flows(&self) -> impl Iterator<Item = &Arc<Flow>> {
        self.flows.values().map(|loaded| &loaded.flow)
    }

    /// Returns a sound that a flow plays; `None` if it has no file.
    pub fn sound(&self, sound: &Sound) -> Option<Arc<Prompt>> {
        self.sounds.get(sound).cloned()
    }

    /// Returns the offers that a flow may sell a call for, including those of the flows it may lead
    /// to.
    pub fn offers_of(&self, flow: &Flow) -> Vec<OfferId> {
        let (mut offers, mut seen) = (Vec::new(), BTreeSet::from([flow.name.clone()]));
        let mut open = vec![flow.references()];
        while let Some(references) = open.pop() {
            offers.extend(references.offers.into_iter().map(|mention| mention.what));
            for next in references.flows.into_iter().map(|mention| mention.what) {
                let found = self.flows.get(&next).filter(|_| seen.insert(next.clone()));
                if let Some(Loaded { flow, .. }) = found {
                    open.push(flow.references());
                }
            }
        }
        offers
    }

    /// Returns the flows that calls to the numbers of a book can enter, directly or from another
    /// flow.
    pub fn flows_of(&self, book: &Book) -> BTreeSet<FlowName> {
        let mut open: Vec<FlowName> =
            book.numbers.iter().map(|number| number.flow.clone()).collect();
        let mut seen = BTreeSet::new();
        while let Some(name) = open.pop() {
            if let Some(Loaded { flow, .. }) = self.flows.get(&name)
                && seen.insert(name)
            {
                open.extend(flow.references().flows.into_iter().map(|mention| mention.what));
            }
        }
        seen
    }
}
