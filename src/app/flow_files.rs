//! Reads flow files and collects their faults.

use std::path::PathBuf;

use crate::base::Diagnostic;
use crate::base::Place;
use crate::flow;
use crate::flow::Flow;

pub(super) fn read(files: &[PathBuf]) -> (Vec<(PathBuf, Flow)>, Vec<Diagnostic>) {
    let (mut flows, mut found) = (Vec::new(), Vec::new());
    for file in files {
        let shown = file.display().to_string();
        match std::fs::read_to_string(file) {
            Ok(text) => {
                let (flow, faults) = flow::parse(&shown, &text);
                found.extend(faults);
                flows.extend(flow.map(|flow| (file.clone(), flow)));
            }
            Err(error) => {
                let message = format!("cannot read the file: {error}");
                found.push(Diagnostic::error(&shown, Place::START, message));
            }
        }
    }
    (flows, found)
}
