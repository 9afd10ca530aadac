//! Relative paths of the settings: they are relative to the directory of the settings file.

use std::path::Path;
use std::path::PathBuf;

use super::Location;
use super::Settings;

impl Settings {
    /// Makes the relative paths relative to `directory`.
    pub(super) fn relative_to(mut self, directory: &Path) -> Self {
        let place = |path: &mut PathBuf| *path = directory.join(&*path);
        match &mut self.database.at {
            Location::Sqlite(database) => {
                let written = database.clone();
                place(database);
                self.database.earlier = Some(written).filter(|written| written != database);
            }
            Location::Postgres { directory, .. } => place(directory),
        }
        place(&mut self.media.recordings);
        place(&mut self.media.prompts);
        place(&mut self.flows.directory);
        let optional = [
            &mut self.journal.directory,
            &mut self.geo.dma,
            &mut self.stir.authorities,
            &mut self.quota.certificate_authority,
        ];
        optional.into_iter().flatten().chain(self.sip.tls.files_mut()).for_each(place);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(file: &str, text: &str) -> Settings {
        Settings::parse(file, text, &|_| None).unwrap()
    }

    #[test]
    fn relative_paths_are_relative_to_the_settings_file() {
        let text = "database.url = 'sqlite:a.db'\njournal.directory = 'j'\ngeo.dma = 'd.csv'\n\
                    media = { recordings = 'r', prompts = '/p' }\nflows.directory = 'f'\n";
        let settings = parse("etc/strowger.toml", text);
        let below = |name: &str| Path::new("etc").join(name);
        assert_eq!(settings.database.at, Location::Sqlite(below("a.db")));
        assert_eq!(settings.database.earlier, Some(PathBuf::from("a.db")));
        assert_eq!(settings.journal_directory(), below("j"));
        assert_eq!(settings.geo.dma, Some(below("d.csv")));
        assert_eq!(settings.media.recordings, below("r"));
        assert_eq!(settings.media.prompts, PathBuf::from("/p"), "an absolute path stays");
        assert_eq!(settings.flows.directory, below("f"));
        // So are the defaults.
        let defaults = parse("/etc/s/strowger.toml", "");
        assert_eq!(defaults.flows.directory, PathBuf::from("/etc/s/ivr-flows"));
        assert_eq!(defaults.journal_directory(), PathBuf::from("/etc/s/var/strowger.db-facts"));
        for file in ["strowger.toml", "./strowger.toml"] {
            assert_eq!(parse(file, ""), Settings::default(), "{file}");
        }
    }

    #[test]
    fn a_secret_is_read_beside_the_settings_file() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("plivo"), "token\n").unwrap();
        let file = home.path().join("strowger.toml").display().to_string();
        let text = "carriers.plivo.auth_token = 'file:plivo'";
        assert!(Settings::parse(&file, text, &|_| None).is_ok());
        assert!(Settings::parse("strowger.toml", text, &|_| None).is_err());
    }
}
