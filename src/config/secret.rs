//! Secrets: in the settings, in the environment, or in a separate file.

use std::fmt;
use std::io::Read as _;
use std::path::Path;

use super::directory::directory_of;
use crate::base::toml::Report;
use crate::base::toml::Value;

/// Largest secret, in bytes.
const SECRET_BYTES_MAX: u64 = 64 * 1024;

const HINT: &str = "secrets are `env:NAME`, `file:PATH` or the text";

/// A secret. It prints as `(secret)`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Creates a secret that was found in another value.
    pub(super) fn of(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Returns the secret itself. Never write it to a log.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// Reads a secret: `env:NAME` from the environment, `file:PATH` from a file without its trailing
/// white space, anything else literally. Error messages do not show the secret.
pub(super) fn read(
    value: &Value<'_>,
    variable: &dyn Fn(&str) -> Option<String>,
    report: &mut Report<'_>,
) -> Option<Secret> {
    let Some(text) = value.as_text() else {
        // Not with `text`, because its hint shows the value.
        report.error(value.at(), format!("`{}` must be a string", value.key()), HINT);
        return None;
    };
    let found = if let Some(name) = text.strip_prefix("env:") {
        variable(name).ok_or_else(|| format!("environment variable `{name}` is not set"))
    } else if let Some(path) = text.strip_prefix("file:") {
        read_file(&directory_of(report.file()).join(path))
            .map_err(|error| format!("cannot read `{path}`: {error}"))
    } else {
        Ok(text.to_owned())
    };
    let found = found.and_then(|secret| {
        if secret.trim().is_empty() {
            return Err(format!("`{}` is empty", value.key()));
        }
        Ok(secret)
    });
    match found {
        Ok(secret) => Some(Secret(secret)),
        Err(error) => {
            report.error(value.at(), error, HINT);
            None
        }
    }
}

fn read_file(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    let file = std::fs::File::open(path)?;
    file.take(SECRET_BYTES_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > SECRET_BYTES_MAX {
        return Err(std::io::Error::other(format!("it is larger than {SECRET_BYTES_MAX} bytes")));
    }
    text.truncate(text.trim_end().len());
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use crate::config::Settings;

    #[test]
    fn files_hold_secrets_and_messages_do_not() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"tok en\n\n").unwrap();
        let text = format!("carriers.plivo.auth_token = 'file:{}'", file.path().display());
        let settings = Settings::parse("s", &text, &|_| None).unwrap();
        assert_eq!(settings.carriers.plivo.auth_token.as_ref().unwrap().expose(), "tok en");
        assert!(!format!("{settings:?}").contains("tok en"));

        let large = vec![b'x'; 64 * 1024 + 1];
        file.write_all(&large).unwrap();
        let faults = Settings::parse("s", &text, &|_| None).unwrap_err();
        assert!(faults[0].to_string().contains("it is larger than 65536 bytes"), "{}", faults[0]);
    }

    #[test]
    fn a_number_is_not_shown() {
        let faults =
            Settings::parse("s", "carriers.plivo.auth_token = 4711", &|_| None).unwrap_err();
        assert_eq!(
            faults[0].to_string(),
            "s:1:29: error: `auth_token` must be a string (secrets are `env:NAME`, `file:PATH` or \
             the text)"
        );
    }

    #[test]
    fn the_fault_names_a_missing_file() {
        let faults = Settings::parse("s", "carriers.plivo.auth_token = 'file:/no/such'", &|_| None)
            .unwrap_err();
        let fault = faults[0].to_string();
        assert!(fault.starts_with("s:1:29: error: cannot read `/no/such`: "), "{fault}");
    }
}
