//! Finding the settings' file.

use std::io::ErrorKind;
use std::path::Path;
use std::path::PathBuf;

use crate::base::Diagnostic;
use crate::base::Place;

use super::Settings;
use super::environment::variable;

/// Names the file when the command line does not.
const VARIABLE: &str = "STROWGER_CONFIG";
/// The file when nobody names one.
const FILE: &str = "strowger.toml";

impl Settings {
    /// The settings from the file that `path` names (`-c`), else the one that `STROWGER_CONFIG`
    /// names, else `./strowger.toml`, else the defaults. A file that somebody named must be there.
    /// All faults come at once.
    pub fn load(path: Option<&Path>) -> Result<Settings, Vec<Diagnostic>> {
        load(path, &variable)
    }
}

fn load(
    path: Option<&Path>,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Settings, Vec<Diagnostic>> {
    let named = path.map(Path::to_owned).or_else(|| variable(VARIABLE).map(PathBuf::from));
    let must_be_there = named.is_some();
    let path = named.unwrap_or_else(|| PathBuf::from(FILE));
    let file = path.display().to_string();
    match std::fs::read_to_string(&path) {
        Ok(text) => Settings::parse(&file, &text, variable),
        Err(error) if error.kind() == ErrorKind::NotFound && !must_be_there => {
            Ok(Settings::default())
        }
        Err(error) => {
            let message = format!("cannot read the settings: {error}");
            let hint = "name a file with `-c` or STROWGER_CONFIG";
            Err(vec![Diagnostic::error(&file, Place::START, message).hint(hint)])
        }
    }
}
