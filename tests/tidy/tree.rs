//! The files of the tree, as a newcomer gets them.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// Folders that are made, not written.
const MADE: &[&str] = &["target", "var", ".git"];

/// A text file: its path from the root, with `/` between folders, and what it says.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    pub(crate) fn has_suffix(&self, suffix: &str) -> bool {
        self.path.ends_with(suffix)
    }
}

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every text file, by path. Sounds, captures and test vectors are not text.
pub(crate) fn files() -> Vec<File> {
    let mut paths = Vec::new();
    walk(&root(), &mut paths);
    let mut files: Vec<File> = paths.into_iter().filter_map(|path| read(&path)).collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(files.iter().any(|file| file.path == "src/lib.rs"), "the tree was not found");
    files
}

/// The text of one file that must be there.
pub(crate) fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    for entry in entries {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // In a second working tree `.git` is a file.
        if MADE.contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() { walk(&path, found) } else { found.push(path) }
    }
}

fn read(path: &Path) -> Option<File> {
    let relative = path.strip_prefix(root()).unwrap();
    let names: Vec<_> = relative.iter().map(|name| name.to_string_lossy()).collect();
    let text = String::from_utf8(fs::read(path).ok()?).ok()?;
    Some(File { path: names.join("/"), text })
}
