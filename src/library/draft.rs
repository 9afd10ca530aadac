//! A flow file that was read, before its sounds are looked for.

use std::collections::BTreeSet;

use super::WavFile;
use super::wavs_of_flow;
use crate::base::Diagnostic;
use crate::flow;
use crate::flow::Flow;

/// A flow file that was read: the flow, when there is one, and every fault of the text.
#[derive(Debug)]
pub struct Draft {
    pub(super) file: String,
    pub(super) text: String,
    pub(super) flow: Option<Flow>,
    pub(super) faults: Vec<Diagnostic>,
}

impl Draft {
    /// Reads a flow's text; `file` is what diagnostics call it.
    pub fn read(file: String, text: String) -> Self {
        let (flow, faults) = flow::parse(&file, &text);
        Self { file, text, flow, faults }
    }

    /// The files of the sounds that the flow plays, each once.
    pub fn wavs(&self) -> BTreeSet<WavFile> {
        self.flow.as_ref().map(wavs_of_flow).unwrap_or_default()
    }
}
