//! A flow file that was read, before its sounds are searched.

use std::collections::BTreeSet;

use super::WavFile;
use super::wavs::wavs_of_flow;
use crate::base::Diagnostic;
use crate::flow;
use crate::flow::Flow;

/// A flow file that was read: the flow, if it is valid, and every fault of the text.
#[derive(Debug)]
pub struct Draft {
    pub(super) file: String,
    pub(super) text: String,
    pub(super) flow: Option<Flow>,
    pub(super) faults: Vec<Diagnostic>,
}

impl Draft {
    /// Reads a flow's text; `file` is its name in diagnostics.
    pub fn read(file: String, text: String) -> Self {
        let (flow, faults) = flow::parse(&file, &text);
        Self { file, text, flow, faults }
    }

    /// Returns the files of the sounds that the flow plays, each once.
    pub fn wavs(&self) -> BTreeSet<WavFile> {
        self.flow.as_ref().map(wavs_of_flow).unwrap_or_default()
    }
}
