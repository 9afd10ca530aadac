//! Status of each flow: the loaded version, and the faults of its file.

use std::collections::BTreeSet;

use super::FlowText;
use super::Library;
use super::is_fatal;
use crate::base::Diagnostic;

/// Digits of the hash that make up a version.
const VERSION_DIGITS: usize = 12;

/// A live flow, and the faults of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its name. For a file that was never live, the file's name without `.xml`.
    pub name: String,
    /// The first 12 hexadecimal digits of the SHA-256 of the live text; `None` when there is none.
    pub version: Option<String>,
    /// The faults of the file as it is now. If one is an error, an earlier text is live.
    pub faults: Vec<Diagnostic>,
}

impl Library {
    /// Returns every live flow, and every file that is not live.
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

    /// Returns the number of files with an error.
    pub fn failures(&self) -> usize {
        self.standing().iter().filter(|standing| is_fatal(&standing.faults)).count()
    }
}

/// Returns the first digits of the SHA-256 of a flow's text.
fn version(text: &FlowText) -> String {
    text.hash.chars().take(VERSION_DIGITS).collect()
}

/// Returns a file's name without its directories and `.xml`.
pub(super) fn stem(file: &str) -> &str {
    let base = file.rsplit(['/', '\\']).next().unwrap_or(file);
    base.strip_suffix(".xml").unwrap_or(base)
}

fn stem_owned(file: &str) -> String {
    stem(file).to_owned()
}
