//! The directory of the settings file.

use std::path::Path;

/// Returns the directory to which the paths of a settings file are relative. Empty for a file in
/// the working directory.
pub(super) fn directory_of(file: &str) -> &Path {
    let directory = Path::new(file).parent().unwrap_or(Path::new(""));
    directory.strip_prefix(".").unwrap_or(directory)
}
