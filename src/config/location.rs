//! Where the database of the book, records and ledger is.

use std::fmt;
use std::path::Path;
use std::path::PathBuf;
use std::str::FromStr;

/// Where a database is, and the files of this machine that go with it.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// A file of SQLite. The other files are beside it.
    Sqlite(PathBuf),
    /// A database of a PostgreSQL server.
    Postgres {
        /// Its address: `postgres://user:password@host:port/database?sslmode=verify-full`. What it
        /// leaves out is taken from `PGHOST`, `PGPASSWORD` and the other variables of libpq, and from
        /// the file of passwords (<https://www.postgresql.org/docs/15/libpq-envars.html>).
        url: String,
        /// The directory of the node's own files.
        directory: PathBuf,
    },
}

/// Name of the node's own files in its directory, before what they are.
const NAME: &str = "strowger";
/// The directory of the node's own files, unless the settings name another.
const DIRECTORY: &str = "var";

impl Location {
    /// Returns the path of a file that goes with the database: the path of a file of SQLite with
    /// `ending` appended, or one in the node's directory.
    pub fn beside(&self, ending: &str) -> PathBuf {
        let mut path = match self {
            Location::Sqlite(path) => path.clone().into_os_string(),
            Location::Postgres { directory, .. } => directory.join(NAME).into_os_string(),
        };
        path.push(ending);
        PathBuf::from(path)
    }

    /// Returns the path of the control socket of the switch on this machine.
    pub fn socket(&self) -> PathBuf {
        self.beside(".sock")
    }

    /// Returns the file of a database of SQLite.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Location::Sqlite(path) => Some(path),
            Location::Postgres { .. } => None,
        }
    }
}

impl fmt::Display for Location {
    /// Writes the location without its password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::Sqlite(path) => path.display().fmt(f),
            Location::Postgres { url, .. } => f.write_str(&without_password(url)),
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Location({self})")
    }
}

impl FromStr for Location {
    type Err = String;

    /// Parses the address. Errors do not show it, because it may contain a password.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            // Programs disagree whether a path after two slashes is relative.
            Some(("sqlite", path)) if path.starts_with("//") => {
                let plain = "write sqlite:var/strowger.db or sqlite:/var/lib/strowger.db";
                Err(format!("`sqlite://` is ambiguous: {plain}"))
            }
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(PathBuf::from(path))),
            Some(("sqlite", _)) => Err("`sqlite:` needs the path of a file".to_owned()),
            Some(("postgres" | "postgresql", rest)) => {
                let server = rest.strip_prefix("//").unwrap_or_default();
                let database = server.split('?').next().and_then(|place| place.rsplit_once('/'));
                if database.is_none_or(|(_, name)| name.is_empty()) {
                    let plain = "write postgres://user@host:5432/strowger";
                    return Err(format!("the address has no host or database: {plain}"));
                }
                let (url, directory) = (text.to_owned(), PathBuf::from(DIRECTORY));
                Ok(Self::Postgres { url, directory })
            }
            _ => Err("invalid database address: write it like sqlite:var/strowger.db or \
                      postgres://user@host:5432/strowger"
                .to_owned()),
        }
    }
}

/// Returns an address without its user, password and parameters.
fn without_password(url: &str) -> String {
    let plain = url.split('?').next().unwrap_or_default();
    match (plain.split_once("://"), plain.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        _ => plain.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_shown_without_its_password() {
        let url = "postgres://me:hunter2@db:5433/strowger?password=hunter2".to_owned();
        let server = Location::Postgres { url, directory: PathBuf::from("var") };
        assert_eq!(server.to_string(), "postgres://db:5433/strowger");
        assert!(!format!("{server:?}").contains("hunter2"));
    }

    #[test]
    fn a_path_of_a_database_is_relative_or_absolute() {
        for (text, path) in [
            ("sqlite:strowger.db", Some("strowger.db")),
            ("sqlite:var/strowger.db", Some("var/strowger.db")),
            ("sqlite:/var/lib/strowger.db", Some("/var/lib/strowger.db")),
            ("sqlite://strowger.db", None),
            ("sqlite:///var/lib/strowger.db", None),
            ("sqlite:", None),
        ] {
            let read = text.parse::<Location>().ok();
            assert_eq!(read, path.map(|path| Location::Sqlite(path.into())), "{text}");
        }
    }

    #[test]
    fn an_address_of_a_server_names_its_database() {
        for (text, is_good) in [
            ("postgres://db/strowger", true),
            ("postgresql://me:secret@db:5433/strowger?sslmode=verify-full", true),
            ("postgres:///strowger?host=/run/postgresql", true),
            ("postgres://db", false),
            ("postgres://db/", false),
            ("postgres:", false),
        ] {
            assert_eq!(text.parse::<Location>().is_ok(), is_good, "{text}");
        }
    }

    #[test]
    fn files_go_with_the_database() {
        let file = Location::Sqlite(PathBuf::from("var/a.db"));
        assert_eq!(file.beside("-facts"), Path::new("var/a.db-facts"));
        let url = "postgres://db/a".to_owned();
        let server = Location::Postgres { url, directory: PathBuf::from("var") };
        assert_eq!(server.socket(), Path::new("var/strowger.sock"));
    }
}
