//! Addresses of databases.

use std::path::Path;
use std::sync::Arc;

use super::Sqlite;
use super::Store;
use super::StoreError;

/// Opens the database at an address such as `sqlite:var/strowger.db`. Creates and migrates the
/// database when needed. Blocks while another program migrates it.
pub fn open(url: &str) -> Result<Arc<dyn Store>, StoreError> {
    match url.split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() => Ok(Arc::new(Sqlite::open(Path::new(path))?)),
        Some(_) | None => Err(StoreError::Url(shown(url))),
    }
}

/// Returns an address without its password.
fn shown(url: &str) -> String {
    let clipped: String = url.chars().take(80).collect();
    match (clipped.split_once("://"), clipped.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        _ => clipped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_addresses_are_rejected_and_passwords_not_shown() {
        for (url, shown) in [
            ("", "``"),
            ("var/strowger.db", "`var/strowger.db`"),
            ("sqlite:", "`sqlite:`"),
            ("postgres://me:hunter2@db/strowger", "`postgres://…@db/strowger`"),
        ] {
            let error = open(url).err().map(|e| e.to_string()).unwrap_or_default();
            assert!(error.starts_with(shown), "{url}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
