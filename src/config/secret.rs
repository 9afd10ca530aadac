//! Secrets: given in the file, by the environment, or by a file of their own.

use std::fmt;
use std::io::Read as _;

use crate::base::table::Report;
use crate::base::table::Value;

/// Largest secret.
const SECRET_BYTES_MAX: u64 = 64 * 1024;

/// Something that must not be seen. It prints as `(secret)`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret itself: for its one use, never for a log.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// Reads a secret: `env:NAME` from the environment, `file:PATH` from a file without the white
/// space at its end, anything else as it is. No message shows a secret.
pub(super) fn read(
    value: &Value<'_>,
    variable: &dyn Fn(&str) -> Option<String>,
    report: &mut Report<'_>,
) -> Option<Secret> {
    let text = value.text(report)?;
    let found = if let Some(name) = text.strip_prefix("env:") {
        variable(name).ok_or_else(|| format!("environment variable `{name}` is not set"))
    } else if let Some(path) = text.strip_prefix("file:") {
        read_file(path).map_err(|error| format!("cannot read `{path}`: {error}"))
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
            report.error(value.at(), error, "secrets are `env:NAME`, `file:PATH` or the text");
            None
        }
    }
}

fn read_file(path: &str) -> std::io::Result<String> {
    let mut text = String::new();
    let file = std::fs::File::open(path)?;
    file.take(SECRET_BYTES_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > SECRET_BYTES_MAX {
        return Err(std::io::Error::other(format!("it is over {SECRET_BYTES_MAX} bytes")));
    }
    text.truncate(text.trim_end().len());
    Ok(text)
}
