//! Finds and loads the settings file.

use std::io::ErrorKind;
use std::path::Path;
use std::path::PathBuf;

use crate::base::Diagnostic;
use crate::base::Place;

use super::Settings;
use super::environment::variable;

/// The environment variable that names the file when the command line does not.
const VARIABLE: &str = "STROWGER_CONFIG";
/// The default file.
const FILE: &str = "strowger.toml";

impl Settings {
    /// Loads the settings from `path` (`-c`), else from the file in `STROWGER_CONFIG`, else from
    /// `./strowger.toml`, else returns the defaults. A file named by `path` or the variable must
    /// exist.
    ///
    /// # Errors
    /// Returns all faults at once.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn name(settings: Result<Settings, Vec<Diagnostic>>) -> Result<String, String> {
        settings.map(|settings| settings.node.name).map_err(|faults| faults[0].to_string())
    }

    #[test]
    fn the_command_line_overrides_the_environment() {
        let directory = tempfile::tempdir().unwrap();
        let (a, b) = (directory.path().join("a.toml"), directory.path().join("b.toml"));
        std::fs::write(&a, "node.name = 'a'").unwrap();
        std::fs::write(&b, "node.name = 'b'").unwrap();
        let named = |name: &str| (name == VARIABLE).then(|| b.display().to_string());
        assert_eq!(name(load(Some(&a), &named)), Ok("a".to_owned()));
        assert_eq!(name(load(None, &named)), Ok("b".to_owned()));
    }

    #[test]
    fn a_named_file_must_exist() {
        let missing = Path::new("/no/such/file.toml");
        let fault = name(load(Some(missing), &|_| None)).unwrap_err();
        let start = "/no/such/file.toml:1:1: error: cannot read the settings: ";
        assert!(fault.starts_with(start), "{fault}");
        let named = |_: &str| Some("/no/such/file.toml".to_owned());
        assert!(name(load(None, &named)).unwrap_err().starts_with(start));
    }

    #[test]
    fn without_a_file_the_defaults_are_used() {
        // The tests run in the project's directory, which has no settings.
        assert!(!Path::new(FILE).exists());
        assert_eq!(load(None, &|_| None), Ok(Settings::default()));
    }
}
